"""Remove public grants from the access control list of an S3 bucket.

What it does
------------
Removes the grants to ``AllUsers`` (everybody) and to ``AuthenticatedUsers`` (everybody with any AWS account) from the
bucket's access control list. Other grants do not change, including those to S3's log delivery and to other
accounts. The access control lists of objects, and the bucket policy, are not changed.

It refuses a bucket that is configured as a website, and a list with grants by email address, which S3 no longer
accepts.

Why it matters
--------------
Users who can list a bucket find its objects; users who can write to it can replace what others download, or fill it at
the owner's expense.

What can break
--------------
Users without credentials, or with those of any other account, that access the bucket through its list are denied.

Undo
----
Restores the previous grants. While Block Public Access refuses public access control lists, for the bucket or for its
account, S3 would not accept them: then there is no undo.

References
----------
* Security Hub controls S3.2 and S3.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-2
* Access control lists: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
* PutBucketAcl: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value, Write
from runtime.fixes.kinds.attributes import Exactly, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, one_of
from runtime.fixes.s3 import ACL, BLOCKS, BUCKET, BY_BUCKET, NOT_A_WEBSITE, WEBSITE, blocks

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups
_EVERYBODY = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)


@dataclass(frozen=True, slots=True)
class _Without(Exactly):
    """A list of grants with none to the groups in ``value``."""

    def accepts(self, found: Any, look: Look) -> bool:
        return len(self.instead_of(found, look)) == len(found)

    def instead_of(self, found: Any, look: Look) -> Any:  # noqa: ARG002  others need it
        return [grant for grant in found if grant["Grantee"].get("URI") not in self.value]


FIX = SetAttributes(
    of=BUCKET,
    id="s3-acl-private",
    title="Remove public grants from the access control list of an S3 bucket",
    disruption=Disruption.DATA_PATH,
    hazard="Anonymous users, and AWS accounts with access only through a public grant, are denied.",
    undo_hazard="Re-opens the bucket: its public grants take effect again.",
    reads=(ACL, *BLOCKS, WEBSITE),
    wanted={"grants": _Without(_EVERYBODY)},
    guards=(
        NOT_A_WEBSITE,
        Guard(
            holds=one_of("grants_by_mail", 0),
            because="${subject} has grants by e-mail address, which S3 would not accept again.",
        ),
    ),
    write=Write(
        call="s3:PutBucketAcl",
        by={**BY_BUCKET, "AccessControlPolicy": {"Owner": {"ID": Value("owner")}, "Grants": Value("grants")}},
    ),
    takes_back=(
        Guard(
            holds=lambda look: not blocks("BlockPublicAcls", look),
            because="It cannot be undone: Block Public Access would refuse to store the ACL again.",
        ),
    ),
    shows={
        "grants_to_everybody": lambda look: len(look["grants"]) - len(look.found.detail["grants"]),
        "grants_that_stay": lambda look: len(look.found.detail["grants"]),
    },
    template={
        TemplateTool.CLOUDFORMATION: "remove AccessControl from AWS::S3::Bucket",
        TemplateTool.CDK: "remove accessControl and publicReadAccess from Bucket",
        TemplateTool.TERRAFORM: "remove every grant to AllUsers and AuthenticatedUsers from aws_s3_bucket_acl",
    },
)

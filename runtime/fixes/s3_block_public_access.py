"""Turn on Block Public Access for an S3 bucket.

What it does
------------
Turns on those of the bucket's four Block Public Access settings that are off: ``BlockPublicAcls``,
``IgnorePublicAcls``, ``BlockPublicPolicy`` and ``RestrictPublicBuckets``. Bucket policy, ACLs and objects stay as they
are; what they grant to the public no longer counts.

It refuses a bucket that is set up as a website, because such a bucket is usually public on purpose.

Why it matters
--------------
One statement in a bucket policy, or one ACL of one object, is enough to show a bucket's content to everybody. With the
four settings on, neither such a statement nor such an ACL has an effect, whoever adds it.

What can break
--------------
Readers without AWS credentials, and accounts that get in through a public policy, are denied at once. Where the bucket
policy is public now, the plan says so in ``public_policies``, so that the catalog can ask for approval. Objects that
are public through an ACL are not counted. Later uploads that carry a public ACL fail.

Undo
----
Puts the four settings back to what they were. If the bucket had no Block Public Access configuration at all, it is
deleted again.

References
----------
* Security Hub controls S3.2, S3.3 and S3.8:
  https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-8
* The four settings, and what "public" means:
  https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
* PutPublicAccessBlock: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Disruption, FixSpec, Options, Permission, Stage
from runtime.domain.plan import Change, Compliant, Plan, Planned, Refused, State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.contract import Call, Reader
from runtime.fixes.s3_bucket import WEBSITE_PERMISSION, bucket_parameters, hosts_website

_SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

SPEC = FixSpec(
    id="s3-block-public-access",
    title="Turn on Block Public Access for an S3 bucket",
    resource_types=("AWS::S3::Bucket",),
    reads=(
        Permission(action="s3:GetBucketPublicAccessBlock", operation="s3:GetPublicAccessBlock"),
        Permission(action="s3:GetBucketPolicyStatus", operation="s3:GetBucketPolicyStatus"),
        WEBSITE_PERMISSION,
    ),
    writes=(
        Permission(action="s3:PutBucketPublicAccessBlock", operation="s3:PutPublicAccessBlock"),
        # There is no action of its own for deleting:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html
        Permission(action="s3:PutBucketPublicAccessBlock", operation="s3:DeletePublicAccessBlock"),
    ),
    reversible=True,
    stage=Stage.STABLE,
    disruption=Disruption.DATA_PATH,
    hazard="Whoever reads the bucket without AWS credentials, or through a public policy, is denied.",
    template_properties={
        TemplateTool.CLOUDFORMATION: "set BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls and "
        "RestrictPublicBuckets in PublicAccessBlockConfiguration of AWS::S3::Bucket to true",
        TemplateTool.CDK: "set blockPublicAccess of Bucket to BlockPublicAccess.BLOCK_ALL",
        TemplateTool.TERRAFORM: "set block_public_acls, block_public_policy, ignore_public_acls and "
        "restrict_public_buckets of aws_s3_bucket_public_access_block to true",
    },
)


@dataclass(frozen=True, slots=True)
class S3BlockPublicAccess:
    spec: FixSpec = SPEC

    def calls(self, resource: Resource) -> tuple[Call, ...]:
        operations = ("GetPublicAccessBlock", "GetBucketPolicyStatus", "GetBucketWebsite")
        return tuple(Call("s3", operation, bucket_parameters(resource)) for operation in operations)

    def observe(self, aws: Reader, resource: Resource) -> State:
        bucket = bucket_parameters(resource)
        block = aws.find("s3", "GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration", **bucket)
        status = aws.find("s3", "GetBucketPolicyStatus", "NoSuchBucketPolicy", **bucket)
        return {
            "configuration": None if block is None else block.get("PublicAccessBlockConfiguration", {}),
            "policy_is_public": False if status is None else status.get("PolicyStatus", {}).get("IsPublic"),
            "hosts_website": hosts_website(aws, resource),
        }

    def plan(self, resource: Resource, state: State, options: Options) -> Planned:  # noqa: ARG002  the contract's
        if "configuration" not in state:
            return Refused(sentence=f"The Block Public Access settings of {resource.name} could not be read.")
        before = state["configuration"]
        settings = dict.fromkeys(_SETTINGS, False) if before is None else before
        if not all(isinstance(settings.get(name), bool) for name in _SETTINGS):
            return Refused(sentence=f"The Block Public Access settings of {resource.name} were read only in part.")
        public_policy = state.get("policy_is_public")
        if not isinstance(public_policy, bool):
            return Refused(sentence=f"Whether the policy of {resource.name} is public could not be read.")
        if "hosts_website" not in state:
            return Refused(sentence=f"Whether {resource.name} is set up as a website could not be read.")
        off = [name for name in _SETTINGS if not settings[name]]
        if not off:
            return Compliant(sentence=f"Block Public Access is fully on for {resource.name}.")
        if state["hosts_website"]:
            return Refused(sentence=f"{resource.name} is set up as a website, whose readers would be denied.")
        bucket = bucket_parameters(resource)
        if before is None:
            undo = Change(service="s3", operation="DeletePublicAccessBlock", parameters=bucket)
        else:
            undo = _put(bucket, before)
        return Plan(
            fix_id=SPEC.id,
            resource_arn=resource.arn,
            summary=f"Turn on {', '.join(off)} for the bucket {resource.name}.",
            before=state,
            changes=(_put(bucket, {**settings, **dict.fromkeys(_SETTINGS, True)}),),
            undo=(undo,),
            blast_radius={"public_policies": int(public_policy)},
        )


def _put(bucket: dict[str, str], settings: dict[str, bool]) -> Change:
    return Change(
        service="s3",
        operation="PutPublicAccessBlock",
        parameters={**bucket, "PublicAccessBlockConfiguration": settings},
    )

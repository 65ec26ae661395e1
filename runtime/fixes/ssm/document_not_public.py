"""Stop sharing a Systems Manager document with every AWS account.

What it does
------------
Removes ``All`` from the accounts that the document is shared with. Accounts that it is shared with by their number keep
access.

It refuses a document that the account does not own.

Why it matters
--------------
Anyone with an AWS account can run a public document, and read its content: names, addresses, sometimes passwords.

What can break
--------------
Accounts that have access to the document only because it is public can no longer use it. Copies in other accounts are
not affected.

Undo
----
Shares the same version with all accounts again. If the account blocks public sharing in this region, AWS would refuse
this: then there is no undo. Nor is there one if the shared version is unknown.

References
----------
* Security Hub control SSM.4: https://docs.aws.amazon.com/securityhub/latest/userguide/ssm-controls.html#ssm-4
* Sharing documents: https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-ssm-sharing.html
* ModifyDocumentPermission:
  https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ModifyDocumentPermission.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import NEXT_TOKEN, Read, Value, Write
from runtime.fixes.kinds.declared import Guard
from runtime.fixes.kinds.sharing import Unshare
from runtime.fixes.ssm import DOCUMENT, PUBLIC_SHARING

_BY = {"Name": "${name}", "PermissionType": "Share"}

FIX = Unshare(
    of=DOCUMENT,
    id="ssm-document-not-public",
    title="Stop sharing a Systems Manager document with every AWS account",
    disruption=Disruption.NONE,
    hazard="Accounts that have access to the document only because it is public can no longer use it.",
    reads=(
        Read(call="ssm:DescribeDocument", by={"Name": "${name}"}, at="Document", keep=("Owner",)),
        Read(
            call="ssm:DescribeDocumentPermission",
            by=_BY,
            at="AccountIds",
            keep={"accounts": "@"},
            sets=("accounts",),
            pages=NEXT_TOKEN,
        ),
        Read(
            call="ssm:DescribeDocumentPermission",
            by=_BY,
            keep={
                "shared_version": "AccountSharingInfoList[?AccountId == 'All' || AccountId == 'all']"
                ".SharedDocumentVersion | [0]"
            },
            or_none=("shared_version",),
        ),
        Read(
            call="ssm:GetServiceSetting",
            by={"SettingId": PUBLIC_SHARING},
            on=PUBLIC_SHARING,
            keep={"public_sharing": "ServiceSetting.SettingValue"},
        ),
    ),
    guards=(
        Guard(
            holds=lambda look: bool(look["Owner"] == look.resource.account_id),
            because="${subject} is owned by ${Owner}.",
            first=True,
        ),
    ),
    informs=("shared_version",),
    shared_with="accounts",
    everybody="All",
    stop=Write(call="ssm:ModifyDocumentPermission", by={**_BY, "AccountIdsToRemove": ["All"]}),
    share=Write(
        call="ssm:ModifyDocumentPermission",
        by={**_BY, "AccountIdsToAdd": ["All"], "SharedDocumentVersion": Value("shared_version")},
    ),
    takes_back=(
        Guard(
            holds=lambda look: look["public_sharing"] == "Enable" and look["shared_version"] is not None,
            because="It cannot be undone: the account blocks public sharing of documents, or the shared version is not "
            "known.",
        ),
    ),
    shows={"accounts_shared_with_by_number": lambda look: len(look["accounts"]) - 1},
    template={
        TemplateTool.CLOUDFORMATION: "remove the custom resource that shares the document with everybody; "
        "CloudFormation itself has no property for it",
        TemplateTool.CDK: "remove the AwsCustomResource that shares the document with everybody; the CDK itself has no "
        "property for it",
        TemplateTool.TERRAFORM: "remove All from account_ids in permissions of aws_ssm_document",
    },
)

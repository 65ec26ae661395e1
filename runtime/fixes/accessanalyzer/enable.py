"""Create an analyzer of external access in an account and region.

What it does
------------
Creates the analyzer ``suture-external-access``, whose zone of trust is the account. An account that already has an
analyzer of external access that is active or being created, also one of its organization's administrator, is not
changed. Analyzers of unused or internal access are not created: AWS charges for them.

It refuses an account whose only analyzer is disabled or failed: a person must find the cause.

Why it matters
--------------
IAM Access Analyzer reports buckets, keys, roles, queues and functions that are accessible from outside the account.

What can break
--------------
Nothing. It costs nothing. If the account has no service-linked role ``AWSServiceRoleForAccessAnalyzer``, AWS creates
it.

Undo
----
Deletes the analyzer, with its findings and archive rules. The service-linked role is kept.

References
----------
* Security Hub control IAM.28: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-28
* IAM Access Analyzer: https://docs.aws.amazon.com/IAM/latest/UserGuide/what-is-access-analyzer.html
* Its service-linked role: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-using-service-linked-roles.html
* CreateAnalyzer: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CreateAnalyzer.html
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Disruption, Permission
from runtime.domain.plan import Compliant
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Pages, Read, Write
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps, one_of

_NAME = "suture-external-access"
_ARN = f"arn:${{partition}}:access-analyzer:${{region}}:${{account_id}}:analyzer/{_NAME}"

_CREATE = Write(
    call="accessanalyzer:CreateAnalyzer",
    action="access-analyzer:CreateAnalyzer",
    by={"analyzerName": _NAME, "type": "ACCOUNT"},
    on=_ARN,
)
_DELETE = Write(
    call="accessanalyzer:DeleteAnalyzer",
    action="access-analyzer:DeleteAnalyzer",
    by={"analyzerName": _NAME},
    on=_ARN,
)


@dataclass(frozen=True, kw_only=True)
class MakeAnalyzer(Declared):
    """``at_work`` and ``broken`` are the parts of the state with the names of analyzers."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return _CREATE.permission, _DELETE.permission

    def offending(self, look: Look) -> Found | Compliant:
        if names := look["at_work"]:
            return Compliant(sentence=look.said(f"${{subject}} has the analyzer {names[0]}."))
        return Found("analyzer made")

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:  # noqa: ARG002  the contract's
        return (_CREATE.change(look.texts, {}, {"at_work": [_NAME]}),), (_DELETE.change(look.texts, {}),)


FIX = MakeAnalyzer(
    of=ACCOUNT,
    id="accessanalyzer-enable",
    title="Create an analyzer of external access in an account and region",
    disruption=Disruption.NONE,
    hazard="AWS creates the service-linked role of IAM Access Analyzer if the account has none.",
    undo_hazard="Deletes the analyzer with its findings and archive rules.",
    reads=(
        Read(
            call="accessanalyzer:ListAnalyzers",
            action="access-analyzer:ListAnalyzers",
            by={},
            on="*",
            at="analyzers",
            keep={
                "at_work": "[?(type == 'ACCOUNT' || type == 'ORGANIZATION') && (status == 'ACTIVE' || "
                "status == 'CREATING')].name",
                "broken": "[?(type == 'ACCOUNT' || type == 'ORGANIZATION') && status != 'ACTIVE' && "
                "status != 'CREATING'].name | [0]",
            },
            or_none=("broken",),
            sets=("at_work",),
            pages=Pages(more="nextToken", sent_as="nextToken"),
        ),
    ),
    guards=(Guard(holds=one_of("broken", None), because="The analyzer ${broken} of ${subject} does not work."),),
    extra_writes=(
        Permission(
            action="iam:CreateServiceLinkedRole",
            operation="accessanalyzer:CreateAnalyzer",
            resource="arn:${partition}:iam::${account_id}:role/aws-service-role/access-analyzer.amazonaws.com/*",
        ),
    ),
    template={
        TemplateTool.CLOUDFORMATION: "add AWS::AccessAnalyzer::Analyzer of the type ACCOUNT",
        TemplateTool.CDK: "add a CfnAnalyzer of the type ACCOUNT",
        TemplateTool.TERRAFORM: "add an aws_accessanalyzer_analyzer of the type ACCOUNT",
    },
)

"""Turn on GuardDuty in an account and region.

What it does
------------
If GuardDuty is suspended in the region of the finding, it is enabled again with its previous settings. If there is no
detector, one is created with the foundational data sources (events of CloudTrail, VPC flow logs and DNS queries); its
further protection plans, which AWS would turn on and charge for, are off.

It refuses an account that a delegated administrator manages: its settings are decided for the organization.

Why it matters
--------------
GuardDuty detects stolen credentials, crypto miners and connections to known attackers, without anything to install.

What can break
--------------
Nothing. AWS charges by the number of events, after 30 days for free.

Undo
----
Suspends the detector again, or deletes it if there was none. Findings of a deleted detector are lost.

References
----------
* Security Hub control GuardDuty.1:
  https://docs.aws.amazon.com/securityhub/latest/userguide/guardduty-controls.html#guardduty-1
* Suspending and disabling:
  https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_suspend-disable.html
* CreateDetector: https://docs.aws.amazon.com/guardduty/latest/APIReference/API_CreateDetector.html
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Disruption, Permission
from runtime.domain.plan import Compliant
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps, one_of

_STATUS = "detector_status"
_DETECTOR = "arn:${partition}:guardduty:${region}:${account_id}:detector/*"

# Plans that are not named are turned on: https://docs.aws.amazon.com/guardduty/latest/APIReference/API_CreateDetector.html
_PLANS = (
    "S3_DATA_EVENTS",
    "EKS_AUDIT_LOGS",
    "EBS_MALWARE_PROTECTION",
    "RDS_LOGIN_EVENTS",
    "LAMBDA_NETWORK_LOGS",
    "RUNTIME_MONITORING",
    "AI_PROTECTION",
    "AI_ANALYST",
)

_CREATE = Write(
    call="guardduty:CreateDetector",
    by={
        "Enable": True,
        "FindingPublishingFrequency": "SIX_HOURS",
        "Features": [{"Name": name, "Status": "DISABLED"} for name in _PLANS],
    },
    on="*",
)
_DELETE = Write(call="guardduty:DeleteDetector", by={"DetectorId": {"$answer": [0, "DetectorId"]}}, on=_DETECTOR)


def _update(*, enable: bool) -> Write:
    return Write(call="guardduty:UpdateDetector", by={"DetectorId": "${detector}", "Enable": enable}, on=_DETECTOR)


@dataclass(frozen=True, kw_only=True)
class EnableDetector(Declared):
    """One change in both cases: create the detector, or enable the existing one."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return tuple(write.permission for write in (_CREATE, _DELETE, _update(enable=True)))

    def offending(self, look: Look) -> Found | Compliant:
        if look[_STATUS] == "ENABLED":
            return Compliant(sentence=look.said("GuardDuty is on in ${subject}."))
        return Found("detector made" if look["detector"] is None else "detector enabled")

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:  # noqa: ARG002  the contract's
        leaves = {_STATUS: "ENABLED"}
        if look["detector"] is None:
            return (_CREATE.change(look.texts, {}, leaves),), (_DELETE.change(look.texts, {}),)
        texts = {**look.texts, "detector": look["detector"]}
        on, off = _update(enable=True), _update(enable=False)
        return (on.change(texts, {}, leaves),), (off.change(texts, {}),)


FIX = EnableDetector(
    of=ACCOUNT,
    id="guardduty-enable",
    title="Turn on GuardDuty in an account and region",
    disruption=Disruption.NONE,
    hazard="AWS charges by the number of events, after 30 days for free.",
    undo_hazard="Suspends the detector; a new one is deleted with its findings.",
    reads=(
        Read(
            call="guardduty:ListDetectors",
            by={},
            on="*",
            at="DetectorIds",
            keep={"detectors": "length(@)", "detector": "[0]"},
            or_none=("detector",),
        ),
        Read(
            call="guardduty:GetDetector",
            by={"DetectorId": "${detector}"},
            on=_DETECTOR,
            of="detector",
            keep={_STATUS: "Status"},
        ),
        Read(
            call="guardduty:GetAdministratorAccount",
            by={"DetectorId": "${detector}"},
            on="*",
            of="detector",
            keep={"administrator": "Administrator.AccountId"},
            or_none=("administrator",),
        ),
    ),
    guards=(
        Guard(
            holds=one_of("administrator", None),
            because="The account ${administrator} manages GuardDuty in ${subject}.",
        ),
    ),
    extra_writes=(
        Permission(
            action="iam:CreateServiceLinkedRole",
            operation="guardduty:CreateDetector",
            resource="arn:${partition}:iam::${account_id}:role/aws-service-role/guardduty.amazonaws.com/*",
        ),
    ),
    template={
        TemplateTool.CLOUDFORMATION: "set Enable of AWS::GuardDuty::Detector to true",
        TemplateTool.CDK: "set enable of CfnDetector to true",
        TemplateTool.TERRAFORM: "set enable of aws_guardduty_detector to true",
    },
)

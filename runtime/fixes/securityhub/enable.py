"""Turn on Security Hub CSPM in an account and region.

What it does
------------
Turns on Security Hub CSPM in the region of the finding, with no standard, and with one finding for each control.
Standards cause the cost: turn on those that you need afterwards.

Why it matters
--------------
Security Hub collects the findings of GuardDuty, Inspector, Macie and others in one place, and checks the account
against standards.

What can break
--------------
Nothing. Findings of other services are free; with standards, AWS charges for each check, and they need AWS Config.

Undo
----
Turns Security Hub off: its configuration from the meantime is lost, and its findings after 90 days. It refuses an
account that got an administrator in the meantime, who would lose the account.

References
----------
* AWS Config rule securityhub-enabled:
  https://docs.aws.amazon.com/config/latest/developerguide/securityhub-enabled.html
* Turning it on: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-settingup.html
* EnableSecurityHub: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_EnableSecurityHub.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, Permission
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.attributes import SetAttributes

_HUB = "arn:${partition}:securityhub:${region}:${account_id}:hub/default"

FIX = SetAttributes(
    of=ACCOUNT,
    id="securityhub-enable",
    title="Turn on Security Hub CSPM in an account and region",
    disruption=Disruption.NONE,
    hazard="With standards, which are turned on separately, AWS charges for each check.",
    undo_hazard="Deletes the configuration of Security Hub.",
    reads=(
        Read(
            call="securityhub:DescribeHub",
            by={},
            on=_HUB,
            keep={"enabled": "HubArn && `true`"},
            # https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeHub.html
            absent=("InvalidAccessException", "ResourceNotFoundException"),
        ),
        # https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetAdministratorAccount.html
        Read(
            call="securityhub:GetAdministratorAccount",
            by={},
            on=_HUB,
            keep={"administrator": "Administrator.AccountId"},
            or_none=("administrator",),
            absent=("InvalidAccessException", "ResourceNotFoundException"),
        ),
        # Without an AWS Config recorder, standards that are turned on later check nothing.
        Read(
            call="config:DescribeConfigurationRecorders",
            by={},
            on="arn:${partition}:config:${region}:${account_id}:configuration-recorder/*",
            keep={"config_recorders": "length(ConfigurationRecorders)"},
        ),
    ),
    wanted={"enabled": True},
    shows={"config_recorders": lambda look: look["config_recorders"]},
    write=Write(
        call="securityhub:EnableSecurityHub",
        by={"EnableDefaultStandards": False, "ControlFindingGenerator": "SECURITY_CONTROL"},
        on=_HUB,
    ),
    back=Write(call="securityhub:DisableSecurityHub", by={}, on=_HUB),
    steady=("administrator",),
    extra_writes=(
        Permission(
            action="iam:CreateServiceLinkedRole",
            operation="securityhub:EnableSecurityHub",
            resource="arn:${partition}:iam::${account_id}:role/aws-service-role/securityhub.amazonaws.com/*",
        ),
    ),
    template={
        TemplateTool.CLOUDFORMATION: "add AWS::SecurityHub::Hub with EnableDefaultStandards false",
        TemplateTool.CDK: "add CfnHub with enableDefaultStandards false",
        TemplateTool.TERRAFORM: "add aws_securityhub_account with enable_default_standards false",
    },
)

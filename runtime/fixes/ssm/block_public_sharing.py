"""Block public sharing of Systems Manager documents in an account and region.

What it does
------------
Sets the account's service setting for public sharing of documents to ``Disable``, in the region of the finding.
Documents that are already public stay public; stop sharing those one by one.

Why it matters
--------------
One document that is shared by mistake is enough. With this setting, none can be.

What can break
--------------
The account can no longer share a document with every AWS account. Sharing with accounts by number still works.

Undo
----
Restores the previous value, or resets the setting if it was never changed.

References
----------
* Security Hub control SSM.7: https://docs.aws.amazon.com/securityhub/latest/userguide/ssm-controls.html#ssm-7
* Blocking public sharing:
  https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-ssm-sharing.html#block-public-access
* UpdateServiceSetting:
  https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateServiceSetting.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.ssm import PUBLIC_SHARING

_SETTING = {"SettingId": PUBLIC_SHARING}

FIX = SetAttributes(
    of=ACCOUNT,
    id="ssm-block-public-sharing",
    title="Block public sharing of Systems Manager documents in an account and region",
    disruption=Disruption.NONE,
    hazard="The account can no longer share a document with every AWS account.",
    undo_hazard="Documents of the account can be shared with every AWS account again.",
    reads=(
        Read(
            call="ssm:GetServiceSetting",
            by=_SETTING,
            on=PUBLIC_SHARING,
            at="ServiceSetting",
            # The value of a setting that was never changed is AWS's default: it is not set.
            keep={"sharing": "Status != 'Default' && SettingValue || `null`", "value": "SettingValue"},
            or_none=("sharing",),
        ),
    ),
    informs=("value",),
    wanted={"sharing": "Disable"},
    write=Write(call="ssm:UpdateServiceSetting", by={**_SETTING, "SettingValue": Value("sharing")}, on=PUBLIC_SHARING),
    unset=Write(call="ssm:ResetServiceSetting", by=_SETTING, on=PUBLIC_SHARING),
    template={
        TemplateTool.CLOUDFORMATION: "set SettingValue of AWS::SSM::ServiceSetting to Disable",
        TemplateTool.CDK: "set settingValue of CfnServiceSetting to Disable",
        TemplateTool.TERRAFORM: "set setting_value of aws_ssm_service_setting to Disable",
    },
)

"""Start the AWS Config recorder of an account and region.

What it does
------------
Starts the existing, stopped configuration recorder. What it records, and where it delivers to, is not changed.

It refuses an account without a recorder or a delivery channel in the region: creating them requires a bucket, a role,
and a decision on what is recorded, which costs. It refuses a recorder whose last status is a failure, even if it is
running (its role or its bucket must be corrected), and one of Control Tower. Recorders that other AWS services manage
are ignored.

Why it matters
--------------
While the recorder is stopped, nothing in the account is recorded: rules of AWS Config and most controls of Security Hub
do not report the actual state. Intruders stop recorders.

What can break
--------------
Nothing. AWS charges for each configuration item that is recorded.

Undo
----
Stops the recorder again. Recorded data is kept.

References
----------
* Security Hub control Config.1:
  https://docs.aws.amazon.com/securityhub/latest/userguide/config-controls.html#config-1
* The recorder: https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html
* StartConfigurationRecorder:
  https://docs.aws.amazon.com/config/latest/APIReference/API_StartConfigurationRecorder.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import Exactly, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, none_of

_RECORDER = "arn:${partition}:config:${region}:${account_id}:configuration-recorder/*"
_BY = {"ConfigurationRecorderName": Value("recorder")}


@dataclass(frozen=True, slots=True)
class _Delivered(Exactly):
    """A running recorder that failed is not compliant, and starting it does not help."""

    def accepts(self, found: Any, look: Look) -> bool:
        return look["last_status"] != "Failure" and Exactly.accepts(self, found, look)


FIX = SetAttributes(
    of=ACCOUNT,
    id="config-recorder-start",
    title="Start the AWS Config recorder of an account and region",
    disruption=Disruption.NONE,
    hazard="AWS charges for each configuration item that is recorded.",
    undo_hazard="Changes of resources are not recorded, and rules that check them are not evaluated.",
    reads=(
        Read(
            call="config:DescribeConfigurationRecorders",
            by={},
            on=_RECORDER,
            at="ConfigurationRecorders",
            keep={"recorder": "[?!servicePrincipal] | [0].name"},
            or_none=("recorder",),
        ),
        Read(
            call="config:DescribeConfigurationRecorderStatus",
            by={"ConfigurationRecorderNames": ["${recorder}"]},
            on=_RECORDER,
            of="recorder",
            at="ConfigurationRecordersStatus[0]",
            keep={"recording": "recording", "last_status": "lastStatus"},
            or_none=("last_status",),
        ),
        Read(
            call="config:DescribeDeliveryChannels",
            by={},
            on="*",
            keep={"delivery_channels": "length(DeliveryChannels)"},
        ),
    ),
    # It changes while the recorder runs.
    informs=("last_status",),
    wanted={"recording": _Delivered(True)},
    guards=(
        Guard(
            holds=none_of("recorder", None),
            because="${subject} has no configuration recorder here: somebody must decide what it records.",
        ),
        Guard(
            holds=lambda look: not look["recorder"].startswith("aws-controltower"),
            because="The configuration recorder of ${subject} belongs to Control Tower.",
        ),
        Guard(
            holds=none_of("delivery_channels", 0),
            because="${subject} has no delivery channel here: somebody must decide where its recorder delivers.",
        ),
        Guard(
            holds=none_of("last_status", "Failure"),
            because="The configuration recorder of ${subject} failed: check its role and its bucket.",
        ),
    ),
    write=Write(call="config:StartConfigurationRecorder", by=_BY, on=_RECORDER),
    back=Write(call="config:StopConfigurationRecorder", by=_BY, on=_RECORDER),
    template={
        TemplateTool.CLOUDFORMATION: (
            "keep AWS::Config::ConfigurationRecorder and AWS::Config::DeliveryChannel; they start with the stack"
        ),
        TemplateTool.CDK: "keep CfnConfigurationRecorder and CfnDeliveryChannel; they start with the stack",
        TemplateTool.TERRAFORM: "set is_enabled of aws_config_configuration_recorder_status to true",
    },
)

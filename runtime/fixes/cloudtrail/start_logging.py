"""Start logging of a CloudTrail trail.

What it does
------------
Starts the trail's logging. Nothing else about the trail changes.

It refuses organization trails and those of Control Tower, and starts a trail in its home region only.

Why it matters
--------------
While a trail is stopped, it records nothing that happens in the account. Attackers stop trails: check who stopped it.
The events of that time are permanently missing from the trail; CloudTrail's event history keeps management events for
90 days.

What can break
--------------
Nothing. CloudTrail charges for copies of management events beyond the first, and S3 for the log files.

Undo
----
Stops the trail's logging again, which turns off the audit log.

References
----------
* Security Hub control CloudTrail.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html#cloudtrail-3
* Turning logging on and off:
  https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-turning-off-logging.html
* StartLogging: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartLogging.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.cloudtrail import HOME, NOT_OF_CONTROL_TOWER, OWN, TRAIL, read_trail
from runtime.fixes.kinds.attributes import SetAttributes

FIX = SetAttributes(
    of=TRAIL,
    id="cloudtrail-start-logging",
    title="Start logging of a CloudTrail trail",
    disruption=Disruption.NONE,
    hazard="CloudTrail charges for copies of management events beyond the first, and S3 for the log files.",
    undo_hazard="Turns the audit log off.",
    reads=(
        read_trail(),
        Read(call="cloudtrail:GetTrailStatus", by={"Name": "${arn}"}, keep=("IsLogging",)),
    ),
    wanted={"IsLogging": True},
    guards=(HOME, OWN, NOT_OF_CONTROL_TOWER),
    write=Write(call="cloudtrail:StartLogging", by={"Name": "${arn}"}),
    back=Write(call="cloudtrail:StopLogging", by={"Name": "${arn}"}),
    template={
        TemplateTool.CLOUDFORMATION: "set IsLogging of AWS::CloudTrail::Trail to true",
        TemplateTool.CDK: "keep IsLogging of the CfnTrail in Trail at true",
        TemplateTool.TERRAFORM: "set enable_logging of aws_cloudtrail to true",
    },
)

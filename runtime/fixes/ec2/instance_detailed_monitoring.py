"""Turn on detailed monitoring of an EC2 instance.

What it does
------------
Turns on detailed monitoring of the instance: CloudWatch gets its metrics every minute instead of every five.

Why it matters
--------------
An alarm detects within a minute what would take five, and an average does not hide a short peak.

What can break
--------------
Nothing. CloudWatch charges for each metric of the instance.

Undo
----
Turns it off. CloudWatch keeps the recorded metrics for their retention period.

References
----------
* AWS Config rule: https://docs.aws.amazon.com/config/latest/developerguide/ec2-instance-detailed-monitoring-enabled.html
* MonitorInstances: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_MonitorInstances.html
"""

from __future__ import annotations

from dataclasses import replace

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Write
from runtime.fixes.ec2 import INSTANCE, INSTANCE_READ, MANAGED_BY, NOT_MANAGED, NOT_TERMINATED
from runtime.fixes.kinds.attributes import SetAttributes

FIX = SetAttributes(
    of=INSTANCE,
    id="ec2-instance-detailed-monitoring",
    title="Turn on detailed monitoring of an EC2 instance",
    disruption=Disruption.NONE,
    hazard="CloudWatch charges for each metric of the instance.",
    undo_hazard="The metrics of the instance are published every five minutes only.",
    reads=(
        replace(
            INSTANCE_READ,
            keep={
                # A change in progress counts as done, in both directions.
                "monitoring": "Monitoring.State == 'pending' && 'enabled' || "
                "Monitoring.State == 'disabling' && 'disabled' || Monitoring.State",
                "type": "InstanceType",
                "managed_by": MANAGED_BY,
            },
        ),
    ),
    guards=(NOT_TERMINATED, NOT_MANAGED),
    wanted={"monitoring": "enabled"},
    write=Write(call="ec2:MonitorInstances", by={"InstanceIds": ["${name}"]}),
    back=Write(call="ec2:UnmonitorInstances", by={"InstanceIds": ["${name}"]}),
    shows={"instance_type": lambda look: look["type"]},
    template={
        TemplateTool.CLOUDFORMATION: "set Monitoring of AWS::EC2::Instance to true",
        TemplateTool.CDK: "set detailedMonitoring of Instance to true",
        TemplateTool.TERRAFORM: "set monitoring of aws_instance to true",
    },
)

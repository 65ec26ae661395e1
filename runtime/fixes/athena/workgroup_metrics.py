"""Publish the metrics of an Athena workgroup's queries.

What it does
------------
Turns on that the workgroup publishes metrics of its queries to CloudWatch. Everything else of it stays. It refuses a
workgroup for Spark, of which AWS does not say the same.

Why it matters
--------------
How much is scanned, and how many queries fail, shows when somebody reads what they should not, and what it costs.

What can break
--------------
Nothing. Alarms on the metrics, and reading them by the API, cost what CloudWatch charges for them.

Undo
----
Turns it off again. What was published stays.

References
----------
* Security Hub control Athena.4: https://docs.aws.amazon.com/securityhub/latest/userguide/athena-controls.html#athena-4
* Metrics of queries: https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html
* UpdateWorkGroup: https://docs.aws.amazon.com/athena/latest/APIReference/API_UpdateWorkGroup.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.athena import FOR_SQL, WORK_GROUP, configuration
from runtime.fixes.calls import Value, Write
from runtime.fixes.kinds.attributes import SetAttributes

FIX = SetAttributes(
    of=WORK_GROUP,
    id="athena-workgroup-metrics",
    title="Publish the metrics of an Athena workgroup's queries",
    disruption=Disruption.NONE,
    hazard="CloudWatch charges for alarms on the metrics and for reading them by the API.",
    reads=(configuration(metrics="PublishCloudWatchMetricsEnabled"),),
    wanted={"metrics": True},
    guards=(FOR_SQL,),
    write=Write(
        call="athena:UpdateWorkGroup",
        by={
            "WorkGroup": "${name}",
            "ConfigurationUpdates": {"PublishCloudWatchMetricsEnabled": Value("metrics")},
        },
    ),
    template={
        TemplateTool.CLOUDFORMATION: "set PublishCloudWatchMetricsEnabled in WorkGroupConfiguration of "
        "AWS::Athena::WorkGroup to true",
        TemplateTool.CDK: "set publishCloudWatchMetricsEnabled in workGroupConfiguration of CfnWorkGroup to true",
        TemplateTool.TERRAFORM: "set publish_cloudwatch_metrics_enabled in configuration of aws_athena_workgroup to "
        "true",
    },
)

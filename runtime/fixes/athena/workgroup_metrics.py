"""Publish the metrics of an Athena workgroup's queries.

What it does
------------
Turns on publishing of the workgroup's query metrics to CloudWatch. Nothing else changes. It refuses a workgroup for
Spark, for which AWS does not document the same.

Why it matters
--------------
The amount of data scanned and the number of failed queries show unexpected access to data, and the cost.

What can break
--------------
Nothing. CloudWatch charges for alarms on the metrics, and for reading them by the API.

Undo
----
Turns it off again. Published metrics are kept.

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
    undo_hazard="Later queries publish no metrics, and alarms on them get no data.",
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

"""Turn on Enhanced Monitoring of an RDS DB instance.

What it does
------------
Sets ``MonitoringInterval`` of the DB instance to the option ``interval_seconds``, and ``MonitoringRoleArn`` to the role
that the option ``role`` names, immediately and without a restart. RDS then writes metrics of the instance's operating
system to the log group ``RDSOSMetrics``. An instance that is monitored, at any interval, is not changed.

The fix does not create the role: its trust policy allows ``monitoring.rds.amazonaws.com`` to assume it, and it has the
AWS managed policy ``AmazonRDSEnhancedMonitoringRole``. One role can serve all instances of an account.

It refuses an instance of Amazon DocumentDB, of Neptune or of RDS Custom; a member of a Multi-AZ DB cluster, for which
this is set on the cluster; and a role that does not exist or belongs to another service.

Why it matters
--------------
The standard metrics come from the hypervisor. Only the operating system shows which processes use the resources.

What can break
--------------
Nothing. CloudWatch Logs charges for ingestion: more for a shorter interval. ``RDSOSMetrics`` keeps the metrics for 30
days.

Undo
----
Sets the interval to 0 again. The log group and its content are kept.

References
----------
* Security Hub control RDS.6: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-6
* Setting up Enhanced Monitoring, and its role:
  https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
* ModifyDBInstance: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import AnyOf, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, none_of
from runtime.fixes.kinds.roles import pass_role, service_role
from runtime.fixes.rds import DB_INSTANCE
from runtime.fixes.rds._instances import MODIFIABLE, MODIFIED_ITSELF, NOT_CUSTOM, instance, modify_instance

_INTERVALS = (1, 5, 10, 15, 30, 60)


def _interval(look: Look) -> int:
    look.option("role")  # without one there is no interval to set
    return int(look.option("interval_seconds"))


FIX = SetAttributes(
    of=DB_INSTANCE,
    id="rds-instance-enhanced-monitoring",
    title="Turn on Enhanced Monitoring of an RDS DB instance",
    disruption=Disruption.NONE,
    hazard="CloudWatch Logs charges for the metrics at each interval.",
    undo_hazard="Metrics of the operating system are no longer recorded.",
    reads=(instance(MonitoringInterval="MonitoringInterval || `0`"),),
    named=(service_role("monitoring.rds.amazonaws.com"),),
    options={
        "interval_seconds": OptionSpec(
            schema={"type": "integer", "enum": [*_INTERVALS]},
            default=60,
            description="The interval in seconds for an instance that is not monitored.",
        )
    },
    wanted={"MonitoringInterval": AnyOf(_interval, _INTERVALS)},
    guards=(
        Guard(
            holds=none_of("Engine", "docdb", "neptune"),
            because="${subject} is of ${Engine}, which does not support Enhanced Monitoring.",
        ),
        NOT_CUSTOM,
        MODIFIED_ITSELF,
        MODIFIABLE,
    ),
    # RDS accepts an interval only with the role.
    write=modify_instance(MonitoringInterval=Value("MonitoringInterval"), MonitoringRoleArn=Value("role_arn")),
    back=modify_instance(MonitoringInterval=Value("MonitoringInterval")),
    extra_writes=(pass_role("rds:ModifyDBInstance"),),
    shows={"role": lambda look: look["role_arn"]},
    template={
        TemplateTool.CLOUDFORMATION: "set MonitoringInterval and MonitoringRoleArn of AWS::RDS::DBInstance",
        TemplateTool.CDK: "set monitoringInterval and monitoringRole of DatabaseInstance",
        TemplateTool.TERRAFORM: "set monitoring_interval and monitoring_role_arn of aws_db_instance, or in an Aurora "
        "cluster of aws_rds_cluster_instance",
    },
)

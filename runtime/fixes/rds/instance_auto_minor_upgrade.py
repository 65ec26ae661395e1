"""Turn on automatic minor version upgrades of an RDS DB instance.

What it does
------------
Sets ``AutoMinorVersionUpgrade`` of the DB instance to true. RDS then installs the minor versions that AWS selects, in
the instance's maintenance window. The change itself upgrades nothing, unless the window is open and an upgrade is
available.

It refuses an instance with a pending upgrade that its owner requested, a member of a DB cluster whose instances cannot
be modified individually, and one whose status is not ``available``.

Why it matters
--------------
Minor versions fix known vulnerabilities. An instance that is never upgraded keeps them.

What can break
--------------
An upgrade restarts the engine, in the maintenance window, for some minutes. Extensions and drivers may not support a
new minor version yet. In an Aurora cluster, upgrades happen only if every member has the setting on.

Undo
----
Sets it to false again. An upgrade that was installed is kept.

References
----------
* Security Hub control RDS.13: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-13
* Upgrading the engine version:
  https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html
* ModifyDBInstance: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.rds import DB_INSTANCE
from runtime.fixes.rds._instances import MODIFIABLE, MODIFIED_ITSELF, NOT_CUSTOM, instance, modify_instance

FIX = SetAttributes(
    of=DB_INSTANCE,
    id="rds-instance-auto-minor-upgrade",
    title="Turn on automatic minor version upgrades of an RDS DB instance",
    disruption=Disruption.RESTART,
    hazard="The engine restarts in the maintenance window when a minor version is installed.",
    undo_hazard="Minor versions, which fix vulnerabilities, must be installed manually.",
    reads=(
        instance(
            "AutoMinorVersionUpgrade",
            "EngineVersion",
            "PreferredMaintenanceWindow",
            version_waiting="PendingModifiedValues.EngineVersion",
            or_none=("version_waiting",),
        ),
    ),
    wanted={"AutoMinorVersionUpgrade": True},
    guards=(
        NOT_CUSTOM,
        MODIFIED_ITSELF,
        Guard(
            holds=one_of("version_waiting", None),
            because="${subject} has a pending upgrade to ${version_waiting}: its owner manages the version.",
        ),
        MODIFIABLE,
    ),
    write=modify_instance(AutoMinorVersionUpgrade=Value("AutoMinorVersionUpgrade")),
    shows={
        "engine": lambda look: f"{look['Engine']} {look['EngineVersion']}",
        "maintenance_window": lambda look: look["PreferredMaintenanceWindow"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "set AutoMinorVersionUpgrade of AWS::RDS::DBInstance to true",
        TemplateTool.CDK: "set autoMinorVersionUpgrade of DatabaseInstance, or in an Aurora cluster of "
        "ClusterInstance, to true",
        TemplateTool.TERRAFORM: "set auto_minor_version_upgrade of aws_db_instance, or in an Aurora cluster of "
        "aws_rds_cluster_instance, to true",
    },
)

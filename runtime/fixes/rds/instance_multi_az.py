"""Add a standby in another Availability Zone to an RDS DB instance.

What it does
------------
Sets ``MultiAZ`` of the DB instance to true, immediately. RDS copies the storage to a second Availability Zone and keeps
a standby there that takes over if the instance fails.

It doubles the price of the instance and of its storage.

It refuses an instance

* with other modifications pending for the maintenance window, because they would be applied with it;
* that is a member of a DB cluster, which gets a reader instead;
* whose subnets are all in one Availability Zone;
* of an engine or edition that does not support standbys, and one of SQL Server without backups.

Why it matters
--------------
An instance in one Availability Zone is down while the zone, the host or its storage is down, and while RDS patches it.

What can break
--------------
Each commit also waits for the standby, so writes are slower. While the storage is copied, for minutes to many hours,
I/O is slower still: apply it at a time of low traffic.

Undo
----
Sets it to false again. The standby is deleted, and its cost ends.

References
----------
* Security Hub control RDS.5: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-5
* Multi-AZ DB instance deployments:
  https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html
* ModifyDBInstance: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, none_of
from runtime.fixes.rds import DB_INSTANCE
from runtime.fixes.rds._instances import (
    MODIFIABLE,
    NOT_CUSTOM,
    NOTHING_WAITS,
    ON_ITS_OWN,
    WAITING,
    WHAT_WAITS,
    instance,
    modify_instance,
)


def _reaches_two_zones(look: Look) -> bool:
    return len(set(look["zones"] or ())) > 1


FIX = SetAttributes(
    of=DB_INSTANCE,
    id="rds-instance-multi-az",
    title="Add a standby in another Availability Zone to an RDS DB instance",
    disruption=Disruption.DATA_PATH,
    undo_hazard="Deletes the standby: an outage of the zone stops the database again.",
    hazard="It doubles the price of the instance and its storage, and writes are slower.",
    reads=(
        instance(
            "MultiAZ",
            "BackupRetentionPeriod",
            "DBInstanceClass",
            "AllocatedStorage",
            zones="DBSubnetGroup.Subnets[].SubnetAvailabilityZone.Name",
            waiting=WHAT_WAITS,
            or_none=("zones",),
            sets=("zones",),
        ),
    ),
    # It grows automatically, if storage autoscaling is on.
    informs=("AllocatedStorage",),
    wanted={"MultiAZ": True},
    steady=(WAITING,),
    guards=(
        NOT_CUSTOM,
        ON_ITS_OWN,
        Guard(
            holds=none_of("Engine", "sqlserver-ex"),
            because="${subject} is of ${Engine}, which does not support standbys.",
        ),
        Guard(
            holds=lambda look: not look["Engine"].startswith("sqlserver") or look["BackupRetentionPeriod"] != 0,
            because="${subject} is of SQL Server and has no automated backups, which a standby requires.",
        ),
        Guard(
            holds=_reaches_two_zones,
            because="The subnets of ${subject} are not in two Availability Zones.",
        ),
        NOTHING_WAITS,
        MODIFIABLE,
    ),
    write=modify_instance(MultiAZ=Value("MultiAZ"), ApplyImmediately=True),
    shows={
        "instance_class": lambda look: look["DBInstanceClass"],
        "storage_gib": lambda look: look["AllocatedStorage"],
        "engine": lambda look: look["Engine"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "set MultiAZ of AWS::RDS::DBInstance to true",
        TemplateTool.CDK: "set multiAz of DatabaseInstance to true",
        TemplateTool.TERRAFORM: "set multi_az of aws_db_instance to true",
    },
)

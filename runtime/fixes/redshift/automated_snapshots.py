"""Extend the retention of automated snapshots of a Redshift cluster.

What it does
------------
Sets ``AutomatedSnapshotRetentionPeriod`` of the cluster to the number of days of the option ``days``. A longer period
is kept. If automated snapshots were off, this turns them on.

It refuses a cluster whose status is not ``available``, including a paused one.

Why it matters
--------------
Data that was damaged before the oldest snapshot cannot be restored. Damage is often found days later.

What can break
--------------
Nothing. AWS charges for snapshots beyond the free storage.

Undo
----
Restores the former period, and AWS immediately deletes the automated snapshots that are older. If they were off, there
is no undo: it would delete all of them.

References
----------
* Security Hub control Redshift.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/redshift-controls.html#redshift-3
* Snapshots: https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-snapshots.html
* ModifyCluster: https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifyCluster.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import AtLeast, Option, SetAttributes
from runtime.fixes.kinds.declared import Guard
from runtime.fixes.redshift import AVAILABLE, CLUSTER, cluster, modify_cluster

FIX = SetAttributes(
    of=CLUSTER,
    id="redshift-automated-snapshots",
    title="Extend the retention of automated snapshots of a Redshift cluster",
    disruption=Disruption.NONE,
    undo_hazard="Deletes the automated snapshots that are older than the former period.",
    hazard="AWS charges for snapshots beyond the free storage.",
    reads=(cluster("AutomatedSnapshotRetentionPeriod"),),
    options={
        "days": OptionSpec(
            schema={"type": "integer", "minimum": 1, "maximum": 35},
            default=7,
            description="The minimum retention of automated snapshots, in days.",
        )
    },
    wanted={"AutomatedSnapshotRetentionPeriod": AtLeast(Option("days"))},
    guards=(AVAILABLE,),
    write=modify_cluster(AutomatedSnapshotRetentionPeriod=Value("AutomatedSnapshotRetentionPeriod")),
    takes_back=(
        Guard(
            holds=lambda look: look["AutomatedSnapshotRetentionPeriod"] != 0,
            because="It cannot be undone: turning snapshots off again would delete the existing ones.",
        ),
    ),
    shows={"days": lambda look: look["AutomatedSnapshotRetentionPeriod"]},
    template={
        TemplateTool.CLOUDFORMATION: "set AutomatedSnapshotRetentionPeriod of AWS::Redshift::Cluster to the number of "
        "days",
        TemplateTool.CDK: "set automatedSnapshotRetentionPeriod of CfnCluster to the number of days",
        TemplateTool.TERRAFORM: "set automated_snapshot_retention_period of aws_redshift_cluster to the number of days",
    },
)

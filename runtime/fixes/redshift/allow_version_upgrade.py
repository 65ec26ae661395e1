"""Turn on version upgrades of a Redshift cluster.

What it does
------------
Sets ``AllowVersionUpgrade`` of the cluster to true. Redshift then installs new major versions in the cluster's
maintenance window. A maintenance that was deferred stays deferred.

It refuses a cluster whose status is not ``available``, including a paused one.

Why it matters
--------------
New versions fix known vulnerabilities. A cluster that is never upgraded keeps them.

What can break
--------------
An upgrade restarts the cluster, in the maintenance window. Queries that are running then fail.

Undo
----
Sets it to false again. An upgrade that was installed is kept.

References
----------
* Security Hub control Redshift.6:
  https://docs.aws.amazon.com/securityhub/latest/userguide/redshift-controls.html#redshift-6
* Maintenance of clusters: https://docs.aws.amazon.com/redshift/latest/mgmt/managing-cluster-considerations.html
* ModifyCluster: https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifyCluster.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.redshift import AVAILABLE, CLUSTER, cluster, modify_cluster

FIX = SetAttributes(
    of=CLUSTER,
    id="redshift-allow-version-upgrade",
    title="Turn on version upgrades of a Redshift cluster",
    disruption=Disruption.RESTART,
    hazard="The cluster restarts in its maintenance window when a version is installed.",
    undo_hazard="New versions, which fix vulnerabilities, are not installed.",
    reads=(cluster("AllowVersionUpgrade", "PreferredMaintenanceWindow"),),
    wanted={"AllowVersionUpgrade": True},
    guards=(AVAILABLE,),
    write=modify_cluster(AllowVersionUpgrade=Value("AllowVersionUpgrade")),
    shows={"maintenance_window": lambda look: look["PreferredMaintenanceWindow"]},
    template={
        TemplateTool.CLOUDFORMATION: "set AllowVersionUpgrade of AWS::Redshift::Cluster to true",
        TemplateTool.CDK: "set allowVersionUpgrade of CfnCluster to true",
        TemplateTool.TERRAFORM: "set allow_version_upgrade of aws_redshift_cluster to true",
    },
)

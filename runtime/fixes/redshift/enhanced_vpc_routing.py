"""Turn on enhanced VPC routing of a Redshift cluster.

What it does
------------
Sets ``EnhancedVpcRouting`` of the cluster to true. **Redshift restarts the cluster for it, immediately.** ``COPY`` and
``UNLOAD`` then go through the cluster's VPC, where route tables, security groups, endpoint policies and flow logs apply
to them.

It refuses a cluster with a pending modification, and one whose status is not ``available``, including a paused one.

Why it matters
--------------
Without it, data is loaded and unloaded outside the VPC: no endpoint policy limits the buckets, and no flow log shows
it.

What can break
--------------
Running queries are lost in the restart, which takes minutes. ``COPY`` and ``UNLOAD`` fail afterwards unless the
cluster's subnets have a route to S3 and to everything else they use: a gateway endpoint for S3, endpoints for AWS
Glue, Athena and other services, or a NAT gateway. The fix's reads do not show whether they have. Redshift Spectrum
requires further settings.

Undo
----
Sets it to false again, and the cluster restarts again.

References
----------
* Security Hub control Redshift.7:
  https://docs.aws.amazon.com/securityhub/latest/userguide/redshift-controls.html#redshift-7
* Enhanced VPC routing: https://docs.aws.amazon.com/redshift/latest/mgmt/enhanced-vpc-routing.html
* ModifyCluster: https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifyCluster.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.redshift import AVAILABLE, CLUSTER, cluster, modify_cluster

FIX = SetAttributes(
    of=CLUSTER,
    id="redshift-enhanced-vpc-routing",
    title="Turn on enhanced VPC routing of a Redshift cluster",
    disruption=Disruption.DATA_PATH,
    hazard="The cluster restarts at once, and COPY and UNLOAD then need a route out of its subnets.",
    undo_hazard="The cluster restarts at once, and its traffic leaves the VPC again.",
    reads=(
        cluster(
            "EnhancedVpcRouting",
            vpc="VpcId",
            nodes="NumberOfNodes",
            waiting="join(', ', sort(keys(PendingModifiedValues || `{}`)))",
            or_none=("vpc", "nodes"),
        ),
    ),
    informs=("nodes",),
    wanted={"EnhancedVpcRouting": True},
    guards=(
        Guard(holds=one_of("waiting", ""), because="Other modifications of ${subject} are in progress: ${waiting}."),
        AVAILABLE,
    ),
    write=modify_cluster(EnhancedVpcRouting=Value("EnhancedVpcRouting")),
    shows={"vpc": lambda look: look["vpc"], "nodes": lambda look: look["nodes"]},
    template={
        TemplateTool.CLOUDFORMATION: "set EnhancedVpcRouting of AWS::Redshift::Cluster to true",
        TemplateTool.CDK: "set enhancedVpcRouting of Cluster of @aws-cdk/aws-redshift-alpha, or of CfnCluster, to true",
        TemplateTool.TERRAFORM: "set enhanced_vpc_routing of aws_redshift_cluster to true",
    },
)

"""Turn off public access to a Redshift cluster.

What it does
------------
Sets ``PubliclyAccessible`` of the cluster to false. The name of its endpoint does not change, and then resolves to the
private address. The cluster does not restart.

It refuses a cluster whose status is not ``available``, including a paused one.

Why it matters
--------------
A publicly accessible cluster has a public address. One careless security group rule then exposes the warehouse's login
to the whole internet.

What can break
--------------
Clients outside the VPC can no longer connect, and connections over the public address end: business intelligence
services without a connection to the VPC, partners, remote users. With enhanced VPC routing, a cluster in a subnet
without NAT also loses access to AWS services outside the VPC.

Undo
----
Sets it to true again. The cluster gets another public address. If it had its own Elastic IP, there is no undo: attach
that address manually. If Block Public Access of VPCs is on in the account and region, Redshift would refuse a public
cluster: there is no undo either.

References
----------
* Security Hub control Redshift.1:
  https://docs.aws.amazon.com/securityhub/latest/userguide/redshift-controls.html#redshift-1
* Clusters in a VPC: https://docs.aws.amazon.com/redshift/latest/mgmt/managing-clusters-vpc.html
* Block Public Access of VPCs, and what Redshift refuses then:
  https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifyClusterSubnetGroup.html
* ModifyCluster: https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifyCluster.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.redshift import AVAILABLE, CLUSTER, cluster, modify_cluster

FIX = SetAttributes(
    of=CLUSTER,
    id="redshift-cluster-not-public",
    title="Turn off public access to a Redshift cluster",
    disruption=Disruption.DATA_PATH,
    undo_hazard="Re-opens the cluster: it has a public address again.",
    hazard="Clients outside the VPC can no longer connect, and connections over the public address end.",
    reads=(
        cluster("PubliclyAccessible", elastic_ip="ElasticIpStatus.ElasticIp", or_none=("elastic_ip",)),
        Read(
            call="ec2:DescribeVpcBlockPublicAccessOptions",
            by={},
            on="*",
            at="VpcBlockPublicAccessOptions",
            keep={"blocked": "InternetGatewayBlockMode"},
        ),
    ),
    wanted={"PubliclyAccessible": False},
    guards=(AVAILABLE,),
    write=modify_cluster(PubliclyAccessible=Value("PubliclyAccessible")),
    takes_back=(
        Guard(
            holds=lambda look: look["elastic_ip"] is None,
            because="It cannot be undone: the Elastic IP address of the cluster would have to be assigned again.",
        ),
        Guard(
            holds=one_of("blocked", "off"),
            because="It cannot be undone: Block Public Access of VPCs would refuse a public cluster.",
        ),
    ),
    shows={"elastic_ip": lambda look: look["elastic_ip"]},
    template={
        TemplateTool.CLOUDFORMATION: "set PubliclyAccessible of AWS::Redshift::Cluster to false",
        TemplateTool.CDK: "set publiclyAccessible of Cluster, or of CfnCluster, to false",
        TemplateTool.TERRAFORM: "set publicly_accessible of aws_redshift_cluster to false",
    },
)

"""Close the endpoint of an EKS cluster to the internet.

What it does
------------
Turns off public access to the cluster's endpoint, and turns on private access in the same call: without private access,
the cluster's nodes reach the control plane over the public endpoint. The list of allowed public addresses is kept, for
when public access is on again.

It refuses a cluster that is only registered with EKS, one on an outpost, and one that does not accept changes.

Why it matters
--------------
Credentials for the cluster, including stolen ones, can be used from anywhere, and a vulnerability of the Kubernetes API
is exposed to everybody.

What can break
--------------
Clients outside the cluster's VPC can no longer connect: people with kubectl, pipelines, deployment tools in other
networks and scanners, unless they use VPN, peering or Direct Connect and the cluster's security group allows them.
Nodes and pods continue to run. It takes some minutes and costs nothing.

Undo
----
Restores both settings, and the list of public addresses with them.

References
----------
* Security Hub control EKS.1: https://docs.aws.amazon.com/securityhub/latest/userguide/eks-controls.html#eks-1
* Who reaches a cluster's endpoint: https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
* UpdateClusterConfig: https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value, Write
from runtime.fixes.eks import ACTIVE, CLUSTER, IN_AWS, cluster
from runtime.fixes.kinds.attributes import SetAttributes

_ACCESS = {"endpointPublicAccess": Value("public"), "endpointPrivateAccess": Value("private")}


def _update(config: Mapping[str, Any]) -> Write:
    return Write(call="eks:UpdateClusterConfig", by={"name": "${name}", "resourcesVpcConfig": config})


FIX = SetAttributes(
    of=CLUSTER,
    id="eks-endpoint-not-public",
    title="Close the endpoint of an EKS cluster to the internet",
    disruption=Disruption.DATA_PATH,
    hazard="Clients outside the cluster's VPC can no longer connect.",
    undo_hazard="Re-opens the endpoint of the cluster to the internet.",
    reads=(
        cluster(
            public="resourcesVpcConfig.endpointPublicAccess",
            private="resourcesVpcConfig.endpointPrivateAccess",
            cidrs="sort(resourcesVpcConfig.publicAccessCidrs)",
        ),
    ),
    guards=(*IN_AWS, ACTIVE),
    wanted={"public": False, "private": True},
    write=_update(_ACCESS),
    # With the addresses: if they were lost in the meantime, EKS would allow every address.
    back=_update({**_ACCESS, "publicAccessCidrs": Value("cidrs")}),
    shows={"cidrs": lambda look: look["cidrs"], "private_access": lambda look: look["private"]},
    template={
        TemplateTool.CLOUDFORMATION: "set EndpointPublicAccess in ResourcesVpcConfig of AWS::EKS::Cluster to false and "
        "EndpointPrivateAccess to true",
        TemplateTool.CDK: "set endpointAccess of Cluster to EndpointAccess.PRIVATE",
        TemplateTool.TERRAFORM: "set endpoint_public_access in vpc_config of aws_eks_cluster to false and "
        "endpoint_private_access to true",
    },
)

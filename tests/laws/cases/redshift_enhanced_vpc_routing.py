"""A Redshift cluster and the way that its traffic takes."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad, Refusal
from tests.laws.cases.redshift_clusters import cluster, fixed, paused, read_back, replaced

__all__ = ["CASES", "read_back"]

OFF = {"EnhancedVpcRouting": False, "PubliclyAccessible": False}

CASES = (
    Bad(
        name="past the VPC",
        create=cluster(**OFF),
        fixed=fixed(EnhancedVpcRouting=True),
        disturb=replaced(**OFF),
    ),
    AlreadyCompliant(name="through the VPC", create=cluster(EnhancedVpcRouting=True)),
    Refusal(name="paused", create=paused(**OFF), because="only an available one"),
    Refusal(
        name="one that is being changed",
        create=cluster(**OFF),
        answers={
            "redshift:DescribeClusters": {
                "Clusters": [
                    {
                        "ClusterIdentifier": "orders",
                        "ClusterNamespaceArn": "arn:aws:redshift:us-east-1:123456789012:namespace:abc",
                        "ClusterStatus": "available",
                        "EnhancedVpcRouting": False,
                        "PendingModifiedValues": {"NodeType": "ra3.4xlarge"},
                        "Tags": [],
                    }
                ]
            }
        },
        because="are in progress: NodeType",
    ),
)

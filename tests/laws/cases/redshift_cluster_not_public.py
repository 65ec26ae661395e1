"""A Redshift cluster and its public address. moto knows no Block Public Access of VPCs."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad, Refusal
from tests.laws.cases.redshift_clusters import cluster, fixed, paused, read_back, replaced

__all__ = ["CASES", "read_back"]

PUBLIC = {"PubliclyAccessible": True}


def _blocks(mode: str) -> dict[str, object]:
    options = {"InternetGatewayBlockMode": mode, "State": "default-state"}
    return {"ec2:DescribeVpcBlockPublicAccessOptions": {"VpcBlockPublicAccessOptions": options}}


ANSWERS = _blocks("off")

CASES = (
    Bad(name="publicly accessible", create=cluster(**PUBLIC), fixed=fixed(), disturb=replaced(**PUBLIC)),
    Bad(
        name="publicly accessible, where no cluster may be any more",
        create=cluster(**PUBLIC),
        answers=_blocks("block-ingress"),
        fixed=fixed(),
        disturb=replaced(**PUBLIC),
        promised=False,
    ),
    AlreadyCompliant(name="not publicly accessible", create=cluster(PubliclyAccessible=False)),
    Refusal(name="publicly accessible but paused", create=paused(**PUBLIC), because="only an available one"),
)

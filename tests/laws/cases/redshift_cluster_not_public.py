"""A Redshift cluster and its public address."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad, Refusal
from tests.laws.cases.redshift_clusters import cluster, fixed, paused, read_back, replaced

__all__ = ["CASES", "read_back"]

PUBLIC = {"PubliclyAccessible": True}

CASES = (
    Bad(name="publicly accessible", create=cluster(**PUBLIC), fixed=fixed(), disturb=replaced(**PUBLIC)),
    AlreadyCompliant(name="not publicly accessible", create=cluster(PubliclyAccessible=False)),
    Refusal(name="publicly accessible but paused", create=paused(**PUBLIC), because="only an available one"),
)

"""A Redshift cluster and its upgrades."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad, Refusal
from tests.laws.cases.redshift_clusters import cluster, fixed, paused, read_back, replaced

__all__ = ["CASES", "read_back"]

OFF = {"AllowVersionUpgrade": False, "PubliclyAccessible": False}

CASES = (
    Bad(name="not upgraded", create=cluster(**OFF), fixed=fixed(), disturb=replaced(**OFF)),
    AlreadyCompliant(name="upgraded", create=cluster(AllowVersionUpgrade=True)),
    Refusal(name="paused", create=paused(**OFF), because="only an available one"),
)

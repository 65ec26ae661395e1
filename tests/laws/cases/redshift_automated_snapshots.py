"""A Redshift cluster and how long its automated snapshots are kept."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad, Refusal
from tests.laws.cases.redshift_clusters import cluster, fixed, paused, read_back, replaced

__all__ = ["CASES", "read_back"]

ONE_DAY = {"AutomatedSnapshotRetentionPeriod": 1, "PubliclyAccessible": False}
OFF = {"AutomatedSnapshotRetentionPeriod": 0, "PubliclyAccessible": False}

CASES = (
    Bad(
        name="kept for a day",
        create=cluster(**ONE_DAY),
        fixed=fixed(AutomatedSnapshotRetentionPeriod=7),
        disturb=replaced(**ONE_DAY),
    ),
    Bad(
        name="kept for a day, and ten are asked for",
        create=cluster(**ONE_DAY),
        options={"days": 10},
        fixed=fixed(AutomatedSnapshotRetentionPeriod=10),
        disturb=replaced(**ONE_DAY),
    ),
    Bad(
        name="not made",
        create=cluster(**OFF),
        fixed=fixed(AutomatedSnapshotRetentionPeriod=7),
        disturb=replaced(**OFF),
    ),
    AlreadyCompliant(name="kept for longer", create=cluster(AutomatedSnapshotRetentionPeriod=30)),
    Refusal(name="those of a paused one", create=paused(**ONE_DAY), because="only an available one"),
)

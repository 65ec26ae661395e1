"""A Neptune DB cluster and how long its backups are kept."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad
from tests.laws.cases.db_clusters import cases_of, cluster, fixed, read_back, replaced

__all__ = ["CASES", "read_back"]

CASES = cases_of(
    "neptune",
    Bad(
        name="kept for seven days, and fourteen are asked for",
        create=cluster("neptune", BackupRetentionPeriod=7),
        options={"days": 14},
        fixed=fixed("neptune", BackupRetentionPeriod=14),
        disturb=replaced("neptune", BackupRetentionPeriod=2),
    ),
    AlreadyCompliant(name="kept for longer", create=cluster("neptune", BackupRetentionPeriod=30)),
    bad={"BackupRetentionPeriod": 1},
    good={"BackupRetentionPeriod": 7},
    of_another="aurora-mysql",
)

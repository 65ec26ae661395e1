"""An Aurora or Multi-AZ DB cluster and how long its backups are kept."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad
from tests.laws.cases.db_clusters import cases_of, cluster, fixed, read_back, replaced

__all__ = ["CASES", "read_back"]

CASES = cases_of(
    "aurora-postgresql",
    Bad(
        name="kept for seven days, and fourteen are asked for",
        create=cluster("aurora-postgresql", BackupRetentionPeriod=7),
        options={"days": 14},
        fixed=fixed("aurora-postgresql", BackupRetentionPeriod=14),
        disturb=replaced("aurora-postgresql", BackupRetentionPeriod=2),
    ),
    AlreadyCompliant(name="kept for longer", create=cluster("aurora-postgresql", BackupRetentionPeriod=30)),
    bad={"BackupRetentionPeriod": 1},
    good={"BackupRetentionPeriod": 7},
    of_another="docdb",
)

"""An Aurora or Multi-AZ DB cluster and its protection from being deleted."""

from __future__ import annotations

from tests.laws.cases import Bad
from tests.laws.cases.db_clusters import cases_of, cluster, fixed, read_back, replaced

__all__ = ["CASES", "read_back"]

CASES = cases_of(
    "aurora-postgresql",
    Bad(
        name="a Multi-AZ DB cluster without it",
        create=cluster("postgres", DeletionProtection=False),
        fixed=fixed("postgres", DeletionProtection=True),
        disturb=replaced("postgres", DeletionProtection=False),
    ),
    bad={"DeletionProtection": False},
    good={"DeletionProtection": True},
    of_another="docdb",
)

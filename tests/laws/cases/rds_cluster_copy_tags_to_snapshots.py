"""An Aurora or Multi-AZ DB cluster and the tags of its snapshots."""

from __future__ import annotations

from tests.laws.cases import Bad
from tests.laws.cases.db_clusters import cases_of, cluster, fixed, read_back, replaced

__all__ = ["CASES", "read_back"]

CASES = cases_of(
    "aurora-postgresql",
    Bad(
        name="a Multi-AZ DB cluster without it",
        create=cluster("postgres", CopyTagsToSnapshot=False),
        fixed=fixed("postgres", CopyTagsToSnapshot=True),
        disturb=replaced("postgres", CopyTagsToSnapshot=False),
    ),
    bad={"CopyTagsToSnapshot": False},
    good={"CopyTagsToSnapshot": True},
    of_another="docdb",
)

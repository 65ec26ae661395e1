"""An Amazon DocumentDB DB cluster and its protection from being deleted."""

from __future__ import annotations

from tests.laws.cases.db_clusters import cases_of, read_back

__all__ = ["CASES", "read_back"]

CASES = cases_of(
    "docdb",
    bad={"DeletionProtection": False},
    good={"DeletionProtection": True},
    of_another="neptune",
)

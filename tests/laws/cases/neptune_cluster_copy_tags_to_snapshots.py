"""A Neptune DB cluster and the tags of its snapshots."""

from __future__ import annotations

from tests.laws.cases.db_clusters import cases_of, read_back

__all__ = ["CASES", "read_back"]

CASES = cases_of(
    "neptune",
    bad={"CopyTagsToSnapshot": False},
    good={"CopyTagsToSnapshot": True},
    of_another="aurora-mysql",
)

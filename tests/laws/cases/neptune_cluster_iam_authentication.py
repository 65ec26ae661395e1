"""A Neptune cluster and requests that are not signed."""

from __future__ import annotations

from tests.laws.cases.db_clusters import cases_of, read_back
from tests.laws.cases.db_logs import modify_cluster

__all__ = ["ANSWERS", "CASES", "read_back"]

ANSWERS = {"rds:ModifyDBCluster": modify_cluster}

CASES = cases_of(
    "neptune",
    bad={"EnableIAMDatabaseAuthentication": False},
    good={"EnableIAMDatabaseAuthentication": True},
    of_another="aurora-mysql",
)

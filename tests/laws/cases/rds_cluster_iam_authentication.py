"""An Aurora DB cluster and logins with IAM."""

from __future__ import annotations

from tests.laws.cases import Refusal
from tests.laws.cases.db_clusters import cases_of, cluster, read_back
from tests.laws.cases.db_logs import modify_cluster

__all__ = ["ANSWERS", "CASES", "read_back"]

ANSWERS = {"rds:ModifyDBCluster": modify_cluster}

WAITING = {
    "DBClusterIdentifier": "orders",
    "DbClusterResourceId": "cluster-ABC",
    "Status": "available",
    "Engine": "aurora-postgresql",
    "IAMDatabaseAuthenticationEnabled": False,
    "PendingModifiedValues": {"EngineVersion": "17.4"},
    "TagList": [],
}

CASES = cases_of(
    "aurora-postgresql",
    Refusal(name="a Multi-AZ DB cluster", create=cluster("postgres"), because="is of the engine postgres;"),
    Refusal(
        name="one of Aurora Serverless v1",
        create=cluster("aurora-mysql", EngineMode="serverless"),
        because="Aurora Serverless v1",
    ),
    Refusal(
        name="one whose upgrade waits for the maintenance window",
        create=cluster("aurora-postgresql"),
        answers={"rds:DescribeDBClusters": {"DBClusters": [WAITING]}},
        because="at once with this one: EngineVersion",
    ),
    bad={"EnableIAMDatabaseAuthentication": False},
    good={"EnableIAMDatabaseAuthentication": True},
    of_another="neptune",
)

"""The logs of databases, for the cases of several fixes."""

from __future__ import annotations

from typing import Any

from moto.rds.models import rds_backends

from tests.laws.cases import ACCOUNT_ID, REGION
from tests.laws.customer_account import client

TYPES = {
    "aurora-mysql": ["audit", "error", "general", "instance", "slowquery"],
    "aurora-postgresql": ["postgresql"],
    "docdb": ["audit", "profiler"],
    "mysql": ["audit", "error", "general", "slowquery"],
    "neptune": ["audit", "slowquery"],
    "oracle-se2": ["alert", "audit", "listener", "oemagent", "trace"],
    "postgres": ["postgresql", "upgrade"],
    "sqlserver-ex": ["error"],
}

EXPORTABLE = {
    "rds:DescribeDBEngineVersions": lambda EngineVersion: {  # noqa: N803  AWS's name
        "DBEngineVersions": [
            {"Engine": engine, "EngineVersion": EngineVersion, "ExportableLogTypes": types}
            for engine, types in TYPES.items()
        ]
    }
}
"""moto does not have the operation."""


def modify_cluster(**parameters: Any) -> dict[str, Any]:
    """moto's own, with the two parameters that it passes over; they do what AWS says of them.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
    """
    kept = rds_backends[ACCOUNT_ID][REGION].clusters[parameters["DBClusterIdentifier"]]
    logs = parameters.pop("CloudwatchLogsExportConfiguration", {})
    sent = {*kept.enabled_cloudwatch_logs_exports, *logs.get("EnableLogTypes", ())} - {*logs.get("DisableLogTypes", ())}
    kept.enabled_cloudwatch_logs_exports = sorted(sent)
    kept.iam_auth = parameters.pop("EnableIAMDatabaseAuthentication", kept.iam_auth)
    answer: dict[str, Any] = client("rds").modify_db_cluster(**parameters)
    return answer

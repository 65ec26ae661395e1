"""A DB cluster of Aurora or RDS and its logs in CloudWatch Logs."""

from __future__ import annotations

from tests.laws.cases import Bad, Refusal
from tests.laws.cases.db_clusters import cases_of, cluster, fixed, read_back, replaced
from tests.laws.cases.db_logs import EXPORTABLE, modify_cluster

__all__ = ["ANSWERS", "CASES", "read_back"]

ANSWERS = {**EXPORTABLE, "rds:ModifyDBCluster": modify_cluster}

CASES = cases_of(
    "aurora-mysql",
    Bad(
        name="without logs",
        create=cluster("aurora-mysql"),
        fixed=fixed("aurora-mysql", EnableCloudwatchLogsExports=["audit", "error"]),
        disturb=replaced("aurora-mysql", EnableCloudwatchLogsExports=["error", "general"]),
    ),
    Bad(
        name="a Multi-AZ DB cluster without logs",
        create=cluster("postgres"),
        fixed=fixed("postgres", EnableCloudwatchLogsExports=["postgresql"]),
        disturb=replaced("postgres", EnableCloudwatchLogsExports=["upgrade"]),
    ),
    Bad(
        name="without the one that is asked for",
        create=cluster("aurora-mysql"),
        options={"types": ["slowquery"]},
        fixed=fixed("aurora-mysql", EnableCloudwatchLogsExports=["slowquery"]),
        disturb=replaced("aurora-mysql", EnableCloudwatchLogsExports=["error"]),
    ),
    Refusal(
        name="one that cannot send what is asked for",
        create=cluster("aurora-postgresql"),
        options={"types": ["audit"]},
        because="cannot send all of these logs",
    ),
    Refusal(
        name="one of Aurora Serverless v1",
        create=cluster("aurora-mysql", EngineMode="serverless"),
        because="Aurora Serverless v1",
    ),
    bad={"EnableCloudwatchLogsExports": ["error", "general"]},
    good={"EnableCloudwatchLogsExports": ["audit", "error", "general"]},
    of_another="neptune",
)

"""A Neptune cluster and its logs in CloudWatch Logs."""

from __future__ import annotations

from tests.laws.cases import Bad
from tests.laws.cases.db_clusters import cases_of, cluster, fixed, read_back, replaced
from tests.laws.cases.db_logs import EXPORTABLE, modify_cluster

__all__ = ["ANSWERS", "CASES", "read_back"]

ANSWERS = {**EXPORTABLE, "rds:ModifyDBCluster": modify_cluster}

CASES = cases_of(
    "neptune",
    Bad(
        name="without logs",
        create=cluster("neptune"),
        fixed=fixed("neptune", EnableCloudwatchLogsExports=["audit"]),
        disturb=replaced("neptune", EnableCloudwatchLogsExports=["slowquery"]),
    ),
    bad={"EnableCloudwatchLogsExports": ["slowquery"]},
    good={"EnableCloudwatchLogsExports": ["audit", "slowquery"]},
    of_another="aurora-mysql",
)

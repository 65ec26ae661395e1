"""An RDS DB instance and what its operating system does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.db_instances import answering, described, instance, member, replaced, stopped

ROLE = "rds-monitoring"
OPTIONS = {"role": ROLE}


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return {
        "interval": found["MonitoringInterval"],
        # Without an interval, nobody uses the role; moto goes on showing it.
        "role": found["MonitoringRoleArn"] if found["MonitoringInterval"] else None,
        **{name: found[name] for name in ("DBInstanceStatus", "Engine", "EnabledCloudwatchLogsExports")},
    }


def _fixed(interval: int) -> dict[str, Any]:
    return {
        "interval": interval,
        "role": f"arn:aws:iam::123456789012:role/{ROLE}",
        "DBInstanceStatus": "available",
        "Engine": "postgres",
        "EnabledCloudwatchLogsExports": [],
    }


def _with_role(
    create: Callable[[Clients], Resource], service: str = "monitoring.rds.amazonaws.com"
) -> Callable[[Clients], Resource]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def make(clients: Clients) -> Resource:
        iam = clients("iam")
        if ROLE in [one["RoleName"] for one in iam.list_roles()["Roles"]]:
            iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust)
        else:
            iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)
        return create(clients)

    return make


CASES = (
    Bad(
        name="not monitored",
        create=_with_role(instance()),
        options=OPTIONS,
        fixed=_fixed(60),
        disturb=replaced(),
    ),
    Bad(
        name="not monitored, and an interval is asked for",
        create=_with_role(instance()),
        options={**OPTIONS, "interval_seconds": 15},
        fixed=_fixed(15),
        disturb=replaced(),
    ),
    AlreadyCompliant(
        name="monitored at another interval",
        create=_with_role(instance(MonitoringInterval=30, MonitoringRoleArn="arn:aws:iam::123456789012:role/other")),
        options=OPTIONS,
    ),
    Refusal(name="one for which no role is named", create=instance(), because="option role"),
    Refusal(
        name="one whose role is not there", create=instance(), options={"role": "nobody"}, because="no role nobody"
    ),
    Refusal(
        name="one whose role is another service's",
        create=_with_role(instance(), "lambda.amazonaws.com"),
        options=OPTIONS,
        because="does not trust monitoring.rds",
    ),
    Refusal(
        name="a member of a Multi-AZ DB cluster",
        create=_with_role(member("postgres")),
        options=OPTIONS,
        because="whose instances cannot be modified individually",
    ),
    Refusal(name="stopped", create=_with_role(stopped()), options=OPTIONS, because="only an available one"),
    Refusal(
        name="one of Neptune",
        create=_with_role(member("neptune")),
        options=OPTIONS,
        because="which does not support Enhanced Monitoring",
    ),
    Refusal(
        name="one of RDS Custom",
        create=_with_role(answering("", "", Engine="custom-oracle-ee").create),
        answers=answering("", "", Engine="custom-oracle-ee").answers,
        options=OPTIONS,
        because="RDS Custom",
    ),
)

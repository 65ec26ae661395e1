"""Where undoing would destroy what the fix made, or could not put back what was there, a plan has no undo."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.domain.plan import Plan
from runtime.fixes.contract import Fix
from runtime.fixes.rds.instance_backup_retention import FIX as BACKUPS
from runtime.fixes.redshift.automated_snapshots import FIX as SNAPSHOTS
from runtime.fixes.redshift.cluster_not_public import FIX as NOT_PUBLIC
from tests.laws.cases import resource_from
from tests.unit.fixes.answers import defaults

INSTANCE = "arn:aws:rds:eu-west-1:123456789012:db:orders"
CLUSTER = "arn:aws:redshift:eu-west-1:123456789012:cluster:orders"


def _with_backups(days: int) -> dict[str, Any]:
    nothing = (
        "DBClusterIdentifier",
        "BackupTarget",
        "AwsBackupRecoveryPointArn",
        "ReadReplicaSourceDBInstanceIdentifier",
    )
    return {**dict.fromkeys(nothing), "Engine": "postgres", "BackupRetentionPeriod": days, "waiting": ""}


@pytest.mark.parametrize(
    ("fix", "arn", "state", "reversible"),
    [
        pytest.param(BACKUPS, INSTANCE, _with_backups(1), True, id="backups for a day"),
        pytest.param(BACKUPS, INSTANCE, _with_backups(0), False, id="no backups"),
        pytest.param(SNAPSHOTS, CLUSTER, {"AutomatedSnapshotRetentionPeriod": 1}, True, id="snapshots for a day"),
        pytest.param(SNAPSHOTS, CLUSTER, {"AutomatedSnapshotRetentionPeriod": 0}, False, id="no snapshots"),
        pytest.param(
            NOT_PUBLIC,
            CLUSTER,
            {"PubliclyAccessible": True, "elastic_ip": None, "blocked": "off"},
            True,
            id="any address",
        ),
        pytest.param(
            NOT_PUBLIC,
            CLUSTER,
            {"PubliclyAccessible": True, "elastic_ip": "1.2.3.4", "blocked": "off"},
            False,
            id="its own",
        ),
    ],
)
def test_a_plan_has_an_undo_only_where_it_puts_back_what_was_there(
    fix: Fix, arn: str, state: dict[str, Any], reversible: bool
) -> None:
    known = {"identity": "db-1", "status": "available"}
    planned = fix.plan(resource_from(arn), {**known, **state}, defaults(fix))
    assert isinstance(planned, Plan)
    assert planned.reversible == reversible


def test_an_undo_at_once_stops_where_something_waits_for_the_maintenance_window() -> None:
    planned = BACKUPS.plan(
        resource_from(INSTANCE), {"identity": "db-1", "status": "available", **_with_backups(1)}, defaults(BACKUPS)
    )
    assert isinstance(planned, Plan)
    as_fixed = {"BackupRetentionPeriod": 7, "waiting": ""}
    assert planned.took_effect(as_fixed)
    assert not planned.took_effect({**as_fixed, "waiting": "EngineVersion"})
    assert planned.in_place({**as_fixed, "waiting": "EngineVersion"}) is None

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from runtime.domain.errors import AwsNotFound
from runtime.domain.fix import options_for
from runtime.domain.plan import Busy, Change, Compliant, Plan, Planned, Refused
from runtime.fixes.rds.instance_not_public import FIX
from tests.laws.cases import resource_from
from tests.unit.fixes.answers import Answers, defaults

RESOURCE = resource_from("arn:aws:rds:eu-west-1:123456789012:db:orders")
PUBLIC = {
    "identity": "db-1",
    "status": "available",
    "PubliclyAccessible": True,
    "Engine": "postgres",
    "DBClusterIdentifier": None,
}


def plan(**state: Any) -> Planned:
    return FIX.plan(RESOURCE, state, options_for(FIX.spec, {}, datetime(2030, 1, 1, tzinfo=UTC)))


def observed(**instance: Any) -> Any:
    return FIX.observe(Answers({"rds:DescribeDBInstances": {"DBInstances": [instance]}}), RESOURCE, defaults(FIX))


def test_a_public_instance_is_made_private_and_its_pending_modifications_are_left_pending() -> None:
    planned = plan(**PUBLIC)
    assert isinstance(planned, Plan)
    # No ApplyImmediately: it would apply the pending modifications as well.
    assert planned.changes == (
        Change(
            service="rds",
            operation="ModifyDBInstance",
            parameters={"DBInstanceIdentifier": "orders", "PubliclyAccessible": False},
            leaves={"PubliclyAccessible": False},
            whole=True,
        ),
    )
    assert planned.undo[0].parameters == {"DBInstanceIdentifier": "orders", "PubliclyAccessible": True}


def test_an_aurora_member_is_changed_by_itself() -> None:
    planned = plan(**PUBLIC | {"Engine": "aurora-mysql", "DBClusterIdentifier": "shop"})
    assert isinstance(planned, Plan)
    assert planned.blast_radius == {"engine": "aurora-mysql", "db_cluster": "shop"}


@pytest.mark.parametrize("engine", ["postgres", "mysql", "docdb"])
def test_a_member_of_another_cluster_than_aurora_is_refused(engine: str) -> None:
    planned = plan(**PUBLIC | {"Engine": engine, "DBClusterIdentifier": "shop"})
    assert isinstance(planned, Refused)
    assert "individually" in planned.sentence


@pytest.mark.parametrize("public", [True, False])
def test_while_a_modification_is_in_progress_an_instance_is_neither_done_nor_changed(public: bool) -> None:
    planned = plan(**PUBLIC | {"PubliclyAccessible": public, "status": "modifying"})
    assert planned == Busy(sentence="The DB instance orders is modifying, which is transitional.")


@pytest.mark.parametrize("status", ["stopped", "storage-full", "incompatible-network", "a-status-of-tomorrow"])
def test_a_public_instance_that_is_not_available_is_refused_with_its_status(status: str) -> None:
    planned = plan(**PUBLIC | {"status": status})
    assert isinstance(planned, Refused)
    assert status in planned.sentence


@pytest.mark.parametrize("status", ["available", "stopped", "storage-full"])
def test_a_private_instance_is_compliant_whatever_else_it_does(status: str) -> None:
    assert isinstance(plan(**PUBLIC | {"PubliclyAccessible": False, "status": status}), Compliant)


@pytest.mark.parametrize("missing", list(PUBLIC))
def test_an_instance_of_which_something_is_not_known_is_refused_with_what_it_is(missing: str) -> None:
    planned = plan(**{name: value for name, value in PUBLIC.items() if name != missing})
    assert isinstance(planned, Refused)
    assert missing in planned.sentence


@pytest.mark.parametrize(
    ("left_out", "key"),
    [("PubliclyAccessible", "PubliclyAccessible"), ("DBInstanceStatus", "status"), ("Engine", "Engine")],
)
def test_what_aws_leaves_out_of_its_answer_is_unknown_and_not_false(left_out: str, key: str) -> None:
    whole = {
        "PubliclyAccessible": True,
        "DBInstanceStatus": "available",
        "Engine": "postgres",
        "DbiResourceId": "db-1",
    }
    assert observed(**whole) == PUBLIC
    assert key not in observed(**{name: value for name, value in whole.items() if name != left_out})


def test_an_instance_that_stands_alone_is_told_from_a_member_of_a_cluster() -> None:
    assert observed(DBClusterIdentifier="shop")["DBClusterIdentifier"] == "shop"
    assert observed()["DBClusterIdentifier"] is None


def test_an_answer_without_the_instance_means_that_it_is_gone() -> None:
    with pytest.raises(AwsNotFound) as missing:
        FIX.observe(Answers({"rds:DescribeDBInstances": {"DBInstances": []}}), RESOURCE, defaults(FIX))
    assert FIX.type_of(RESOURCE).is_gone(missing.value.code)

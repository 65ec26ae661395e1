from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from runtime.domain.errors import AwsNotFound
from runtime.domain.fix import options_for, resource_pattern
from runtime.domain.plan import Change, Compliant, Plan, Planned, Refused
from runtime.fixes.ebs.snapshot_private import FIX
from tests.laws.cases import ACCOUNT_ID, resource_from
from tests.unit.fixes.answers import Answers

RESOURCE = resource_from("arn:aws:ec2:eu-west-1::snapshot/snap-0123456789abcdef0")
OPTIONS = options_for(FIX.spec, {}, datetime(2030, 1, 1, tzinfo=UTC))
OPEN = {"State": "unblocked"}
MINE = {"Snapshots": [{"SnapshotId": RESOURCE.name, "OwnerId": ACCOUNT_ID}]}


def plan(**state: Any) -> Planned:
    return FIX.plan(RESOURCE, {"block_public_access": "unblocked"} | state, OPTIONS)


def observed(snapshots: dict[str, Any], permissions: dict[str, Any]) -> Any:
    answers = Answers(
        {
            "ec2:DescribeSnapshots": snapshots,
            "ec2:DescribeSnapshotAttribute": permissions,
            "ec2:GetSnapshotBlockPublicAccessState": OPEN,
        }
    )
    return FIX.observe(answers, RESOURCE, OPTIONS)


def test_only_the_group_all_is_removed_and_account_shares_stay() -> None:
    planned = plan(OwnerId=ACCOUNT_ID, groups=["all"], accounts=["111111111111"])
    assert isinstance(planned, Plan)
    parameters = {
        "SnapshotId": RESOURCE.name,
        "Attribute": "createVolumePermission",
        "OperationType": "remove",
        "GroupNames": ["all"],
    }
    assert planned.changes == (
        Change(service="ec2", operation="ModifySnapshotAttribute", parameters=parameters, leaves={"groups": []}),
    )
    assert planned.undo[0].parameters == parameters | {"OperationType": "add"}
    assert planned.blast_radius == {"accounts_shared_with_by_number": 1, "block_public_access": "unblocked"}


@pytest.mark.parametrize("state", ["block-all-sharing", "block-new-sharing", "a state that came later"])
def test_where_aws_would_not_share_it_again_the_plan_has_no_undo_and_says_why(state: str) -> None:
    planned = plan(OwnerId=ACCOUNT_ID, groups=["all"], accounts=[], block_public_access=state)
    assert isinstance(planned, Plan)
    assert not planned.reversible
    assert f"It cannot be undone: Block Public Access for snapshots in the region is {state}." in planned.summary


def test_a_snapshot_that_is_shared_with_accounts_only_is_compliant() -> None:
    assert isinstance(plan(OwnerId=ACCOUNT_ID, groups=[], accounts=["111111111111"]), Compliant)


@pytest.mark.parametrize(
    "state",
    [{}, {"OwnerId": ACCOUNT_ID}, {"OwnerId": ACCOUNT_ID, "groups": ["all"]}, {"groups": ["all"], "accounts": []}],
)
def test_a_snapshot_of_which_something_is_not_known_is_refused(state: dict[str, Any]) -> None:
    planned = plan(**state)
    assert isinstance(planned, Refused)
    assert "Missing evidence" in planned.sentence


def test_a_snapshot_that_the_account_does_not_own_is_refused() -> None:
    planned = plan(OwnerId="999999999999", groups=["all"], accounts=[])
    assert isinstance(planned, Refused)
    assert "owned by the account 999999999999" in planned.sentence


def test_a_snapshot_that_is_not_among_the_account_s_own_does_not_exist_for_it() -> None:
    with pytest.raises(AwsNotFound) as missing:
        observed({"Snapshots": []}, {"CreateVolumePermissions": []})
    assert FIX.type_of(RESOURCE).is_gone(missing.value.code)


def test_equal_shares_are_one_state_in_whatever_order_aws_lists_them() -> None:
    shares = [{"UserId": "222222222222"}, {"Group": "all"}, {"UserId": "111111111111"}]
    state = observed(MINE, {"CreateVolumePermissions": shares})
    assert state == {
        "OwnerId": ACCOUNT_ID,
        "groups": ["all"],
        "accounts": ["111111111111", "222222222222"],
        "block_public_access": "unblocked",
    }
    assert state == observed(MINE, {"CreateVolumePermissions": shares[::-1]})


def test_what_aws_leaves_out_of_its_answer_is_unknown_and_not_empty() -> None:
    assert observed(MINE, {}) == {"OwnerId": ACCOUNT_ID, "block_public_access": "unblocked"}
    assert observed({}, {"CreateVolumePermissions": []}) == {
        "groups": [],
        "accounts": [],
        "block_public_access": "unblocked",
    }


def test_the_snapshot_is_asked_for_in_the_form_that_its_tags_are_asked_for_too() -> None:
    answers = Answers(
        {
            "ec2:DescribeSnapshots": MINE,
            "ec2:DescribeSnapshotAttribute": {"CreateVolumePermissions": []},
            "ec2:GetSnapshotBlockPublicAccessState": OPEN,
        }
    )
    FIX.observe(answers, RESOURCE, OPTIONS)
    assert answers.asked == [
        ("ec2:DescribeSnapshots", {"SnapshotIds": [RESOURCE.name], "OwnerIds": ["self"]}),
        ("ec2:DescribeSnapshotAttribute", {"SnapshotId": RESOURCE.name, "Attribute": "createVolumePermission"}),
        ("ec2:GetSnapshotBlockPublicAccessState", {}),
    ]


def test_the_permission_to_write_matches_the_snapshot_with_and_without_an_account_in_its_arn() -> None:
    (write,) = FIX.spec.writes
    assert resource_pattern(write, RESOURCE) == "arn:aws:ec2:eu-west-1:*:snapshot/snap-0123456789abcdef0"

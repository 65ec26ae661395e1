from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from runtime.domain.fix import options_for
from runtime.domain.plan import Compliant, Plan, Planned, Refused
from runtime.fixes.iam.access_key_deactivate import FIX
from tests.laws.cases import resource_from
from tests.unit.fixes.answers import Answers, defaults

RESOURCE = resource_from("arn:aws:iam::123456789012:user/services/batch")
USER = {"iam:GetUser": {"User": {"UserId": "AIDA"}}}
NOW = datetime(2030, 6, 30, 0, 30, tzinfo=UTC)
ONE, TWO, THREE = (f"AKIA000000000000{name}" for name in ("0001", "0002", "0003"))


def days_ago(days: int | None) -> str | None:
    return None if days is None else (NOW - timedelta(days=days)).date().isoformat()


def state(*keys: tuple[str, str, int, int | None]) -> dict[str, Any]:
    """Of keys as (id, status, created so many days ago, last used so many days ago or never)."""
    return {
        "identity": "AIDA",
        "access_keys": [{"id": name, "status": status, "created": days_ago(age)} for name, status, age, _ in keys],
        "last_used": {name: days_ago(used) for name, status, _, used in keys if status == "Active"},
    }


def plan(found: dict[str, Any], **options: Any) -> Planned:
    return FIX.plan(RESOURCE, found, options_for(FIX.spec, options, NOW))


def deactivated(planned: Planned) -> list[str]:
    assert isinstance(planned, Plan)
    for change, undo in zip(planned.changes, planned.undo, strict=True):
        assert change.parameters == {
            "UserName": "batch",
            "AccessKeyId": change.parameters["AccessKeyId"],
            "Status": "Inactive",
        }
        assert undo.parameters == {**change.parameters, "Status": "Active"}
        assert (change.service, change.operation) == (undo.service, undo.operation) == ("iam", "UpdateAccessKey")
    return [change.parameters["AccessKeyId"] for change in planned.changes]


@pytest.mark.parametrize(
    ("age", "used", "meets"),
    [
        (90, 44, False),
        (91, 44, True),  # too old
        (91, 7, True),  # too old, and its last use is long enough ago
        (60, 45, True),  # not too old, but unused
        (60, 44, False),
        (45, None, True),  # never used since it was created
        (44, None, False),
        (0, None, False),
        (0, 0, False),
    ],
)
def test_a_key_is_deactivated_if_it_is_too_old_or_unused_to_the_day(age: int, used: int | None, meets: bool) -> None:
    planned = plan(state((ONE, "Active", age, used)))
    if meets:
        assert deactivated(planned) == [ONE]
    else:
        assert isinstance(planned, Compliant)


@pytest.mark.parametrize(
    ("options", "meets"),
    [
        ({"max_age_days": None}, False),
        ({"max_age_days": None, "unused_days": 10}, True),
        ({"unused_days": None}, True),
        ({"unused_days": None, "max_age_days": 365}, False),
    ],
)
def test_an_option_that_is_null_does_not_matter(options: dict[str, Any], meets: bool) -> None:
    planned = plan(state((ONE, "Active", 200, 20)), **options)
    assert isinstance(planned, Plan if meets else Compliant)


def test_without_any_criterion_every_user_is_refused() -> None:
    assert isinstance(plan(state((ONE, "Active", 900, None)), max_age_days=None, unused_days=None), Refused)


@pytest.mark.parametrize(("used", "refused"), [(0, True), (6, True), (7, False)])
def test_an_old_key_that_was_used_recently_is_refused_to_the_day(used: int, refused: bool) -> None:
    planned = plan(state((ONE, "Active", 200, used)))
    assert isinstance(planned, Refused if refused else Plan)


def test_one_key_in_use_refuses_the_whole_user_and_only_the_end_of_its_id_is_said() -> None:
    planned = plan(state((ONE, "Active", 200, None), (TWO, "Active", 200, 1)))
    assert isinstance(planned, Refused)
    assert "0002" in planned.sentence
    assert TWO not in planned.sentence


def test_a_recently_used_key_that_is_not_old_does_not_stand_in_the_way_of_another() -> None:
    planned = plan(state((ONE, "Active", 200, None), (TWO, "Active", 20, 0)))
    assert deactivated(planned) == [ONE]
    assert isinstance(planned, Plan)
    assert planned.blast_radius == {"access_keys": 1, "active_access_keys_left": 1}


def test_keys_in_use_are_deactivated_too_if_the_catalog_says_so() -> None:
    assert deactivated(plan(state((ONE, "Active", 200, 0)), recently_used_days=None)) == [ONE]


@pytest.mark.parametrize(("age", "used"), [(0, None), (0, 0), (-1, None), (200, -1)])
def test_every_active_key_is_deactivated_where_no_disuse_is_asked_for(age: int, used: int | None) -> None:
    planned = plan(state((ONE, "Active", age, used)), max_age_days=None, unused_days=0, recently_used_days=None)
    assert deactivated(planned) == [ONE]


@pytest.mark.parametrize("status", ["Inactive", "Expired"])
def test_keys_that_cannot_sign_anyway_are_left_alone(status: str) -> None:
    found = state((ONE, status, 900, None), (TWO, "Active", 900, None))
    assert deactivated(plan(found)) == [TWO]
    assert isinstance(plan(state((ONE, status, 900, None))), Compliant)


def test_a_user_without_keys_is_compliant() -> None:
    assert isinstance(plan(state()), Compliant)


@pytest.mark.parametrize("missing", ["id", "status", "created"])
def test_a_key_of_which_something_is_not_known_is_refused(missing: str) -> None:
    found = state((ONE, "Active", 200, None))
    del found["access_keys"][0][missing]
    assert isinstance(plan(found), Refused)


def test_a_key_whose_use_is_not_known_is_not_taken_for_unused() -> None:
    found = state((ONE, "Active", 200, None))
    del found["last_used"][ONE]
    assert isinstance(plan(found), Refused)


def test_a_status_that_is_not_known_is_not_taken_for_inactive() -> None:
    assert isinstance(plan(state((ONE, "Suspended", 200, None))), Refused)


NEW_YORK = timezone(-timedelta(hours=4))
"""Where it is still 29 June, while it is 30 June in UTC."""


def test_days_are_counted_in_utc_wherever_the_time_is_from() -> None:
    options = options_for(FIX.spec, {}, NOW.astimezone(NEW_YORK))
    assert isinstance(FIX.plan(RESOURCE, state((ONE, "Active", 91, 20)), options), Plan)


def _key(name: str, status: str = "Active") -> dict[str, Any]:
    return {"UserName": "batch", "AccessKeyId": name, "Status": status, "CreateDate": NOW - timedelta(days=200)}


def test_no_key_is_lost_to_paging() -> None:
    pages = {
        None: {"AccessKeyMetadata": [_key(THREE)], "IsTruncated": True, "Marker": "a"},
        "a": {"AccessKeyMetadata": [_key(ONE, "Inactive")], "IsTruncated": True, "Marker": "b"},
        "b": {"AccessKeyMetadata": [_key(TWO)], "IsTruncated": False},
    }
    answers = Answers(
        {
            **USER,
            "iam:ListAccessKeys": lambda **asked: pages[asked.get("Marker")],
            "iam:GetAccessKeyLastUsed": {"UserName": "batch", "AccessKeyLastUsed": {"ServiceName": "N/A"}},
        }
    )
    assert FIX.observe(answers, RESOURCE, defaults(FIX)) == state(
        (ONE, "Inactive", 200, None), (TWO, "Active", 200, None), (THREE, "Active", 200, None)
    )
    asked_of = [asked["AccessKeyId"] for name, asked in answers.asked if name == "iam:GetAccessKeyLastUsed"]
    assert asked_of == [TWO, THREE]


def test_a_key_that_is_used_meanwhile_is_another_state() -> None:
    def observed(last_used: datetime) -> Any:
        answers = Answers(
            {
                **USER,
                "iam:ListAccessKeys": {"AccessKeyMetadata": [_key(ONE)], "IsTruncated": False},
                "iam:GetAccessKeyLastUsed": {"AccessKeyLastUsed": {"LastUsedDate": last_used, "ServiceName": "s3"}},
            }
        )
        return FIX.observe(answers, RESOURCE, defaults(FIX))

    assert observed(NOW.astimezone(NEW_YORK))["last_used"] == {ONE: "2030-06-30"}
    assert observed(NOW - timedelta(days=50))["last_used"] == {ONE: days_ago(50)}
    assert observed(NOW - timedelta(days=50)) != observed(NOW)


@pytest.mark.parametrize(
    "answers",
    [
        {"iam:ListAccessKeys": {}},
        {"iam:ListAccessKeys": {"AccessKeyMetadata": [_key(ONE)]}, "iam:GetAccessKeyLastUsed": {}},
        {"iam:ListAccessKeys": {"AccessKeyMetadata": [{"AccessKeyId": ONE}]}},
    ],
)
def test_what_aws_leaves_out_of_its_answer_is_unknown(answers: dict[str, Any]) -> None:
    found = FIX.observe(Answers({**USER, **answers}), RESOURCE, defaults(FIX))
    assert isinstance(plan(dict(found)), Refused)

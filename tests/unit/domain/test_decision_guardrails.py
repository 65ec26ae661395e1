"""What stands in the way of an eligible change: what was done earlier, templates, limits, stops and change windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from runtime.domain.change_windows import Calendar, ChangeWindow
from runtime.domain.guardrails import PastKind, StopScope, UsageScope
from runtime.domain.moment import Obstacle, obstacle_to
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import Mode, OutsideWindow, Policy, TemplateMode
from runtime.domain.template import TemplateOwner, TemplateTool
from tests.unit.domain.cases import (
    ACCOUNT_ID,
    ALICE,
    APPLIED,
    BOB,
    COMPLIANT,
    DENIED,
    FIX,
    FREEZE,
    NIGHTS,
    NOW,
    OTHER_FIX,
    PLAN,
    POLICY,
    STOP,
    UNDONE,
    Case,
    ended,
    passed,
)

# -- What was undone --------------------------------------------------------------------------------------------------


def test_a_change_that_an_operator_undid_is_not_made_again() -> None:
    when = UNDONE.at.isoformat()
    ended(
        Case().with_past(UNDONE),
        Outcome.NOTIFY,
        Reason.UNDONE_BEFORE,
        check="not-undone-before",
        expected="fake-fix was not undone here since it was last cleared",
        found=f"undone on {when}",
        said=(f"{ALICE.arn} undid this fix on {when} (the website went down)", "suture clear c-undone."),
    )


def test_a_change_that_was_undone_under_a_former_id_of_its_fix_is_not_made_again() -> None:
    case = Case().with_entry(fix=replace(FIX, aliases=("old-id",))).with_past(replace(UNDONE, fix_id="old-id"))
    assert (case.decided().outcome, case.decided().reason) == (Outcome.NOTIFY, Reason.UNDONE_BEFORE)


def test_a_stop_of_a_fix_under_its_former_id_is_in_effect() -> None:
    stop = replace(STOP, scope=StopScope.FIX, value="old-id")
    asked = {"account_id": ACCOUNT_ID, "fix_id": FIX.id, "environment": "dev", "now": NOW}
    renamed = Case().with_entry(fix=replace(FIX, aliases=("old-id",))).policy
    found = obstacle_to(renamed, [stop], **asked)
    assert found is not None
    assert found.reason is Reason.STOPPED
    assert obstacle_to(POLICY, [stop], **asked) is None


def test_a_change_that_was_cleared_since_is_made_again() -> None:
    cleared = replace(UNDONE, kind=PastKind.CLEARED, at=UNDONE.at + timedelta(seconds=1))
    case = Case().with_past(cleared, UNDONE)
    assert case.decided().outcome is Outcome.REMEDIATE
    assert passed(case, "not-undone-before") == "it was not"


def test_the_last_time_that_it_was_undone_is_the_one_to_clear() -> None:
    again = replace(UNDONE, correlation_id="c-again", at=NOW - timedelta(days=1))
    assert "suture clear c-again." in Case().with_past(again, UNDONE).decided().sentence


def test_what_was_undone_of_another_fix_does_not_matter() -> None:
    assert Case().with_past(replace(UNDONE, fix_id=OTHER_FIX.id)).decided().outcome is Outcome.REMEDIATE


# -- What was denied --------------------------------------------------------------------------------------------------


def test_a_plan_that_people_denied_is_skipped() -> None:
    when = DENIED.at.isoformat()
    ended(
        Case().with_past(DENIED),
        Outcome.SKIP,
        Reason.PLAN_DENIED,
        check="not-denied-before",
        expected="nobody has denied this plan",
        found=f"denied on {when}",
        said=(
            f"{BOB.arn} denied this plan on {when} (it serves the download page)",
            "suture review reopen r-denied.",
        ),
    )


def test_another_plan_than_the_denied_one_may_be_made() -> None:
    case = Case().with_past(replace(DENIED, digest="of another"))
    assert case.decided().outcome is Outcome.REMEDIATE
    assert passed(case, "not-denied-before") == "nobody has"


def test_an_operator_who_clears_a_resource_does_not_end_a_denial() -> None:
    cleared = replace(UNDONE, kind=PastKind.CLEARED, at=NOW)
    assert Case().with_past(UNDONE, DENIED, cleared).decided().reason is Reason.PLAN_DENIED


# -- What comes back --------------------------------------------------------------------------------------------------

JUST_WITHIN = replace(APPLIED, at=NOW - timedelta(days=7) + timedelta(microseconds=1))
JUST_BEFORE = replace(APPLIED, at=NOW - timedelta(days=7))


def test_a_fix_that_something_undoes_again_and_again_is_not_made_once_more() -> None:
    latest = replace(APPLIED, correlation_id="c-latest", at=NOW)
    ended(
        Case().with_past(JUST_WITHIN, latest, APPLIED),
        Outcome.NOTIFY,
        Reason.DRIFT_LOOP,
        check="no-drift-loop",
        expected="fewer than 3 changes here in 7 days",
        found="3 times",
        said=("made here 3 times in 7 days", "something reverts the fix", "suture clear c-latest."),
    )


@pytest.mark.parametrize(
    "third",
    [
        pytest.param(JUST_BEFORE, id="made before"),
        pytest.param(replace(APPLIED, fix_id=OTHER_FIX.id), id="another fix"),
    ],
)
def test_only_what_this_fix_did_here_lately_is_a_loop(third: object) -> None:
    case = Case().with_past(JUST_WITHIN, APPLIED, third)
    assert case.decided().outcome is Outcome.REMEDIATE
    assert passed(case, "no-drift-loop") == "2 times"


def test_an_operator_who_cleared_it_lets_the_fix_act_as_often_again() -> None:
    cleared = replace(APPLIED, kind=PastKind.CLEARED, at=APPLIED.at + timedelta(seconds=1))
    case = Case().with_past(APPLIED, APPLIED, APPLIED, cleared)
    assert passed(case, "no-drift-loop") == "0 times"


# -- Templates --------------------------------------------------------------------------------------------------------

BY_TERRAFORM = Case().with_tags(Terraform="yes")
TERRAFORM = TemplateOwner(
    tool=TemplateTool.TERRAFORM, name="Terraform=yes", property=FIX.template_properties[TemplateTool.TERRAFORM]
)


def test_what_a_template_owns_is_left_to_its_owner_where_the_policy_says_so() -> None:
    case = BY_TERRAFORM.with_environment("dev", template_owned=TemplateMode.NOTIFY)
    ended(
        case,
        Outcome.NOTIFY,
        Reason.OWNED_BY_TEMPLATE,
        check="not-owned-by-template",
        expected="no template that would revert it",
        found="terraform (Terraform=yes)",
        said=("managed by terraform (Terraform=yes)", "Change in the template: set Closed to true in terraform."),
    )
    assert (case.decided().template, case.decided().plan) == (TERRAFORM, PLAN)


@pytest.mark.parametrize(
    ("mode", "told"), [(TemplateMode.FIX, None), (TemplateMode.FIX_AND_NOTIFY, TERRAFORM)], ids=["silently", "told"]
)
def test_what_a_template_owns_is_fixed_where_the_policy_says_so(mode: TemplateMode, told: TemplateOwner | None) -> None:
    case = BY_TERRAFORM.with_environment("dev", template_owned=mode)
    decision = case.decided()
    assert (decision.outcome, decision.template) == (Outcome.REMEDIATE, told)
    found = f"terraform (Terraform=yes); dev allows the fix ({mode})"
    assert passed(case, "not-owned-by-template") == found


@pytest.mark.parametrize("mode", TemplateMode)
def test_what_no_template_owns_is_fixed_and_nobody_is_told(mode: TemplateMode) -> None:
    case = Case().with_environment("dev", template_owned=mode)
    assert (case.decided().outcome, case.decided().template) == (Outcome.REMEDIATE, None)
    assert passed(case, "not-owned-by-template") == "no sign of one"


def test_the_owner_of_a_template_is_told_of_what_waits_for_approval_too() -> None:
    case = BY_TERRAFORM.with_environment("dev", template_owned=TemplateMode.FIX_AND_NOTIFY, mode=Mode.APPROVE)
    assert (case.decided().outcome, case.decided().template) == (Outcome.APPROVE, TERRAFORM)


# -- Limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "limit", "whose"),
    [
        (UsageScope.EVERYTHING, 10, "everywhere"),
        (UsageScope.ACCOUNT, 5, f"in account {ACCOUNT_ID}"),
        (UsageScope.FIX, 3, "by fake-fix"),
    ],
)
def test_beyond_each_limit_on_writes_a_change_waits_for_approval(scope: UsageScope, limit: int, whose: str) -> None:
    def used(writes: int) -> Case:
        return Case().with_guardrails(usage={**dict.fromkeys(UsageScope, 0), scope: writes})

    assert used(limit - 1).decided().outcome is Outcome.REMEDIATE
    assert passed(used(limit - 1), f"writes-per-hour-{scope}") == str(limit - 1)
    for writes in (limit, limit + 1):
        ended(
            used(writes),
            Outcome.APPROVE,
            Reason.RATE_LIMIT_EXCEEDED,
            check=f"writes-per-hour-{scope}",
            expected=f"fewer than {limit}",
            found=str(writes),
            said=(f"{writes} changes {whose} within the last hour", f"{limit} need approval"),
        )


@pytest.mark.parametrize("scope", UsageScope)
def test_where_the_number_of_writes_is_not_known_a_change_waits_for_approval(scope: UsageScope) -> None:
    known: Mapping[UsageScope, int] = {one: 0 for one in UsageScope if one is not scope}
    decision = Case().with_guardrails(usage=known).decided()
    assert (decision.outcome, decision.reason) == (Outcome.APPROVE, Reason.RATE_LIMIT_EXCEEDED)
    assert (decision.checks[-1].name, decision.checks[-1].found) == (f"writes-per-hour-{scope}", "unknown")


# -- Stops ------------------------------------------------------------------------------------------------------------

STOPPED = Case().with_guardrails(stops=(STOP,))


def test_what_is_stopped_waits_with_everything_that_was_decided() -> None:
    wait = STOPPED.waiting()
    assert wait.obstacle == Obstacle(
        reason=Reason.STOPPED, sentence=f"{BOB.arn} stopped everything (s-1): something is odd", until=None
    )
    assert wait.decision == Case().decided()


def test_what_people_approved_waits_too() -> None:
    assert STOPPED.with_approval().waiting().decision == Case().with_approval().decided()


@pytest.mark.parametrize(
    "change",
    [
        {"scope": StopScope.ACCOUNT, "value": ACCOUNT_ID},
        {"scope": StopScope.FIX, "value": FIX.id},
        {"scope": StopScope.ENVIRONMENT, "value": "dev"},
    ],
)
def test_a_stop_of_the_account_the_fix_or_the_environment_is_one(change: dict[str, str]) -> None:
    assert Case().with_guardrails(stops=(replace(STOP, **change),)).waiting().obstacle.reason is Reason.STOPPED


@pytest.mark.parametrize(
    "change",
    [
        {"scope": StopScope.ACCOUNT, "value": "333333333333"},
        {"scope": StopScope.FIX, "value": OTHER_FIX.id},
        {"scope": StopScope.ENVIRONMENT, "value": "production"},
    ],
)
def test_a_stop_of_another_is_none(change: dict[str, str]) -> None:
    assert Case().with_guardrails(stops=(replace(STOP, **change),)).decided().outcome is Outcome.REMEDIATE


@pytest.mark.parametrize(
    "case",
    [
        STOPPED.with_planned(COMPLIANT),
        STOPPED.with_environment("dev", mode=Mode.DRY_RUN),
        STOPPED.with_environment("dev", mode=Mode.APPROVE),
        STOPPED.with_past(UNDONE),
        STOPPED.with_waiver(),
    ],
)
def test_what_changes_nothing_does_not_wait(case: Case) -> None:
    assert case.decided() == case.with_guardrails(stops=()).decided()


# -- Change windows ---------------------------------------------------------------------------------------------------

OUTSIDE = Case().with_environment("dev", calendar=NIGHTS)
FROZEN = Case().with_environment("dev", calendar=Calendar(freezes=(FREEZE,)))
TONIGHT = datetime(2026, 11, 23, 22, tzinfo=UTC)
PLACE = f"dev in account {ACCOUNT_ID} (UTC)"


@pytest.mark.parametrize(
    ("case", "reason", "until", "sentence"),
    [
        pytest.param(
            OUTSIDE,
            Reason.OUTSIDE_CHANGE_WINDOW,
            TONIGHT,
            f"No change is allowed now in {PLACE}, until 2026-11-23T22:00:00+00:00. The run is held.",
            id="the environment's window",
        ),
        pytest.param(
            Case().with_account_policy(calendar=NIGHTS, time_zone="Europe/Berlin"),
            Reason.OUTSIDE_CHANGE_WINDOW,
            TONIGHT - timedelta(hours=1),
            f"No change is allowed now in dev in account {ACCOUNT_ID} (Europe/Berlin), "
            "until 2026-11-23T21:00:00+00:00. The run is held.",
            id="the account's window, in its time",
        ),
        pytest.param(
            OUTSIDE.with_account_policy(time_zone="Europe/Berlin"),
            Reason.OUTSIDE_CHANGE_WINDOW,
            TONIGHT - timedelta(hours=1),
            f"No change is allowed now in dev in account {ACCOUNT_ID} (Europe/Berlin), "
            "until 2026-11-23T21:00:00+00:00. The run is held.",
            id="the environment's window, in the account's time",
        ),
        pytest.param(
            FROZEN,
            Reason.CHANGE_FREEZE,
            datetime(2026, 12, 1, tzinfo=UTC),
            f"No change is allowed now in {PLACE} (end of the year), until 2026-12-01T00:00:00+00:00. The run is held.",
            id="a freeze",
        ),
    ],
)
def test_outside_the_change_window_a_change_waits_until_it_opens(
    case: Case, reason: Reason, until: datetime, sentence: str
) -> None:
    wait = case.waiting()
    assert wait.obstacle == Obstacle(reason=reason, sentence=sentence, until=until)
    assert (wait.decision.outcome, wait.decision.reason) == (Outcome.REMEDIATE, Reason.ELIGIBLE)
    check = next(check for check in wait.decision.checks if check.name == "change-window")
    assert (check.expected, check.found, check.passed) == ("open, or waited for", "closed", True)


@pytest.mark.parametrize(
    ("case", "reason", "said"),
    [
        (OUTSIDE, Reason.OUTSIDE_CHANGE_WINDOW, f"No change is allowed now in {PLACE}, until"),
        (FROZEN, Reason.CHANGE_FREEZE, f"No change is allowed now in {PLACE} (end of the year), until"),
    ],
    ids=["a window", "a freeze"],
)
def test_outside_the_change_window_people_are_asked_where_the_policy_says_so(
    case: Case, reason: Reason, said: str
) -> None:
    ended(
        case.with_environment("dev", outside_window=OutsideWindow.APPROVE),
        Outcome.APPROVE,
        reason,
        check="change-window",
        expected="open, or waited for",
        found="closed",
        said=(said, "It needs approval."),
    )


def test_for_a_window_that_never_opens_nobody_waits_and_people_are_asked() -> None:
    never = Calendar(windows=(ChangeWindow(days=(), opens=time(9), closes=time(17)),))
    case = Case().with_environment("dev", calendar=never)
    ended(
        case,
        Outcome.APPROVE,
        Reason.OUTSIDE_CHANGE_WINDOW,
        check="change-window",
        expected="open, or waited for",
        found="closed",
        said=(f"No change is allowed now in {PLACE}, and no change window opens.",),
    )
    assert case.with_approval().decided().outcome is Outcome.APPROVED


def test_what_people_approved_waits_for_the_window_where_changes_wait() -> None:
    wait = OUTSIDE.with_approval().waiting()
    assert (wait.decision.outcome, wait.obstacle.reason) == (Outcome.APPROVED, Reason.OUTSIDE_CHANGE_WINDOW)


def test_within_the_change_window_a_change_is_made() -> None:
    case = replace(OUTSIDE, now=TONIGHT)
    assert case.decided().outcome is Outcome.REMEDIATE
    assert passed(case, "change-window") == "open"


def test_the_window_of_another_environment_or_account_does_not_matter() -> None:
    assert Case().with_environment("production", calendar=NIGHTS).decided().outcome is Outcome.REMEDIATE


def test_a_stop_is_said_before_the_change_window() -> None:
    assert OUTSIDE.with_guardrails(stops=(STOP,)).waiting().obstacle.reason is Reason.STOPPED


# -- Asked about again ------------------------------------------------------------------------------------------------


def obstacle(policy: Policy, *, environment: str = "dev", stopped: bool = False, now: datetime = NOW) -> Reason | None:
    stops = (STOP,) if stopped else ()
    found = obstacle_to(policy, stops, account_id=ACCOUNT_ID, fix_id=FIX.id, environment=environment, now=now)
    return None if found is None else found.reason


def test_a_change_has_to_wait_as_long_as_it_is_stopped_or_its_window_is_closed() -> None:
    assert obstacle(OUTSIDE.policy) is Reason.OUTSIDE_CHANGE_WINDOW
    assert obstacle(OUTSIDE.policy, now=TONIGHT) is None
    assert obstacle(OUTSIDE.policy, now=TONIGHT, stopped=True) is Reason.STOPPED
    assert obstacle(POLICY) is None


def test_a_change_does_not_wait_for_a_window_that_people_are_asked_about_by_now() -> None:
    policy = OUTSIDE.with_environment("dev", outside_window=OutsideWindow.APPROVE).policy
    assert obstacle(policy) is None


def test_a_change_in_an_environment_that_the_policy_no_longer_knows_waits_for_stops_only() -> None:
    assert obstacle(OUTSIDE.policy, environment="moon") is None
    assert obstacle(OUTSIDE.policy, environment="moon", stopped=True) is Reason.STOPPED

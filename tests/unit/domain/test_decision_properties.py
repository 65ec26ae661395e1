"""What holds for every decision, whatever the finding, the facts and the policy."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st

from runtime.domain.case import Decision, LiveResourceNeeded, Wait
from runtime.domain.change_windows import Calendar
from runtime.domain.decision import eligible_for_remediation, may_be_made_once_approved
from runtime.domain.facts import LiveResource, NotRead, WaiverStatus
from runtime.domain.guardrails import Guardrails, Past, PastKind, StopScope, UsageScope
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan
from runtime.domain.policy import RESTRICTED_PRODUCTION, OutsideWindow
from runtime.domain.resource import identify, parse_arn
from runtime.fixes.catalog import TYPES
from tests.unit.domain.cases import BUCKET_ARN, DENIED, FINDING, FREEZE, MISSING, NOW, STOP, UNDONE, Case
from tests.unit.domain.strategies import cases, live_resources, past, resource_patterns, waivers

ORDER = (
    "issue-open",
    "severity-known",
    "resource-identified",
    "resource-type-supported",
    "partition-consistent",
    "account-consistent",
    "region-consistent",
    "not-platform-account",
    "account-onboarded",
    "control-in-catalog",
    "severity-floor",
    "catalog-severity",
    "catalog-account",
    "resource-exists",  # where only its tags can name the environment that an exception is for
    "no-exception",
    "resource-exists",  # where only its tags can name the environment
    "environment-known",
    "catalog-environment",
    "action-allowed",
    "mode",  # notify: known before the resource is read
    "resource-exists",
    "no-suppression-tag",
    "owner-found",
    "resource-exists",
    "fix-can-plan",
    "not-undone-before",
    "not-denied-before",
    "no-drift-loop",
    "not-owned-by-template",
    "mode",  # dry run: of what would otherwise be looked at by a person too
    "approval-valid",
    "came-through-topic",
    "not-restricted-production",
    "reversible",
    "blast-radius",
    "mode",
    "writes-per-hour-everything",
    "writes-per-hour-account",
    "writes-per-hour-fix",
    "change-window",
    "eligible-for-remediation",
)
BEFORE_THE_ENVIRONMENT = frozenset(ORDER[: ORDER.index("resource-exists")])
ONLY_FOUND_ON_THE_RESOURCE = frozenset(
    {Reason.ENVIRONMENT_UNCLEAR, Reason.RESOURCE_NOT_FOUND, Reason.SUPPRESSED_BY_TAG}
)
CHANGES = frozenset({Outcome.REMEDIATE, Outcome.APPROVED})
MAY_LEAD_TO_A_CHANGE = CHANGES | {Outcome.APPROVE, Outcome.DRY_RUN}

quickly = settings(derandomize=True, database=None, deadline=None, phases=(Phase.generate,), max_examples=1500)


def _matches(pattern: str, text: str) -> bool:
    """A waiver's resource pattern, by other means than the code under test."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def _environments(case: Case) -> set[str]:
    assert case.account is not None
    assert isinstance(case.live, LiveResource)
    wording = case.policy.environment_tags
    tagged = [value.strip().lower() for key, value in case.live.tags.items() if key.lower() in wording.tag_keys]
    said = [*tagged, *filter(None, [case.account.environment.strip().lower()])]
    return {wording.aliases.get(name, name) for name in said}


def _has_owner(case: Case) -> bool:
    assert case.account is not None
    assert isinstance(case.live, LiveResource)
    tag_keys = {key.lower() for key in case.policy.owner.tag_keys}
    found = {
        "resource-tag": [value for key, value in case.live.tags.items() if key.lower() in tag_keys],
        "account": [case.account.owner],
        "project": [case.policy.owner.projects.get(project, "") for project in case.finding.projects],
    }
    return any(owner.strip() for source in case.policy.owner.lookup for owner in found[source])


def _exception_status(case: Case, environment: str, entry_id: str) -> str:
    control = case.finding.control
    aliases = case.policy.environment_tags.aliases
    for waiver in case.waivers:
        scope = waiver.environment.strip().lower()
        if (
            waiver.status == "approved"
            and waiver.requested_by != waiver.approved_by
            and waiver.expires_at > case.now
            and waiver.expires_at <= waiver.requested_at + timedelta(days=case.policy.exceptions.max_days)
            and waiver.control.lower() in {"", entry_id, control.rule_id.lower(), control.id.lower()}
            and waiver.account_id in {"", case.finding.account_id}
            and (not waiver.resource or _matches(waiver.resource, case.finding.resource_id))
            and aliases.get(scope, scope) in {"", environment}
        ):
            return "approved"
    return "none"


def _established(case: Case, decision: Decision) -> dict[str, Any]:
    """The arguments of the predicates but the environment, found by other means than the code under test."""
    environments = _environments(case)
    assert len(environments) == 1
    environment = environments.pop()
    arn = parse_arn(case.finding.resource_id)
    known = identify(arn, TYPES[arn.service])
    assert known is not None
    assert decision.entry is not None
    return {
        "severity": case.finding.severity,
        "owner": "somebody" if _has_owner(case) else None,
        "exception_status": _exception_status(case, environment, decision.entry.id),
        "resource_type": known[0].name,
        "approved_resource_types": frozenset(name for entry in case.policy.catalog for name in entry.resource_types),
        "proposed_change": decision.entry.fix.id,
        "allowed_actions": frozenset(case.policy.environments[environment].allowed_actions),
    }


# A tenth of the cases at least is remediated, as another test here makes sure; the rest is no sign of a bad strategy.
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(case=cases())
def test_what_is_remediated_is_eligible_by_the_mission_s_predicate(case: Case) -> None:
    decision = case.settled()
    assume(decision.outcome is Outcome.REMEDIATE)
    (environment,) = _environments(case)
    assert eligible_for_remediation(environment=environment, **_established(case, decision))


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(case=cases(Case().with_approval()))
def test_what_is_made_at_people_s_word_is_exactly_what_enough_of_them_approved_in_time(case: Case) -> None:
    decision, approval = case.settled(), case.approval
    assume(decision.outcome is Outcome.APPROVED)
    assert decision.plan is not None
    assert approval is not None
    assert may_be_made_once_approved(
        plan_digest=decision.plan.digest, approved_digest=approval.plan.digest, **_established(case, decision)
    )
    (environment,) = _environments(case)
    people = {vote.principal.user_id.rpartition(":")[2] for vote in approval.votes}
    assert len(people) >= case.policy.environments[environment].approvers
    assert approval.expires_at > case.now


@given(case=cases())
def test_nothing_is_remediated_at_people_s_word_or_approved_without_it(case: Case) -> None:
    assert case.settled().outcome is not (Outcome.APPROVED if case.approval is None else Outcome.REMEDIATE)


ELIGIBLE = {
    "severity": "HIGH",
    "environment": "dev",
    "owner": "somebody",
    "exception_status": "none",
    "resource_type": "AWS::S3::Bucket",
    "approved_resource_types": frozenset({"AWS::S3::Bucket"}),
    "proposed_change": "fake-fix",
    "allowed_actions": frozenset({"fake-fix"}),
}


def test_a_critical_or_high_exposure_with_everything_in_place_is_eligible() -> None:
    assert eligible_for_remediation(**ELIGIBLE)
    assert eligible_for_remediation(**{**ELIGIBLE, "severity": "CRITICAL"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("severity", "MEDIUM"),
        ("environment", RESTRICTED_PRODUCTION),
        ("owner", None),
        ("exception_status", "approved"),
        ("resource_type", "AWS::EC2::Instance"),
        ("proposed_change", "other-fix"),
    ],
)
def test_each_condition_of_the_predicate_is_needed(name: str, value: object) -> None:
    assert not eligible_for_remediation(**{**ELIGIBLE, name: value})


APPROVED = {
    **{name: value for name, value in ELIGIBLE.items() if name != "environment"},
    "plan_digest": "aa",
    "approved_digest": "aa",
}


def test_what_people_approved_may_be_made() -> None:
    assert may_be_made_once_approved(**APPROVED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("severity", "MEDIUM"),
        ("owner", None),
        ("exception_status", "approved"),
        ("resource_type", "AWS::EC2::Instance"),
        ("proposed_change", "other-fix"),
        ("plan_digest", "bb"),
    ],
)
def test_people_s_approval_stands_in_for_the_environment_only(name: str, value: object) -> None:
    assert not may_be_made_once_approved(**{**APPROVED, name: value})


@given(case=cases())
def test_every_case_whose_resource_was_read_is_decided_or_waits(case: Case) -> None:
    assert isinstance(case.decide(), Decision | Wait)


@given(case=cases())
def test_every_case_is_decided_or_asks_for_the_live_resource(case: Case) -> None:
    assert isinstance(case.unread().decide(), Decision | LiveResourceNeeded)


@given(case=cases())
def test_the_live_resource_is_asked_for_again_where_the_guardrails_were_not_read_with_it(case: Case) -> None:
    found = replace(case, guardrails=NotRead()).decide()
    assert isinstance(found, LiveResourceNeeded) or found.outcome not in MAY_LEAD_TO_A_CHANGE


@given(case=cases())
def test_the_same_case_is_always_decided_alike(case: Case) -> None:
    assert case.decide() == case.decide()
    assert case.unread().decide() == case.unread().decide()


@given(case=cases())
def test_the_order_of_what_was_read_does_not_matter(case: Case) -> None:
    other = replace(case, waivers=tuple(reversed(case.waivers)))
    assert isinstance(case.guardrails, Guardrails)
    other = other.with_guardrails(
        stops=tuple(reversed(case.guardrails.stops)), past=tuple(reversed(case.guardrails.past))
    )
    if isinstance(case.live, LiveResource):
        other = replace(other, live=replace(case.live, tags=dict(reversed(case.live.tags.items()))))
    one, another = case.settled(), other.settled()
    assert (one.outcome, one.reason, one.owner) == (another.outcome, another.reason, another.owner)


@given(case=cases())
def test_only_a_live_resource_with_a_plan_is_remediated(case: Case) -> None:
    decision = case.settled()
    if decision.outcome in MAY_LEAD_TO_A_CHANGE:
        assert isinstance(case.live, LiveResource)
        assert isinstance(case.live.planned, Plan)
        assert decision.plan == case.live.planned
    unread = case.unread().decide()
    assert isinstance(unread, LiveResourceNeeded) or unread.outcome not in MAY_LEAD_TO_A_CHANGE


@given(case=cases())
def test_nothing_in_restricted_production_is_remediated(case: Case) -> None:
    decision = case.with_account(environment=RESTRICTED_PRODUCTION).settled() if case.account else case.settled()
    assert decision.outcome is not Outcome.REMEDIATE


@given(case=cases(), scope=st.sampled_from(StopScope))
def test_a_stop_lets_nothing_be_changed_and_changes_nothing_else(case: Case, scope: StopScope) -> None:
    free = case.with_guardrails(stops=())
    if isinstance(busy := free.decide(), Wait) and busy.obstacle.reason is Reason.RESOURCE_BUSY:
        assert free.with_guardrails(stops=(STOP,)).decide() == busy  # there is no plan yet that a stop could hold
        return
    decision = free.settled()
    if decision.outcome not in CHANGES:
        assert free.with_guardrails(stops=(STOP,)).decide() == decision
        return
    assert decision.resource is not None
    assert decision.entry is not None
    value = {
        StopScope.EVERYTHING: "",
        StopScope.ACCOUNT: decision.resource.account_id,
        StopScope.FIX: decision.entry.fix.id,
        StopScope.ENVIRONMENT: decision.environment,
    }[scope]
    wait = free.with_guardrails(stops=(replace(STOP, scope=scope, value=value),)).waiting()
    assert (wait.decision, wait.obstacle.reason, wait.obstacle.until) == (decision, Reason.STOPPED, None)


@given(case=cases(), later=st.lists(past([PastKind.APPLIED, PastKind.UNDONE]), max_size=3))
def test_what_an_operator_undid_is_not_made_again_until_it_is_cleared(case: Case, later: list[Past]) -> None:
    undone = replace(UNDONE, at=NOW - timedelta(days=11))
    assert case.with_past(undone, *later).settled().outcome not in MAY_LEAD_TO_A_CHANGE
    cleared = replace(undone, kind=PastKind.CLEARED, at=NOW - timedelta(days=10, seconds=1))
    assert case.with_past(undone, cleared).decide() == case.with_past().decide()


@given(case=cases(), others=st.lists(past(), max_size=3))
def test_what_people_denied_is_not_made_whatever_else_happened(case: Case, others: list[Past]) -> None:
    denied = case.with_past(*others, DENIED)
    planned = denied.live.planned if isinstance(denied.live, LiveResource) else None
    if isinstance(planned, Plan) and planned.digest == DENIED.digest:
        assert denied.settled().outcome not in MAY_LEAD_TO_A_CHANGE


@given(case=cases(), scope=st.sampled_from(UsageScope), more=st.integers(0, 3))
def test_nothing_is_remediated_unasked_beyond_a_limit(case: Case, scope: UsageScope, more: int) -> None:
    assert isinstance(case.guardrails, Guardrails)
    limit = case.policy.writes_per_hour[scope]
    decision = case.with_guardrails(usage={**case.guardrails.usage, scope: limit + more}).settled()
    assert decision.outcome is not Outcome.REMEDIATE


@given(case=cases())
def test_during_a_freeze_what_would_be_changed_waits_until_its_end_or_for_people(case: Case) -> None:
    frozen = Calendar(freezes=(FREEZE,))
    environments = {name: replace(rules, calendar=frozen) for name, rules in case.policy.environments.items()}
    case = case.with_policy(environments=environments, accounts={}).with_guardrails(stops=())
    found = case.decide()
    if isinstance(found, Wait) and found.obstacle.reason is Reason.RESOURCE_BUSY:
        assert found.decision.outcome is Outcome.NOTIFY  # there is no plan yet that could wait
    elif isinstance(found, Wait):
        assert found.decision.outcome in CHANGES
        assert found.obstacle.reason is Reason.CHANGE_FREEZE
        assert found.obstacle.until == FREEZE.ends.replace(tzinfo=UTC)
    else:
        assert isinstance(found, Decision)
        assert found.outcome is not Outcome.REMEDIATE
        if found.outcome is Outcome.APPROVED:
            assert environments[found.environment].outside_window is OutsideWindow.APPROVE


@given(case=cases(), live=live_resources)
def test_what_ends_before_the_environment_is_the_same_whatever_the_resource_is_like(
    case: Case, live: LiveResource
) -> None:
    early = case.unread().decide()
    if isinstance(early, Decision) and early.checks[-1].name in BEFORE_THE_ENVIRONMENT:
        assert replace(case, live=live).decide() == early


@given(case=cases(), live=live_resources)
def test_what_ends_without_the_resource_ends_so_with_it_but_for_what_only_the_resource_tells(
    case: Case, live: LiveResource
) -> None:
    early = case.unread().decide()
    assume(isinstance(early, Decision))
    decision = replace(case, live=live).decided()
    assert (decision.outcome, decision.reason) == (early.outcome, early.reason) or (
        decision.reason in ONLY_FOUND_ON_THE_RESOURCE
    )
    assert decision.outcome not in MAY_LEAD_TO_A_CHANGE


@given(case=cases())
def test_where_the_resource_is_needed_and_missing_the_finding_is_rejected(case: Case) -> None:
    assume(isinstance(case.unread().decide(), LiveResourceNeeded))
    decision = replace(case, live=MISSING).decided()
    assert (decision.outcome, decision.reason) == (Outcome.REJECT, Reason.RESOURCE_NOT_FOUND)


@given(case=cases(), read=st.booleans())
def test_every_check_but_the_last_passed_and_the_last_only_where_nothing_ended_it(case: Case, read: bool) -> None:
    decision = case.settled() if read else case.unread().decide()
    *earlier, last = decision.checks
    assert all(check.passed for check in earlier)
    waits = isinstance(decision, Decision) and decision.reason is Reason.RESOURCE_BUSY
    assert last.passed == (isinstance(decision, LiveResourceNeeded) or decision.outcome in CHANGES) or waits


@given(case=cases(), read=st.booleans())
def test_checks_have_names_of_their_own_in_one_fixed_order(case: Case, read: bool) -> None:
    decision = case.settled() if read else case.unread().decide()
    names = [check.name for check in decision.checks]
    assert len(set(names)) == len(names)
    blast_radius = [name for name in names if name.startswith("blast-radius-")]
    assert blast_radius == sorted(blast_radius)
    remaining = iter(ORDER)
    kinds = dict.fromkeys("blast-radius" if name in blast_radius else name for name in names)
    assert all(kind in remaining for kind in kinds), names


@given(case=cases())
def test_every_decision_says_why(case: Case) -> None:
    decision = case.settled()
    assert decision.sentence
    assert all(check.name for check in decision.checks)


@given(
    waiver=st.one_of(
        waivers(status=st.sampled_from([WaiverStatus.PENDING, WaiverStatus.REVOKED])),
        waivers(requested_by=st.just("one"), approved_by=st.sampled_from(["one", "ONE"])),
        waivers(requested_at=st.just(NOW), expires_at=st.integers(181, 999).map(lambda days: NOW + timedelta(days))),
        waivers(expires_at=st.timedeltas(max_value=timedelta(0), min_value=timedelta(days=-400)).map(NOW.__add__)),
        waivers(control=st.sampled_from(["S3-002", "s3", "wc-id-61"])),
        waivers(account_id=st.sampled_from(["333333333333", "2222"])),
        waivers(environment=st.sampled_from(["production", "prod", "STAGING"])),
        waivers(resource=resource_patterns.filter(lambda pattern: pattern and not _matches(pattern, BUCKET_ARN))),
    )
)
def test_an_exception_not_in_force_here_never_suppresses_and_is_on_record(waiver: object) -> None:
    decision = replace(Case(), waivers=(waiver,)).decided()
    assert decision.outcome is Outcome.REMEDIATE
    check = next(check for check in decision.checks if check.name == "no-exception")
    assert check.passed
    assert check.found.startswith(f"{waiver.id}: ")


@given(pattern=st.text(alphabet="ledgr[]!?-", min_size=1, max_size=8))
def test_an_exception_s_resource_without_a_star_is_literal(pattern: str) -> None:
    decision = Case().with_waiver(resource=f"arn:aws:s3:::{pattern}").decided()
    assert (decision.reason is Reason.EXCEPTION_APPROVED) == (pattern == "ledger")


@given(pattern=st.text(alphabet="arn:ws3ledg*[]?", min_size=1, max_size=8))
def test_a_star_in_an_exception_s_resource_stands_for_any_text_and_nothing_else_does(pattern: str) -> None:
    decision = Case().with_waiver(resource=pattern).decided()
    assert (decision.reason is Reason.EXCEPTION_APPROVED) == _matches(pattern, BUCKET_ARN)


# -- the cases are worth something ------------------------------------------------------------------------------------

OF_COMMANDS = frozenset(
    {
        Reason.UNDO_REQUESTED,
        Reason.COMMAND_INVALID,
        Reason.IDENTITY_MISMATCH,
        Reason.NOTHING_RECORDED,
        Reason.NOT_UNDER_REVIEW,
        Reason.NOT_DENIED,
        Reason.REVIEW_REOPENED,
        Reason.REVIEW_EXPIRED,
        Reason.PLAN_MISMATCH,
        Reason.NOT_UNDOABLE,
        Reason.EXCEPTION_NOT_PENDING,
        Reason.EXCEPTION_NOT_IN_FORCE,
        Reason.SAME_PERSON,
        Reason.APPROVAL_COUNTED,
        Reason.APPROVAL_COMPLETE,
        Reason.REVIEW_DENIED,
        Reason.UNDO_ACCEPTED,
        Reason.UNDO_NEEDS_APPROVAL,
        Reason.DRY_RUN_ACCEPTED,
        Reason.ACCOUNT_VERIFIED,
        Reason.BLOCK_CLEARED,
        Reason.EXCEPTION_REQUESTED,
        Reason.EXCEPTION_GRANTED,
        Reason.EXCEPTION_REVOKED,
        Reason.STOP_ANNOUNCED,
        Reason.RESUME_ANNOUNCED,
        Reason.RETRY_ACCEPTED,
        Reason.NOT_HELD,
        Reason.RUN_ENDED,
        Reason.ENDED_BY_OPERATOR,
    }
)
NEVER_DECIDED = OF_COMMANDS | {
    # known before there is a finding to decide on
    Reason.TEST_DELIVERY,
    Reason.NOT_AN_ISSUE,
    Reason.NOT_AWS,
    Reason.CLOUD_MISMATCH,
    Reason.PAYLOAD_MALFORMED,
    Reason.PAYLOAD_UNSUPPORTED,
    # known only after the decision
    Reason.ROLE_NOT_ASSUMABLE,
    Reason.ACCESS_DENIED,
    Reason.AWS_CALL_FAILED,
    Reason.STALE_STATE,
    Reason.VERIFICATION_FAILED,
    Reason.INTERRUPTED,
    Reason.RECORD_TOO_LARGE,
    Reason.AWS_UNAVAILABLE,
    Reason.CONCURRENT_RUN,
    Reason.POLICY_INVALID,
    Reason.INTERNAL_ERROR,
}


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.FAILED, Outcome.UNDO, Outcome.DONE}))
def test_the_cases_reach_each_outcome(outcome: Outcome) -> None:
    assert find(cases(), lambda case: case.settled().outcome is outcome, settings=quickly)


def test_the_cases_reach_remediation_often_and_each_reason_that_a_decision_can_have() -> None:
    seen: Counter[Reason] = Counter()

    def all_are_seen(case: Case) -> bool:
        found = case.decide()
        seen[found.obstacle.reason if isinstance(found, Wait) else case.decided().reason] += 1
        return seen.keys() >= set(Reason) - NEVER_DECIDED and seen.total() >= 200

    assert find(cases(), all_are_seen, settings=quickly)
    assert set(seen) == set(Reason) - NEVER_DECIDED
    assert seen[Reason.ELIGIBLE] >= seen.total() / 10, seen


def test_the_finding_that_all_cases_start_from_is_a_critical_exposure() -> None:
    assert (FINDING.severity, FINDING.status) == ("CRITICAL", "OPEN")

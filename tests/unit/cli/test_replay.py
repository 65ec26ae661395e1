"""Deciding a record again: by the same policy it comes out the same, by another it says what differs and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from cli.replay import Replayed, Unreplayable, facts_of, replay
from runtime.domain.audit import (
    WAIVERS_RECORDED,
    AuditEvent,
    Evidence,
    event_from_json,
    event_to_json,
)
from runtime.domain.case import Decision, LiveResourceNeeded, Wait
from runtime.domain.change_windows import Calendar
from runtime.domain.command import DryRun, Order, UndoChange
from runtime.domain.decision import decide
from runtime.domain.facts import Facts, LiveResource, WaiverStatus
from runtime.domain.fix import FixSpec, Options
from runtime.domain.fix_summary import summarize
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Change, Planned, State
from runtime.domain.policy import Mode, OutsideWindow, OwnerSource, Policy, TemplateMode
from runtime.domain.resource import Resource
from runtime.domain.stages import Considered, Run, failed
from runtime.fixes.contract import Fix, Reader
from runtime.items import trail
from tests.unit.domain.cases import (
    ALICE,
    COMPLIANT,
    EVENT,
    FIX,
    FREEZE,
    MISSING,
    NIGHTS,
    NOW,
    OTHER_FIX,
    PLAN,
    REFUSED,
    STOP,
    UNDONE,
    WAIVER,
    Case,
)
from tests.unit.domain.strategies import cases

thoroughly = settings(derandomize=True, database=None, deadline=None, max_examples=settings().max_examples * 6)


@dataclass(frozen=True)
class Fake:
    """A fix that makes the same of whatever was observed, but for its options."""

    spec: FixSpec
    planned: Planned

    def observe(self, aws: Reader, resource: Resource, options: Options) -> State:
        raise AssertionError("a replay reads nothing")

    def plan(self, resource: Resource, state: State, options: Options) -> Planned:
        if options["ports"] == self.spec.options["ports"].default:
            return self.planned
        change = Change(service="s3", operation="PutBucketPolicy", parameters={"Ports": options["ports"]})
        return replace(PLAN, changes=(change,))


def _fixes(case: Case) -> Mapping[str, Fake]:
    planned = case.live.planned if isinstance(case.live, LiveResource) else PLAN
    return {spec.id: Fake(spec, planned) for spec in (FIX, OTHER_FIX)}


def _run(case: Case) -> tuple[AuditEvent, Decision | Wait]:
    """What a run of the pipeline leaves on record, which ended two hours later; and what it had decided."""
    order = Order(command=DryRun(target_id="c-0"), principal=ALICE) if case.dry_run else None
    facts: Facts = case.unread().facts
    result = decide(case.finding, facts, case.policy, case.now)
    if isinstance(result, LiveResourceNeeded):
        facts, result = case.facts, case.decide()
    assert not isinstance(result, LiveResourceNeeded)
    considered = Considered(run=_delivery(case, order), finding=case.finding, facts=facts, decision=result)
    return _through_json(replace(considered.event, at=case.now + timedelta(hours=2))), result


def _delivery(case: Case, order: Order | None = None) -> Run:
    return Run(
        id="c-1",
        at=case.now,
        actor="suture-test",
        code_version="1",
        policy_version=case.policy.version,
        payload_sha256="00",
        order=order,
    )


def _through_json(event: AuditEvent) -> AuditEvent:
    return event_from_json(json.loads(json.dumps(event_to_json(event))))


def _replayed(event: AuditEvent, policy: Policy, fixes: Mapping[str, Fix]) -> Replayed:
    found = replay(event, policy, fixes)
    assert isinstance(found, Replayed), found
    return found


def _other(then: Case, now: Case) -> Replayed:
    """What becomes of the record of one case by the policy of another."""
    return _replayed(_run(then)[0], now.policy, _fixes(then))


# -- the same policy --------------------------------------------------------------------------------------------------

ENDS: Mapping[str, Case] = {
    "REMEDIATE ELIGIBLE": Case(),
    "APPROVE APPROVAL_REQUIRED": Case().with_environment("dev", mode=Mode.APPROVE),
    "APPROVED PLAN_APPROVED": Case().with_environment("dev", mode=Mode.APPROVE).with_approval(),
    "APPROVE APPROVAL_VOID": Case().with_approval(expires_at=NOW),
    "DRY_RUN DRY_RUN_BY_POLICY": Case().with_environment("dev", mode=Mode.DRY_RUN),
    "DRY_RUN DRY_RUN_BY_COMMAND": replace(Case(), dry_run=True),
    "NOTIFY OWNER_MISSING": Case().without_owner(),
    "NOTIFY FIX_REFUSED": Case().with_planned(REFUSED),
    "NOTIFY UNDONE_BEFORE": Case().with_past(UNDONE),
    "NOTIFY OWNED_BY_TEMPLATE": Case()
    .with_tags(terraform="1")
    .with_environment("dev", template_owned=TemplateMode.NOTIFY),
    "SKIP EXCEPTION_APPROVED": Case().with_waiver(),
    "SKIP ALREADY_COMPLIANT": Case().with_planned(COMPLIANT),
    "REJECT ACCOUNT_NOT_ONBOARDED": replace(Case(), account=None),
    "REJECT RESOURCE_NOT_FOUND": replace(Case(), live=MISSING),
}


@pytest.mark.parametrize(("ended", "case"), ENDS.items(), ids=ENDS)
def test_the_same_policy_decides_the_same(ended: str, case: Case) -> None:
    event, _ = _run(case)
    found = _replayed(event, case.policy, _fixes(case))
    assert f"{found.replayed.outcome} {found.replayed.reason}" == ended
    assert (found.recorded, found.differs, found.why) == (found.replayed, (), "")


@given(case=cases())
@thoroughly
def test_whatever_was_decided_is_decided_again(case: Case) -> None:
    event, result = _run(case)
    found = _replayed(event, case.policy, _fixes(case))
    if isinstance(result, Wait) and result.obstacle.reason is Reason.RESOURCE_BUSY:
        assert (result.decision.outcome, found.recorded.plan_digest) == (Outcome.NOTIFY, "")  # nothing was planned
    elif isinstance(result, Wait):
        assert found.replayed == replace(found.recorded, waits_for=result.obstacle.reason)
    else:
        assert found.replayed == found.recorded
        assert (found.recorded.outcome, found.recorded.reason) == (result.outcome, result.reason)
        assert found.why == ""


@pytest.mark.parametrize("case", ENDS.values(), ids=ENDS)
def test_a_record_under_a_former_id_of_its_fix_is_decided_as_one_under_its_id(case: Case) -> None:
    event, _ = _run(case)
    fixes = _known_as_well(case, "former-fix")
    policy = case.with_entry(fix=summarize(fixes[FIX.id].spec)).policy
    former = _under(event, "former-fix")
    found = _replayed(former, policy, fixes)
    expected = _replayed(event, policy, fixes)
    assert (found.recorded, found.replayed, found.why) == (expected.recorded, expected.replayed, "")
    assert found.event == former
    if event.fix_id:
        assert "fix_id" in _replayed(former, case.policy, _fixes(case)).differs


def _known_as_well(case: Case, former_id: str) -> Mapping[str, Fake]:
    """The fixes, of which the first had that id."""
    renamed = Fake(replace(FIX, aliases=(former_id,)), _fixes(case)[FIX.id].planned)
    return {**_fixes(case), FIX.id: renamed, former_id: renamed}


def test_an_entry_that_was_renamed_with_its_fix_is_the_same_entry() -> None:
    case = Case().with_entry(id="former-fix")
    fixes, former = _known_as_well(case, "former-fix"), _under(_run(case)[0], "former-fix")
    now = Case().with_entry(id=FIX.id).policy
    found = _replayed(former, now, fixes)
    assert (found.differs, found.why, found.recorded.entry_id) == ((), "", FIX.id)
    # One that the policy has all the same, and which does not answer any more, is another.
    both = replace(now, catalog=(*now.catalog, replace(now.catalog[0], id="former-fix", rules=frozenset({"other"}))))
    assert _replayed(former, both, fixes).differs == ("entry_id",)


def _under(event: AuditEvent, fix_id: str) -> AuditEvent:
    """The event as it would have been recorded when the fix had that id."""
    evidence = event.evidence
    if evidence.approval is not None:
        approval = replace(evidence.approval, plan=replace(evidence.approval.plan, fix_id=fix_id))
        evidence = replace(evidence, approval=approval)
    if evidence.plan is not None:
        evidence = replace(evidence, plan=replace(evidence.plan, fix_id=fix_id))
    digest = evidence.plan.digest if evidence.plan else event.plan_digest
    return replace(event, fix_id=fix_id if event.fix_id else "", plan_digest=digest, evidence=evidence)


HOWEVER_IT_ENDED: Mapping[str, Callable[[AuditEvent], AuditEvent]] = {
    "the resource was changed meanwhile": lambda event: failed(event, Reason.STALE_STATE, "It was changed."),
    "it was denied": lambda event: failed(event, Reason.ACCESS_DENIED, "No."),
    "somebody was faster": lambda event: replace(event, outcome=Outcome.SKIP, reason=Reason.ALREADY_COMPLIANT),
}


@pytest.mark.parametrize("end", HOWEVER_IT_ENDED.values(), ids=HOWEVER_IT_ENDED)
@pytest.mark.parametrize("ended", ["REMEDIATE ELIGIBLE", "APPROVED PLAN_APPROVED"])
def test_what_had_been_decided_counts_and_not_how_the_run_ended(
    ended: str, end: Callable[[AuditEvent], AuditEvent]
) -> None:
    case = ENDS[ended]
    found = _replayed(end(_run(case)[0]), case.policy, _fixes(case))
    assert f"{found.recorded.outcome} {found.recorded.reason}" == ended
    assert found.differs == ()


def _unread(case: Case) -> AuditEvent:
    """The record of a run that could not read the resource."""
    needed = case.unread().decide()
    assert isinstance(needed, LiveResourceNeeded)
    considered = Considered(run=_delivery(case), finding=case.finding, facts=case.unread().facts, decision=needed)
    return _through_json(failed(considered.event, Reason.ROLE_NOT_ASSUMABLE, "Nobody may assume it."))


def test_a_run_that_could_not_read_the_resource_has_decided_nothing_and_still_would_not() -> None:
    found = _replayed(_unread(Case()), Case().policy, _fixes(Case()))
    assert (found.recorded.outcome, found.recorded.fix_id, found.differs) == (None, FIX.id, ())


def test_a_run_that_could_not_read_the_resource_may_not_need_to_by_another_policy() -> None:
    found = _replayed(_unread(Case()), Case().with_environment("dev", mode=Mode.NOTIFY).policy, _fixes(Case()))
    assert (found.replayed.outcome, found.replayed.reason) == (Outcome.NOTIFY, Reason.NOTIFY_BY_POLICY)
    assert found.why == "mode: expected a mode other than notify, found notify"


@given(case=cases(), other=cases())
@thoroughly
def test_there_is_a_reason_for_every_difference_and_for_nothing_else(case: Case, other: Case) -> None:
    event, _ = _run(case)
    found = _replayed(event, other.policy, _fixes(case))
    assert bool(found.why) is bool(found.differs)


# -- another policy ---------------------------------------------------------------------------------------------------

OTHERWISE: Mapping[str, tuple[Case, Case, dict[str, Any], str]] = {
    "a check that stops now": (
        Case(),
        Case().with_environment("dev", mode=Mode.DRY_RUN),
        {"outcome": Outcome.DRY_RUN, "reason": Reason.DRY_RUN_BY_POLICY},
        "mode: expected remediate, found dry-run",
    ),
    "a check that passes now": (
        Case().with_environment("dev", mode=Mode.APPROVE),
        Case(),
        {"outcome": Outcome.REMEDIATE, "reason": Reason.ELIGIBLE},
        "mode passes now: remediate; then: approve",
    ),
    "a check that is made for the first time": (
        Case(),
        Case().with_entry(max_blast_radius={"principals": 1}),
        {"outcome": Outcome.APPROVE, "reason": Reason.BLAST_RADIUS_EXCEEDED},
        "blast-radius-principals: expected at most 1, found 2",
    ),
    "a check that is made no more": (
        Case().with_entry(max_blast_radius={"principals": 1}),
        Case(),
        {"outcome": Outcome.REMEDIATE, "reason": Reason.ELIGIBLE},
        "blast-radius-principals is not asked any more; then: 2",
    ),
    "a check that passes now before another stops": (
        Case().with_environment("dev", allowed_actions={}),
        Case().with_environment("dev", mode=Mode.NOTIFY),
        {"reason": Reason.NOTIFY_BY_POLICY},
        "action-allowed passes now: fake-fix, by all; then: fake-fix, by nothing",
    ),
    "a change window": (
        Case(),
        Case().with_environment("dev", calendar=NIGHTS),
        {"waits_for": Reason.OUTSIDE_CHANGE_WINDOW},
        (
            "No change is allowed now in dev in account 222222222222 (UTC), until 2026-11-23T22:00:00+00:00. The "
            "run is held."
        ),
    ),
    "another reason at the same check": (
        Case().with_environment("dev", calendar=NIGHTS, outside_window=OutsideWindow.APPROVE),
        Case().with_environment("dev", calendar=Calendar(freezes=(FREEZE,)), outside_window=OutsideWindow.APPROVE),
        {"reason": Reason.CHANGE_FREEZE},
        (
            "No change is allowed now in dev in account 222222222222 (UTC) (end of the year), until "
            "2026-12-01T00:00:00+00:00. It needs approval."
        ),
    ),
    "another owner": (
        Case(),
        Case().with_owner_policy(lookup=(OwnerSource.PROJECT,)),
        {"owner": "payments-project@example.com"},
        (
            "owner-found: Wiz project payments: payments-project@example.com; then: "
            "resource tags owner/team: none; account 222222222222: payments@example.com"
        ),
    ),
    "another entry for the same fix": (
        Case(),
        Case().with_entry(id="close-all-buckets"),
        {"entry_id": "close-all-buckets"},
        (
            "control-in-catalog: S3-001, wc-id-613, Bucket is public → close-all-buckets; then: "
            "S3-001, wc-id-613, Bucket is public → close-buckets"
        ),
    ),
    "a template whose owner is told": (
        Case().with_tags(terraform="1"),
        Case().with_environment("dev", template_owned=TemplateMode.FIX_AND_NOTIFY),
        {"template": "terraform (terraform=1)"},
        (
            "not-owned-by-template: terraform (terraform=1); dev allows the fix (fix-and-notify); then: "
            "terraform (terraform=1); dev allows the fix (fix)"
        ),
    ),
    "an exception that is too long now": (
        Case().with_waiver(),
        Case().with_policy(exceptions=replace(Case().policy.exceptions, max_days=1)),
        {"outcome": None, "reason": None},
        (
            "no-exception passes now: W-1: lasts longer than 1 days; then: "
            "W-1: approved by ciso@example.com until 2026-11-24T12:00:00+00:00"
        ),
    ),
    "another fix, which would read the resource otherwise": (
        Case().with_environment("dev", allowed_actions={FIX.id: "all", OTHER_FIX.id: "all"}),
        Case().with_environment("dev", allowed_actions={FIX.id: "all", OTHER_FIX.id: "all"}).with_entry(fix=OTHER_FIX),
        {"outcome": None, "reason": None, "fix_id": OTHER_FIX.id},
        "the resource was not read as other-fix reads it",
    ),
}


@pytest.mark.parametrize(("then", "now", "changed", "why"), OTHERWISE.values(), ids=OTHERWISE)
def test_what_differs_is_said_with_the_reason(then: Case, now: Case, changed: dict[str, Any], why: str) -> None:
    found = _other(then, now)
    assert {name: getattr(found.replayed, name) for name in found.differs} == changed
    assert found.why == why


def test_a_plan_by_other_options_says_what_it_would_do_otherwise() -> None:
    found = _other(Case(), Case().with_entry(options={"ports": [3389]}))
    assert found.differs == ("plan_digest",)
    assert found.why == 'changes[0].parameters.Bucket was "ledger" and is nothing'


def test_a_finding_is_decided_as_of_the_time_when_it_was_decided() -> None:
    # A window that opened for an hour, and was closed again when the run ended.
    noon = replace(NIGHTS.windows[0], opens=NOW.time(), closes=(NOW + timedelta(hours=1)).time())
    case = Case().with_environment("dev", calendar=Calendar(windows=(noon,)))
    assert _other(case, case).differs == ()


def test_a_stop_on_record_holds_by_another_policy_too() -> None:
    case = Case().with_environment("dev", mode=Mode.APPROVE).with_guardrails(stops=(STOP,))
    found = _other(case, Case())
    assert found.replayed.waits_for is Reason.STOPPED
    assert found.why == "mode passes now: remediate; then: approve"


def test_a_resource_that_was_not_there_is_not_there_by_another_policy_either() -> None:
    case = replace(Case(), live=MISSING)
    assert _other(case, case.with_environment("dev", mode=Mode.DRY_RUN)).differs == ()


# -- what cannot be decided again -------------------------------------------------------------------------------------


def test_a_message_that_was_no_finding_is_left_out() -> None:
    event = replace(EVENT, outcome=Outcome.REJECT, evidence=Evidence(payload_sha256="00"))
    assert replay(event, Case().policy, {}) is Unreplayable.NO_FINDING


@pytest.mark.parametrize("order", [None, Order(command=DryRun(target_id="c-1"), principal=ALICE)])
def test_an_operators_command_is_left_out_understood_or_not(order: Order | None) -> None:
    event = replace(EVENT, outcome=Outcome.DONE, evidence=Evidence(order=order))
    assert replay(event, Case().policy, {}) is Unreplayable.COMMAND


def test_an_undo_is_left_out() -> None:
    order = Order(command=UndoChange(target_id="c-1", reason="too early", dry_run=False), principal=ALICE)
    evidence = Evidence(finding=Case().finding, payload_sha256="00", plan=PLAN, order=order)
    event = replace(EVENT, outcome=Outcome.UNDO, evidence=evidence)
    assert replay(event, Case().policy, {}) is Unreplayable.UNDO


def test_a_run_that_was_ended_while_it_was_held_is_left_out() -> None:
    event = failed(_run(Case().with_guardrails(stops=(STOP,)))[0], Reason.ENDED_BY_OPERATOR, "olga ended it.")
    assert replay(event, Case().policy, _fixes(Case())) is Unreplayable.ENDED_WHILE_HELD


def test_an_outcome_that_leaves_its_facts_to_the_intent_is_left_out() -> None:
    event, _ = _run(Case())
    smaller = replace(event, evidence=replace(event.evidence, **trail._IN_THE_INTENT))
    assert replay(smaller, Case().policy, _fixes(Case())) is Unreplayable.FACTS_LEFT_OUT


@pytest.mark.parametrize(("in_force", "replayed"), [(WAIVERS_RECORDED - 1, True), (WAIVERS_RECORDED, False)])
def test_a_finding_is_left_out_only_if_exceptions_that_could_count_may_be_missing(
    in_force: int, replayed: bool
) -> None:
    others = replace(WAIVER, control="another")
    over = (replace(others, status=WaiverStatus.REVOKED), replace(others, expires_at=NOW))
    case = replace(Case(), waivers=(*over * WAIVERS_RECORDED, *[others] * (in_force - 1), WAIVER))
    event, _ = _run(case)
    assert event.waiver_id == WAIVER.id
    found = replay(event, case.policy, _fixes(case))
    assert (found is Unreplayable.EXCEPTIONS_LEFT_OUT) is not replayed
    if replayed:
        assert isinstance(found, Replayed)
        assert found.differs == ()


def test_a_state_that_the_fix_cannot_read_any_more_is_left_out() -> None:
    class Newer(Fake):
        def plan(self, resource: Resource, state: State, options: Options) -> Planned:
            raise KeyError("a part that it did not read then")

    event, _ = _run(Case())
    assert replay(event, Case().policy, {FIX.id: Newer(FIX, PLAN)}) is Unreplayable.STATE_UNREADABLE


def test_the_facts_of_a_record_are_those_that_it_was_decided_by() -> None:
    case = replace(Case().with_waiver(control="another").with_approval(), dry_run=True)
    event, _ = _run(case)
    expected = case.unread().facts
    assert expected.account is not None
    account = replace(expected.account, external_id="")
    assert facts_of(event.evidence) == replace(expected, account=account)

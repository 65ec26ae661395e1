"""Decides a recorded finding again by another policy, from its record alone. Pure: it reads nothing, changes nothing.

What is compared is what was *decided*. How the run ended may be something else: a change that was decided on may have
failed, or somebody may have been faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum

from cli.planning import StateUnreadable, plan_from
from runtime.domain.audit import AuditEvent, Evidence
from runtime.domain.case import Check, Decision, LiveResourceNeeded, Wait
from runtime.domain.command import DryRun
from runtime.domain.decision import decide
from runtime.domain.facts import Facts, LiveResource, NotRead, ResourceMissing, Waivers
from runtime.domain.finding import Finding
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import differences
from runtime.domain.policy import Policy
from runtime.fixes.contract import Fix


class Unreplayable(StrEnum):
    """Why a record cannot be decided again."""

    NO_FINDING = "a message that is no finding to decide on"
    COMMAND = "an operator's command"
    UNDO = "an undo"
    ENDED_WHILE_HELD = "a run that an operator ended while it was held"
    EXCEPTIONS_LEFT_OUT = "more exceptions in force than a record keeps"
    FACTS_LEFT_OUT = "a run whose record is so large that its intent alone has the facts"
    STATE_UNREADABLE = "a state of the resource that the fix cannot read any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision, as far as it is compared.

    ``outcome`` and ``reason`` are ``None`` where it depends on the live resource, which was not read, or not in the way
    of the fix that would be used. ``waits_for`` is what the change would have to wait for.
    """

    outcome: Outcome | None
    reason: Reason | None
    waits_for: Reason | None = None
    entry_id: str = ""
    fix_id: str = ""
    plan_digest: str = ""
    environment: str = ""
    owner: str = ""
    waiver_id: str = ""
    template: str = ""


_KNOWN_IN_ANY_CASE = ("outcome", "reason", "entry_id", "fix_id")
"""What is known of a decision that depends on the live resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A recorded finding, what was decided about it, and what is decided now. ``why`` is empty if that is the same."""

    event: AuditEvent
    recorded: Decided
    replayed: Decided
    why: str

    @property
    def differs(self) -> tuple[str, ...]:
        """The names of the parts that differ, of those that are known on both sides."""
        undecided = None in (self.recorded.outcome, self.replayed.outcome)
        names = _KNOWN_IN_ANY_CASE if undecided else tuple(field.name for field in fields(Decided))
        return tuple(name for name in names if getattr(self.recorded, name) != getattr(self.replayed, name))


def replay(event: AuditEvent, policy: Policy, fixes: Mapping[str, Fix]) -> Replayed | Unreplayable:
    """Decide what an ``OUTCOME`` is about again, as of the time when it was decided, by this policy."""
    evidence = event.evidence
    finding, at = evidence.finding, evidence.decided_at
    if finding is None:
        # A payload has a checksum, whatever is in it.
        return Unreplayable.NO_FINDING if evidence.payload_sha256 else Unreplayable.COMMAND
    if at is None:
        return Unreplayable.UNDO  # which is ordered, and not decided
    if event.reason is Reason.ENDED_BY_OPERATOR:
        return Unreplayable.ENDED_WHILE_HELD
    if not evidence.checks:
        return Unreplayable.FACTS_LEFT_OUT
    if not evidence.waivers_complete:
        return Unreplayable.EXCEPTIONS_LEFT_OUT
    renamed = _renamed(event, policy, fixes)
    try:
        result = _decide(renamed, finding, at, policy, fixes)
    except StateUnreadable:
        return Unreplayable.STATE_UNREADABLE
    recorded, replayed = _recorded(renamed), _replayed(result)
    why = "" if recorded == replayed else _why(renamed, result)
    return Replayed(event=event, recorded=recorded, replayed=replayed, why=why)


def _renamed(event: AuditEvent, policy: Policy, fixes: Mapping[str, Fix]) -> AuditEvent:
    """The event as if fix and entry had had the ids that they have now: another name is no difference.

    An entry has another id if it was called as the fix was, and the policy has none that is called so any more.
    """
    if event.fix_id not in fixes:
        return event
    spec, evidence, plan_digest, entry_id = fixes[event.fix_id].spec, event.evidence, event.plan_digest, event.entry_id
    if entry_id in spec.aliases and entry_id not in {entry.id for entry in policy.catalog}:
        entry_id = spec.id
    if evidence.plan is not None:
        plan = replace(evidence.plan, fix_id=spec.id)
        evidence, plan_digest = replace(evidence, plan=plan), plan.digest
    return replace(event, fix_id=spec.id, entry_id=entry_id, plan_digest=plan_digest, evidence=evidence)


def facts_of(evidence: Evidence) -> Facts:
    """The facts that a finding was decided by, but for those that were read with the live resource."""
    dry_run = evidence.order is not None and isinstance(evidence.order.command, DryRun)
    return Facts(
        account=evidence.account,
        waivers=Waivers(registered=evidence.waivers),
        approval=evidence.approval,
        dry_run=dry_run,
        platform=evidence.platform,
        through_topic=evidence.through_topic,
    )


def _decide(
    event: AuditEvent, finding: Finding, at: datetime, policy: Policy, fixes: Mapping[str, Fix]
) -> Decision | Wait | LiveResourceNeeded:
    """In two instalments, as the function does."""
    facts, guardrails = facts_of(event.evidence), event.evidence.guardrails
    first = decide(finding, facts, policy, at)
    if not isinstance(first, LiveResourceNeeded) or guardrails is None:
        return first
    facts = replace(facts, live=_live(event, first, at, fixes), guardrails=guardrails)
    return decide(finding, facts, policy, at)


def _live(
    event: AuditEvent, needed: LiveResourceNeeded, at: datetime, fixes: Mapping[str, Fix]
) -> LiveResource | ResourceMissing | NotRead:
    """The live resource as it was read, together with the guardrails, for the fix that would be used now."""
    observed = event.evidence.observed
    if observed is None:
        return ResourceMissing(sentence=event.sentence)
    if needed.entry.fix.id != event.fix_id:
        return NotRead()
    return LiveResource(tags=event.evidence.tags, observed=observed, planned=plan_from(needed, observed, at, fixes))


# -- what is compared -------------------------------------------------------------------------------------------------


def _recorded(event: AuditEvent) -> Decided:
    """What had been decided, however the run ended. Only what may be changed passes every check, and has a plan."""
    evidence = event.evidence
    outcome: Outcome | None = event.outcome
    reason: Reason | None = event.reason
    if _stop(evidence.checks) is None:
        if evidence.plan is None:
            outcome, reason = None, None
        elif evidence.approval is None:
            outcome, reason = Outcome.REMEDIATE, Reason.ELIGIBLE
        else:
            outcome, reason = Outcome.APPROVED, Reason.PLAN_APPROVED
    return Decided(
        outcome=outcome,
        reason=reason,
        entry_id=event.entry_id,
        fix_id=event.fix_id,
        plan_digest=event.plan_digest,
        environment=event.environment,
        owner=event.owner,
        waiver_id=event.waiver_id,
        template=str(evidence.template or ""),
    )


def _replayed(result: Decision | Wait | LiveResourceNeeded) -> Decided:
    if isinstance(result, LiveResourceNeeded):
        return Decided(outcome=None, reason=None, entry_id=result.entry.id, fix_id=result.entry.fix.id)
    decision = result.decision if isinstance(result, Wait) else result
    return Decided(
        outcome=decision.outcome,
        reason=decision.reason,
        waits_for=result.obstacle.reason if isinstance(result, Wait) else None,
        entry_id=decision.entry.id if decision.entry else "",
        fix_id=decision.entry.fix.id if decision.entry else "",
        plan_digest=decision.plan.digest if decision.plan else "",
        environment=decision.environment,
        owner=decision.owner,
        waiver_id=decision.waiver_id,
        template=str(decision.template or ""),
    )


# -- why it differs ---------------------------------------------------------------------------------------------------


def _why(event: AuditEvent, result: Decision | Wait | LiveResourceNeeded) -> str:
    """The first check that ends differently; or else what else is different."""
    then = {check.name: check for check in event.evidence.checks}
    now = result.decision.checks if isinstance(result, Wait) else result.checks
    for check in now:
        before = then.get(check.name)
        if not check.passed and (before is None or before.passed):
            return f"{check.name}: expected {check.expected}, found {check.found}"
        if check.passed and before is not None and not before.passed:
            return f"{check.name} passes now: {_contrast(before, check)}"
    if isinstance(result, LiveResourceNeeded):
        fix_id = result.entry.fix.id
        return "the resource was not read" + (f" as {fix_id} reads it" if fix_id != event.fix_id else "")
    stop = _stop(event.evidence.checks)
    if stop is not None and stop.name not in {check.name for check in now}:
        return f"{stop.name} is not asked any more; then: {stop.found}"
    if isinstance(result, Wait):
        return result.obstacle.sentence
    return next(_otherwise(event.evidence, result), result.sentence)


def _otherwise(evidence: Evidence, decision: Decision) -> Iterator[str]:
    """What is different although each check ends as it did."""
    if evidence.plan is not None and decision.plan is not None:
        yield from differences(evidence.plan, decision.plan)
    then = {check.name: check for check in evidence.checks}
    for check in decision.checks:
        before = then.get(check.name, check)
        if before.found != check.found:
            yield f"{check.name}: {_contrast(before, check)}"


def _contrast(before: Check, check: Check) -> str:
    """What a check found now and then; or what it expected, if it found the same."""
    if before.found != check.found:
        return f"{check.found}; then: {before.found}"
    return f"expected {check.expected}; then: {before.expected}"


def _stop(checks: Iterable[Check]) -> Check | None:
    """The check that ended a decision; ``None`` if every one passed."""
    return next((check for check in checks if not check.passed), None)

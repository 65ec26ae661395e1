"""How a stage of a run is rendered as an event of the audit trail. The only place that makes events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from runtime.domain.audit import AuditEvent, EventKind, Evidence, SessionRecord, recorded_waivers
from runtime.domain.case import Decision, LiveResourceNeeded, Wait
from runtime.domain.facts import LiveResource, NotRead
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.stages import (
    Approvable,
    CommandEnded,
    Considered,
    Failed,
    Held,
    Intended,
    Pending,
    Resumed,
    Run,
    Said,
    Stage,
    TurnedAway,
    Undoing,
    UndoIntended,
    UndoPlanned,
    Verified,
    Withdrawn,
    Written,
)


def record_of(stage: Stage, at: datetime) -> AuditEvent:
    """The event for a stage that was reached ``at`` (UTC)."""
    return replace(_render(stage), at=at)


def _render(stage: Stage) -> AuditEvent:
    match stage:
        case TurnedAway(run=run, dismissed=dismissed):
            return _event(
                run,
                dismissed.outcome,
                dismissed.reason,
                dismissed.sentence,
                issue_id=dismissed.issue_id,
                account_id=dismissed.account_id,
            )
        case Considered():
            return _considered(stage)
        case Approvable(considered=considered, review_id=review_id, expires_at=expires_at):
            return replace(_considered(considered), review_id=review_id, expires_at=expires_at)
        case Held(considered=considered, wait=Wait(obstacle=obstacle), attempt=attempt):
            return replace(
                _considered(considered),
                kind=EventKind.HELD,
                reason=obstacle.reason,
                sentence=obstacle.sentence,
                expires_at=obstacle.until,
                attempt=attempt,
            )
        case Intended(considered=considered, counted=counted):
            return _with(_considered(considered), counted=counted, kind=EventKind.INTENT)
        case UndoIntended(undoing=undoing):
            return replace(_undoing(undoing), kind=EventKind.INTENT)
        case UndoPlanned(undoing=undoing, permissions=permissions, sentence=sentence):
            event = replace(
                _undoing(undoing), outcome=Outcome.DRY_RUN, reason=Reason.DRY_RUN_BY_COMMAND, sentence=sentence
            )
            return _with(event, after=undoing.observed, permissions=permissions)
        case Resumed(intent=intent):
            return replace(intent, kind=EventKind.RESUMED)
        case Withdrawn(intent=intent, why=why, certain=certain, after=after, sessions=sessions):
            event = replace(intent, sentence=why)
            event = _with(event, after=after, kind=EventKind.WITHDRAWN, sessions=_joined(intent, sessions))
            return _with(event, counted=()) if certain else event
        case Pending(written=written, attempt=attempt):
            return replace(_written(written), kind=EventKind.PENDING, attempt=attempt)
        case Verified(written=written, sentence=sentence):
            event = replace(_written(written), kind=EventKind.OUTCOME)
            return replace(event, sentence=sentence) if sentence else event
        case Failed():
            return _failed(stage)
        case CommandEnded():
            return _command(stage)
        case Said():
            return replace(
                stage.stored,
                kind=stage.kind,
                expires_at=stage.expires_at,
                outcome=Outcome.DONE,
                reason=stage.reason,
                sentence=stage.sentence,
                actor=stage.order.principal.arn,
                code_version=stage.run.code_version,
                evidence=Evidence(order=stage.order, command_id=stage.run.id),
            )
        case _ as never:
            assert_never(never)


def _event(run: Run, outcome: Outcome, reason: Reason, sentence: str, **fields: Any) -> AuditEvent:
    return AuditEvent(
        correlation_id=run.id,
        kind=EventKind.OUTCOME,
        at=run.at,
        outcome=outcome,
        reason=reason,
        sentence=sentence,
        actor=run.actor,
        code_version=run.code_version,
        catalog_version=run.policy_version,
        evidence=Evidence(
            payload_sha256=run.payload_sha256,
            target_id=run.target_id,
            order=run.order,
            command_id=run.command_id,
        ),
        **fields,
    )


def _considered(stage: Considered) -> AuditEvent:
    """With the facts that it was decided by, so that it can be decided again. The external id is left out."""
    finding, facts, run = stage.finding, stage.facts, stage.run
    decision = stage.decision.decision if isinstance(stage.decision, Wait) else stage.decision
    resource, entry, account = decision.resource, decision.entry, facts.account
    live = facts.live if isinstance(facts.live, LiveResource) else None
    if isinstance(decision, LiveResourceNeeded):
        ended: dict[str, Any] = {}
        event = _event(run, Outcome.FAILED, Reason.INTERNAL_ERROR, "")
    else:
        event = _decided(run, decision)
        ended = {
            "owner_path": decision.owner_path,
            "plan": decision.plan,
            "hazard": entry.fix.hazard if entry and decision.plan else "",
            "template": decision.template,
        }
    event = replace(
        event,
        issue_id=finding.issue_id,
        account_id=finding.account_id,
        resource_arn=resource.arn if resource else finding.resource_id,
        entry_id=entry.id if entry else "",
        fix_id=entry.fix.id if entry else "",
    )
    return _with(
        event,
        finding=finding,
        resource=resource,
        options=entry.options if entry else {},
        decided_at=run.at,
        platform=facts.platform,
        through_topic=facts.through_topic,
        account=replace(account, external_id="") if account else None,
        waivers=recorded_waivers(facts.waivers, run.at),
        tags=live.tags if live else {},
        observed=live.observed if live else None,
        guardrails=None if isinstance(facts.guardrails, NotRead) else facts.guardrails,
        approval=facts.approval,
        checks=decision.checks,
        permissions=stage.permissions,
        sessions=stage.sessions,
        **ended,
    )


def _decided(run: Run, decision: Decision) -> AuditEvent:
    return _event(
        run,
        decision.outcome,
        decision.reason,
        decision.sentence,
        environment=decision.environment,
        owner=decision.owner,
        waiver_id=decision.waiver_id,
        plan_digest=decision.plan.digest if decision.plan else "",
    )


def _undoing(stage: Undoing) -> AuditEvent:
    recorded, target, run = stage.target.evidence, stage.target, stage.run
    event = _event(
        run,
        Outcome.UNDO,
        Reason.UNDO_REQUESTED,
        f"{stage.order.principal.arn} had the change of {target.correlation_id} undone: {stage.command.reason}",
        **{
            name: getattr(target, name)
            for name in (
                "issue_id",
                "account_id",
                "resource_arn",
                "entry_id",
                "fix_id",
                "environment",
                "owner",
                "plan_digest",
            )
        },
    )
    return _with(
        event,
        finding=recorded.finding,
        payload_sha256=recorded.payload_sha256,
        resource=recorded.resource,
        options=recorded.options,
        owner_path=recorded.owner_path,
        plan=recorded.plan,
        answers=recorded.answers,
        observed=stage.observed,
        sessions=stage.sessions,
    )


def _written(stage: Written) -> AuditEvent:
    return _with(stage.intent, after=stage.after, answers=stage.answers, sessions=_joined(stage.intent, stage.sessions))


def _failed(stage: Failed) -> AuditEvent:
    match stage.before:
        case Considered() as considered:
            event = _considered(considered)
        case Undoing() as undoing:
            event = _undoing(undoing)
        case AuditEvent() as event:
            pass
    event = replace(event, kind=EventKind.OUTCOME, outcome=Outcome.FAILED, reason=stage.reason, sentence=stage.sentence)
    seen: dict[str, Any] = {} if stage.after is None else {"after": stage.after}
    return _with(event, expected=stage.expected, sessions=_joined(event, stage.sessions), error=stage.sentence, **seen)


def _command(stage: CommandEnded) -> AuditEvent:
    outcome, about = Outcome.DONE if stage.done else Outcome.REJECT, stage.about
    event = _event(stage.run, outcome, stage.reason, stage.sentence)
    if about is None:
        return event
    names = ("issue_id", "account_id", "resource_arn", "entry_id", "fix_id", "environment", "owner", "plan_digest")
    event = replace(event, **{name: getattr(about, name) for name in names})
    return _with(event, target_id=about.correlation_id)


def _joined(event: AuditEvent, sessions: Sequence[SessionRecord]) -> tuple[SessionRecord, ...]:
    """The sessions on record and these, each once: one on record may have made more calls since."""
    others = [one for one in event.evidence.sessions if not any(_goes_on(one, later) for later in sessions)]
    return (*others, *sessions)


def _goes_on(one: SessionRecord, later: SessionRecord) -> bool:
    return replace(one, calls=()) == replace(later, calls=()) and later.calls[: len(one.calls)] == one.calls


def _with(event: AuditEvent, *, kind: EventKind | None = None, **evidence: Any) -> AuditEvent:
    return replace(event, kind=kind or event.kind, evidence=replace(event.evidence, **evidence))

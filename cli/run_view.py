"""A run, as people see it: the answer first, then what failed, and the whole record only for those who ask."""

from __future__ import annotations

from collections.abc import Iterator

from cli import output
from cli.evidence_view import print_calls, print_evidence
from cli.output import Style
from cli.state_diff import Difference, changes_of, print_differences
from runtime.domain.audit import AuditEvent, EventKind, Evidence, History
from runtime.domain.case import Check
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan
from runtime.domain.review import joined

_STYLES = {
    **dict.fromkeys((Outcome.REMEDIATE, Outcome.APPROVED, Outcome.UNDO, Outcome.DONE), Style.GREEN),
    **dict.fromkeys((Outcome.FAILED, Outcome.REJECT), Style.RED),
}
_CHANGED = (Outcome.REMEDIATE, Outcome.APPROVED, Outcome.UNDO)


def print_run(history: History, *, verbose: bool) -> None:
    """How it ended or stands, what changed, who did it, and what to do next."""
    last = answer_of(history)
    output.print_heading(f"Run {last.correlation_id}")
    output.say(f"{standing_of(last)}, {last.reason}", _STYLES.get(last.outcome, Style.YELLOW))
    output.say(last.sentence)
    output.say()
    output.print_fields(
        {
            "resource": last.resource_arn,
            "account": last.account_id,
            "environment": last.environment,
            "owner": last.owner,
            "issue": last.issue_id,
            "control": control_of(last.evidence),
            "fix": last.fix_id,
            "at": output.as_time(last.at),
            "by": "; ".join(people_of(history)) or last.actor,
        }
    )
    _print_changes(last)
    steps = tuple(next_steps(history))
    if steps:
        output.print_heading("Next steps")
        for step in steps:
            output.say(f"  {step}")
    failed = failed_check(last.evidence)
    if failed is not None:
        output.print_heading(f"Failed check: {failed.name}")
        output.print_fields({"expected": failed.expected, "found": failed.found})
    if verbose:
        _print_events(history)


def answer_of(history: History) -> AuditEvent:
    """The event that says how the run stands."""
    return history.outcome or history.events[-1]


def standing_of(event: AuditEvent) -> str:
    return event.outcome if event.kind is EventKind.OUTCOME else f"{event.kind}: {event.outcome}"


def control_of(evidence: Evidence) -> str:
    control = evidence.finding.control if evidence.finding else None
    return " ".join(filter(None, (control.rule_id, control.name))) if control else ""


def people_of(history: History) -> Iterator[str]:
    """Who gave the command behind the run, who approved its plan, and who denied it."""
    last = answer_of(history)
    if last.evidence.order is not None:
        yield last.evidence.order.principal.arn
    if last.evidence.approval is not None:
        yield from last.evidence.approval.approvers
    for said in (*history.approvals, *([history.verdict] if history.verdict else [])):
        yield f"{said.actor} ({said.reason})"


def changes_made(last: AuditEvent) -> tuple[Difference, ...] | None:
    """What a run's change, or undo, made of the state of its resource; ``None`` if it made none, or it is not known."""
    evidence, plan = last.evidence, last.evidence.plan
    if plan is None or last.outcome not in _CHANGED or evidence.after is None:
        return None
    # An undo's plan is the one that it took back: what was before that change is there again.
    before = evidence.observed if evidence.observed is not None else plan.before
    return tuple(changes_of(plan, before, evidence.after))


def plan_to_come(last: AuditEvent) -> Plan | None:
    """The plan that a run stored, or is about to carry out."""
    to_come = last.kind is not EventKind.OUTCOME or last.outcome in (Outcome.APPROVE, Outcome.DRY_RUN)
    return last.evidence.plan if to_come else None


def _print_changes(last: AuditEvent) -> None:
    changed = changes_made(last)
    if changed is not None:
        output.print_heading("Changed")
        print_differences(changed)
    elif plan := plan_to_come(last):
        output.print_heading(f"Plan: {plan.summary}")
        print_calls("Change", plan.changes)


def failed_check(evidence: Evidence) -> Check | None:
    return next((check for check in evidence.checks if not check.passed), None)


def next_steps(history: History) -> Iterator[str]:
    """The commands that carry on from here."""
    last = answer_of(history)
    run = last.correlation_id
    match last.outcome:
        case _ if history.held is not None:
            yield "suture status"
            yield f"suture retry {run} --reason TEXT"
            yield f"suture end {run} --reason TEXT"
        case Outcome.APPROVE if opened := joined(last):
            yield f"suture review show {opened}"
        case Outcome.APPROVE:
            yield f"suture review show {run}"
            if history.verdict is None:
                yield f"suture approve {run} --reason TEXT"
                yield f"suture deny {run} --reason TEXT"
            elif history.verdict.reason is Reason.REVIEW_DENIED:
                yield f"suture review reopen {run} --reason TEXT"
        case Outcome.REMEDIATE | Outcome.APPROVED if last.evidence.plan is not None and last.evidence.plan.reversible:
            yield f"suture undo {run} --reason TEXT"
        case Outcome.UNDO:
            yield f"suture clear {run} --reason TEXT"
        case Outcome.NOTIFY if last.reason in (Reason.UNDONE_BEFORE, Reason.DRIFT_LOOP):
            yield f"suture clear {run} --reason TEXT"
        case Outcome.SKIP if last.waiver_id and last.reason is Reason.EXCEPTION_APPROVED:
            yield f"suture exceptions show {last.waiver_id}"
        case Outcome.FAILED:
            yield f"suture dry-run {run}"


def _print_events(history: History) -> None:
    """Everything on record, event by event. What stands above already is not repeated."""
    output.print_heading("Record")
    shown = Evidence()
    for event in history.events:
        output.print_heading(f"{event.kind}{_which(event)} at {event.at.isoformat(sep=' ')}")
        _print_event(event)
        print_evidence(event.evidence, shown)
        shown = event.evidence


def _which(event: AuditEvent) -> str:
    """Which one it is, of the kinds that a run may have several of."""
    match event.kind:
        case EventKind.PENDING:
            return f", look {event.attempt}"
        case EventKind.HELD:
            return f", time {event.attempt}"
        case _:
            return ""


def _print_event(event: AuditEvent) -> None:
    evidence = event.evidence
    until = "waits until" if event.kind is EventKind.HELD else "may be approved until"
    output.print_fields(
        {
            "outcome": f"{event.outcome}: {event.reason}",
            "because": event.sentence,
            until: output.as_time(event.expires_at) if event.expires_at else "",
            "received": "" if evidence.through_topic else "not through the findings topic",
            "command": evidence.command_id,
            "about": evidence.target_id,
            "issue": event.issue_id,
            "control": control_of(evidence),
            "account": event.account_id,
            "resource": event.resource_arn,
            "environment": event.environment,
            "owner": event.owner,
            "owner looked for": "; ".join(evidence.owner_path),
            "exception": event.waiver_id,
            "catalog entry": event.entry_id,
            "fix": event.fix_id,
            "options": output.as_text(dict(evidence.options)) if evidence.options else "",
            "tags": output.as_text(dict(evidence.tags)) if evidence.tags else "",
            "decided as of": output.as_time(evidence.decided_at) if evidence.decided_at else "",
            "error": evidence.error if evidence.error != event.sentence else "",
            "actor": event.actor,
            "code version": event.code_version,
            "catalog version": event.catalog_version,
            "payload sha-256": evidence.payload_sha256,
        }
    )

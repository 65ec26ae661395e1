"""What was decided by and what was done, as people see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from cli import output
from cli.state_diff import planned_differences, print_differences
from runtime.domain.audit import Evidence, SessionRecord
from runtime.domain.case import Check
from runtime.domain.command import Order
from runtime.domain.facts import Approval
from runtime.domain.fix import PermissionUse
from runtime.domain.guardrails import Guardrails, Stop
from runtime.domain.plan import Change, Plan, State
from runtime.domain.template import TemplateOwner


def print_evidence(evidence: Evidence, shown: Evidence) -> None:
    """The longer parts of an event's evidence. What stands above already, as ``shown``, is not repeated."""
    new = _without(shown, evidence)
    _print_why(new)
    if evidence.plan is None and new.observed is not None:
        print_state("State observed", new.observed)
    if new.answers:
        output.print_heading("AWS's answers to the changes")
        answers = (output.as_text(dict(answer)) for answer in new.answers)
        output.print_table(("Change", "Answer"), enumerate(answers, start=1), fold=("Answer",))
    if new.expected is not None:
        print_state("State expected", new.expected)
    if new.after is not None:
        print_state("State after" if evidence.expected is None else "State found instead", new.after)
    for session in new.sessions:
        print_session(session)


def _without(shown: Evidence, evidence: Evidence) -> Evidence:
    """The evidence with nothing in the fields that are shown already, and without the sessions that are."""
    blank = Evidence()
    repeated = [field.name for field in fields(Evidence) if getattr(evidence, field.name) == getattr(shown, field.name)]
    sessions = tuple(session for session in evidence.sessions if session not in shown.sessions)
    return replace(evidence, **{"sessions": sessions} | {name: getattr(blank, name) for name in repeated})


def _print_why(evidence: Evidence) -> None:
    """What led to what was done, or would be done."""
    if evidence.order is not None:
        print_order(evidence.order)
    if evidence.checks:
        print_checks(evidence.checks)
    if evidence.guardrails is not None:
        print_guardrails(evidence.guardrails)
    if evidence.template is not None:
        print_template(evidence.template)
    if evidence.approval is not None:
        print_approval(evidence.approval)
    if evidence.plan is not None:
        print_plan(evidence.plan)
    if evidence.permissions:
        print_permissions(evidence.permissions)


def print_checks(checks: Sequence[Check]) -> None:
    output.print_heading("Checks")
    output.print_table(
        ("", "Check", "Expected", "Found"),
        (("ok" if check.passed else "STOP", check.name, check.expected, check.found) for check in checks),
        fold=("Expected", "Found"),
    )


def print_plan(plan: Plan) -> None:
    output.print_heading(f"Plan: {plan.summary}")
    print_differences(planned_differences(plan))
    output.print_fields({"digest": plan.digest})
    if plan.blast_radius:
        print_state("Blast radius", plan.blast_radius)
    print_state("State before", plan.before)
    output.print_heading("Calls")
    print_calls("Change", plan.changes)
    if plan.reversible:
        print_calls("Undo", reversed(plan.undo))
    else:
        output.say("It cannot be undone.")


def print_permissions(permissions: Iterable[PermissionUse]) -> None:
    output.print_heading("Permissions that it would use")
    output.print_table(
        ("Session", "IAM action", "Resource"),
        ((one.session, one.action, one.resource) for one in permissions),
        fold=("Resource",),
    )


def print_template(template: TemplateOwner) -> None:
    output.print_heading("Template that owns the resource")
    output.print_fields({"tool": template.tool, "known by": template.name, "change there": template.property})


def print_order(order: Order) -> None:
    output.print_heading(f"Command: {type(order.command).__name__}")
    said = {name.replace("_", " "): value for name, value in asdict(order.command).items()}
    output.print_fields({"by": order.principal.arn, "user id": order.principal.user_id, **said})


def print_approval(approval: Approval) -> None:
    output.print_heading(f"Approval of the plan of {approval.review_id}, until {output.as_time(approval.expires_at)}")
    output.print_table(
        ("At", "Approved by", "Reason"),
        ((output.as_time(vote.at), vote.principal.arn, vote.reason) for vote in approval.votes),
        fold=("Approved by", "Reason"),
    )


def print_guardrails(guardrails: Guardrails) -> None:
    """What stood in the way of a change, and what was done before."""
    output.print_heading("Writes within the hour before")
    output.print_fields({scope: str(count) for scope, count in guardrails.usage.items()})
    if guardrails.stops:
        output.print_heading("Stops in effect")
        print_stops(guardrails.stops)
    if guardrails.past:
        output.print_heading("Earlier changes to the resource")
        output.print_table(
            ("Run", "At", "What", "Fix", "By", "Reason"),
            (
                (past.correlation_id, output.as_time(past.at), past.kind, past.fix_id, past.by, past.reason)
                for past in guardrails.past
            ),
            fold=("By", "Reason"),
        )


def print_stops(stops: Iterable[Stop]) -> None:
    output.print_table(
        ("Stop", "Stopped", "Since", "Reason", "By"),
        ((stop.id, stop.target, output.as_time(stop.at), stop.reason, stop.stopped_by) for stop in stops),
        fold=("Reason",),
    )


def print_state(title: str, state: State) -> None:
    output.print_heading(title)
    output.print_fields({name: output.as_text(value) for name, value in state.items()})


def print_session(session: SessionRecord) -> None:
    output.print_heading(f"Session {session.session_name}")
    output.print_fields(
        {
            "role": session.role_arn,
            "source identity": session.source_identity,
            "tags": output.as_text(dict(session.tags)),
            "policy": session.policy,
        }
    )
    output.print_table(
        ("Request id", "Call"), ((call.request_id, f"{call.service}:{call.operation}") for call in session.calls)
    )


def print_calls(title: str, changes: Iterable[Change]) -> None:
    """API calls, in the order in which they are made."""
    output.print_table(
        (title, "Call", "Parameters"),
        (
            (number, f"{change.service}:{change.operation}", parameters_of(change))
            for number, change in enumerate(changes, start=1)
        ),
        fold=("Parameters",),
    )


def parameters_of(change: Change) -> str:
    """A call's parameters, with words for what is known only when it is made."""
    return output.as_text(_in_words(change.parameters))


def _in_words(value: Any) -> Any:
    match value:
        case {"$answer": [int(index), str(path)]}:
            return f"<{path} of the answer to change {index + 1}>"
        case {"$before": str(name)}:
            return f"<{name} as before>"
        case Mapping():
            return {name: _in_words(one) for name, one in value.items()}
        case list() | tuple():
            return [_in_words(one) for one in value]
        case _:
            return value

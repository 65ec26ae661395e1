"""Checks and plans as people see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cli import output
from runtime.domain.decision import Check
from runtime.domain.plan import Change, Plan


def print_checks(checks: Sequence[Check]) -> None:
    output.print_heading("Checks")
    output.print_table(
        ("", "Check", "Expected", "Found"),
        (("ok" if check.passed else "STOP", check.name, check.expected, check.found) for check in checks),
    )


def print_plan(plan: Plan) -> None:
    output.print_heading(f"Plan: {plan.summary}")
    output.print_fields(
        {
            "before": output.as_text(dict(plan.before)),
            "may be noticed by": output.as_text(dict(plan.blast_radius)) if plan.blast_radius else "",
            "digest": plan.digest,
        }
    )
    _print_calls("Change", plan.changes)
    if plan.reversible:
        _print_calls("Undo", plan.undo)
    else:
        output.say("It cannot be undone.")


def _print_calls(title: str, changes: Iterable[Change]) -> None:
    output.print_table(
        (title, "Call", "Parameters"),
        (
            (number, f"{change.service}:{change.operation}", output.as_text(dict(change.parameters)))
            for number, change in enumerate(changes, start=1)
        ),
    )

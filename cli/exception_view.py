"""Exceptions, as people and programs see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cli import output
from runtime.domain.exceptions import RegisteredException, Step
from runtime.domain.facts import WaiverStatus

ENDED = "ended"
IN_FORCE = "in force"


def state_of(exception: RegisteredException, now: datetime) -> str:
    """Whether it counts at ``now``, in UTC, and if not, why: in a word or two."""
    if exception.status is WaiverStatus.REVOKED:
        return exception.status
    if exception.request.expires_at <= now:
        return ENDED
    return IN_FORCE if exception.status is WaiverStatus.APPROVED else exception.status


def print_exceptions(exceptions: Iterable[RegisteredException], now: datetime, *, plain: bool) -> None:
    output.print_table(
        ("Exception", "State", "Until", "Control", "Account", "Environment", "Resource", "Ticket", "Requested by"),
        (
            (
                exception.request.id,
                state_of(exception, now),
                output.as_time(exception.request.expires_at),
                *scope_of(exception).values(),
                exception.request.ticket,
                exception.request.requested.principal.arn,
            )
            for exception in exceptions
        ),
        keep=("Control", "Account", "Environment", "Resource"),
        plain=plain,
    )


def print_exception(exception: RegisteredException, now: datetime) -> None:
    request = exception.request
    output.print_heading(f"Exception {request.id}: {state_of(exception, now)}")
    output.print_fields(
        {
            **scope_of(exception),
            "until": output.as_time(request.expires_at),
            "ticket": request.ticket,
            **{name: _said(step) for name, step in steps_of(exception).items() if step is not None},
        }
    )


def exception_to_json(exception: RegisteredException, now: datetime) -> dict[str, Any]:
    request = exception.request
    return {
        "id": request.id,
        "state": state_of(exception, now),
        "control": request.control,
        "account_id": request.account_id,
        "environment": request.environment,
        "resource": request.resource,
        "ticket": request.ticket,
        "expires_at": request.expires_at.isoformat(),
        **{name: _step_to_json(step) if step else None for name, step in steps_of(exception).items()},
    }


def scope_of(exception: RegisteredException) -> dict[str, str]:
    request = exception.request
    return {
        "control": request.control or "(any)",
        "account": request.account_id or "(any)",
        "environment": request.environment or "(any)",
        "resource": request.resource or "(any)",
    }


def steps_of(exception: RegisteredException) -> Mapping[str, Step | None]:
    return {
        "requested": exception.request.requested,
        "approved": exception.approved,
        "revoked": exception.revoked,
    }


def _said(step: Step) -> str:
    return f"{output.as_time(step.at)} by {step.principal.arn}: {step.reason}"


def _step_to_json(step: Step) -> dict[str, str]:
    return {
        "by": step.principal.arn,
        "at": step.at.isoformat(),
        "reason": step.reason,
        "command_id": step.command_id,
    }

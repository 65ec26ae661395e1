"""The life of an exception: requested by one person, approved by another, revoked by any operator or expired."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from runtime.domain.command import RequestException
from runtime.domain.facts import Waiver, WaiverStatus
from runtime.domain.known import problem_with
from runtime.domain.policy import Policy
from runtime.domain.principal import Principal

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A person's step on an exception, by the command that the run ``command_id`` recorded."""

    principal: Principal
    reason: str
    at: datetime
    command_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRequest:
    """The request. An empty scope field means any."""

    id: str
    control: str
    account_id: str
    resource: str
    environment: str
    ticket: str
    expires_at: datetime
    requested: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredException:
    """A request and its later steps."""

    request: ExceptionRequest
    approved: Step | None = None
    revoked: Step | None = None

    @property
    def status(self) -> WaiverStatus:
        """Whether it applies, apart from its date. A revoked exception stays revoked."""
        if self.revoked is not None:
            return WaiverStatus.REVOKED
        return WaiverStatus.PENDING if self.approved is None else WaiverStatus.APPROVED

    def has_ended(self, now: datetime) -> bool:
        """``now`` is in UTC."""
        return self.request.expires_at <= now

    def state(self, now: datetime) -> str:
        """In words."""
        return f"{self.status}{', and has expired' if self.has_ended(now) else ''}"

    @property
    def waiver(self) -> Waiver:
        """The exception as the decision uses it."""
        request = self.request
        return Waiver(
            id=request.id,
            status=self.status,
            control=request.control,
            account_id=request.account_id,
            resource=request.resource,
            environment=request.environment,
            reason=request.requested.reason,
            ticket=request.ticket,
            requested_by=request.requested.principal.arn,
            approved_by=self.approved.principal.arn if self.approved else "",
            requested_at=request.requested.at,
            expires_at=request.expires_at,
        )


def problem_of(command: RequestException, expires_at: datetime, policy: Policy, now: datetime) -> str:
    """Why the request for an exception is invalid; empty if it is valid. Times are in UTC."""
    longest = policy.exceptions.max_days
    if not _ID.fullmatch(command.exception_id):
        return f"the id {command.exception_id!r} should be letters, digits and hyphens, 64 at most"
    if not any((command.control, command.account_id, command.resource, command.environment)):
        return "an exception needs a scope: a control, an account, a resource or an environment"
    if command.account_id and not _ACCOUNT_ID.fullmatch(command.account_id):
        return f"the account {command.account_id!r} should be 12 digits"
    if command.control and command.control.casefold() not in policy.control_names:
        return problem_with("the control", command.control, policy.control_names)
    if command.environment:
        problem = problem_with("the environment", command.environment, policy.environments)
        if problem:
            return problem
    if not command.ticket.strip():
        return "an exception needs a ticket"
    if expires_at <= now:
        return f"its expiry, {expires_at.isoformat()}, has passed"
    if expires_at - now > timedelta(days=longest):
        return f"its expiry, {expires_at.isoformat()}, is more than {longest} days away, which is the maximum"
    return ""

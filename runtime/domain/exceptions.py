"""An exception's life: asked for by one person, granted by another, ended early by anybody or by its date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runtime.domain.facts import Waiver, WaiverStatus
from runtime.domain.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that a person did about an exception, through the command that the run ``command_id`` recorded."""

    principal: Principal
    reason: str
    at: datetime
    command_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRequest:
    """What was asked for. An empty scope field means any."""

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
    """A request, and what became of it."""

    request: ExceptionRequest
    approved: Step | None = None
    revoked: Step | None = None

    @property
    def status(self) -> WaiverStatus:
        """Whether it counts, but for its date. What was revoked stays revoked."""
        if self.revoked is not None:
            return WaiverStatus.REVOKED
        return WaiverStatus.PENDING if self.approved is None else WaiverStatus.APPROVED

    @property
    def waiver(self) -> Waiver:
        """As the decision sees it."""
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

"""A command that is being carried out, and its result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runtime.application.ports import Write
from runtime.domain.access import RoleCheck
from runtime.domain.audit import AuditEvent
from runtime.domain.command import Order
from runtime.domain.outcome import Reason
from runtime.domain.policy import Policy
from runtime.domain.principal import Principal
from runtime.domain.stages import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded:
    """``run`` is the command's own. ``now`` is in UTC."""

    run: Run
    order: Order
    policy: Policy
    now: datetime

    @property
    def principal(self) -> Principal:
        return self.order.principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The result of a command, and what is written together with its outcome.

    ``about`` is the event of the run that it is about; ``events`` go into other runs' records. ``roles`` is what
    verifying an account found.
    """

    reason: Reason
    sentence: str
    about: AuditEvent | None = None
    also: tuple[Write, ...] = ()
    events: tuple[AuditEvent, ...] = ()
    roles: tuple[RoleCheck, ...] = ()

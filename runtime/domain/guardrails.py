"""Guardrails of a change: stops, earlier changes, and the number of writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

USAGE_WINDOW = timedelta(hours=1)
"""Limits apply to a sliding hour."""


class StopScope(StrEnum):
    """The scope of a stop."""

    EVERYTHING = "everything"
    ACCOUNT = "account"
    FIX = "fix"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stop in effect. ``value`` is the account, fix or environment, empty for everything."""

    id: str
    scope: StopScope
    value: str
    reason: str
    stopped_by: str
    at: datetime

    def covers(self, *, account_id: str, fix_id: str, environment: str, former_fix_ids: Collection[str] = ()) -> bool:
        match self.scope:
            case StopScope.EVERYTHING:
                return True
            case StopScope.ACCOUNT:
                return self.value == account_id
            case StopScope.FIX:
                return self.value in (fix_id, *former_fix_ids)
            case StopScope.ENVIRONMENT:
                return self.value == environment

    @property
    def target(self) -> str:
        """The scope as text."""
        return f"{self.scope} {self.value}".rstrip()


def stop_for(
    stops: Iterable[Stop], *, account_id: str, fix_id: str, environment: str, former_fix_ids: Collection[str] = ()
) -> Stop | None:
    """The earliest of the stops that cover a change; ``None`` if none does."""
    covering = [
        stop
        for stop in stops
        if stop.covers(account_id=account_id, fix_id=fix_id, environment=environment, former_fix_ids=former_fix_ids)
    ]
    return min(covering, key=lambda stop: (stop.at, stop.id), default=None)


class PastKind(StrEnum):
    """Kinds of entries in a resource's past."""

    APPLIED = "applied"
    UNDONE = "undone"
    CLEARED = "cleared"
    """An operator cleared the resource: earlier changes no longer count."""
    ASKED = "asked"
    """A plan is under review, with this id."""
    DENIED = "denied"
    """A plan was denied. Only reopening its review ends that."""


_OF_REVIEWS = (PastKind.ASKED, PastKind.DENIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One entry of a resource's past. ``by`` is the operator's ARN, empty for the platform itself.

    ``digest`` is that of the review's plan.
    """

    kind: PastKind
    fix_id: str
    correlation_id: str
    at: datetime
    by: str = ""
    reason: str = ""
    digest: str = ""


def since_cleared(past: Iterable[Past], *fix_ids: str) -> tuple[Past, ...]:
    """The effective past of a fix on a resource, oldest first: entries after an operator last cleared it, and reviews.

    ``fix_ids`` are its id and its former ids.
    """
    ordered = sorted([one for one in past if one.fix_id in fix_ids], key=lambda one: (one.at, one.correlation_id))
    cleared = [index for index, one in enumerate(ordered) if one.kind is PastKind.CLEARED]
    begins = cleared[-1] + 1 if cleared else 0
    return tuple(one for index, one in enumerate(ordered) if index >= begins or one.kind in _OF_REVIEWS)


class UsageScope(StrEnum):
    """The scopes of limits on writes."""

    EVERYTHING = "everything"
    ACCOUNT = "account"
    FIX = "fix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrails:
    """Guardrails as read now. ``usage`` is the number of runs that wrote within the last hour, by scope."""

    stops: tuple[Stop, ...] = ()
    past: tuple[Past, ...] = ()
    usage: Mapping[UsageScope, int] = field(default_factory=dict)

"""Which rows of the audit trail are wanted, and what a list shows of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runtime.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What lists show of an event. ``at`` is in UTC; what it has not is empty."""

    at: datetime
    kind: str
    outcome: str
    reason: str
    issue_id: str
    account_id: str
    resource_arn: str
    fix_id: str
    environment: str
    owner: str
    correlation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events. An empty text means any; without ``day``, ``since`` and ``until`` all times are meant.

    Times are in UTC. An event at ``since`` is wanted, one at ``until`` is not. ``resource`` is an ARN, in which ``*``
    stands for any text, or the name that an ARN ends in. ``former_fix_ids`` are ids that the fix had.
    """

    issue_id: str = ""
    account_id: str = ""
    fix_id: str = ""
    former_fix_ids: tuple[str, ...] = ()
    outcome: str = ""
    environment: str = ""
    owner: str = ""
    reason: str = ""
    resource: str = ""
    day: date | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def indexed(self) -> bool:
        """Whether an index has these events together: otherwise every event of the time is looked through."""
        return any((self.issue_id, self.account_id, self.fix_id, self.outcome))

    @property
    def narrows(self) -> bool:
        """Whether it says anything but the time."""
        return self.indexed or any((self.environment, self.owner, self.reason, self.resource))

    def includes(self, event: AuditEvent | Row) -> bool:
        return (
            self.issue_id in ("", event.issue_id)
            and self.account_id in ("", event.account_id)
            and (self.fix_id in ("", event.fix_id) or event.fix_id in self.former_fix_ids)
            and self.outcome in ("", event.outcome)
            and self.environment in ("", event.environment)
            and self.owner in ("", event.owner)
            and self.reason in ("", event.reason)
            and (not self.resource or _is_named(event.resource_arn, self.resource))
            and self.day in (None, event.at.date())
            and (self.since is None or self.since <= event.at)
            and (self.until is None or event.at < self.until)
        )


def account_in(resource: str) -> str:
    """The account that an ARN names; empty if it names none, or several."""
    parts = resource.split(":")
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else ""


def _is_named(arn: str, name: str) -> bool:
    if "*" in name:
        return fnmatchcase(arn, name.replace("[", "[[]").replace("?", "[?]"))
    return arn == name or arn.endswith((f":{name}", f"/{name}"))


def row_to_json(row: Row, time: Callable[[datetime], str] = datetime.isoformat) -> dict[str, Any]:
    """By the names that the event has in JSON."""
    return {
        "correlation_id": row.correlation_id,
        "kind": row.kind,
        "at": time(row.at),
        "outcome": row.outcome,
        "reason": row.reason,
        "issue_id": row.issue_id,
        "account_id": row.account_id,
        "resource_arn": row.resource_arn,
        "fix_id": row.fix_id,
        "environment": row.environment,
        "owner": row.owner,
    }

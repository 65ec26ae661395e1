"""What is known about a finding besides what its payload says: from the registry, and from the live resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from runtime.domain.plan import Planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer account that was onboarded. ``environment`` and ``owner`` are empty where it holds several."""

    id: str
    name: str
    environment: str
    owner: str
    external_id: str


class WaiverStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A registered exception: somebody asked that a control not be fixed within a scope, until a date.

    An empty scope field means "any"; ``resource`` is an ARN in which ``*`` stands for any text. Only an approved
    waiver that has not expired, and whose whole scope matches, suppresses a fix.
    """

    id: str
    status: WaiverStatus
    control: str
    account_id: str
    resource: str
    environment: str
    reason: str
    ticket: str
    requested_by: str
    approved_by: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResource:
    """The resource as read just now. ``planned`` is what the fix makes of its observed state."""

    tags: Mapping[str, str]
    planned: Planned


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceMissing:
    """AWS says that there is no such resource in that account and region."""

    sentence: str


@dataclass(frozen=True, slots=True)
class NotRead:
    """The live resource has not been read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``account`` is ``None`` where the finding's account was never onboarded."""

    account: Account | None
    waivers: tuple[Waiver, ...] = ()
    live: LiveResource | ResourceMissing | NotRead = NotRead()

"""What is known about a finding besides what its payload says: from the registry, and from the live resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from runtime.domain.guardrails import Guardrails
from runtime.domain.plan import Plan, Planned, State
from runtime.domain.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer account that was onboarded. ``environment`` and ``owner`` are empty where it holds several."""

    id: str
    name: str
    environment: str
    owner: str
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAccount:
    """Where the platform itself runs."""

    account_id: str
    partition: str


class WaiverStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A registered exception: somebody asked that a control not be fixed within a scope, until a date.

    An empty scope field means "any"; ``resource`` is an ARN in which ``*`` stands for any text. ``requested_by`` and
    ``approved_by`` are ARNs. Only a waiver that somebody else approved, that has not expired, that does not last longer
    than the policy allows, and whose whole scope matches, suppresses a fix.
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
    requested_at: datetime
    expires_at: datetime

    @property
    def void(self) -> str:
        """Why it holds for nothing at any time; empty if it may hold."""
        if self.status is not WaiverStatus.APPROVED:
            return self.status.value
        if self.requested_by.casefold() == self.approved_by.casefold():
            return f"was approved by {self.approved_by}, who had requested it"
        return ""

    def covers_any(self, arns: Iterable[str]) -> bool:
        """Whether ``resource`` stands for one of these spellings of an ARN."""
        beginning, star, rest = (self.resource or "*").partition("*")
        if not star:
            return beginning in arns
        near = [arn for arn in arns if arn.startswith(beginning)]
        return bool(near) and any(_contains_in_order(arn, len(beginning), rest.split("*")) for arn in near)


def _contains_in_order(text: str, start: int, parts: Sequence[str]) -> bool:
    """Whether the parts follow each other in the text, from ``start`` on, the last of them at its end."""
    for part in parts[:-1]:
        found = text.find(part, start)
        if found < 0:
            return False
        start = found + len(part)
    return text.endswith(parts[-1], start)


@dataclass(frozen=True, kw_only=True)
class Waivers:
    """The exceptions that may concern an account. Kept from decision to decision, they are compiled once."""

    registered: tuple[Waiver, ...] = ()

    def __iter__(self) -> Iterator[Waiver]:
        return iter(self.registered)

    def candidates(self, controls: Iterable[str], arns: Iterable[str]) -> list[Waiver]:
        """Every exception that may hold for a control, by one of its names, and a resource; and few others.

        It takes no longer where many are registered for something else.
        """
        places: set[int] = set()
        for control in controls:
            for length, beginnings in self._index.get(control, {}).items():
                for arn in arns:
                    places.update(beginnings.get(arn[:length], ()))
        return [self.in_turn[place] for place in sorted(places)]

    @cached_property
    def in_turn(self) -> tuple[Waiver, ...]:
        """As they are looked at: those for any environment first, since they need not know which one it is."""
        return tuple(sorted(self.registered, key=lambda waiver: bool(waiver.environment)))

    @cached_property
    def _index(self) -> Mapping[str, Mapping[int | None, Mapping[str, Sequence[int]]]]:
        """By control, by the length of what the ARN begins with (``None`` if that is all of it), and by that."""
        index: dict[str, dict[int | None, dict[str, list[int]]]] = {}
        for place, waiver in enumerate(self.in_turn):
            if not waiver.void:
                beginning, star, _ = (waiver.resource or "*").partition("*")
                by_length = index.setdefault(waiver.control.casefold(), {})
                by_length.setdefault(len(beginning) if star else None, {}).setdefault(beginning, []).append(place)
        return index


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResource:
    """The resource as read just now. ``planned`` is what the fix makes of what it ``observed``."""

    tags: Mapping[str, str]
    observed: State
    planned: Planned


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceMissing:
    """AWS says that there is no such resource in that account and region."""

    sentence: str


@dataclass(frozen=True, slots=True)
class NotRead:
    """The live resource has not been read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's approval of a plan."""

    principal: Principal
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """People's approval of the one plan that was stored for review. It may be used before ``expires_at``."""

    review_id: str
    plan: Plan
    votes: tuple[Vote, ...]
    expires_at: datetime

    @property
    def approvers(self) -> tuple[str, ...]:
        """The ARNs of the different people, in the order of their votes."""
        return tuple({vote.principal.person: vote.principal.arn for vote in self.votes}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``account`` is ``None`` where the finding's account was never onboarded, ``platform`` where nobody can say.

    ``guardrails`` are read together with the live resource. ``approval`` is there where people have approved a plan for
    the finding; ``dry_run`` where an operator asked that this once nothing be changed.
    """

    account: Account | None
    waivers: Waivers = Waivers()
    live: LiveResource | ResourceMissing | NotRead = NotRead()
    guardrails: Guardrails | NotRead = NotRead()
    approval: Approval | None = None
    dry_run: bool = False
    platform: PlatformAccount | None = None
    through_topic: bool = True
    """Whether the finding came through the topic that only Wiz publishes to, as far as its message shows."""

"""The facts about a finding besides its payload: from the registry, and from the live resource."""

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
    """A customer account that was onboarded. ``environment`` and ``owner`` are empty if it has several."""

    id: str
    name: str
    environment: str
    owner: str
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAccount:
    """The platform's account and partition."""

    account_id: str
    partition: str


class WaiverStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A registered exception: a control is not fixed within a scope, until a date.

    An empty scope field means "any"; ``resource`` is an ARN in which ``*`` matches any text. ``requested_by`` and
    ``approved_by`` are ARNs. A waiver suppresses a fix only if another person approved it, it has not expired, it does
    not last longer than the policy allows, and its whole scope matches.
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
        """Why it never applies; empty if it can."""
        if self.status is not WaiverStatus.APPROVED:
            return self.status.value
        if self.requested_by.casefold() == self.approved_by.casefold():
            return f"was approved by {self.approved_by}, who had requested it"
        return ""

    def covers_any(self, arns: Iterable[str]) -> bool:
        """Whether ``resource`` matches one of these spellings of an ARN."""
        beginning, star, rest = (self.resource or "*").partition("*")
        if not star:
            return beginning in arns
        near = [arn for arn in arns if arn.startswith(beginning)]
        return bool(near) and any(_contains_in_order(arn, len(beginning), rest.split("*")) for arn in near)


def _contains_in_order(text: str, start: int, parts: Sequence[str]) -> bool:
    """Whether the text has the parts in this order, from ``start`` on, the last at its end."""
    for part in parts[:-1]:
        found = text.find(part, start)
        if found < 0:
            return False
        start = found + len(part)
    return text.endswith(parts[-1], start)


@dataclass(frozen=True, kw_only=True)
class Waivers:
    """The exceptions that may apply to an account, compiled once for all decisions."""

    registered: tuple[Waiver, ...] = ()

    def __iter__(self) -> Iterator[Waiver]:
        return iter(self.registered)

    def candidates(self, controls: Iterable[str], arns: Iterable[str]) -> list[Waiver]:
        """Every exception that may apply to a control, by one of its names, and a resource; and few others.

        Its time does not depend on exceptions for other controls and resources.
        """
        places: set[int] = set()
        for control in controls:
            for length, beginnings in self._index.get(control, {}).items():
                for arn in arns:
                    places.update(beginnings.get(arn[:length], ()))
        return [self.in_turn[place] for place in sorted(places)]

    @cached_property
    def in_turn(self) -> tuple[Waiver, ...]:
        """The order of evaluation: those for any environment first, because they do not need the environment."""
        return tuple(sorted(self.registered, key=lambda waiver: bool(waiver.environment)))

    @cached_property
    def _index(self) -> Mapping[str, Mapping[int | None, Mapping[str, Sequence[int]]]]:
        """By control, by the length of the ARN's prefix (``None`` if it is the whole ARN), and by the prefix."""
        index: dict[str, dict[int | None, dict[str, list[int]]]] = {}
        for place, waiver in enumerate(self.in_turn):
            if not waiver.void:
                beginning, star, _ = (waiver.resource or "*").partition("*")
                by_length = index.setdefault(waiver.control.casefold(), {})
                by_length.setdefault(len(beginning) if star else None, {}).setdefault(beginning, []).append(place)
        return index


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResource:
    """The resource as read now. ``planned`` is the fix's plan for what it ``observed``."""

    tags: Mapping[str, str]
    observed: State
    planned: Planned


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceMissing:
    """The resource does not exist in that account and region."""

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
    """People's approval of the one plan that was stored for review. It can be used before ``expires_at``."""

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
    """``account`` is ``None`` if the finding's account is not onboarded, ``platform`` if it is unknown.

    ``guardrails`` are read together with the live resource. ``approval`` is set if people have approved a plan for the
    finding; ``dry_run`` if an operator requested a dry run.
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

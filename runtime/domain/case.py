"""A decision in progress: the facts established so far, the record, and the declaration of checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from runtime.domain.facts import Account, Facts, LiveResource, NotRead, Waiver
from runtime.domain.finding import Finding
from runtime.domain.guardrails import Guardrails, Past
from runtime.domain.moment import Obstacle
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan
from runtime.domain.policy import CatalogEntry, EnvironmentPolicy, Mode, Policy
from runtime.domain.resource import Arn, Resource, ResourceForm
from runtime.domain.template import TemplateOwner

_SHOWN = 20
"""Maximum list items in a record: DynamoDB limits an item to 400 KB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check that was made."""

    name: str
    expected: str
    found: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The decision about a finding, and its reasons.

    The fields behind ``checks`` are empty or ``None`` if the decision ended before they were known.
    """

    outcome: Outcome
    reason: Reason
    sentence: str
    checks: tuple[Check, ...]
    resource: Resource | None = None
    entry: CatalogEntry | None = None
    environment: str = ""
    owner: str = ""
    owner_path: tuple[str, ...] = ()
    waiver_id: str = ""
    plan: Plan | None = None
    template: TemplateOwner | None = None
    """The template that owns the resource, if its owner is notified what to change in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The change is held. ``decision`` is the decision without the hold, also if it can wait no longer."""

    decision: Decision
    obstacle: Obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResourceNeeded:
    """Every check without the live resource passed.

    Read it with ``entry.fix``, and the guardrails, and decide again.
    """

    checks: tuple[Check, ...]
    resource: Resource
    entry: CatalogEntry
    account: Account


class Case:
    """One run of the checks: the facts established so far, and the record."""

    # Established by a check, and not there before. A check placed before its premise is a defect, and raises.
    arn: Arn
    known_type: tuple[ResourceForm, str] | None
    """The resource's type and name, if its type is known."""
    resource: Resource
    account: Account
    entry: CatalogEntry
    control_names: frozenset[str]
    """The names of the control in exceptions, in lower case."""
    arn_spellings: frozenset[str]
    """The spellings of the resource in exceptions."""
    rules: EnvironmentPolicy
    mode: Mode
    """The strictest mode of the environment, the account and the catalog entry."""
    existing: LiveResource
    guardrails: Guardrails
    plan: Plan
    approved: Plan
    past: tuple[Past, ...]
    closed: Obstacle | None

    def __init__(self, *, finding: Finding, facts: Facts, policy: Policy, now: datetime) -> None:
        self.finding = finding
        self.facts = facts
        self.policy = policy
        self.now = now
        self.live = facts.live if isinstance(facts.live, LiveResource) else None
        self.checks: list[Check] = []
        self.covering: tuple[Waiver, ...] = ()
        self.waiver_id = ""
        self.environment = ""
        self.owner = ""
        self.owner_path: tuple[str, ...] = ()
        self.template: TemplateOwner | None = None

    def ended(self, outcome: Outcome, reason: Reason, sentence: str) -> Decision:
        established = vars(self)
        return Decision(
            outcome=outcome,
            reason=reason,
            sentence=sentence,
            checks=tuple(self.checks),
            resource=established.get("resource"),
            entry=established.get("entry"),
            environment=self.environment,
            owner=self.owner,
            owner_path=self.owner_path,
            waiver_id=self.waiver_id,
            plan=established.get("plan"),
            template=self.template,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A failed check: the expected and found value, and the decision's sentence."""

    expected: str
    found: str
    sentence: str


type Found = tuple[str, str] | Failed | Obstacle | NotRead | None
"""The result of a test: the expected and found value, if it passed; ``None`` if there is nothing to record.

``NotRead`` if it needs the live resource, ``Obstacle`` if it is held.
"""


class CheckSpec(NamedTuple):
    """The declaration of a check: its name, the decision if its test fails, and the test.

    A check with several results is declared once for each; only the last records that it passed. A test also stores in
    the case what it establishes.
    """

    name: str
    outcome: Outcome
    reason: Reason
    test: Callable[[Case], Found]


def listed[T](things: Sequence[T], text_of: Callable[[T], str] = str) -> str:
    """The items as one text, shortened if there are many."""
    left_out = len(things) - _SHOWN
    return "; ".join(map(text_of, things[:_SHOWN])) + (f"; and {left_out} more" if left_out > 0 else "")


@lru_cache(maxsize=128)
def in_order(names: frozenset[str]) -> str:
    """The names as one text. Cached, because they belong to the policy."""
    return ", ".join(sorted(names))

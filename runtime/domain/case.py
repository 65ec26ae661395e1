"""A decision under way: what has been established so far, the record of it, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from runtime.domain.facts import Account, Facts, LiveResource, NotRead
from runtime.domain.finding import Finding
from runtime.domain.guardrails import Guardrails
from runtime.domain.obstacle import Obstacle
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan
from runtime.domain.policy import CatalogEntry, Mode, Policy, strictest
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateOwner

_SHOWN = 20
"""How many of a list a record shows: DynamoDB limits it to 400 KB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check that was made."""

    name: str
    expected: str
    found: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens to the finding, and everything that led there.

    The fields behind ``checks`` are empty or ``None`` as far as the decision ended before they were known.
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
    """The template that owns the resource, where its owner is to be told what to change in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Every check passed, and yet not now. ``decision`` is what it would be."""

    decision: Decision
    obstacle: Obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResourceNeeded:
    """Everything that can be said without the live resource passed.

    Read it as ``entry.fix`` sees it, and the guardrails with it, and ask again.
    """

    checks: tuple[Check, ...]
    resource: Resource
    entry: CatalogEntry
    account: Account


class Case:
    """One run of the checks: what has been established so far, and the record of it."""

    def __init__(self, *, finding: Finding, facts: Facts, policy: Policy, now: datetime) -> None:
        self.finding = finding
        self.facts = facts
        self.policy = policy
        self.now = now
        self.checks: list[Check] = []
        self.resource: Resource | None = None
        self.account: Account | None = None
        self.entry: CatalogEntry | None = None
        self.environment = ""
        self.owner = ""
        self.owner_path: tuple[str, ...] = ()
        self.waiver_id = ""
        self.plan: Plan | None = None
        self.template: TemplateOwner | None = None

    # Facts that an earlier check has established. A check placed before its premise is a defect, and says so.

    @property
    def known_resource(self) -> Resource:
        assert self.resource is not None, "resource-identified comes first"
        return self.resource

    @property
    def known_account(self) -> Account:
        assert self.account is not None, "account-onboarded comes first"
        return self.account

    @property
    def known_entry(self) -> CatalogEntry:
        assert self.entry is not None, "control-in-catalog comes first"
        return self.entry

    @property
    def known_guardrails(self) -> Guardrails:
        assert isinstance(self.facts.guardrails, Guardrails), "they are read with the live resource"
        return self.facts.guardrails

    @property
    def known_plan(self) -> Plan:
        assert self.plan is not None, "fix-can-plan comes first"
        return self.plan

    @property
    def mode(self) -> Mode:
        """The strictest that the environment, the account and the catalog entry say."""
        return strictest(
            (
                self.policy.environments[self.environment].mode,
                self.policy.account(self.known_resource.account_id).mode,
                self.known_entry.environments[self.environment],
            )
        )

    @property
    def live(self) -> LiveResource | None:
        return self.facts.live if isinstance(self.facts.live, LiveResource) else None

    def passed(self, name: str, expected: str, found: str) -> None:
        self.checks.append(Check(name=name, expected=expected, found=found, passed=True))

    def failed(self, name: str, expected: str, found: str, outcome: Outcome, reason: Reason, sentence: str) -> Decision:
        self.checks.append(Check(name=name, expected=expected, found=found, passed=False))
        return self.ended(outcome, reason, sentence)

    def ended(self, outcome: Outcome, reason: Reason, sentence: str) -> Decision:
        return Decision(
            outcome=outcome,
            reason=reason,
            sentence=sentence,
            checks=tuple(self.checks),
            resource=self.resource,
            entry=self.entry,
            environment=self.environment,
            owner=self.owner,
            owner_path=self.owner_path,
            waiver_id=self.waiver_id,
            plan=self.plan,
            template=self.template,
        )

    def live_needed(self) -> LiveResourceNeeded:
        return LiveResourceNeeded(
            checks=tuple(self.checks), resource=self.known_resource, entry=self.known_entry, account=self.known_account
        )

    def unless_missing(self) -> Decision | LiveResourceNeeded:
        """What to do where the live resource is needed and not there: read it, or end because it does not exist."""
        return self.missing() or self.live_needed()

    def missing(self) -> Decision | None:
        """The end, if AWS says that the resource does not exist."""
        if isinstance(self.facts.live, NotRead | LiveResource):
            return None
        return self.failed(
            "resource-exists",
            self.known_resource.arn,
            "does not exist",
            Outcome.REJECT,
            Reason.RESOURCE_NOT_FOUND,
            self.facts.live.sentence,
        )

    def catalog_mismatch(self, name: str, expected: str, found: str) -> Decision:
        return self.failed(
            name,
            expected,
            found,
            Outcome.REJECT,
            Reason.CATALOG_MISMATCH,
            f"The catalog entry {self.known_entry.id} does not cover this finding: {name} is {found}, not {expected}.",
        )


type Step = Callable[[Case], Decision | LiveResourceNeeded | None]
"""A check. It ends the decision, or notes that it passed and answers ``None``."""


def listed(texts: Sequence[str]) -> str:
    """The texts as one, shortened if there are very many."""
    left_out = len(texts) - _SHOWN
    return "; ".join(texts[:_SHOWN]) + (f"; and {left_out} more" if left_out > 0 else "")

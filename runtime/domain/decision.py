"""The decision: what may happen to a finding. Pure, total, and the only place with opinions.

``decide`` runs a fixed list of checks over a finding, the facts and the policy. Each check either passes or ends the
decision with an outcome; every check that was made is kept, with what was expected and what was found.

Facts come in two instalments. Called without the live resource, ``decide`` either ends with an outcome that does not
need it, or answers ``LiveResourceNeeded``: only then is a session in the customer's account worth opening. Called with
it, the same checks run again from the first, now all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from runtime.domain.change_windows import Closed, closed_by
from runtime.domain.errors import ArnInvalid
from runtime.domain.facts import Account, Approval, Facts, LiveResource, NotRead, ResourceMissing, Waiver, WaiverStatus
from runtime.domain.finding import ACTIONABLE_SEVERITIES, CLOSED_STATUSES, OPEN_STATUSES, SEVERITIES, Finding
from runtime.domain.guardrails import Guardrails, PastKind, Stop, UsageScope, since_cleared, stop_for
from runtime.domain.obstacle import Obstacle
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Compliant, Plan, Refused, differences
from runtime.domain.policy import (
    RESTRICTED_PRODUCTION,
    CatalogEntry,
    Mode,
    OutsideWindow,
    OwnerSource,
    Policy,
    TemplateMode,
    match_entry,
    strictest,
)
from runtime.domain.resource import GLOBAL_SERVICE_REGION, Resource, parse_arn, resource_type_of
from runtime.domain.template import TemplateOwner, template_of

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
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


def eligible_for_remediation(
    *,
    severity: str,
    environment: str,
    owner: str | None,
    exception_status: str,
    resource_type: str,
    approved_resource_types: frozenset[str],
    proposed_change: str,
    allowed_actions: frozenset[str],
) -> bool:
    """The mission's predicate, kept literally. ``decide`` never says ``REMEDIATE`` where it does not hold."""
    return (
        severity in ACTIONABLE_SEVERITIES
        and environment != RESTRICTED_PRODUCTION
        and owner is not None
        and exception_status != "approved"
        and resource_type in approved_resource_types
        and proposed_change in allowed_actions
    )


def may_be_made_once_approved(
    *,
    severity: str,
    owner: str | None,
    exception_status: str,
    resource_type: str,
    approved_resource_types: frozenset[str],
    proposed_change: str,
    allowed_actions: frozenset[str],
    plan_digest: str,
    approved_digest: str,
) -> bool:
    """The same predicate with people in the environment's place: they have approved exactly this plan.

    ``decide`` never says ``APPROVED`` where it does not hold.
    """
    return plan_digest == approved_digest and eligible_for_remediation(
        severity=severity,
        environment="",  # any: people have seen which
        owner=owner,
        exception_status=exception_status,
        resource_type=resource_type,
        approved_resource_types=approved_resource_types,
        proposed_change=proposed_change,
        allowed_actions=allowed_actions,
    )


def decide(finding: Finding, facts: Facts, policy: Policy, now: datetime) -> Decision | Wait | LiveResourceNeeded:
    """Decide one finding. Deterministic; raises nothing for any value of its arguments' types. ``now`` is in UTC."""
    case = _Case(finding=finding, facts=facts, policy=policy, now=now)
    for check in _CHECKS:
        ended = check(case)
        if ended is not None:
            return ended
    decision = case.eligible()
    if decision.outcome not in (Outcome.REMEDIATE, Outcome.APPROVED):
        return decision
    obstacle = obstacle_to(
        policy,
        case.known_guardrails.stops,
        account_id=case.known_resource.account_id,
        fix_id=case.known_entry.fix.id,
        environment=case.environment,
        now=now,
    )
    return decision if obstacle is None else Wait(decision=decision, obstacle=obstacle)


def obstacle_to(
    policy: Policy, stops: Iterable[Stop], *, account_id: str, fix_id: str, environment: str, now: datetime
) -> Obstacle | None:
    """What a change would have to wait for at this moment: that a stop ends, or that the change window opens.

    What has to wait is asked about again by the same function, so nothing waits for what is over.
    """
    stop = stop_for(stops, account_id=account_id, fix_id=fix_id, environment=environment)
    if stop is not None:
        return Obstacle(
            reason=Reason.STOPPED,
            sentence=f"{stop.stopped_by} stopped {stop.target} ({stop.id}): {stop.reason}",
        )
    if environment not in policy.environments:
        return None  # the policy has changed since it was decided: it is decided again, and not waited for
    window = _Window.of(policy, account_id, environment, now)
    if window.closed is None or not window.waits:
        return None
    return Obstacle(reason=window.reason, sentence=f"{window.sentence} It waits.", until=window.closed.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Whether changes may be made in an account and environment now, and what becomes of those that may not."""

    closed: Closed | None
    outside: OutsideWindow
    place: str

    @classmethod
    def of(cls, policy: Policy, account_id: str, environment: str, now: datetime) -> _Window:
        account, rules = policy.account(account_id), policy.environments[environment]
        return cls(
            closed=closed_by((rules.calendar, account.calendar), account.time_zone, now),
            outside=rules.outside_window,
            place=f"{environment} in account {account_id} ({account.time_zone})",
        )

    @property
    def waits(self) -> bool:
        """Whether a change is to wait. Not for a window that never opens: that is for people to decide."""
        return self.closed is not None and self.outside is OutsideWindow.WAIT and self.closed.until is not None

    @property
    def reason(self) -> Reason:
        frozen = self.closed is not None and self.closed.freeze is not None
        return Reason.CHANGE_FREEZE if frozen else Reason.OUTSIDE_CHANGE_WINDOW

    @property
    def sentence(self) -> str:
        if self.closed is None:
            return f"Changes may be made now in {self.place}."
        why = f" ({self.closed.freeze.reason})" if self.closed.freeze else ""
        until = f"until {self.closed.until.isoformat()}" if self.closed.until else "and no change window opens"
        return f"No change may be made now in {self.place}{why}, {until}."


class _Case:
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

    def eligible(self) -> Decision:
        """The end of the list: the predicate itself, asked last and over established facts only."""
        resource, entry, approval = self.known_resource, self.known_entry, self.facts.approval
        established: dict[str, Any] = {
            "severity": self.finding.severity,
            "owner": self.owner or None,
            "exception_status": WaiverStatus.APPROVED if self.waiver_id else "none",
            "resource_type": resource.type,
            "approved_resource_types": self.policy.resource_types,
            "proposed_change": entry.fix.id,
            "allowed_actions": self.policy.environments[self.environment].allowed_actions,
        }
        if approval is None:
            holds = eligible_for_remediation(environment=self.environment, **established)
        else:
            holds = may_be_made_once_approved(
                plan_digest=self.known_plan.digest, approved_digest=approval.plan.digest, **established
            )
        name, expected = "eligible-for-remediation", "every condition of the predicate"
        if not holds:
            # Unreachable while the checks before it are complete: it is the belt to their braces.
            return self.failed(
                name,
                expected,
                "not met",
                Outcome.NOTIFY,
                Reason.ACTION_NOT_ALLOWED,
                "The finding passed every check but not the predicate that allows a change; nothing was done.",
            )
        self.passed(name, expected, "met" if approval is None else "met, with people's approval")
        if approval is None:
            sentence = f"Every check passed: {entry.fix.title} on {resource.arn}."
            return self.ended(Outcome.REMEDIATE, Reason.ELIGIBLE, sentence)
        sentence = f"Approved by {', '.join(approval.approvers)}: {entry.fix.title} on {resource.arn}."
        return self.ended(Outcome.APPROVED, Reason.PLAN_APPROVED, sentence)


type _Step = Callable[[_Case], Decision | LiveResourceNeeded | None]


def _issue_open(case: _Case) -> Decision | None:
    name, expected, status = "issue-open", " or ".join(sorted(OPEN_STATUSES)), case.finding.status
    if status in OPEN_STATUSES:
        case.passed(name, expected, status)
        return None
    if status in CLOSED_STATUSES:
        return case.failed(
            name,
            expected,
            status,
            Outcome.SKIP,
            Reason.ISSUE_NOT_OPEN,
            f"The issue is {status} in Wiz: there is nothing to fix.",
        )
    return case.failed(
        name,
        expected,
        status,
        Outcome.REJECT,
        Reason.STATUS_UNKNOWN,
        f"The issue's status {status!r} is not one that Wiz documents; it is not taken for open.",
    )


def _severity_known(case: _Case) -> Decision | None:
    name, expected, severity = "severity-known", ", ".join(SEVERITIES), case.finding.severity
    if severity in SEVERITIES:
        case.passed(name, expected, severity)
        return None
    return case.failed(
        name,
        expected,
        severity,
        Outcome.REJECT,
        Reason.SEVERITY_UNKNOWN,
        f"The severity {severity!r} is not one that Wiz documents.",
    )


def _resource_identified(case: _Case) -> Decision | None:
    name, expected, found = "resource-identified", "an ARN", case.finding.resource_id
    try:
        arn = parse_arn(found)
    except ArnInvalid as error:
        sentence = f"The resource cannot be identified: {error}." if found else "The payload names no resource."
        return case.failed(name, expected, found or "nothing", Outcome.REJECT, Reason.RESOURCE_NOT_IDENTIFIED, sentence)
    case.passed(name, expected, found)
    known = resource_type_of(arn)
    name, expected = "resource-type-supported", ", ".join(sorted(case.policy.resource_types))
    if known is None or known[0] not in case.policy.resource_types:
        kind = known[0] if known else f"{arn.service} {arn.resource.partition('/')[0].partition(':')[0]}"
        return case.failed(
            name,
            expected,
            kind,
            Outcome.REJECT,
            Reason.UNSUPPORTED_RESOURCE_TYPE,
            f"No approved fix is for resources of type {kind}.",
        )
    case.passed(name, expected, known[0])
    case.resource = Resource(
        type=known[0],
        # One spelling for one snapshot: AWS leaves the account out of its ARN, others fill it in.
        arn=str(replace(arn, account_id="")) if known[0] == "AWS::EC2::Snapshot" else found,
        name=known[1],
        account_id=arn.account_id or case.finding.account_id,
        region=arn.region or _payload_region(case.finding) or GLOBAL_SERVICE_REGION[arn.partition],
        partition=arn.partition,
    )
    return None


def _payload_region(finding: Finding) -> str:
    """The payload's region, unless it is a word for "none" that Wiz writes for global services."""
    return "" if finding.region.casefold() == "global" else finding.region


def _payload_consistent(case: _Case) -> Decision | None:
    resource, said = case.known_resource, case.finding.account_id
    name, expected = "account-consistent", f"the account of {resource.arn}"
    if _ACCOUNT_ID.fullmatch(said) is None or resource.account_id != said:
        return case.failed(
            name,
            expected,
            said or "nothing",
            Outcome.REJECT,
            Reason.ACCOUNT_MISMATCH,
            f"The payload says account {said or 'nothing'}, its resource is {resource.arn}.",
        )
    case.passed(name, expected, said)
    region = _payload_region(case.finding)
    name, expected = "region-consistent", resource.region
    if _REGION.fullmatch(resource.region) is None:
        return case.failed(
            name,
            "a region's name",
            resource.region,
            Outcome.REJECT,
            Reason.REGION_MISMATCH,
            f"The payload's region, {resource.region!r}, is not the name of one.",
        )
    if region and region != resource.region:
        return case.failed(
            name,
            expected,
            region,
            Outcome.REJECT,
            Reason.REGION_MISMATCH,
            f"The payload says region {region}, its resource is in {resource.region}.",
        )
    case.passed(name, expected, region or "nothing")
    return None


def _account_onboarded(case: _Case) -> Decision | None:
    name, expected = "account-onboarded", f"account {case.finding.account_id} in the registry"
    if case.facts.account is None or case.facts.account.id != case.known_resource.account_id:
        return case.failed(
            name,
            expected,
            "not there",
            Outcome.REJECT,
            Reason.ACCOUNT_NOT_ONBOARDED,
            f"Account {case.finding.account_id} has not been onboarded: add it with `suture accounts add`.",
        )
    case.account = case.facts.account
    case.passed(name, expected, case.account.name)
    return None


def _control_in_catalog(case: _Case) -> Decision | None:
    control, kind = case.finding.control, case.known_resource.type
    name, expected = "control-in-catalog", f"a catalog entry for {kind}"
    found = ", ".join(filter(None, (control.rule_id, control.id, control.name))) or "nothing"
    entry = match_entry(case.policy.catalog, control, kind)
    if entry is None:
        return case.failed(
            name,
            expected,
            found,
            Outcome.REJECT,
            Reason.UNSUPPORTED_CONTROL,
            f"The catalog has no answer to this control for {kind}: {found}.",
        )
    case.entry = entry
    case.passed(name, expected, f"{found} → {entry.id}")
    return None


def _severity_at_floor(case: _Case) -> Decision | None:
    floor, severity = case.policy.severity_floor, case.finding.severity
    name, expected = "severity-floor", f"{floor} or above"
    if SEVERITIES.index(severity) < SEVERITIES.index(floor):
        return case.failed(
            name,
            expected,
            severity,
            Outcome.NOTIFY,
            Reason.SEVERITY_BELOW_FLOOR,
            f"The severity is {severity}; changes are made from {floor} on.",
        )
    case.passed(name, expected, severity)
    return None


def _entry_matches(case: _Case) -> Decision | None:
    entry, finding = case.known_entry, case.finding
    for name, allowed, found in (
        ("catalog-severity", entry.severities, finding.severity),
        ("catalog-account", entry.accounts or frozenset({finding.account_id}), finding.account_id),
    ):
        expected = ", ".join(sorted(allowed))
        if found not in allowed:
            return _catalog_mismatch(case, name, expected, found)
        case.passed(name, expected, found)
    return None


def _catalog_mismatch(case: _Case, name: str, expected: str, found: str) -> Decision:
    return case.failed(
        name,
        expected,
        found,
        Outcome.REJECT,
        Reason.CATALOG_MISMATCH,
        f"The catalog entry {case.known_entry.id} does not cover this finding: {name} is {found}, not {expected}.",
    )


def _environment_known(case: _Case) -> Decision | LiveResourceNeeded | None:
    name, expected = "environment-known", "one of " + ", ".join(sorted(case.policy.environments))
    if case.live is None and not case.known_account.environment:
        return _unless_missing(case)
    said = list(_environments_said(case))
    names = {environment for _, environment in said}
    found = "; ".join(f"{source}: {environment}" for source, environment in said) or "nothing"
    if len(names) != 1 or not names <= set(case.policy.environments):
        return case.failed(
            name,
            expected,
            found,
            Outcome.NOTIFY,
            Reason.ENVIRONMENT_UNCLEAR,
            f"It is not clear which environment the resource is in ({found}).",
        )
    case.environment = names.pop()
    case.passed(name, expected, found)
    if case.environment not in case.known_entry.environments:
        return _catalog_mismatch(
            case, "catalog-environment", ", ".join(sorted(case.known_entry.environments)), case.environment
        )
    case.passed("catalog-environment", ", ".join(sorted(case.known_entry.environments)), case.environment)
    return None


def _environments_said(case: _Case) -> Iterator[tuple[str, str]]:
    """Each source that names an environment, and the name in the policy's spelling where it has one."""
    if case.known_account.environment:
        yield f"account {case.known_account.id}", _environment_name(case.known_account.environment, case)
    if case.live is not None:
        keys = {key.casefold() for key in case.policy.environment_tags.tag_keys}
        for key, value in case.live.tags.items():
            if key.casefold() in keys:
                yield f"tag {key}", _environment_name(value, case)


def _environment_name(text: str, case: _Case) -> str:
    """The policy's name for an environment, if it knows the text as one; otherwise the text in lower case."""
    folded = text.strip().casefold()
    return case.policy.environment_tags.aliases.get(folded, folded)


def _not_waived(case: _Case) -> Decision | LiveResourceNeeded | None:
    name, expected = "no-exception", "no approved exception in force"
    looked_at: list[str] = []
    # Those for any environment come first: they need not know which one this is.
    for waiver in sorted(case.facts.waivers, key=lambda waiver: bool(waiver.environment)):
        ineffective = _why_ineffective(waiver, case)
        if ineffective is None and waiver.environment:
            wanted = _environment_name(waiver.environment, case)
            if wanted not in case.policy.environments:
                return case.failed(
                    name,
                    expected,
                    f"{waiver.id}: is for environment {waiver.environment}",
                    Outcome.NOTIFY,
                    Reason.ENVIRONMENT_UNCLEAR,
                    f"Exception {waiver.id} would hold, but for environment {waiver.environment}, which is unknown.",
                )
            if case.live is None and not case.known_account.environment:
                return _unless_missing(case)
            if {environment for _, environment in _environments_said(case)} != {wanted}:
                ineffective = f"is for environment {waiver.environment}"
        if ineffective is None:
            case.waiver_id = waiver.id
            until = waiver.expires_at.isoformat()
            return case.failed(
                name,
                expected,
                f"{waiver.id}: approved by {waiver.approved_by} until {until}",
                Outcome.SKIP,
                Reason.EXCEPTION_APPROVED,
                f"Exception {waiver.id} ({waiver.ticket or 'no ticket'}) holds until {until}: {waiver.reason}",
            )
        looked_at.append(f"{waiver.id}: {ineffective}")
    case.passed(name, expected, _listed(looked_at) or "none registered")
    return None


def _why_ineffective(waiver: Waiver, case: _Case) -> str | None:
    """Why a waiver does not suppress this finding in whatever environment; ``None`` if it does."""
    if waiver.status is not WaiverStatus.APPROVED:
        return str(waiver.status)
    if waiver.requested_by.casefold() == waiver.approved_by.casefold():
        return f"was approved by {waiver.approved_by}, who had requested it"
    if waiver.expires_at <= case.now:
        return f"expired on {waiver.expires_at.isoformat()}"
    longest = case.policy.exceptions.max_days
    if waiver.expires_at - waiver.requested_at > timedelta(days=longest):
        return f"lasts longer than {longest} days"
    control = case.finding.control
    identifiers = {identifier.casefold() for identifier in (case.known_entry.id, control.rule_id, control.id)} - {""}
    if waiver.control and waiver.control.casefold() not in identifiers:
        return f"is for control {waiver.control}"
    if waiver.account_id and waiver.account_id != case.known_resource.account_id:
        return f"is for account {waiver.account_id}"
    resource = case.known_resource
    # Where AWS leaves the account out of an ARN, people and tools fill it in: any spelling counts.
    full = str(replace(parse_arn(resource.arn), account_id=resource.account_id))
    spellings = (resource.arn, case.finding.resource_id, full)
    if waiver.resource and not any(fnmatchcase(arn, _only_stars(waiver.resource)) for arn in spellings):
        return f"is for resource {waiver.resource}"
    return None


def _listed(texts: Sequence[str]) -> str:
    """The texts as one, shortened if there are very many."""
    left_out = len(texts) - _SHOWN
    return "; ".join(texts[:_SHOWN]) + (f"; and {left_out} more" if left_out > 0 else "")


def _only_stars(pattern: str) -> str:
    """A pattern for ``fnmatchcase`` in which only ``*`` is special."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def _action_allowed(case: _Case) -> Decision | None:
    allowed, fix_id = case.policy.environments[case.environment].allowed_actions, case.known_entry.fix.id
    name, expected = "action-allowed", ", ".join(sorted(allowed)) or "no action"
    if fix_id not in allowed:
        return case.failed(
            name,
            expected,
            fix_id,
            Outcome.NOTIFY,
            Reason.ACTION_NOT_ALLOWED,
            f"{fix_id} is not among the actions allowed in {case.environment}.",
        )
    case.passed(name, expected, fix_id)
    if _mode(case) is Mode.NOTIFY:
        return case.failed(
            "mode",
            "a mode that acts",
            Mode.NOTIFY,
            Outcome.NOTIFY,
            Reason.NOTIFY_BY_POLICY,
            f"The policy for {fix_id} in {case.environment} is to notify.",
        )
    return None


def _mode(case: _Case) -> Mode:
    return strictest(
        (
            case.policy.environments[case.environment].mode,
            case.policy.account(case.known_resource.account_id).mode,
            case.known_entry.environments[case.environment],
        )
    )


def _not_suppressed(case: _Case) -> Decision | None:
    name, key = "no-suppression-tag", case.policy.suppression_tag
    if isinstance(case.facts.live, ResourceMissing):
        return _unless_missing_decision(case)
    if case.live is None:
        return None
    value = next((value for tag, value in case.live.tags.items() if tag.casefold() == key.casefold()), None)
    if value is None:
        case.passed(name, f"no tag {key}", "no such tag")
        return None
    ineffective = _why_tag_does_not_count(value, case)
    if ineffective is None:
        return case.failed(
            name,
            f"no tag {key}",
            f"{key}={value}",
            Outcome.SKIP,
            Reason.SUPPRESSED_BY_TAG,
            f"The resource carries the tag {key}={value}, which {case.environment} lets count.",
        )
    case.passed(name, f"no tag {key}", f"{key}={value}, which {ineffective}")
    return None


_SUPPRESSION = re.compile(r"[A-Za-z][A-Za-z0-9]*-[0-9]+/(?P<until>[0-9]{4}-[0-9]{2}-[0-9]{2})")
SUPPRESSION_FORM = "TICKET-1/YYYY-MM-DD"
"""A suppression tag's value: who answers for it, and the last day on which it counts, in UTC."""


def _why_tag_does_not_count(value: str, case: _Case) -> str | None:
    """Why a suppression tag with this value does not suppress; ``None`` if it does."""
    if not case.policy.environments[case.environment].suppression_tags:
        return f"does not count in {case.environment}"
    match = _SUPPRESSION.fullmatch(value)
    try:
        until = date.fromisoformat(match["until"]) if match else None
    except ValueError:
        until = None
    if until is None:
        return f"does not have the form {SUPPRESSION_FORM}"
    if until < case.now.date():
        return f"ended on {until.isoformat()}"
    longest = case.policy.exceptions.max_days
    if until > case.now.date() + timedelta(days=longest):
        return f"lasts longer than {longest} days"
    return None


def _owner_found(case: _Case) -> Decision | LiveResourceNeeded | None:
    lookup = case.policy.owner.lookup
    name, expected = "owner-found", "an owner from " + ", then ".join(lookup)
    path: list[str] = []
    for source in lookup:
        owner, looked_at = _owner_from(source, case)
        path.append(looked_at)
        if owner:
            case.owner = owner
            break
    case.owner_path = tuple(path)
    if case.owner:
        case.passed(name, expected, "; ".join(path))
        return None
    if case.live is None and OwnerSource.RESOURCE_TAG in lookup:
        return _unless_missing(case)
    return case.failed(
        name,
        expected,
        "; ".join(path),
        Outcome.NOTIFY,
        Reason.OWNER_MISSING,
        "Nobody is known to own the resource: " + "; ".join(path) + ".",
    )


def _owner_from(source: OwnerSource, case: _Case) -> tuple[str, str]:
    """The owner by one source, or an empty text; and what was looked at."""
    match source:
        case OwnerSource.RESOURCE_TAG:
            if case.live is None:
                return "", "resource tags: not read"
            for wanted in case.policy.owner.tag_keys:
                for key, value in sorted(case.live.tags.items()):
                    if key.casefold() == wanted.casefold() and value.strip():
                        return value.strip(), f"resource tag {key}: {value.strip()}"
            return "", "resource tags " + "/".join(case.policy.owner.tag_keys) + ": none"
        case OwnerSource.ACCOUNT:
            owner = case.known_account.owner.strip()
            return owner, f"account {case.known_account.id}: {owner or 'none'}"
        case OwnerSource.PROJECT:
            owners = {
                owner: project
                for project in case.finding.projects
                if (owner := case.policy.owner.projects.get(project, "").strip())
            }
            if len(owners) == 1:
                owner, project = next(iter(owners.items()))
                return owner, f"Wiz project {project}: {owner}"
            named = _listed(case.finding.projects) or "no project"
            return "", f"Wiz projects ({named}): {'several owners' if owners else 'none'}"


def _live_resource(case: _Case) -> Decision | LiveResourceNeeded | None:
    if case.live is None or isinstance(case.facts.guardrails, NotRead):
        return _unless_missing(case)
    case.passed("resource-exists", case.known_resource.arn, "read")
    name, expected = "fix-can-plan", "a plan"
    match case.live.planned:
        case Compliant(sentence=sentence):
            return case.failed(name, expected, "already compliant", Outcome.SKIP, Reason.ALREADY_COMPLIANT, sentence)
        case Refused(sentence=sentence):
            return case.failed(name, expected, "refused", Outcome.NOTIFY, Reason.FIX_REFUSED, sentence)
        case Plan() as plan:
            case.plan = plan
            case.passed(name, expected, plan.summary)
            return None


def _unless_missing(case: _Case) -> Decision | LiveResourceNeeded:
    """What to do where the live resource is needed and not there: read it, or end because it does not exist."""
    return _unless_missing_decision(case) or case.live_needed()


def _unless_missing_decision(case: _Case) -> Decision | None:
    if isinstance(case.facts.live, NotRead | LiveResource):
        return None
    return case.failed(
        "resource-exists",
        case.known_resource.arn,
        "does not exist",
        Outcome.REJECT,
        Reason.RESOURCE_NOT_FOUND,
        case.facts.live.sentence,
    )


def _not_undone_before(case: _Case) -> Decision | None:
    fix_id = case.known_entry.fix.id
    past = since_cleared(case.known_guardrails.past, fix_id)
    name, expected = "not-undone-before", f"{fix_id} was not undone here, or was cleared since"
    undone = [one for one in past if one.kind is PastKind.UNDONE]
    if undone:
        last = undone[-1]
        return case.failed(
            name,
            expected,
            f"undone on {last.at.isoformat()}",
            Outcome.NOTIFY,
            Reason.UNDONE_BEFORE,
            f"{last.by} undid this fix on {last.at.isoformat()} ({last.reason}). It is not made again before an "
            f"operator clears it: suture clear {last.correlation_id}.",
        )
    case.passed(name, expected, "it was not")
    rule = case.policy.drift
    applied = [one for one in past if one.kind is PastKind.APPLIED and case.now - one.at < timedelta(days=rule.days)]
    name, expected = "no-drift-loop", f"made fewer than {rule.times} times here in {rule.days} days"
    if len(applied) >= rule.times:
        return case.failed(
            name,
            expected,
            f"{len(applied)} times",
            Outcome.NOTIFY,
            Reason.DRIFT_LOOP,
            f"{fix_id} was made here {len(applied)} times in {rule.days} days: something puts the misconfiguration "
            f"back. Find out what does, then: suture clear {applied[-1].correlation_id}.",
        )
    case.passed(name, expected, f"{len(applied)} times")
    return None


def _template_allows(case: _Case) -> Decision | None:
    name, expected, fix = "not-owned-by-template", "no template that would put it back", case.known_entry.fix
    assert case.live is not None, "fix-can-plan comes first"
    owner = template_of(case.live.tags, case.policy.template_marks, fix.template_properties)
    if owner is None:
        case.passed(name, expected, "no sign of one")
        return None
    mode = case.policy.environments[case.environment].template_owned
    if mode is not TemplateMode.FIX:
        case.template = owner
    if mode is TemplateMode.NOTIFY:
        return case.failed(
            name,
            expected,
            str(owner),
            Outcome.NOTIFY,
            Reason.OWNED_BY_TEMPLATE,
            f"The resource is made by {owner}, which would put it back. Change there: {owner.property}.",
        )
    case.passed(name, expected, f"{owner}; in {case.environment} it is fixed all the same ({mode})")
    return None


def _mode_allows(case: _Case) -> Decision | None:
    entry, mode, where = case.known_entry, _mode(case), case.environment
    if mode is Mode.DRY_RUN or case.facts.dry_run:
        by_policy = f"The policy for {entry.fix.id} in {where} is a dry run: this is what would be changed."
        return case.failed(
            "mode",
            Mode.REMEDIATE,
            Mode.DRY_RUN,
            Outcome.DRY_RUN,
            Reason.DRY_RUN_BY_COMMAND if case.facts.dry_run else Reason.DRY_RUN_BY_POLICY,
            "An operator asked for a dry run: this is what would be changed." if case.facts.dry_run else by_policy,
        )
    if case.facts.approval is not None:
        return _approval_holds(case, case.facts.approval)
    for name, expected, found, reason, sentence in _reasons_for_approval(case, mode):
        if reason is not None:
            return case.failed(name, expected, found, Outcome.APPROVE, reason, sentence)
        case.passed(name, expected, found)
    return None


def _approval_holds(case: _Case, approval: Approval) -> Decision | None:
    """Whether people approved exactly what would be done now. If not, what would be done now is up for review anew."""
    plan, needed = case.known_plan, case.policy.environments[case.environment].approvers
    expected = f"{needed} different approvers of this plan, used before {approval.expires_at.isoformat()}"
    changed = (*differences(approval.plan, plan), *plan.outgrown(approval.plan))
    if changed:
        void = f"what would be done is not what was approved: {_listed(changed)}"
    elif approval.expires_at <= case.now:
        void = f"it could be used until {approval.expires_at.isoformat()}"
    elif len(approval.approvers) < needed:
        void = f"{needed} different people must approve in {case.environment}; {len(approval.approvers)} did"
    else:
        case.passed("approval-valid", expected, ", ".join(approval.approvers))
        return None
    return case.failed(
        "approval-valid",
        expected,
        "void",
        Outcome.APPROVE,
        Reason.APPROVAL_VOID,
        f"The approval of {approval.review_id} is void, because {void}.",
    )


def _reasons_for_approval(case: _Case, mode: Mode) -> Iterator[tuple[str, str, str, Reason | None, str]]:
    """Every check whose failing asks for a person: name, expected, found, and the reason if it fails."""
    entry, plan, where = case.known_entry, case.known_plan, case.environment
    yield (
        "not-restricted-production",
        f"not {RESTRICTED_PRODUCTION}",
        where,
        Reason.RESTRICTED_PRODUCTION if where == RESTRICTED_PRODUCTION else None,
        f"Nothing is changed in {where} without a person's approval.",
    )
    yield (
        "reversible",
        "a change that can be undone",
        "it can" if entry.fix.reversible and plan.reversible else "it cannot",
        None if entry.fix.reversible and plan.reversible else Reason.NOT_REVERSIBLE,
        f"{entry.fix.title} cannot be undone here, so a person has to approve it.",
    )
    for fact, limit in sorted(entry.max_blast_radius.items()):
        size = plan.size(fact)
        within = size is not None and size <= limit
        yield (
            f"blast-radius-{fact}",
            f"at most {limit}",
            "unknown" if size is None else str(size),
            None if within else Reason.BLAST_RADIUS_EXCEEDED,
            f"The plan's {fact} is {'unknown' if size is None else size}; up to {limit} may be changed unasked.",
        )
    yield (
        "mode",
        Mode.REMEDIATE,
        mode,
        Reason.APPROVAL_REQUIRED if mode is Mode.APPROVE else None,
        f"The policy for {entry.fix.id} in {where} asks for a person's approval.",
    )
    for scope, limit in case.policy.writes_per_hour.items():
        written = case.known_guardrails.usage.get(scope)
        found = "unknown" if written is None else str(written)
        whose = {
            UsageScope.EVERYTHING: "everywhere",
            UsageScope.ACCOUNT: f"in account {case.known_resource.account_id}",
            UsageScope.FIX: f"by {entry.fix.id}",
        }[scope]
        yield (
            f"writes-per-hour-{scope}",
            f"fewer than {limit}",
            found,
            None if written is not None and written < limit else Reason.RATE_LIMIT_EXCEEDED,
            f"Of changes {whose} within the last hour there were {found}; {limit} may be made unasked.",
        )
    window = _Window.of(case.policy, case.known_resource.account_id, where, case.now)
    yield (
        "change-window",
        "open, or waited for",
        "open" if window.closed is None else "closed",
        None if window.closed is None or window.waits else window.reason,
        f"{window.sentence} A person may decide otherwise.",
    )


_CHECKS: tuple[_Step, ...] = (
    _issue_open,
    _severity_known,
    _resource_identified,
    _payload_consistent,
    _account_onboarded,
    _control_in_catalog,
    _severity_at_floor,
    _entry_matches,
    _not_waived,
    _environment_known,
    _action_allowed,
    _not_suppressed,
    _owner_found,
    _live_resource,
    _not_undone_before,
    _template_allows,
    _mode_allows,
)

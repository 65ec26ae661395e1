"""Messages to people and programs: each described once, for every channel. ``rendering`` renders it for people.

The description is the event on the bus. ``docs/events`` has its schema.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from typing import Any

from runtime.domain.audit import AuditEvent, History
from runtime.domain.command import AnnounceStop, DryRun, UndoChange
from runtime.domain.document import to_plain
from runtime.domain.exceptions import RegisteredException
from runtime.domain.excerpt import one_line
from runtime.domain.facts import Waiver
from runtime.domain.finding import Control
from runtime.domain.hold import Hold
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import Policy
from runtime.domain.review import Review, joined, review_of
from runtime.domain.template import TemplateOwner

EVENT_SOURCE = "suture"
OUTCOME_TYPE = "Suture Finding Outcome"
COMMAND_TYPE = "Suture Command Outcome"
HELD_TYPE = "Suture Finding Held"
STUCK_TYPE = "Suture Finding Stuck"
REMINDER_TYPE = "Suture Review Reminder"
EXCEPTION_TYPE = "Suture Exception Ending"

SCHEMA_VERSION = "1.1"
"""The schema's version: a new field increments the minor version, any other change the major version."""
CONTACT_ATTRIBUTE = "contact"
"""An attribute of messages to owners, for the filter of each subscription."""
_MOST = 12
"""Maximum length of lists in a message. An SNS message has at most 256 KiB, and includes this four times."""


class Audience(StrEnum):
    """Recipients, besides the bus."""

    REVIEW_QUEUE = "review-queue"
    REVIEWERS = "reviewers"
    SECURITY = "security"
    OWNER = "owner"


_CHANGED = (Outcome.REMEDIATE, Outcome.APPROVED)
_TOLD: Mapping[Outcome | Reason, tuple[str, *tuple[Audience, ...]]] = {
    Outcome.APPROVE: ("approve", Audience.REVIEW_QUEUE, Audience.REVIEWERS),
    Outcome.FAILED: ("failed-fix", Audience.REVIEW_QUEUE, Audience.REVIEWERS),
    Outcome.REJECT: ("review-queue", Audience.REVIEW_QUEUE),
    Outcome.NOTIFY: ("messages", Audience.SECURITY),
    **dict.fromkeys((Reason.DRIFT_LOOP, Reason.UNDONE_BEFORE, Reason.OWNED_BY_TEMPLATE), ("drift", Audience.SECURITY)),
    **dict.fromkeys(_CHANGED, ("undo", Audience.OWNER)),
    Outcome.UNDO: ("undo", Audience.SECURITY, Audience.OWNER),
}
"""The runbook and the recipients by outcome; a reason has precedence."""
_OF_COMMANDS: Mapping[Reason, tuple[str, *tuple[Audience, ...]]] = {
    **dict.fromkeys((Reason.COMMAND_INVALID, Reason.IDENTITY_MISMATCH), ("review-queue", Audience.REVIEW_QUEUE)),
    **dict.fromkeys((Reason.STOP_ANNOUNCED, Reason.RESUME_ANNOUNCED), ("stop", Audience.SECURITY)),
}
"""The same for a command. For other results the sender gets the answer."""
_NOBODY = ("messages",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message; fields that do not apply are empty. ``infra/event_schema.py`` describes each field."""

    schema_version: str = SCHEMA_VERSION
    platform: str
    at: datetime
    headline: str = ""
    correlation_id: str = ""
    issue_id: str = ""
    outcome: str = ""
    reason: str = ""
    sentence: str = ""
    severity: str = ""
    control: Control | None = None
    account_id: str = ""
    account_name: str = ""
    environment: str = ""
    owner: str = ""
    owner_path: tuple[str, ...] = ()
    contact: str = ""
    resource_arn: str = ""
    entry_id: str = ""
    fix_id: str = ""
    plan: str = ""
    plan_digest: str = ""
    changes: tuple[str, ...] = ()
    hazard: str = ""
    blast_radius: Mapping[str, Any] = field(default_factory=dict)
    template: TemplateOwner | None = None
    waiver_id: str = ""
    exception: Waiver | None = None
    review_id: str = ""
    until: datetime | None = None
    approvals: int = 0
    approvals_needed: int = 0
    releases: int = 0
    next_steps: Mapping[str, str] = field(default_factory=dict)
    wiz_url: str = ""
    runbook: str = ""
    runbook_url: str = ""
    group_key: str = ""
    catalog_version: str = ""
    code_version: str = ""


_AS_RECORDED = (
    *("correlation_id", "issue_id", "account_id", "environment", "owner", "resource_arn", "entry_id", "fix_id", "at"),
    *("sentence", "waiver_id", "plan_digest", "review_id", "catalog_version", "code_version"),
)
_AS_HELD = ("correlation_id", "issue_id", "account_id", "environment", "fix_id", "resource_arn", "releases")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message, and its recipients besides the bus."""

    detail_type: str
    told: Told
    to: tuple[Audience, ...]

    @property
    def event(self) -> str:
        """The event for programs, as JSON in ASCII: SQS and SNS do not accept every character."""
        return json.dumps(self.told, default=to_plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The sender of messages: the platform's environment and policy. All times are in UTC."""

    environment: str
    policy: Policy

    def of_outcome(self, outcome: AuditEvent) -> Notice:
        """How a finding or a command ended."""
        runbook, *to = told_of(outcome)
        told = self._told(outcome, runbook)
        if Audience.OWNER in to and not told.contact:
            # If the policy has a directory, the security team gets messages for owners without a contact.
            instead = {Audience.SECURITY} if self.policy.notifications.contacts else set()
            to = sorted({*to, *instead} - {Audience.OWNER})
        detail_type = COMMAND_TYPE if _is_command(outcome) else OUTCOME_TYPE
        return self._notice(detail_type, outcome.outcome, told, *to)

    def of_hold(self, held: AuditEvent) -> Notice:
        """A run is held, and why."""
        steps = self._steps(show=f"audit show {shlex.quote(held.correlation_id)}", status="status")
        return self._notice(HELD_TYPE, "HELD", replace(self._told(held, "held"), next_steps=steps))

    def of_stuck(self, hold: Hold, now: datetime) -> Notice:
        """A held run is stuck."""
        run = shlex.quote(hold.correlation_id)
        told = Told(
            platform=self.environment,
            at=now,
            **{name: getattr(hold, name) for name in _AS_HELD},
            reason=hold.reason.value,
            sentence=f"It was released {hold.releases} times without an outcome. {hold.sentence}",
            next_steps=self._steps(retry=f"retry {run} --reason REASON", end=f"end {run} --reason REASON"),
            **self._links("held", hold.issue_id),
        )
        return self._notice(STUCK_TYPE, "STUCK", told, Audience.SECURITY)

    def of_exception(self, exception: RegisteredException, now: datetime) -> Notice:
        """An exception expires soon: its findings are fixed after that."""
        waiver = exception.waiver
        told = Told(
            platform=self.environment,
            at=now,
            waiver_id=waiver.id,
            account_id=waiver.account_id,
            environment=waiver.environment,
            resource_arn=waiver.resource,
            sentence=f"Exception {waiver.id} expires. Its findings are fixed after that.",
            exception=waiver,
            until=waiver.expires_at,
            next_steps=self._steps(show=f"exceptions show {shlex.quote(waiver.id)}"),
            **self._links("except"),
        )
        return self._notice(EXCEPTION_TYPE, f"EXCEPTION {waiver.id} ENDS", told, Audience.SECURITY)

    def of_reminder(self, review: Review, now: datetime) -> Notice:
        """A review is still open. The last reminder also goes to the security team."""
        told = replace(
            self._told(review.stored, "approve"),
            at=now,
            until=review.approval.expires_at,
            approvals=len(review.approval.approvers),
        )
        if now < review.reminders(self.policy)[-1]:
            return self._notice(REMINDER_TYPE, "REMINDER", told, Audience.REVIEWERS)
        return self._notice(REMINDER_TYPE, "LAST REMINDER", told, Audience.REVIEWERS, Audience.SECURITY)

    def _notice(self, detail_type: str, verb: str, told: Told, *to: Audience) -> Notice:
        """With a headline: the request, the deadline, the severity, the resource, the fix, the account and environment.

        The subject has its first 99 characters.
        """
        undo = " UNDO" if told.reason == Reason.UNDO_NEEDS_APPROVAL else ""
        by = f" by {told.until:%d %b %H:%M} UTC" if told.until else ""
        acted_on = told.fix_id and told.outcome != Outcome.NOTIFY
        is_account = told.resource_arn.endswith(f":iam::{told.account_id}:root")
        resource = "account" if is_account else told.resource_arn.rpartition(":")[2]
        about = resource.partition("/")[2] or resource or told.issue_id or told.correlation_id
        where = ", ".join(one_line(one, 40) for one in (told.account_name or told.account_id, told.environment) if one)
        line = [f"Suture {one_line(verb)}{undo}{by}:", one_line(told.severity, 40)]
        line += [one_line(about, 50), one_line(told.fix_id if acted_on else told.reason, 80)]
        line += [f"({where})" if where else ""]
        return Notice(detail_type=detail_type, told=replace(told, headline=" ".join(filter(None, line))), to=to)

    def _told(self, event: AuditEvent, runbook: str) -> Told:
        evidence, finding = event.evidence, event.evidence.finding
        plan, review = evidence.plan, review_of(History(events=(event,)))
        return Told(
            platform=self.environment,
            **{name: getattr(event, name) for name in _AS_RECORDED},
            outcome=event.outcome.value,
            reason=event.reason.value,
            severity=finding.severity if finding else "",
            control=finding.control if finding else None,
            account_name=evidence.account.name if evidence.account else "",
            owner_path=evidence.owner_path,
            contact=self.policy.notifications.contact_of(event.owner, event.account_id, finding),
            plan=plan.summary if plan else "",
            changes=tuple(islice(plan.effects, _MOST)) if plan else (),
            hazard=evidence.hazard,
            blast_radius={name: _few(value) for name, value in plan.blast_radius.items()} if plan else {},
            template=evidence.template,
            until=event.expires_at,
            approvals_needed=review.approvers(self.policy) if review else 0,
            next_steps=self._steps(**_steps(event)),
            group_key=_group_of(event),
            **self._links(runbook, event.issue_id),
        )

    def _steps(self, **commands: str) -> dict[str, str]:
        return {what: f"suture -e {self.environment} {command}" for what, command in commands.items()}

    def _links(self, runbook: str, issue_id: str = "") -> dict[str, Any]:
        where = self.policy.notifications
        known = re.fullmatch(r"[A-Za-z0-9-]{1,64}", issue_id)  # any other is not an issue id of Wiz
        issue = f"{where.wiz_url}/issues#~(issue~'{issue_id})" if known else ""
        read_at = where.runbooks_url and f"{where.runbooks_url}/{runbook}.md"
        return {"runbook": runbook, "runbook_url": read_at, "wiz_url": issue}


def _steps(event: AuditEvent) -> dict[str, str]:
    """The next steps, the most likely first, with their commands."""
    run, plan, order = shlex.quote(event.correlation_id), event.evidence.plan, event.evidence.order
    show = {"show": f"audit show --verbose {run}"}
    if event.outcome is Outcome.APPROVE:
        review, digest = shlex.quote(event.review_id), event.plan_digest
        approve = f"approve {review} --digest {digest} --reason REASON"
        return {"approve": approve, "deny": f"deny {review} --reason REASON", "show": f"review show {review}"}
    if event.outcome in _CHANGED and plan is not None and plan.reversible:
        return {"undo": f"undo {run} --reason REASON", **show}
    if event.outcome is Outcome.UNDO or event.reason in (Reason.DRIFT_LOOP, Reason.UNDONE_BEFORE):
        return {"clear": f"clear {run} --reason REASON", **show}
    if event.reason is Reason.STOP_ANNOUNCED and order is not None and isinstance(order.command, AnnounceStop):
        return {"resume": f"resume {shlex.quote(order.command.stop_id)} --reason REASON", "status": "status"}
    if event.outcome in (Outcome.FAILED, Outcome.NOTIFY) and event.evidence.finding is not None:
        return {**show, "dry_run": f"dry-run {run}"}
    return show


def _few(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) <= _MOST:
        return value
    return [*value[:_MOST], f"and {len(value) - _MOST} others"]


def _group_of(event: AuditEvent) -> str:
    """The same for all findings of one rule and owner, for one ticket."""
    finding = event.evidence.finding
    if finding is None:
        return ""
    control = finding.control
    rule = control.rule_id or control.id or control.rule_name or control.name
    who = event.owner or event.account_id
    return sha256(json.dumps([rule.casefold(), who.casefold()]).encode()).hexdigest()[:16]


def _is_command(outcome: AuditEvent) -> bool:
    """Whether it is the outcome of a command, and not of a run that a command started."""
    evidence = outcome.evidence
    return not evidence.command_id and (evidence.order is not None or outcome.reason is Reason.COMMAND_INVALID)


def told_of(outcome: AuditEvent) -> tuple[str, *tuple[Audience, ...]]:
    """The runbook and the recipients of an outcome, besides the bus."""
    if _is_command(outcome):
        return _OF_COMMANDS.get(outcome.reason, _NOBODY)
    runbook, *to = _TOLD.get(outcome.reason) or _TOLD.get(outcome.outcome, _NOBODY)
    match outcome.evidence.order.command if outcome.evidence.order else None:
        case DryRun() | UndoChange(dry_run=True):  # whoever asked only to see what would be done waits for the answer
            to = []
    if joined(outcome):
        to = []
    if outcome.outcome in _CHANGED and outcome.evidence.template is not None:
        to = [*to, Audience.SECURITY]
    return runbook, *to

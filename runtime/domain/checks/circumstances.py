"""Where and whose the resource is, and whether anybody has said that it be left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fnmatch import fnmatchcase

from runtime.domain.case import Case, Decision, LiveResourceNeeded, listed
from runtime.domain.facts import ResourceMissing, Waiver, WaiverStatus
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import Mode, OwnerSource
from runtime.domain.resource import parse_arn


def not_waived(case: Case) -> Decision | LiveResourceNeeded | None:
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
                return case.unless_missing()
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
    case.passed(name, expected, listed(looked_at) or "none registered")
    return None


def _why_ineffective(waiver: Waiver, case: Case) -> str | None:
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


def _only_stars(pattern: str) -> str:
    """A pattern for ``fnmatchcase`` in which only ``*`` is special."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def environment_known(case: Case) -> Decision | LiveResourceNeeded | None:
    name, expected = "environment-known", "one of " + ", ".join(sorted(case.policy.environments))
    if case.live is None and not case.known_account.environment:
        return case.unless_missing()
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
        return case.catalog_mismatch(
            "catalog-environment", ", ".join(sorted(case.known_entry.environments)), case.environment
        )
    case.passed("catalog-environment", ", ".join(sorted(case.known_entry.environments)), case.environment)
    return None


def _environments_said(case: Case) -> Iterator[tuple[str, str]]:
    """Each source that names an environment, and the name in the policy's spelling where it has one."""
    if case.known_account.environment:
        yield f"account {case.known_account.id}", _environment_name(case.known_account.environment, case)
    if case.live is not None:
        keys = {key.casefold() for key in case.policy.environment_tags.tag_keys}
        for key, value in case.live.tags.items():
            if key.casefold() in keys:
                yield f"tag {key}", _environment_name(value, case)


def _environment_name(text: str, case: Case) -> str:
    """The policy's name for an environment, if it knows the text as one; otherwise the text in lower case."""
    folded = text.strip().casefold()
    return case.policy.environment_tags.aliases.get(folded, folded)


def action_allowed(case: Case) -> Decision | None:
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
    if case.mode is Mode.NOTIFY:
        return case.failed(
            "mode",
            "a mode that acts",
            Mode.NOTIFY,
            Outcome.NOTIFY,
            Reason.NOTIFY_BY_POLICY,
            f"The policy for {fix_id} in {case.environment} is to notify.",
        )
    return None


def not_suppressed(case: Case) -> Decision | None:
    name, key = "no-suppression-tag", case.policy.suppression_tag
    if isinstance(case.facts.live, ResourceMissing):
        return case.missing()
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


def _why_tag_does_not_count(value: str, case: Case) -> str | None:
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


def owner_found(case: Case) -> Decision | LiveResourceNeeded | None:
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
        return case.unless_missing()
    return case.failed(
        name,
        expected,
        "; ".join(path),
        Outcome.NOTIFY,
        Reason.OWNER_MISSING,
        "Nobody is known to own the resource: " + "; ".join(path) + ".",
    )


def _owner_from(source: OwnerSource, case: Case) -> tuple[str, str]:
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
            named = listed(case.finding.projects) or "no project"
            return "", f"Wiz projects ({named}): {'several owners' if owners else 'none'}"

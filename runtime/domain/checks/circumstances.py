"""The resource's environment and owner, and whether an exception covers it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from runtime.domain.case import Case, Failed, Found, in_order, listed
from runtime.domain.checks.finding import covered
from runtime.domain.facts import NotRead, ResourceMissing, Waiver
from runtime.domain.policy import Mode, OwnerSource, strictest

_NO_EXCEPTION = "no approved exception in force"


def not_waived(case: Case) -> Found:
    if case.facts.waivers.registered:
        names = ("", case.entry.id, case.finding.control.rule_id, case.finding.control.id)
        case.control_names = frozenset([name.casefold() for name in names])
        # Where AWS leaves the account out of an ARN, people and tools fill it in: any spelling counts.
        full = str(replace(case.arn, account_id=case.resource.account_id))
        case.arn_spellings = frozenset((case.resource.arn, case.finding.resource_id, full))
        candidates = case.facts.waivers.candidates(case.control_names, case.arn_spellings)
        case.covering = tuple(waiver for waiver in candidates if not _why_ineffective(waiver, case))
    for waiver in case.covering:
        if waiver.environment:
            wanted = _environment_name(waiver.environment, case)
            if wanted not in case.policy.environments:
                continue
            if case.live is None and not case.account.environment:
                return NotRead()
            if set(_environments_said(case).values()) != {wanted}:
                continue
        case.waiver_id, until = waiver.id, waiver.expires_at.isoformat()
        return Failed(
            expected=_NO_EXCEPTION,
            found=f"{waiver.id}: approved by {waiver.approved_by} until {until}",
            sentence=f"Exception {waiver.id} ({waiver.ticket or 'no ticket'}) applies until {until}: {waiver.reason}",
        )
    return None


def no_waiver_unclear(case: Case) -> Found:
    for waiver in case.covering:
        if waiver.environment and _environment_name(waiver.environment, case) not in case.policy.environments:
            which = f"environment {waiver.environment}"
            sentence = f"Exception {waiver.id} would apply, except that {which} is unknown."
            return Failed(expected=_NO_EXCEPTION, found=f"{waiver.id}: is for {which}", sentence=sentence)
    if not case.facts.waivers.registered:
        return _NO_EXCEPTION, "none registered"
    return _NO_EXCEPTION, listed(case.facts.waivers.in_turn, lambda waiver: _why_not_here(waiver, case))


def _why_not_here(waiver: Waiver, case: Case) -> str:
    return f"{waiver.id}: {_why_ineffective(waiver, case) or f'is for environment {waiver.environment}'}"


def _why_ineffective(waiver: Waiver, case: Case) -> str:
    """Why a waiver does not apply to this finding in any environment; empty if it does."""
    if waiver.control and waiver.control.casefold() not in case.control_names:
        return f"is for control {waiver.control}"
    if waiver.account_id and waiver.account_id != case.resource.account_id:
        return f"is for account {waiver.account_id}"
    if not waiver.covers_any(case.arn_spellings):
        return f"is for resource {waiver.resource}"
    if waiver.void:
        return waiver.void
    if waiver.expires_at <= case.now:
        return f"expired on {waiver.expires_at.isoformat()}"
    longest = case.policy.exceptions.max_days
    if waiver.expires_at - waiver.requested_at > timedelta(days=longest):
        return f"lasts longer than {longest} days"
    return ""


def environment_known(case: Case) -> Found:
    if case.live is None and not case.account.environment:
        return NotRead()
    expected = "one of " + in_order(frozenset(case.policy.environments))
    said = _environments_said(case)
    names = set(said.values())
    found = "; ".join([f"{source}: {environment}" for source, environment in said.items()]) or "nothing"
    if len(names) != 1 or not names <= case.policy.environments.keys():
        sentence = f"The resource's environment is unclear ({found})."
        return Failed(expected=expected, found=found, sentence=sentence)
    case.environment = names.pop()
    case.rules = case.policy.environments[case.environment]
    return expected, found


def _environments_said(case: Case) -> dict[str, str]:
    """The environment by each source, in the policy's spelling if it has one."""
    account, said = case.account, {}
    if account.environment:
        said[f"account {account.id}"] = _environment_name(account.environment, case)
    if case.live is not None and case.live.tags:
        keys = {key.casefold() for key in case.policy.environment_tags.tag_keys}
        for key, value in case.live.tags.items():
            if key.casefold() in keys:
                said[f"tag {key}"] = _environment_name(value, case)
    return said


def _environment_name(text: str, case: Case) -> str:
    """The policy's name for an environment, if the text is one; otherwise the text in lower case."""
    folded = text.strip().casefold()
    return case.policy.environment_tags.aliases.get(folded, folded)


def environment_covered(case: Case) -> Found:
    return covered(case, "catalog-environment", case.environment, frozenset(case.entry.environments))


def action_allowed(case: Case) -> Found:
    allowed, fix_id = case.rules.allowed_actions, case.entry.fix.id
    expected = f"allowed by {case.rules.allowed_by}" if allowed else "no action"
    if fix_id in allowed:
        return expected, f"{fix_id}, by {allowed[fix_id]}"
    sentence = f"{fix_id} is not allowed in {case.environment}."
    return Failed(expected=expected, found=f"{fix_id}, by nothing", sentence=sentence)


def mode_acts(case: Case) -> Found:
    entry, account = case.entry, case.policy.account(case.resource.account_id)
    case.mode = strictest((case.rules.mode, account.mode, entry.environments[case.environment]))
    if case.mode is not Mode.NOTIFY:
        return None
    sentence = f"The policy for {entry.fix.id} in {case.environment} is to notify."
    return Failed(expected="a mode other than notify", found=Mode.NOTIFY.value, sentence=sentence)


def not_suppressed(case: Case) -> Found:
    if isinstance(case.facts.live, ResourceMissing):
        return NotRead()
    if case.live is None:
        return None
    key, folded = case.policy.suppression_tag, case.policy.suppression_tag.casefold()
    expected = f"no tag {key}"
    values = [value for tag, value in case.live.tags.items() if tag.casefold() == folded]
    if not values:
        return expected, "no suppression tag"
    # Keys that differ in case are different tags to AWS: whichever counts, in whatever order they are listed.
    why = {f"{key}={value}": _why_tag_does_not_count(value, case) for value in sorted(values)}
    found = next((text for text, ineffective in why.items() if ineffective is None), None)
    if found is None:
        return expected, "; ".join(f"{text}, which {ineffective}" for text, ineffective in why.items())
    sentence = f"The resource carries the tag {found}, which {case.environment} allows."
    return Failed(expected=expected, found=found, sentence=sentence)


_SUPPRESSION = re.compile(r"[A-Za-z][A-Za-z0-9]*-[0-9]+/(?P<until>[0-9]{4}-[0-9]{2}-[0-9]{2})")


SUPPRESSION_FORM = "TICKET-1/YYYY-MM-DD"
"""A suppression tag's value: a ticket, and the last day, in UTC."""


def _why_tag_does_not_count(value: str, case: Case) -> str | None:
    """Why a suppression tag with this value does not suppress; ``None`` if it does."""
    if not case.rules.suppression_tags:
        return f"is not allowed in {case.environment}"
    match = _SUPPRESSION.fullmatch(value)
    try:
        until = date.fromisoformat(match["until"]) if match else None
    except ValueError:
        until = None
    if until is None:
        return f"does not match {SUPPRESSION_FORM}"
    if until < case.now.date():
        return f"ended on {until.isoformat()}"
    longest = case.policy.exceptions.max_days
    if until > case.now.date() + timedelta(days=longest):
        return f"lasts longer than {longest} days"
    return None


def owner_found(case: Case) -> Found:
    lookup = case.policy.owner.lookup
    path: list[str] = []
    for source in lookup:
        case.owner, looked_at = _owner_from(source, case)
        path.append(looked_at)
        if case.owner:
            break
    case.owner_path = tuple(path)
    expected, found = "an owner from " + ", then ".join(lookup), "; ".join(path)
    if case.owner:
        return expected, found
    if case.live is None and OwnerSource.RESOURCE_TAG in lookup:
        return NotRead()
    return Failed(expected=expected, found=found, sentence=f"The resource has no known owner: {found}.")


def _owner_from(source: OwnerSource, case: Case) -> tuple[str, str]:
    """The owner by one source, or an empty text; and what the source had."""
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
            owner = case.account.owner.strip()
            return owner, f"account {case.account.id}: {owner or 'none'}"
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

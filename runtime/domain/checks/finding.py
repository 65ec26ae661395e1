"""Conditions on a finding: open, about one known resource, and in the catalog."""

from __future__ import annotations

import re

from runtime.domain.case import Case, Failed, Found, in_order
from runtime.domain.errors import ArnInvalid
from runtime.domain.excerpt import excerpt, shortened
from runtime.domain.finding import CLOSED_STATUSES, OPEN_STATUSES, SEVERITIES
from runtime.domain.resource import (
    GLOBAL_SERVICE_REGION,
    REGIONS,
    Resource,
    identify,
    kind_of,
    parse_arn,
    parse_region,
)

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_UNKNOWN = ", which is unknown here"
_OPEN, _SEVERITIES = " or ".join(sorted(OPEN_STATUSES)), ", ".join(SEVERITIES)


def status_known(case: Case) -> Found:
    status = case.finding.status
    if status in OPEN_STATUSES or status in CLOSED_STATUSES:
        return None
    sentence = f"The issue's status {excerpt(status)} is not documented by Wiz, so the issue is not treated as open."
    return Failed(expected=_OPEN, found=status, sentence=sentence)


def issue_open(case: Case) -> Found:
    status = case.finding.status
    if status in OPEN_STATUSES:
        return _OPEN, status
    return Failed(expected=_OPEN, found=status, sentence=f"The issue is {status} in Wiz: there is nothing to fix.")


def severity_known(case: Case) -> Found:
    severity = case.finding.severity
    if severity in SEVERITIES:
        return _SEVERITIES, severity
    sentence = f"The severity {excerpt(severity)} is not documented by Wiz."
    return Failed(expected=_SEVERITIES, found=severity, sentence=sentence)


def resource_identified(case: Case) -> Found:
    expected, found = "the ARN of one resource", case.finding.resource_id
    try:
        case.arn = parse_arn(found)
        case.known_type = identify(case.arn, case.policy.types.get(case.arn.service, ()))
    except ArnInvalid as error:
        sentence = f"The resource id {error}." if found else "The payload names no resource."
        return Failed(expected=expected, found=found or "nothing", sentence=sentence)
    return expected, found


def resource_type_supported(case: Case) -> Found:
    arn, expected = case.arn, "a resource type of the catalog"
    known, name = case.known_type or (None, "")
    if known is None or known.name not in case.policy.resource_types:
        kind = known.name if known else kind_of(arn)
        return Failed(expected=expected, found=kind, sentence=f"No approved fix covers resources of type {kind}.")
    case.resource = Resource(
        type=known.name,
        arn=known.spelled(arn),
        name=name,
        account_id=arn.account_id or case.finding.account_id,
        region=arn.region or parse_region(case.finding.region) or GLOBAL_SERVICE_REGION[arn.partition],
        partition=arn.partition,
    )
    return expected, known.name


def partition_consistent(case: Case) -> Found:
    platform, resource = case.facts.platform, case.resource
    expected = platform.partition if platform else f"the platform's{_UNKNOWN}"
    if platform is None or resource.partition == platform.partition:
        return expected, resource.partition
    sentence = (
        f"The resource {resource.arn} is in the partition {resource.partition}, which is not accessible from "
        f"{platform.partition}."
    )
    return Failed(expected=expected, found=resource.partition, sentence=sentence)


def at_home(case: Case) -> Found:
    known, resource, said = case.known_type, case.resource, case.finding.account_id
    region = parse_region(case.finding.region) or resource.region
    if known is None or not known[0].copied or (said, region) == (resource.account_id, resource.region):
        return None
    if not _ACCOUNT_ID.fullmatch(said) or region not in REGIONS[resource.partition]:
        return None  # the next checks say what is wrong with it
    home, seen = f"account {resource.account_id}, region {resource.region}", f"account {said}, region {region}"
    sentence = f"Seen from {seen}, {resource.arn} is a copy: it can be changed only in its home, {home}."
    return Failed(expected=home, found=seen, sentence=sentence)


def account_consistent(case: Case) -> Found:
    resource, said = case.resource, case.finding.account_id
    expected = f"the account of {resource.arn}"
    if resource.account_id == said and _ACCOUNT_ID.fullmatch(said):
        return expected, said
    sentence = f"The payload says account {excerpt(said) if said else 'nothing'}, but its resource is {resource.arn}."
    return Failed(expected=expected, found=said or "nothing", sentence=sentence)


def region_named(case: Case) -> Found:
    resource = case.resource
    if resource.region in REGIONS[resource.partition]:
        return None
    found = case.arn.region or case.finding.region
    sentence = f"{excerpt(found)} is not a region of the partition {resource.partition} that this version knows."
    return Failed(expected=f"a region of {resource.partition}", found=found, sentence=sentence)


def region_consistent(case: Case) -> Found:
    named, expected = case.finding.region, case.resource.region
    if parse_region(named) in ("", expected):
        return expected, named or "nothing"
    sentence = f"The payload says region {excerpt(named)}, but its resource is in {expected}."
    return Failed(expected=expected, found=named, sentence=sentence)


def not_platform_account(case: Case) -> Found:
    platform, found = case.facts.platform, case.resource.account_id
    expected = f"another account than the platform's{'' if platform else _UNKNOWN}"
    if platform is None or found != platform.account_id:
        return expected, found
    sentence = f"Account {found} is the platform's account: it can be neither onboarded nor changed."
    return Failed(expected=expected, found=found, sentence=sentence)


def account_onboarded(case: Case) -> Found:
    account, said = case.facts.account, case.finding.account_id
    expected = f"account {said} in the registry"
    if account is None or account.id != case.resource.account_id:
        sentence = f"Account {said} is not onboarded: add it with `suture accounts add`."
        return Failed(expected=expected, found="not there", sentence=sentence)
    case.account = account
    return expected, account.name


def control_in_catalog(case: Case) -> Found:
    control, kind = case.finding.control, case.resource.type
    expected = f"a catalog entry for {kind}"
    found = ", ".join(map(shortened, filter(None, (control.rule_id, control.id, control.name)))) or "nothing"
    entry = case.policy.entry_for(control, kind)
    if entry is None:
        sentence = f"The catalog has no entry for this control and {kind}: {found}."
        return Failed(expected=expected, found=found, sentence=sentence)
    case.entry = entry
    return expected, f"{found} → {entry.id}"


def severity_at_floor(case: Case) -> Found:
    floor, severity = case.policy.severity_floor, case.finding.severity
    expected = f"{floor} or above"
    if SEVERITIES.index(severity) >= SEVERITIES.index(floor):
        return expected, severity
    sentence = f"The severity is {severity}; the policy's floor is {floor}."
    return Failed(expected=expected, found=severity, sentence=sentence)


def severity_covered(case: Case) -> Found:
    return covered(case, "catalog-severity", case.finding.severity, case.entry.severities)


def account_covered(case: Case) -> Found:
    said = case.finding.account_id
    return covered(case, "catalog-account", said, case.entry.accounts or frozenset({said}))


def covered(case: Case, name: str, found: str, names: frozenset[str]) -> Found:
    """Whether the catalog entry covers the value found."""
    expected = in_order(names)
    if found in names:
        return expected, found
    why = f"{name} is {found}, not {expected}"
    sentence = f"The catalog entry {case.entry.id} does not cover this finding: {why}."
    return Failed(expected=expected, found=found, sentence=sentence)

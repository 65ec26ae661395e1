"""What a finding has to be: open, about one known resource, and answered by the catalog."""

from __future__ import annotations

import re
from dataclasses import replace

from runtime.domain.case import Case, Failed, Found, in_order
from runtime.domain.errors import ArnInvalid
from runtime.domain.finding import CLOSED_STATUSES, OPEN_STATUSES, SEVERITIES, Finding
from runtime.domain.resource import GLOBAL_SERVICE_REGION, Resource, parse_arn, resource_type_of

_ACCOUNT_ID = re.compile(r"[0-9]{12}")


_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")

_OPEN, _SEVERITIES = " or ".join(sorted(OPEN_STATUSES)), ", ".join(SEVERITIES)


def status_known(case: Case) -> Found:
    status = case.finding.status
    if status in OPEN_STATUSES or status in CLOSED_STATUSES:
        return None
    sentence = f"The issue's status {status!r} is not one that Wiz documents; it is not taken for open."
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
    sentence = f"The severity {severity!r} is not one that Wiz documents."
    return Failed(expected=_SEVERITIES, found=severity, sentence=sentence)


def resource_identified(case: Case) -> Found:
    expected, found = "an ARN", case.finding.resource_id
    try:
        case.arn = parse_arn(found)
    except ArnInvalid as error:
        sentence = f"The resource cannot be identified: {error}." if found else "The payload names no resource."
        return Failed(expected=expected, found=found or "nothing", sentence=sentence)
    return expected, found


def resource_type_supported(case: Case) -> Found:
    arn, finding, expected = case.known_arn, case.finding, in_order(case.policy.resource_types)
    known = resource_type_of(arn)
    if known is None or known[0] not in case.policy.resource_types:
        kind = known[0] if known else f"{arn.service} {arn.resource.partition('/')[0].partition(':')[0]}"
        return Failed(expected=expected, found=kind, sentence=f"No approved fix is for resources of type {kind}.")
    case.resource = Resource(
        type=known[0],
        # One spelling for one snapshot: AWS leaves the account out of its ARN, others fill it in.
        arn=str(replace(arn, account_id="")) if known[0] == "AWS::EC2::Snapshot" else finding.resource_id,
        name=known[1],
        account_id=arn.account_id or finding.account_id,
        region=arn.region or _payload_region(finding) or GLOBAL_SERVICE_REGION[arn.partition],
        partition=arn.partition,
    )
    return expected, known[0]


def _payload_region(finding: Finding) -> str:
    """The payload's region, unless it is a word for "none" that Wiz writes for global services."""
    return "" if finding.region.casefold() == "global" else finding.region


def account_consistent(case: Case) -> Found:
    resource, said = case.known_resource, case.finding.account_id
    expected = f"the account of {resource.arn}"
    if resource.account_id == said and _ACCOUNT_ID.fullmatch(said):
        return expected, said
    sentence = f"The payload says account {said or 'nothing'}, its resource is {resource.arn}."
    return Failed(expected=expected, found=said or "nothing", sentence=sentence)


def region_named(case: Case) -> Found:
    region = case.known_resource.region
    if _REGION.fullmatch(region):
        return None
    sentence = f"The payload's region, {region!r}, is not the name of one."
    return Failed(expected="a region's name", found=region, sentence=sentence)


def region_consistent(case: Case) -> Found:
    region, expected = _payload_region(case.finding), case.known_resource.region
    if region in ("", expected):
        return expected, region or "nothing"
    sentence = f"The payload says region {region}, its resource is in {expected}."
    return Failed(expected=expected, found=region, sentence=sentence)


def account_onboarded(case: Case) -> Found:
    account, said = case.facts.account, case.finding.account_id
    expected = f"account {said} in the registry"
    if account is None or account.id != case.known_resource.account_id:
        sentence = f"Account {said} has not been onboarded: add it with `suture accounts add`."
        return Failed(expected=expected, found="not there", sentence=sentence)
    case.account = account
    return expected, account.name


def control_in_catalog(case: Case) -> Found:
    control, kind = case.finding.control, case.known_resource.type
    expected = f"a catalog entry for {kind}"
    found = ", ".join(filter(None, (control.rule_id, control.id, control.name))) or "nothing"
    case.entry = case.policy.entry_for(control, kind)
    if case.entry is None:
        sentence = f"The catalog has no answer to this control for {kind}: {found}."
        return Failed(expected=expected, found=found, sentence=sentence)
    return expected, f"{found} → {case.entry.id}"


def severity_at_floor(case: Case) -> Found:
    floor, severity = case.policy.severity_floor, case.finding.severity
    expected = f"{floor} or above"
    if SEVERITIES.index(severity) >= SEVERITIES.index(floor):
        return expected, severity
    sentence = f"The severity is {severity}; changes are made from {floor} on."
    return Failed(expected=expected, found=severity, sentence=sentence)


def severity_covered(case: Case) -> Found:
    return covered(case, "catalog-severity", case.finding.severity, case.known_entry.severities)


def account_covered(case: Case) -> Found:
    said = case.finding.account_id
    return covered(case, "catalog-account", said, case.known_entry.accounts or frozenset({said}))


def covered(case: Case, name: str, found: str, names: frozenset[str]) -> Found:
    """Whether what was found is among what the catalog entry is for."""
    expected = in_order(names)
    if found in names:
        return expected, found
    why = f"{name} is {found}, not {expected}"
    sentence = f"The catalog entry {case.known_entry.id} does not cover this finding: {why}."
    return Failed(expected=expected, found=found, sentence=sentence)

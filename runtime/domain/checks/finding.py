"""What a finding has to be: open, about one known resource, and answered by the catalog."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from runtime.domain.case import Case, CheckSpec, Failed, Found, check, in_order
from runtime.domain.errors import ArnInvalid
from runtime.domain.excerpt import excerpt, shortened
from runtime.domain.finding import CLOSED_STATUSES, OPEN_STATUSES, SEVERITIES
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.resource import (
    GLOBAL_SERVICE_REGION,
    REGIONS,
    Resource,
    kind_of,
    parse_arn,
    parse_region,
    resource_type_of,
)

_ACCOUNT_ID = re.compile(r"[0-9]{12}")

_UNKNOWN = ", which is not known here"
_OPEN = " or ".join(sorted(OPEN_STATUSES))


@check("issue-open", Outcome.REJECT, Reason.STATUS_UNKNOWN, expected=_OPEN)
def status_known(case: Case) -> Found:
    status = case.finding.status
    if status in OPEN_STATUSES or status in CLOSED_STATUSES:
        return None
    sentence = f"The issue's status {excerpt(status)} is not one that Wiz documents; it is not taken for open."
    return Failed(found=status, sentence=sentence)


@check("issue-open", Outcome.SKIP, Reason.ISSUE_NOT_OPEN, expected=_OPEN)
def issue_open(case: Case) -> Found:
    status = case.finding.status
    if status in OPEN_STATUSES:
        return status
    return Failed(found=status, sentence=f"The issue is {status} in Wiz: there is nothing to fix.")


@check("severity-known", Outcome.REJECT, Reason.SEVERITY_UNKNOWN, expected=", ".join(SEVERITIES))
def severity_known(case: Case) -> Found:
    severity = case.finding.severity
    if severity in SEVERITIES:
        return severity
    return Failed(found=severity, sentence=f"The severity {excerpt(severity)} is not one that Wiz documents.")


@check("resource-identified", Outcome.REJECT, Reason.RESOURCE_NOT_IDENTIFIED, expected="the ARN of one resource")
def resource_identified(case: Case) -> Found:
    found = case.finding.resource_id
    try:
        case.arn = parse_arn(found)
        case.known_type = resource_type_of(case.arn)
    except ArnInvalid as error:
        sentence = f"The resource id {error}." if found else "The payload names no resource."
        return Failed(found=found or "nothing", sentence=sentence)
    return found


@check(
    "resource-type-supported",
    Outcome.REJECT,
    Reason.UNSUPPORTED_RESOURCE_TYPE,
    expected=lambda case: in_order(case.policy.resource_types),
)
def resource_type_supported(case: Case) -> Found:
    arn, finding = case.known_arn, case.finding
    known = case.known_type
    if known is None or known[0] not in case.policy.resource_types:
        kind = known[0] if known else kind_of(arn)
        return Failed(found=kind, sentence=f"No approved fix is for resources of type {kind}.")
    case.resource = Resource(
        type=known[0],
        # One spelling for one snapshot: AWS leaves the account out of its ARN, others fill it in.
        arn=str(replace(arn, account_id="")) if known[0] == "AWS::EC2::Snapshot" else finding.resource_id,
        name=known[1],
        account_id=arn.account_id or finding.account_id,
        region=arn.region or parse_region(finding.region) or GLOBAL_SERVICE_REGION[arn.partition],
        partition=arn.partition,
    )
    return known[0]


@check(
    "partition-consistent",
    Outcome.REJECT,
    Reason.PARTITION_MISMATCH,
    expected=lambda case: case.facts.platform.partition if case.facts.platform else f"the platform's{_UNKNOWN}",
)
def partition_consistent(case: Case) -> Found:
    platform, resource = case.facts.platform, case.known_resource
    if platform is None or resource.partition == platform.partition:
        return resource.partition
    sentence = (
        f"The resource {resource.arn} is in the partition {resource.partition}, where no account can be reached "
        f"from {platform.partition}."
    )
    return Failed(found=resource.partition, sentence=sentence)


@check(
    "account-consistent",
    Outcome.REJECT,
    Reason.ACCOUNT_MISMATCH,
    expected=lambda case: f"the account of {case.known_resource.arn}",
)
def account_consistent(case: Case) -> Found:
    resource, said = case.known_resource, case.finding.account_id
    if resource.account_id == said and _ACCOUNT_ID.fullmatch(said):
        return said
    sentence = f"The payload says account {excerpt(said) if said else 'nothing'}, its resource is {resource.arn}."
    return Failed(found=said or "nothing", sentence=sentence)


@check(
    "region-consistent",
    Outcome.REJECT,
    Reason.REGION_MISMATCH,
    expected=lambda case: f"a region of {case.known_resource.partition}",
)
def region_named(case: Case) -> Found:
    resource = case.known_resource
    if resource.region in REGIONS[resource.partition]:
        return None
    found = case.known_arn.region or case.finding.region
    sentence = f"{excerpt(found)} is not a region of the partition {resource.partition} that this version knows."
    return Failed(found=found, sentence=sentence)


@check(
    "region-consistent",
    Outcome.REJECT,
    Reason.REGION_MISMATCH,
    expected=lambda case: case.known_resource.region,
)
def region_consistent(case: Case) -> Found:
    named, known = case.finding.region, case.known_resource.region
    if parse_region(named) in ("", known):
        return named or "nothing"
    return Failed(found=named, sentence=f"The payload says region {excerpt(named)}, its resource is in {known}.")


@check(
    "not-platform-account",
    Outcome.REJECT,
    Reason.PLATFORM_ACCOUNT,
    expected=lambda case: f"another account than the platform's{'' if case.facts.platform else _UNKNOWN}",
)
def not_platform_account(case: Case) -> Found:
    platform, found = case.facts.platform, case.known_resource.account_id
    if platform is None or found != platform.account_id:
        return found
    sentence = f"Account {found} is the one that the platform runs in: it can be neither onboarded nor acted on."
    return Failed(found=found, sentence=sentence)


@check(
    "account-onboarded",
    Outcome.REJECT,
    Reason.ACCOUNT_NOT_ONBOARDED,
    expected=lambda case: f"account {case.finding.account_id} in the registry",
)
def account_onboarded(case: Case) -> Found:
    account, said = case.facts.account, case.finding.account_id
    if account is None or account.id != case.known_resource.account_id:
        sentence = f"Account {said} has not been onboarded: add it with `suture accounts add`."
        return Failed(found="not there", sentence=sentence)
    case.account = account
    return account.name


@check(
    "control-in-catalog",
    Outcome.REJECT,
    Reason.UNSUPPORTED_CONTROL,
    expected=lambda case: f"a catalog entry for {case.known_resource.type}",
)
def control_in_catalog(case: Case) -> Found:
    control, kind = case.finding.control, case.known_resource.type
    found = ", ".join(map(shortened, filter(None, (control.rule_id, control.id, control.name)))) or "nothing"
    entry = case.policy.entry_for(control, kind)
    if entry is None:
        return Failed(found=found, sentence=f"The catalog has no answer to this control for {kind}: {found}.")
    case.entry = entry
    return f"{found} → {entry.id}"


@check(
    "severity-floor",
    Outcome.NOTIFY,
    Reason.SEVERITY_BELOW_FLOOR,
    expected=lambda case: f"{case.policy.severity_floor} or above",
)
def severity_at_floor(case: Case) -> Found:
    floor, severity = case.policy.severity_floor, case.finding.severity
    if SEVERITIES.index(severity) >= SEVERITIES.index(floor):
        return severity
    return Failed(found=severity, sentence=f"The severity is {severity}; changes are made from {floor} on.")


def entry_covers(name: str, found: Callable[[Case], str], covered: Callable[[Case], frozenset[str]]) -> CheckSpec:
    """A check of whether something about the finding is among what the catalog entry covers."""

    @check(name, Outcome.REJECT, Reason.CATALOG_MISMATCH, expected=lambda case: in_order(covered(case)))
    def test(case: Case) -> Found:
        value, names = found(case), covered(case)
        if value in names:
            return value
        mismatch = f"{name} is {value}, not {in_order(names)}"
        sentence = f"The catalog entry {case.known_entry.id} does not cover this finding: {mismatch}."
        return Failed(found=value, sentence=sentence)

    return test


severity_covered = entry_covers(
    "catalog-severity", lambda case: case.finding.severity, lambda case: case.known_entry.severities
)
account_covered = entry_covers(
    "catalog-account",
    lambda case: case.finding.account_id,
    lambda case: case.known_entry.accounts or frozenset({case.finding.account_id}),
)

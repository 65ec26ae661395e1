"""What a finding has to be: open, about one known resource, and answered by the catalog."""

from __future__ import annotations

import re
from dataclasses import replace

from runtime.domain.case import Case, Decision
from runtime.domain.errors import ArnInvalid
from runtime.domain.excerpt import excerpt, shortened
from runtime.domain.finding import CLOSED_STATUSES, OPEN_STATUSES, SEVERITIES
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import match_entry
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


def issue_open(case: Case) -> Decision | None:
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
        f"The issue's status {excerpt(status)} is not one that Wiz documents; it is not taken for open.",
    )


def severity_known(case: Case) -> Decision | None:
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
        f"The severity {excerpt(severity)} is not one that Wiz documents.",
    )


def resource_identified(case: Case) -> Decision | None:
    name, expected, found = "resource-identified", "the ARN of one resource", case.finding.resource_id
    try:
        arn = parse_arn(found)
        known = resource_type_of(arn)
    except ArnInvalid as error:
        sentence = f"The resource id {error}." if found else "The payload names no resource."
        return case.failed(name, expected, found or "nothing", Outcome.REJECT, Reason.RESOURCE_NOT_IDENTIFIED, sentence)
    case.passed(name, expected, found)
    name, expected = "resource-type-supported", ", ".join(sorted(case.policy.resource_types))
    if known is None or known[0] not in case.policy.resource_types:
        kind = known[0] if known else kind_of(arn)
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
        region=arn.region or parse_region(case.finding.region) or GLOBAL_SERVICE_REGION[arn.partition],
        partition=arn.partition,
    )
    return None


def payload_consistent(case: Case) -> Decision | None:
    resource, said, platform = case.known_resource, case.finding.account_id, case.facts.platform
    name, expected = "partition-consistent", platform.partition if platform else f"the platform's{_UNKNOWN}"
    if platform is not None and resource.partition != platform.partition:
        sentence = (
            f"The resource {resource.arn} is in the partition {resource.partition}, where no account can be reached "
            f"from {platform.partition}."
        )
        return case.failed(name, expected, resource.partition, Outcome.REJECT, Reason.PARTITION_MISMATCH, sentence)
    case.passed(name, expected, resource.partition)
    name, expected = "account-consistent", f"the account of {resource.arn}"
    if _ACCOUNT_ID.fullmatch(said) is None or resource.account_id != said:
        sentence = f"The payload says account {excerpt(said) if said else 'nothing'}, its resource is {resource.arn}."
        return case.failed(name, expected, said or "nothing", Outcome.REJECT, Reason.ACCOUNT_MISMATCH, sentence)
    case.passed(name, expected, said)
    named, region = case.finding.region, parse_region(case.finding.region)
    name, expected = "region-consistent", resource.region
    if resource.region not in REGIONS[resource.partition]:
        found, expected = parse_arn(resource.arn).region or named, f"a region of {resource.partition}"
        sentence = f"{excerpt(found)} is not a region of the partition {resource.partition} that this version knows."
        return case.failed(name, expected, found, Outcome.REJECT, Reason.REGION_MISMATCH, sentence)
    if region and region != resource.region:
        sentence = f"The payload says region {excerpt(named)}, its resource is in {resource.region}."
        return case.failed(name, expected, named, Outcome.REJECT, Reason.REGION_MISMATCH, sentence)
    case.passed(name, expected, named or "nothing")
    return None


def not_platform_account(case: Case) -> Decision | None:
    platform, found = case.facts.platform, case.known_resource.account_id
    name, expected = "not-platform-account", f"another account than the platform's{'' if platform else _UNKNOWN}"
    if platform is not None and found == platform.account_id:
        sentence = f"Account {found} is the one that the platform runs in: it can be neither onboarded nor acted on."
        return case.failed(name, expected, found, Outcome.REJECT, Reason.PLATFORM_ACCOUNT, sentence)
    case.passed(name, expected, found)
    return None


def account_onboarded(case: Case) -> Decision | None:
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


def control_in_catalog(case: Case) -> Decision | None:
    control, kind = case.finding.control, case.known_resource.type
    name, expected = "control-in-catalog", f"a catalog entry for {kind}"
    found = ", ".join(map(shortened, filter(None, (control.rule_id, control.id, control.name)))) or "nothing"
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


def severity_at_floor(case: Case) -> Decision | None:
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


def entry_matches(case: Case) -> Decision | None:
    entry, finding = case.known_entry, case.finding
    for name, allowed, found in (
        ("catalog-severity", entry.severities, finding.severity),
        ("catalog-account", entry.accounts or frozenset({finding.account_id}), finding.account_id),
    ):
        expected = ", ".join(sorted(allowed))
        if found not in allowed:
            return case.catalog_mismatch(name, expected, found)
        case.passed(name, expected, found)
    return None

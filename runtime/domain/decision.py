"""The decision about a finding. Pure, total, and the only place with opinions.

``decide`` runs a fixed list of checks over a finding, the facts and the policy. Each check either passes or ends the
decision with an outcome; every check that was made is recorded, with the expected and the found value.

Facts come in two steps. Without the live resource, ``decide`` either ends with an outcome that does not need it, or
returns ``LiveResourceNeeded``: only then a session in the customer's account is opened. With it, the same checks run
again from the first, now all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache, lru_cache, partial
from typing import Any

from runtime.domain.case import Case, Check, CheckSpec, Decision, Failed, Found, LiveResourceNeeded, Wait
from runtime.domain.checks import change, circumstances, finding
from runtime.domain.facts import Facts, ResourceMissing, WaiverStatus
from runtime.domain.finding import ACTIONABLE_SEVERITIES, Finding
from runtime.domain.guardrails import UsageScope
from runtime.domain.moment import Obstacle, obstacle_to
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import RESTRICTED_PRODUCTION, Policy


def eligible_for_remediation(
    *,
    severity: str,
    environment: str,
    owner: str | None,
    exception_status: str,
    resource_type: str,
    approved_resource_types: frozenset[str],
    proposed_change: str,
    allowed_actions: Collection[str],
) -> bool:
    """The mission's predicate, kept literally. ``decide`` never returns ``REMEDIATE`` if it is false."""
    return (
        severity in ACTIONABLE_SEVERITIES
        and environment != RESTRICTED_PRODUCTION
        and owner is not None
        and exception_status != "approved"
        and resource_type in approved_resource_types
        and proposed_change in allowed_actions
    )


def may_be_made_once_approved(*, plan_digest: str, approved_digest: str, **established: Any) -> bool:
    """The same predicate with the approval of exactly this plan in place of the environment.

    ``decide`` never returns ``APPROVED`` if it is false.
    """
    return plan_digest == approved_digest and eligible_for_remediation(environment="", **established)


def _eligible(case: Case) -> Found:
    """The end of the list: the predicate, evaluated last and over established facts only."""
    resource, entry, approval = case.resource, case.entry, case.facts.approval
    expected = "every condition of the predicate"
    established: dict[str, Any] = {
        "severity": case.finding.severity,
        "owner": case.owner or None,
        "exception_status": WaiverStatus.APPROVED if case.waiver_id else "none",
        "resource_type": resource.type,
        "approved_resource_types": case.policy.resource_types,
        "proposed_change": entry.fix.id,
        "allowed_actions": case.rules.allowed_actions,
    }
    if approval is None and eligible_for_remediation(environment=case.environment, **established):
        return expected, "met"
    if approval is not None and may_be_made_once_approved(
        plan_digest=case.plan.digest, approved_digest=case.approved.digest, **established
    ):
        return expected, "met, with people's approval"
    # Unreachable while the checks before it are complete: it is the belt to their braces.
    sentence = "The finding passed every check, but the predicate that allows a change is false; nothing was changed."
    return Failed(expected=expected, found="not met", sentence=sentence)


_EXISTS = CheckSpec("resource-exists", Outcome.REJECT, Reason.RESOURCE_NOT_FOUND, change.resource_exists)
_CHECKS = (
    CheckSpec("issue-open", Outcome.REJECT, Reason.STATUS_UNKNOWN, finding.status_known),
    CheckSpec("issue-open", Outcome.SKIP, Reason.ISSUE_NOT_OPEN, finding.issue_open),
    CheckSpec("severity-known", Outcome.REJECT, Reason.SEVERITY_UNKNOWN, finding.severity_known),
    CheckSpec("resource-identified", Outcome.REJECT, Reason.RESOURCE_NOT_IDENTIFIED, finding.resource_identified),
    CheckSpec(
        "resource-type-supported", Outcome.REJECT, Reason.UNSUPPORTED_RESOURCE_TYPE, finding.resource_type_supported
    ),
    CheckSpec("partition-consistent", Outcome.REJECT, Reason.PARTITION_MISMATCH, finding.partition_consistent),
    CheckSpec("account-consistent", Outcome.SKIP, Reason.FIXED_ELSEWHERE, finding.at_home),
    CheckSpec("account-consistent", Outcome.REJECT, Reason.ACCOUNT_MISMATCH, finding.account_consistent),
    CheckSpec("region-consistent", Outcome.REJECT, Reason.REGION_MISMATCH, finding.region_named),
    CheckSpec("region-consistent", Outcome.REJECT, Reason.REGION_MISMATCH, finding.region_consistent),
    CheckSpec("not-platform-account", Outcome.REJECT, Reason.PLATFORM_ACCOUNT, finding.not_platform_account),
    CheckSpec("account-onboarded", Outcome.REJECT, Reason.ACCOUNT_NOT_ONBOARDED, finding.account_onboarded),
    CheckSpec("control-in-catalog", Outcome.REJECT, Reason.UNSUPPORTED_CONTROL, finding.control_in_catalog),
    CheckSpec("severity-floor", Outcome.NOTIFY, Reason.SEVERITY_BELOW_FLOOR, finding.severity_at_floor),
    CheckSpec("catalog-severity", Outcome.REJECT, Reason.CATALOG_MISMATCH, finding.severity_covered),
    CheckSpec("catalog-account", Outcome.REJECT, Reason.CATALOG_MISMATCH, finding.account_covered),
    CheckSpec("no-exception", Outcome.SKIP, Reason.EXCEPTION_APPROVED, circumstances.not_waived),
    CheckSpec("no-exception", Outcome.NOTIFY, Reason.ENVIRONMENT_UNCLEAR, circumstances.no_waiver_unclear),
    CheckSpec("environment-known", Outcome.NOTIFY, Reason.ENVIRONMENT_UNCLEAR, circumstances.environment_known),
    CheckSpec("catalog-environment", Outcome.REJECT, Reason.CATALOG_MISMATCH, circumstances.environment_covered),
    CheckSpec("action-allowed", Outcome.NOTIFY, Reason.ACTION_NOT_ALLOWED, circumstances.action_allowed),
    CheckSpec("mode", Outcome.NOTIFY, Reason.NOTIFY_BY_POLICY, circumstances.mode_acts),
    CheckSpec("no-suppression-tag", Outcome.SKIP, Reason.SUPPRESSED_BY_TAG, circumstances.not_suppressed),
    CheckSpec("owner-found", Outcome.NOTIFY, Reason.OWNER_MISSING, circumstances.owner_found),
    _EXISTS,
    CheckSpec("fix-can-plan", Outcome.SKIP, Reason.ALREADY_COMPLIANT, change.not_compliant),
    CheckSpec("fix-can-plan", Outcome.SKIP, Reason.FIXED_ELSEWHERE, change.fixed_here),
    CheckSpec("fix-can-plan", Outcome.NOTIFY, Reason.RESOURCE_BUSY, change.takes_changes_now),
    CheckSpec("fix-can-plan", Outcome.NOTIFY, Reason.FIX_REFUSED, change.fix_can_plan),
    CheckSpec("not-undone-before", Outcome.NOTIFY, Reason.UNDONE_BEFORE, change.not_undone_before),
    CheckSpec("not-denied-before", Outcome.SKIP, Reason.PLAN_DENIED, change.not_denied_before),
    CheckSpec("no-drift-loop", Outcome.NOTIFY, Reason.DRIFT_LOOP, change.no_drift_loop),
    CheckSpec("not-owned-by-template", Outcome.NOTIFY, Reason.OWNED_BY_TEMPLATE, change.template_allows),
    CheckSpec("mode", Outcome.DRY_RUN, Reason.DRY_RUN_BY_COMMAND, change.no_dry_run_asked_for),
    CheckSpec("mode", Outcome.DRY_RUN, Reason.DRY_RUN_BY_POLICY, change.no_dry_run_by_policy),
)
_ELIGIBLE = CheckSpec("eligible-for-remediation", Outcome.NOTIFY, Reason.ACTION_NOT_ALLOWED, _eligible)
_ONCE_APPROVED = (
    CheckSpec("approval-valid", Outcome.APPROVE, Reason.APPROVAL_VOID, change.approval_valid),
    _ELIGIBLE,
)
_UNASKED = (  # of a change that nobody has approved: before the checks of its blast radius, and behind them
    CheckSpec("came-through-topic", Outcome.APPROVE, Reason.NOT_THROUGH_TOPIC, change.came_through_topic),
    CheckSpec("not-restricted-production", Outcome.APPROVE, Reason.RESTRICTED_PRODUCTION, change.not_restricted),
    CheckSpec("reversible", Outcome.APPROVE, Reason.NOT_REVERSIBLE, change.reversible),
)
_UNASKED_LAST = (
    CheckSpec("mode", Outcome.APPROVE, Reason.APPROVAL_REQUIRED, change.mode_remediates),
    *(
        CheckSpec(
            f"writes-per-hour-{scope}",
            Outcome.APPROVE,
            Reason.RATE_LIMIT_EXCEEDED,
            partial(change.below_limit, scope=scope),
        )
        for scope in UsageScope
    ),
    CheckSpec("change-window", Outcome.APPROVE, Reason.CHANGE_FREEZE, change.not_frozen),
    CheckSpec("change-window", Outcome.APPROVE, Reason.OUTSIDE_CHANGE_WINDOW, change.within_window),
    _ELIGIBLE,
)


@cache
def _blast_radius(fact: str, limit: int) -> CheckSpec:
    test = partial(change.within_blast_radius, fact=fact, limit=limit)
    return CheckSpec(f"blast-radius-{fact}", Outcome.APPROVE, Reason.BLAST_RADIUS_EXCEEDED, test)


def decide(finding: Finding, facts: Facts, policy: Policy, now: datetime) -> Decision | Wait | LiveResourceNeeded:
    """Decide one finding. Deterministic; raises nothing for any value of its arguments' types. ``now`` is in UTC."""
    case = Case(finding=finding, facts=facts, policy=policy, now=now)
    ended = _run(case, _CHECKS) or _run(case, _last_checks(case))
    if ended is not None:
        return ended
    decision = _permitted(case)
    obstacle = obstacle_to(
        policy,
        case.guardrails.stops,
        account_id=case.resource.account_id,
        fix_id=case.entry.fix.id,
        environment=case.environment,
        now=now,
    )
    return decision if obstacle is None else Wait(decision=decision, obstacle=obstacle)


def _last_checks(case: Case) -> Sequence[CheckSpec]:
    """The checks that require approval, or compare the change with the approved one; at the end the predicate."""
    if case.facts.approval is not None:
        return _ONCE_APPROVED
    limits = sorted(case.entry.max_blast_radius.items())
    return (*_UNASKED, *[_blast_radius(fact, limit) for fact, limit in limits], *_UNASKED_LAST)


def _run(case: Case, checks: Sequence[CheckSpec]) -> Decision | Wait | LiveResourceNeeded | None:
    """Make the checks up to the first that ends the decision; ``None`` if all passed."""
    for check in checks:
        found = check.test(case)
        if isinstance(found, tuple):
            expected, text = found
            make = _shared if len(expected) + len(text) <= _SHARED_CHARACTERS else _passed
            case.checks.append(make(check.name, expected, text))
        elif isinstance(found, Failed):
            return _failed(case, check, found)
        elif isinstance(found, Obstacle):
            return Wait(decision=case.ended(check.outcome, check.reason, found.sentence), obstacle=found)
        elif found is not None:
            return _without_resource(case)
    return None


def _passed(name: str, expected: str, found: str) -> Check:
    return Check(name=name, expected=expected, found=found, passed=True)


_SHARED_CHARACTERS = 1000
"""What is found can be untrusted: long text is shortened."""
_shared = lru_cache(maxsize=1024)(_passed)
"""Most checks that passed are the same from finding to finding. Making thirty takes 25 µs, sharing them 4."""


def _failed(case: Case, check: CheckSpec, failed: Failed) -> Decision:
    case.checks.append(Check(name=check.name, expected=failed.expected, found=failed.found, passed=False))
    return case.ended(check.outcome, check.reason, failed.sentence)


def _without_resource(case: Case) -> Decision | LiveResourceNeeded:
    """The live resource must be read; or it does not exist."""
    resource, live = case.resource, case.facts.live
    if isinstance(live, ResourceMissing):
        return _failed(case, _EXISTS, Failed(expected=resource.arn, found="does not exist", sentence=live.sentence))
    checks, entry, account = tuple(case.checks), case.entry, case.account
    return LiveResourceNeeded(checks=checks, resource=resource, entry=entry, account=account)


def _permitted(case: Case) -> Decision:
    """Every check passed."""
    approval, change_made = case.facts.approval, f"{case.entry.fix.spec.title} on {case.resource.arn}."
    if approval is None:
        return case.ended(Outcome.REMEDIATE, Reason.ELIGIBLE, f"Every check passed: {change_made}")
    sentence = f"Approved by {', '.join(approval.approvers)}: {change_made}"
    return case.ended(Outcome.APPROVED, Reason.PLAN_APPROVED, sentence)

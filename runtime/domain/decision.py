"""The decision: what may happen to a finding. Pure, total, and the only place with opinions.

``decide`` runs a fixed list of checks over a finding, the facts and the policy. Each check either passes or ends the
decision with an outcome; every check that was made is kept, with what was expected and what was found.

Facts come in two instalments. Called without the live resource, ``decide`` either ends with an outcome that does not
need it, or answers ``LiveResourceNeeded``: only then is a session in the customer's account worth opening. Called with
it, the same checks run again from the first, now all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from runtime.domain.case import Case, CheckSpec, Decision, Failed, Found, LiveResourceNeeded, Wait, check
from runtime.domain.checks import change, circumstances, finding
from runtime.domain.facts import Facts, ResourceMissing, WaiverStatus
from runtime.domain.finding import ACTIONABLE_SEVERITIES, Finding
from runtime.domain.moment import obstacle_to
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


@check(
    "eligible-for-remediation",
    Outcome.NOTIFY,
    Reason.ACTION_NOT_ALLOWED,
    expected="every condition of the predicate",
)
def _eligible(case: Case) -> Found:
    """The end of the list: the predicate itself, asked last and over established facts only."""
    resource, entry, approval = case.known_resource, case.known_entry, case.facts.approval
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
        return "met"
    if approval is not None and may_be_made_once_approved(
        plan_digest=case.known_plan.digest, approved_digest=approval.plan.digest, **established
    ):
        return "met, with people's approval"
    # Unreachable while the checks before it are complete: it is the belt to their braces.
    sentence = "The finding passed every check but not the predicate that allows a change; nothing was done."
    return Failed(found="not met", sentence=sentence)


_CHECKS: tuple[CheckSpec, ...] = (
    finding.status_known,
    finding.issue_open,
    finding.severity_known,
    finding.resource_identified,
    finding.resource_type_supported,
    finding.partition_consistent,
    finding.account_consistent,
    finding.region_named,
    finding.region_consistent,
    finding.not_platform_account,
    finding.account_onboarded,
    finding.control_in_catalog,
    finding.severity_at_floor,
    finding.severity_covered,
    finding.account_covered,
    circumstances.not_waived,
    circumstances.no_waiver_unclear,
    circumstances.environment_known,
    circumstances.environment_covered,
    circumstances.action_allowed,
    circumstances.mode_acts,
    circumstances.not_suppressed,
    circumstances.owner_found,
    change.resource_exists,
    change.not_compliant,
    change.fix_can_plan,
    change.not_undone_before,
    change.no_drift_loop,
    change.template_allows,
    change.no_dry_run_asked_for,
    change.no_dry_run_by_policy,
)


def _last_checks(case: Case) -> Sequence[CheckSpec]:
    """Those that ask for a person, or hold what people approved against their approval; and the predicate."""
    if case.facts.approval is not None:
        return (change.approval_valid, _eligible)
    limits = sorted(case.known_entry.max_blast_radius.items())
    return (
        change.not_restricted,
        change.reversible,
        *[change.blast_radius(fact, limit) for fact, limit in limits],
        change.mode_remediates,
        *[change.WRITES_PER_HOUR[scope] for scope in case.policy.writes_per_hour],
        change.not_frozen,
        change.within_window,
        _eligible,
    )


def decide(finding: Finding, facts: Facts, policy: Policy, now: datetime) -> Decision | Wait | LiveResourceNeeded:
    """Decide one finding. Deterministic; raises nothing for any value of its arguments' types. ``now`` is in UTC."""
    case = Case(finding=finding, facts=facts, policy=policy, now=now)
    ended = _run(case, _CHECKS) or _run(case, _last_checks(case))
    if ended is not None:
        return ended
    decision = _permitted(case)
    obstacle = obstacle_to(
        policy,
        case.known_guardrails.stops,
        account_id=case.known_resource.account_id,
        fix_id=case.known_entry.fix.id,
        environment=case.environment,
        now=now,
    )
    return decision if obstacle is None else Wait(decision=decision, obstacle=obstacle)


def _run(case: Case, checks: Sequence[CheckSpec]) -> Decision | LiveResourceNeeded | None:
    """Make the checks up to the first that ends the decision; ``None`` if every one passed."""
    for made in checks:
        found = made.test(case)
        if isinstance(found, str):
            case.passed(made, found)
        elif found is not None:
            return case.failed(made, found) if isinstance(found, Failed) else _without_resource(case)
    return None


def _without_resource(case: Case) -> Decision | LiveResourceNeeded:
    """The live resource has to be read; or it is known not to exist."""
    if isinstance(case.facts.live, ResourceMissing):
        return case.failed(change.resource_exists, Failed(found="does not exist", sentence=case.facts.live.sentence))
    return case.live_needed()


def _permitted(case: Case) -> Decision:
    """Every check passed."""
    approval, change_made = case.facts.approval, f"{case.known_entry.fix.title} on {case.known_resource.arn}."
    if approval is None:
        return case.ended(Outcome.REMEDIATE, Reason.ELIGIBLE, f"Every check passed: {change_made}")
    sentence = f"Approved by {', '.join(approval.approvers)}: {change_made}"
    return case.ended(Outcome.APPROVED, Reason.PLAN_APPROVED, sentence)

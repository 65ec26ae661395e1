"""The decision: what may happen to a finding. Pure, total, and the only place with opinions.

``decide`` runs a fixed list of checks over a finding, the facts and the policy. Each check either passes or ends the
decision with an outcome; every check that was made is kept, with what was expected and what was found.

Facts come in two instalments. Called without the live resource, ``decide`` either ends with an outcome that does not
need it, or answers ``LiveResourceNeeded``: only then is a session in the customer's account worth opening. Called with
it, the same checks run again from the first, now all of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runtime.domain.case import Case, Decision, LiveResourceNeeded, Step, Wait
from runtime.domain.checks import change, circumstances, finding
from runtime.domain.facts import Facts, WaiverStatus
from runtime.domain.finding import ACTIONABLE_SEVERITIES, Finding
from runtime.domain.moment import obstacle_to
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import RESTRICTED_PRODUCTION, Policy

_CHECKS: tuple[Step, ...] = (
    finding.issue_open,
    finding.severity_known,
    finding.resource_identified,
    finding.payload_consistent,
    finding.not_platform_account,
    finding.account_onboarded,
    finding.control_in_catalog,
    finding.severity_at_floor,
    finding.entry_matches,
    circumstances.not_waived,
    circumstances.environment_known,
    circumstances.action_allowed,
    circumstances.not_suppressed,
    circumstances.owner_found,
    change.live_resource,
    change.not_undone_before,
    change.template_allows,
    change.mode_allows,
)


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
    case = Case(finding=finding, facts=facts, policy=policy, now=now)
    for check in _CHECKS:
        ended = check(case)
        if ended is not None:
            return ended
    decision = _eligible(case)
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


def _eligible(case: Case) -> Decision:
    """The end of the list: the predicate itself, asked last and over established facts only."""
    resource, entry, approval = case.known_resource, case.known_entry, case.facts.approval
    established: dict[str, Any] = {
        "severity": case.finding.severity,
        "owner": case.owner or None,
        "exception_status": WaiverStatus.APPROVED if case.waiver_id else "none",
        "resource_type": resource.type,
        "approved_resource_types": case.policy.resource_types,
        "proposed_change": entry.fix.id,
        "allowed_actions": case.policy.environments[case.environment].allowed_actions,
    }
    if approval is None:
        holds = eligible_for_remediation(environment=case.environment, **established)
    else:
        holds = may_be_made_once_approved(
            plan_digest=case.known_plan.digest, approved_digest=approval.plan.digest, **established
        )
    name, expected = "eligible-for-remediation", "every condition of the predicate"
    if not holds:
        # Unreachable while the checks before it are complete: it is the belt to their braces.
        return case.failed(
            name,
            expected,
            "not met",
            Outcome.NOTIFY,
            Reason.ACTION_NOT_ALLOWED,
            "The finding passed every check but not the predicate that allows a change; nothing was done.",
        )
    case.passed(name, expected, "met" if approval is None else "met, with people's approval")
    if approval is None:
        sentence = f"Every check passed: {entry.fix.title} on {resource.arn}."
        return case.ended(Outcome.REMEDIATE, Reason.ELIGIBLE, sentence)
    sentence = f"Approved by {', '.join(approval.approvers)}: {entry.fix.title} on {resource.arn}."
    return case.ended(Outcome.APPROVED, Reason.PLAN_APPROVED, sentence)

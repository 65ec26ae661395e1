"""What would be done to the resource, and whether it may be done unasked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from runtime.domain.case import Case, CheckSpec, Failed, Found, NeedsResource, check, listed
from runtime.domain.facts import NotRead
from runtime.domain.guardrails import PastKind, UsageScope, since_cleared
from runtime.domain.moment import ClosedWindow, closed_window
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Compliant, Plan, Refused, differences
from runtime.domain.policy import RESTRICTED_PRODUCTION, Mode, TemplateMode
from runtime.domain.template import template_of


@check(
    "resource-exists",
    Outcome.REJECT,
    Reason.RESOURCE_NOT_FOUND,
    expected=lambda case: case.known_resource.arn,
)
def resource_exists(case: Case) -> Found:
    return NeedsResource() if case.live is None or isinstance(case.facts.guardrails, NotRead) else "read"


@check("fix-can-plan", Outcome.SKIP, Reason.ALREADY_COMPLIANT, expected="a plan")
def not_compliant(case: Case) -> Found:
    planned = case.known_live.planned
    return Failed(found="already compliant", sentence=planned.sentence) if isinstance(planned, Compliant) else None


@check("fix-can-plan", Outcome.NOTIFY, Reason.FIX_REFUSED, expected="a plan")
def fix_can_plan(case: Case) -> Found:
    planned = case.known_live.planned
    if isinstance(planned, Refused):
        return Failed(found="refused", sentence=planned.sentence)
    assert isinstance(planned, Plan), "what is compliant has ended before"
    case.plan = planned
    return planned.summary


@check(
    "not-undone-before",
    Outcome.NOTIFY,
    Reason.UNDONE_BEFORE,
    expected=lambda case: f"{case.known_entry.fix.id} was not undone here, or was cleared since",
)
def not_undone_before(case: Case) -> Found:
    case.past = since_cleared(case.known_guardrails.past, case.known_entry.fix.id)
    undone = [one for one in case.past if one.kind is PastKind.UNDONE]
    if not undone:
        return "it was not"
    last, at = undone[-1], undone[-1].at.isoformat()
    sentence = (
        f"{last.by} undid this fix on {at} ({last.reason}). It is not made again before an operator clears it: "
        f"suture clear {last.correlation_id}."
    )
    return Failed(found=f"undone on {at}", sentence=sentence)


@check(
    "no-drift-loop",
    Outcome.NOTIFY,
    Reason.DRIFT_LOOP,
    expected=lambda case: f"made fewer than {case.policy.drift.times} times here in {case.policy.drift.days} days",
)
def no_drift_loop(case: Case) -> Found:
    rule = case.policy.drift
    applied = [
        one for one in case.past if one.kind is PastKind.APPLIED and case.now - one.at < timedelta(days=rule.days)
    ]
    found = f"{len(applied)} times"
    if len(applied) < rule.times:
        return found
    sentence = (
        f"{case.known_entry.fix.id} was made here {found} in {rule.days} days: something puts the misconfiguration "
        f"back. Find out what does, then: suture clear {applied[-1].correlation_id}."
    )
    return Failed(found=found, sentence=sentence)


@check(
    "not-owned-by-template",
    Outcome.NOTIFY,
    Reason.OWNED_BY_TEMPLATE,
    expected="no template that would put it back",
)
def template_allows(case: Case) -> Found:
    properties = case.known_entry.fix.template_properties
    owner = template_of(case.known_live.tags, case.policy.template_marks, properties)
    if owner is None:
        return "no sign of one"
    mode = case.rules.template_owned
    if mode is not TemplateMode.FIX:
        case.template = owner
    if mode is not TemplateMode.NOTIFY:
        return f"{owner}; in {case.environment} it is fixed all the same ({mode})"
    sentence = f"The resource is made by {owner}, which would put it back. Change there: {owner.property}."
    return Failed(found=str(owner), sentence=sentence)


@check("mode", Outcome.DRY_RUN, Reason.DRY_RUN_BY_COMMAND, expected=Mode.REMEDIATE.value)
def no_dry_run_asked_for(case: Case) -> Found:
    if not case.facts.dry_run:
        return None
    sentence = "An operator asked for a dry run: this is what would be changed."
    return Failed(found=Mode.DRY_RUN.value, sentence=sentence)


@check("mode", Outcome.DRY_RUN, Reason.DRY_RUN_BY_POLICY, expected=Mode.REMEDIATE.value)
def no_dry_run_by_policy(case: Case) -> Found:
    if case.mode is not Mode.DRY_RUN:
        return None
    policy = f"The policy for {case.known_entry.fix.id} in {case.environment}"
    return Failed(found=Mode.DRY_RUN.value, sentence=f"{policy} is a dry run: this is what would be changed.")


# -- with people's approval -------------------------------------------------------------------------------------------


def _approval_expected(case: Case) -> str:
    until = case.known_approval.expires_at.isoformat()
    return f"{case.rules.approvers} different approvers of this plan, used before {until}"


@check("approval-valid", Outcome.APPROVE, Reason.APPROVAL_VOID, expected=_approval_expected)
def approval_valid(case: Case) -> Found:
    """Whether people approved exactly what would be done now. If not, that is up for review anew."""
    approval, plan, needed = case.known_approval, case.known_plan, case.rules.approvers
    changed = (*differences(approval.plan, plan), *plan.outgrown(approval.plan))
    if changed:
        void = f"what would be done is not what was approved: {listed(changed)}"
    elif approval.expires_at <= case.now:
        void = f"it could be used until {approval.expires_at.isoformat()}"
    elif len(approval.approvers) < needed:
        void = f"{needed} different people must approve in {case.environment}; {len(approval.approvers)} did"
    else:
        return ", ".join(approval.approvers)
    return Failed(found="void", sentence=f"The approval of {approval.review_id} is void, because {void}.")


# -- unasked ----------------------------------------------------------------------------------------------------------


@check(
    "not-restricted-production",
    Outcome.APPROVE,
    Reason.RESTRICTED_PRODUCTION,
    expected=f"not {RESTRICTED_PRODUCTION}",
)
def not_restricted(case: Case) -> Found:
    where = case.environment
    if where != RESTRICTED_PRODUCTION:
        return where
    return Failed(found=where, sentence=f"Nothing is changed in {where} without a person's approval.")


@check("reversible", Outcome.APPROVE, Reason.NOT_REVERSIBLE, expected="a change that can be undone")
def reversible(case: Case) -> Found:
    fix = case.known_entry.fix
    if fix.reversible and case.known_plan.reversible:
        return "it can"
    return Failed(found="it cannot", sentence=f"{fix.title} cannot be undone here, so a person has to approve it.")


def blast_radius(fact: str, limit: int) -> CheckSpec:
    """The check of one of the plan's numbers that a catalog entry limits."""

    @check(f"blast-radius-{fact}", Outcome.APPROVE, Reason.BLAST_RADIUS_EXCEEDED, expected=f"at most {limit}")
    def within(case: Case) -> Found:
        size = case.known_plan.size(fact)
        found = "unknown" if size is None else str(size)
        if size is not None and size <= limit:
            return found
        return Failed(found=found, sentence=f"The plan's {fact} is {found}; up to {limit} may be changed unasked.")

    return within


@check("mode", Outcome.APPROVE, Reason.APPROVAL_REQUIRED, expected=Mode.REMEDIATE.value)
def mode_remediates(case: Case) -> Found:
    if case.mode is not Mode.APPROVE:
        return case.mode.value
    sentence = f"The policy for {case.known_entry.fix.id} in {case.environment} asks for a person's approval."
    return Failed(found=case.mode.value, sentence=sentence)


def _writes_per_hour(scope: UsageScope) -> CheckSpec:
    @check(
        f"writes-per-hour-{scope}",
        Outcome.APPROVE,
        Reason.RATE_LIMIT_EXCEEDED,
        expected=lambda case: f"fewer than {case.policy.writes_per_hour[scope]}",
    )
    def below(case: Case) -> Found:
        limit, written = case.policy.writes_per_hour[scope], case.known_guardrails.usage.get(scope)
        found = "unknown" if written is None else str(written)
        if written is not None and written < limit:
            return found
        whose = {
            UsageScope.EVERYTHING: "everywhere",
            UsageScope.ACCOUNT: f"in account {case.known_resource.account_id}",
            UsageScope.FIX: f"by {case.known_entry.fix.id}",
        }[scope]
        sentence = f"Of changes {whose} within the last hour there were {found}; {limit} may be made unasked."
        return Failed(found=found, sentence=sentence)

    return below


WRITES_PER_HOUR: Mapping[UsageScope, CheckSpec] = {scope: _writes_per_hour(scope) for scope in UsageScope}


@check("change-window", Outcome.APPROVE, Reason.CHANGE_FREEZE, expected="open, or waited for")
def not_frozen(case: Case) -> Found:
    case.closed = closed_window(case.policy, case.known_resource.account_id, case.environment, case.now)
    return _closed(case.closed) if case.closed and case.closed.freeze else None


@check("change-window", Outcome.APPROVE, Reason.OUTSIDE_CHANGE_WINDOW, expected="open, or waited for")
def within_window(case: Case) -> Found:
    if case.closed is None:
        return "open"
    return _closed(case.closed) or "closed"


def _closed(window: ClosedWindow) -> Failed | None:
    """What a closed window means, unless the change waits until it opens."""
    return None if window.waits else Failed(found="closed", sentence=f"{window} A person may decide otherwise.")

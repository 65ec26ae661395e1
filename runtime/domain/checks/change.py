"""The change to the resource, and whether it needs approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from runtime.domain.case import Case, Failed, Found, listed
from runtime.domain.facts import NotRead
from runtime.domain.fix import Stage
from runtime.domain.guardrails import PastKind, UsageScope, since_cleared
from runtime.domain.moment import Obstacle, busy, closed_window, waits_for
from runtime.domain.outcome import Reason
from runtime.domain.plan import Busy, Compliant, Elsewhere, Plan, Refused, differences
from runtime.domain.policy import RESTRICTED_PRODUCTION, Mode, TemplateMode
from runtime.domain.template import template_of

_A_PLAN = "a plan"


def resource_exists(case: Case) -> Found:
    if case.live is None or isinstance(case.facts.guardrails, NotRead):
        return NotRead()
    case.existing, case.guardrails = case.live, case.facts.guardrails
    return case.resource.arn, "read"


def not_compliant(case: Case) -> Found:
    planned = case.existing.planned
    if not isinstance(planned, Compliant):
        return None
    return Failed(expected=_A_PLAN, found="already compliant", sentence=planned.sentence)


def fixed_here(case: Case) -> Found:
    planned = case.existing.planned
    if not isinstance(planned, Elsewhere):
        return None
    return Failed(expected=_A_PLAN, found="fixed elsewhere", sentence=planned.sentence)


def takes_changes_now(case: Case) -> Found:
    planned = case.existing.planned
    if not isinstance(planned, Busy):
        return None
    if case.facts.dry_run:  # an operator looks again
        return Failed(expected=_A_PLAN, found="not now", sentence=planned.sentence)
    return busy(planned)


def fix_can_plan(case: Case) -> Found:
    planned = case.existing.planned
    if isinstance(planned, Refused):
        return Failed(expected=_A_PLAN, found="refused", sentence=planned.sentence)
    assert isinstance(planned, Plan), "a compliant resource ends earlier"
    case.plan = planned
    return _A_PLAN, planned.summary


def not_undone_before(case: Case) -> Found:
    fix_id, former = case.entry.fix.id, case.entry.fix.aliases
    expected = f"{fix_id} was not undone here since it was last cleared"
    case.past = since_cleared(case.guardrails.past, fix_id, *former)
    undone = [one for one in case.past if one.kind is PastKind.UNDONE]
    if not undone:
        return expected, "it was not"
    last, at = undone[-1], undone[-1].at.isoformat()
    sentence = (
        f"{last.by} undid this fix on {at} ({last.reason}). It is not made again until an operator clears the "
        f"resource: suture clear {last.correlation_id}."
    )
    return Failed(expected=expected, found=f"undone on {at}", sentence=sentence)


def not_denied_before(case: Case) -> Found:
    denials = [one for one in case.past if one.kind is PastKind.DENIED]
    expected = "nobody has denied this plan"
    digests = case.plan.digests(case.entry.fix.aliases) if denials else ()
    denied = next((one for one in reversed(denials) if one.digest in digests), None)
    if denied is None:
        return expected, "nobody has"
    at = denied.at.isoformat()
    sentence = (
        f"{denied.by} denied this plan on {at} ({denied.reason}). It is not sent for approval again until it changes "
        f"or an approver reopens the review: suture review reopen {denied.correlation_id}."
    )
    return Failed(expected=expected, found=f"denied on {at}", sentence=sentence)


def no_drift_loop(case: Case) -> Found:
    rule = case.policy.drift
    expected = f"fewer than {rule.times} changes here in {rule.days} days"
    applied = [
        one for one in case.past if one.kind is PastKind.APPLIED and case.now - one.at < timedelta(days=rule.days)
    ]
    found = f"{len(applied)} times"
    if len(applied) < rule.times:
        return expected, found
    sentence = (
        f"{case.entry.fix.id} was made here {found} in {rule.days} days: something reverts the fix. Find the cause, "
        f"then: suture clear {applied[-1].correlation_id}."
    )
    return Failed(expected=expected, found=found, sentence=sentence)


def template_allows(case: Case) -> Found:
    expected, properties = "no template that would revert it", case.entry.fix.spec.template_properties
    owner = template_of(case.existing.tags, case.policy.template_marks, properties)
    if owner is None:
        return expected, "no sign of one"
    mode = case.rules.template_owned
    if mode is not TemplateMode.FIX:
        case.template = owner
    if mode is not TemplateMode.NOTIFY:
        return expected, f"{owner}; {case.environment} allows the fix ({mode})"
    sentence = (
        f"The resource is managed by {owner}, which would revert the fix. Change in the template: {owner.property}."
    )
    return Failed(expected=expected, found=str(owner), sentence=sentence)


def no_dry_run_asked_for(case: Case) -> Found:
    if not case.facts.dry_run:
        return None
    sentence = "An operator requested a dry run: nothing was changed."
    return Failed(expected=Mode.REMEDIATE.value, found=Mode.DRY_RUN.value, sentence=sentence)


def no_dry_run_by_policy(case: Case) -> Found:
    if case.mode is not Mode.DRY_RUN:
        return None
    policy = f"The policy for {case.entry.fix.id} in {case.environment}"
    sentence = f"{policy} is a dry run: nothing was changed."
    return Failed(expected=Mode.REMEDIATE.value, found=Mode.DRY_RUN.value, sentence=sentence)


def approval_valid(case: Case) -> Found:
    """Whether people approved exactly this plan. If not, the plan needs a new review."""
    approval, plan, needed = case.facts.approval, case.plan, case.rules.approvers
    assert approval is not None, "applies only to an approval"
    renamed = approval.plan.fix_id in case.entry.fix.aliases
    case.approved = replace(approval.plan, fix_id=plan.fix_id) if renamed else approval.plan
    until = approval.expires_at.isoformat()
    expected = f"{needed} different approvers of this plan, used before {until}"
    changed = (*differences(case.approved, plan), *plan.outgrown(approval.plan))
    if changed:
        void = f"the plan is not the approved one: {listed(changed)}"
    elif approval.expires_at <= case.now:
        void = f"it expired on {until}"
    elif len(approval.approvers) < needed:
        void = f"{needed} different people must approve in {case.environment}; {len(approval.approvers)} did"
    else:
        return expected, ", ".join(approval.approvers)
    sentence = f"The approval of {approval.review_id} is void, because {void}."
    return Failed(expected=expected, found="void", sentence=sentence)


def came_through_topic(case: Case) -> Found:
    expected = "through the findings topic"
    if case.facts.through_topic:
        return expected, "it did"
    sentence = "The finding did not come through the topic that only Wiz publishes to, so it needs approval."
    return Failed(expected=expected, found="it did not", sentence=sentence)


def not_restricted(case: Case) -> Found:
    expected, where = f"not {RESTRICTED_PRODUCTION}", case.environment
    if where != RESTRICTED_PRODUCTION:
        return expected, where
    sentence = f"Every change in {where} needs approval."
    return Failed(expected=expected, found=where, sentence=sentence)


def reversible(case: Case) -> Found:
    expected, fix = "a change that can be undone", case.entry.fix
    if fix.reversible and case.plan.reversible:
        return expected, "it can"
    sentence = f"{fix.spec.title} cannot be undone here, so it needs approval."
    return Failed(expected=expected, found="it cannot", sentence=sentence)


def within_blast_radius(case: Case, *, fact: str, limit: int) -> Found:
    size, expected = case.plan.size(fact), f"at most {limit}"
    found = "unknown" if size is None else str(size)
    if size is not None and size <= limit:
        return expected, found
    sentence = f"The plan's {fact} is {found}; more than {limit} needs approval."
    return Failed(expected=expected, found=found, sentence=sentence)


def mode_remediates(case: Case) -> Found:
    expected, found = Mode.REMEDIATE.value, case.mode.value
    if case.mode is not Mode.APPROVE:
        return expected, found
    fix = case.entry.fix
    sentence = f"The policy for {fix.id} in {case.environment} requires approval."
    if fix.stage is Stage.PREVIEW:
        sentence = f"{fix.id} is a preview: until it is stable, each change needs approval."
    return Failed(expected=expected, found=found, sentence=sentence)


def below_limit(case: Case, *, scope: UsageScope) -> Found:
    limit, written = case.policy.writes_per_hour[scope], case.guardrails.usage.get(scope)
    expected, found = f"fewer than {limit}", "unknown" if written is None else str(written)
    if written is not None and written < limit:
        return expected, found
    whose = {
        UsageScope.EVERYTHING: "everywhere",
        UsageScope.ACCOUNT: f"in account {case.resource.account_id}",
        UsageScope.FIX: f"by {case.entry.fix.id}",
    }[scope]
    sentence = f"There were {found} changes {whose} within the last hour; more than {limit} need approval."
    return Failed(expected=expected, found=found, sentence=sentence)


_WINDOW = "open, or waited for"


def not_frozen(case: Case) -> Found:
    case.closed = closed_window(case.policy, case.resource.account_id, case.environment, case.now)
    return _unless_it_waits(case, case.closed) if case.closed and case.closed.reason is Reason.CHANGE_FREEZE else None


def within_window(case: Case) -> Found:
    if case.closed is None:
        return _WINDOW, "open"
    return _unless_it_waits(case, case.closed) or (_WINDOW, "closed")


def _unless_it_waits(case: Case, closed: Obstacle) -> Failed | None:
    if waits_for(closed, case.rules):
        return None
    return Failed(expected=_WINDOW, found="closed", sentence=f"{closed.sentence} It needs approval.")

"""What would be done to the resource, and whether it may be done unasked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from runtime.domain.case import Case, Decision, LiveResourceNeeded, listed
from runtime.domain.facts import Approval, NotRead
from runtime.domain.guardrails import PastKind, UsageScope, since_cleared
from runtime.domain.moment import Window
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Compliant, Plan, Refused, differences
from runtime.domain.policy import RESTRICTED_PRODUCTION, Mode, TemplateMode
from runtime.domain.template import template_of


def live_resource(case: Case) -> Decision | LiveResourceNeeded | None:
    if case.live is None or isinstance(case.facts.guardrails, NotRead):
        return case.unless_missing()
    case.passed("resource-exists", case.known_resource.arn, "read")
    name, expected = "fix-can-plan", "a plan"
    match case.live.planned:
        case Compliant(sentence=sentence):
            return case.failed(name, expected, "already compliant", Outcome.SKIP, Reason.ALREADY_COMPLIANT, sentence)
        case Refused(sentence=sentence):
            return case.failed(name, expected, "refused", Outcome.NOTIFY, Reason.FIX_REFUSED, sentence)
        case Plan() as plan:
            case.plan = plan
            case.passed(name, expected, plan.summary)
            return None


def not_undone_before(case: Case) -> Decision | None:
    fix_id = case.known_entry.fix.id
    past = since_cleared(case.known_guardrails.past, fix_id)
    name, expected = "not-undone-before", f"{fix_id} was not undone here, or was cleared since"
    undone = [one for one in past if one.kind is PastKind.UNDONE]
    if undone:
        last = undone[-1]
        return case.failed(
            name,
            expected,
            f"undone on {last.at.isoformat()}",
            Outcome.NOTIFY,
            Reason.UNDONE_BEFORE,
            f"{last.by} undid this fix on {last.at.isoformat()} ({last.reason}). It is not made again before an "
            f"operator clears it: suture clear {last.correlation_id}.",
        )
    case.passed(name, expected, "it was not")
    rule = case.policy.drift
    applied = [one for one in past if one.kind is PastKind.APPLIED and case.now - one.at < timedelta(days=rule.days)]
    name, expected = "no-drift-loop", f"made fewer than {rule.times} times here in {rule.days} days"
    if len(applied) >= rule.times:
        return case.failed(
            name,
            expected,
            f"{len(applied)} times",
            Outcome.NOTIFY,
            Reason.DRIFT_LOOP,
            f"{fix_id} was made here {len(applied)} times in {rule.days} days: something puts the misconfiguration "
            f"back. Find out what does, then: suture clear {applied[-1].correlation_id}.",
        )
    case.passed(name, expected, f"{len(applied)} times")
    return None


def template_allows(case: Case) -> Decision | None:
    name, expected, fix = "not-owned-by-template", "no template that would put it back", case.known_entry.fix
    assert case.live is not None, "fix-can-plan comes first"
    owner = template_of(case.live.tags, case.policy.template_marks, fix.template_properties)
    if owner is None:
        case.passed(name, expected, "no sign of one")
        return None
    mode = case.policy.environments[case.environment].template_owned
    if mode is not TemplateMode.FIX:
        case.template = owner
    if mode is TemplateMode.NOTIFY:
        return case.failed(
            name,
            expected,
            str(owner),
            Outcome.NOTIFY,
            Reason.OWNED_BY_TEMPLATE,
            f"The resource is made by {owner}, which would put it back. Change there: {owner.property}.",
        )
    case.passed(name, expected, f"{owner}; in {case.environment} it is fixed all the same ({mode})")
    return None


def mode_allows(case: Case) -> Decision | None:
    entry, mode, where = case.known_entry, case.mode, case.environment
    if mode is Mode.DRY_RUN or case.facts.dry_run:
        by_policy = f"The policy for {entry.fix.id} in {where} is a dry run: this is what would be changed."
        return case.failed(
            "mode",
            Mode.REMEDIATE,
            Mode.DRY_RUN,
            Outcome.DRY_RUN,
            Reason.DRY_RUN_BY_COMMAND if case.facts.dry_run else Reason.DRY_RUN_BY_POLICY,
            "An operator asked for a dry run: this is what would be changed." if case.facts.dry_run else by_policy,
        )
    if case.facts.approval is not None:
        return _approval_holds(case, case.facts.approval)
    for name, expected, found, reason, sentence in _reasons_for_approval(case, mode):
        if reason is not None:
            return case.failed(name, expected, found, Outcome.APPROVE, reason, sentence)
        case.passed(name, expected, found)
    return None


def _approval_holds(case: Case, approval: Approval) -> Decision | None:
    """Whether people approved exactly what would be done now. If not, what would be done now is up for review anew."""
    plan, needed = case.known_plan, case.policy.environments[case.environment].approvers
    expected = f"{needed} different approvers of this plan, used before {approval.expires_at.isoformat()}"
    changed = (*differences(approval.plan, plan), *plan.outgrown(approval.plan))
    if changed:
        void = f"what would be done is not what was approved: {listed(changed)}"
    elif approval.expires_at <= case.now:
        void = f"it could be used until {approval.expires_at.isoformat()}"
    elif len(approval.approvers) < needed:
        void = f"{needed} different people must approve in {case.environment}; {len(approval.approvers)} did"
    else:
        case.passed("approval-valid", expected, ", ".join(approval.approvers))
        return None
    return case.failed(
        "approval-valid",
        expected,
        "void",
        Outcome.APPROVE,
        Reason.APPROVAL_VOID,
        f"The approval of {approval.review_id} is void, because {void}.",
    )


def _reasons_for_approval(case: Case, mode: Mode) -> Iterator[tuple[str, str, str, Reason | None, str]]:
    """Every check whose failing asks for a person: name, expected, found, and the reason if it fails."""
    entry, plan, where = case.known_entry, case.known_plan, case.environment
    yield (
        "not-restricted-production",
        f"not {RESTRICTED_PRODUCTION}",
        where,
        Reason.RESTRICTED_PRODUCTION if where == RESTRICTED_PRODUCTION else None,
        f"Nothing is changed in {where} without a person's approval.",
    )
    yield (
        "reversible",
        "a change that can be undone",
        "it can" if entry.fix.reversible and plan.reversible else "it cannot",
        None if entry.fix.reversible and plan.reversible else Reason.NOT_REVERSIBLE,
        f"{entry.fix.title} cannot be undone here, so a person has to approve it.",
    )
    for fact, limit in sorted(entry.max_blast_radius.items()):
        size = plan.size(fact)
        within = size is not None and size <= limit
        yield (
            f"blast-radius-{fact}",
            f"at most {limit}",
            "unknown" if size is None else str(size),
            None if within else Reason.BLAST_RADIUS_EXCEEDED,
            f"The plan's {fact} is {'unknown' if size is None else size}; up to {limit} may be changed unasked.",
        )
    yield (
        "mode",
        Mode.REMEDIATE,
        mode,
        Reason.APPROVAL_REQUIRED if mode is Mode.APPROVE else None,
        f"The policy for {entry.fix.id} in {where} asks for a person's approval.",
    )
    for scope, limit in case.policy.writes_per_hour.items():
        written = case.known_guardrails.usage.get(scope)
        found = "unknown" if written is None else str(written)
        whose = {
            UsageScope.EVERYTHING: "everywhere",
            UsageScope.ACCOUNT: f"in account {case.known_resource.account_id}",
            UsageScope.FIX: f"by {entry.fix.id}",
        }[scope]
        yield (
            f"writes-per-hour-{scope}",
            f"fewer than {limit}",
            found,
            None if written is not None and written < limit else Reason.RATE_LIMIT_EXCEEDED,
            f"Of changes {whose} within the last hour there were {found}; {limit} may be made unasked.",
        )
    window = Window.of(case.policy, case.known_resource.account_id, where, case.now)
    yield (
        "change-window",
        "open, or waited for",
        "open" if window.closed is None else "closed",
        None if window.closed is None or window.waits else window.reason,
        f"{window.sentence} A person may decide otherwise.",
    )

"""Reviews of plans: people approve or deny a plan, for every run with the same plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from runtime.application.attempts import attempted
from runtime.application.commanded import Commanded, Done
from runtime.application.journal import Journal
from runtime.application.knowledge import Knowledge
from runtime.application.ports import Store, Write
from runtime.domain.audit import AuditEvent, EventKind, History
from runtime.domain.command import ApprovePlan, DenyPlan, ReopenReview
from runtime.domain.errors import CommandRefused
from runtime.domain.followup import Approved, run_id
from runtime.domain.guardrails import Past, PastKind
from runtime.domain.outcome import Reason
from runtime.domain.plan import Plan
from runtime.domain.policy import Policy
from runtime.domain.review import Review, ReviewStatus, check_denied, check_pending, joined, review_of, review_under
from runtime.domain.stages import Considered, said
from runtime.items.past import past_from_item, past_key, put_past
from runtime.items.reminders import reminder


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """Each method raises a ``SutureError`` if the message should be retried.

    For a command, ``CommandRefused`` if it should not.
    """

    store: Store
    journal: Journal

    def ask(self, considered: Considered, plan: Plan, policy: Policy, known: Knowledge, history: History) -> None:
        """End a run with a review of its plan: the existing one, or a new one."""
        key, run, approval = past_key(plan.resource_arn), considered.run, considered.facts.approval
        asked = Past(kind=PastKind.ASKED, fix_id=plan.fix_id, correlation_id=run.id, at=run.at, digest=plan.digest)
        read, digests = iter([known.stored]), plan.digests(policy.former_fix_ids(plan.fix_id))

        def commit() -> None:
            found = (next(read, None) or self.store.read([key])).item(key)
            review = self._under_way(past_from_item(key, found), digests)
            if review is not None and (approval is None or approval.review_id != review.id):
                review_id, until, also = review.id, review.approval.expires_at, []
            else:
                review_id, until = run.id, run.at + timedelta(hours=policy.approval_hours)
                also = [put_past(key, found, add=[asked])]
            self.journal.record(history, considered.approvable(review_id, until), also=also)

        attempted(commit, on=[key])  # another run may open a review of the same plan at the same time

    def approve(self, command: ApprovePlan, commanded: Commanded) -> Done:
        """Count a person's approval. The last required one completes the review."""
        review, history = self._read(command.review_id)
        if command.digest != review.stored.plan_digest:
            raise CommandRefused(
                Reason.PLAN_MISMATCH,
                f"The plan under review has the digest {review.stored.plan_digest}, not {command.digest}. Review it "
                f"again: suture review show {review.id}.",
            )
        check_pending(review, commanded.now)
        needed, events = review.approvers(commanded.policy), list[AuditEvent]()
        approvers = list(review.approval.approvers)
        if review.asked_for_by is not None and review.asked_for_by.person == commanded.principal.person:
            raise CommandRefused(
                Reason.SAME_PERSON, f"{commanded.principal.arn} requested this undo: another person must approve it."
            )
        if any(vote.principal.person == commanded.principal.person for vote in review.approval.votes):
            if len(approvers) < needed:
                raise CommandRefused(Reason.SAME_PERSON, f"{commanded.principal.arn} has already approved this plan.")
        else:
            events.append(_said(review, commanded, EventKind.APPROVAL, Reason.APPROVAL_COUNTED, command.reason))
            approvers.append(commanded.principal.arn)
        if len(approvers) < needed:
            sentence = f"{len(approvers)} of {needed} different people have approved the plan of {review.id}."
            votes = history.following(events, commanded.now)
            return Done(reason=Reason.APPROVAL_COUNTED, sentence=sentence, about=review.stored, events=votes)
        events.append(_said(review, commanded, EventKind.VERDICT, Reason.APPROVAL_COMPLETE, command.reason))
        return Done(
            reason=Reason.APPROVAL_COMPLETE,
            sentence=f"The plan of {review.id} is approved by {', '.join(approvers)}.",
            about=review.stored,
            events=history.following(events, commanded.now),
        )

    def deny(self, command: DenyPlan, commanded: Commanded) -> Done:
        """End the review: no run with the same plan is carried out, until it is reopened."""
        review, history = self._read(command.review_id)
        check_pending(review, commanded.now)
        verdict = _said(review, commanded, EventKind.VERDICT, Reason.REVIEW_DENIED, command.reason)
        return Done(
            reason=Reason.REVIEW_DENIED,
            sentence=f"{commanded.principal.arn} denied the plan of {review.id}: {command.reason}",
            about=review.stored,
            also=self._remembered(PastKind.DENIED, review, commanded, command.reason),
            events=history.following([verdict], commanded.now),
        )

    def reopen(self, command: ReopenReview, commanded: Commanded) -> Done:
        """Reopen the review of a denied plan, for the same time as a new one."""
        review, history = self._read(command.review_id)
        check_denied(review, commanded.now)
        until = commanded.now + timedelta(hours=commanded.policy.approval_hours)
        reopened = _said(review, commanded, EventKind.REOPENED, Reason.REVIEW_REOPENED, command.reason, until=until)
        return Done(
            reason=Reason.REVIEW_REOPENED,
            sentence=f"The plan of {review.id} can be approved until {until.isoformat()}.",
            about=review.stored,
            also=(
                *self._remembered(PastKind.ASKED, review, commanded, command.reason, drop=review.id),
                reminder(review.id, commanded.now),
            ),
            events=history.following([reopened], commanded.now),
        )

    def _under_way(self, past: Iterable[Past], digests: Collection[str]) -> Review | None:
        """The review of a plan that can still be approved, or was approved and is not carried out yet."""
        asked = [one for one in past if one.kind is PastKind.ASKED and one.digest in digests]
        review = review_of(self.journal.read(asked[-1].correlation_id)) if asked else None
        if review is None:
            return None
        match review.status(self.journal.now()):
            case ReviewStatus.PENDING:
                return review
            case ReviewStatus.APPROVED:
                return review if self.journal.read(run_id(Approved(review_id=review.id))).outcome is None else None
            case ReviewStatus.EXPIRED | ReviewStatus.DENIED:
                return None

    def _remembered(
        self, kind: PastKind, review: Review, commanded: Commanded, reason: str, *, drop: str = ""
    ) -> tuple[Write, ...]:
        """Records the result of a review in the resource's past."""
        if review.asked_for_by is not None:
            return ()
        key = past_key(review.stored.resource_arn)
        entry = Past(
            kind=kind,
            fix_id=review.stored.fix_id,
            correlation_id=review.id,
            at=commanded.now,
            by=commanded.principal.arn,
            reason=reason,
            digest=review.stored.plan_digest,
        )
        return (put_past(key, self.store.read([key]).item(key), add=[entry], drop=drop),)

    def _read(self, review_id: str) -> tuple[Review, History]:
        """A review by its id, or by the id of a run that joined it."""
        history = self.journal.read(review_id)
        if history.outcome is not None and (other := joined(history.outcome)):
            history = self.journal.read(other)
        return review_under(review_id, history), history


def _said(
    review: Review,
    commanded: Commanded,
    kind: EventKind,
    reason: Reason,
    sentence: str,
    *,
    until: datetime | None = None,
) -> AuditEvent:
    """An event for the record of the review. Events of other writers must be read first."""
    until = until or review.approval.expires_at
    return said(commanded.run, commanded.order, kind, review.stored, until, reason, sentence)

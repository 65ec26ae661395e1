"""People approve or deny a plan that a run stored for review."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.application.commanded import Commanded, Done
from runtime.application.journal import Journal
from runtime.domain.audit import AuditEvent, History
from runtime.domain.command import ApprovePlan, DenyPlan
from runtime.domain.errors import CommandRefused
from runtime.domain.outcome import Reason
from runtime.domain.records import record_of
from runtime.domain.review import Review, ReviewStatus, review_of
from runtime.domain.stages import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """Each method raises ``CommandRefused``, or another ``SutureError`` where the message should be tried again."""

    journal: Journal

    def approve(self, command: ApprovePlan, commanded: Commanded) -> Done:
        """Count somebody's approval. Enough of them complete the review, whoever asks last."""
        review, history = self._read(command.review_id)
        if command.digest != review.stored.plan_digest:
            raise CommandRefused(
                Reason.PLAN_MISMATCH,
                f"The plan up for review has the digest {review.stored.plan_digest}, not {command.digest}. "
                f"Read it again: suture review show {review.id}.",
            )
        _check_pending(review, commanded)
        rules = commanded.policy.environments.get(review.stored.environment)
        needed, events = rules.approvers if rules else 1, []
        approvers = list(review.approval.approvers)
        if any(vote.principal.person == commanded.principal.person for vote in review.approval.votes):
            if len(approvers) < needed:
                raise CommandRefused(Reason.SAME_PERSON, f"{commanded.principal.arn} has approved this plan already.")
        else:
            vote, history = _say(review, history, commanded, Reason.APPROVAL_COUNTED, command.reason, ends=False)
            events.append(vote)
            approvers.append(commanded.principal.arn)
        if len(approvers) < needed:
            sentence = f"{len(approvers)} of {needed} different people have approved the plan of {review.id}."
            return Done(reason=Reason.APPROVAL_COUNTED, sentence=sentence, about=review.stored, events=tuple(events))
        verdict, _ = _say(review, history, commanded, Reason.APPROVAL_COMPLETE, command.reason, ends=True)
        sentence = f"The plan of {review.id} is approved by {', '.join(approvers)}."
        return Done(reason=Reason.APPROVAL_COMPLETE, sentence=sentence, about=review.stored, events=(*events, verdict))

    def deny(self, command: DenyPlan, commanded: Commanded) -> Done:
        """End the review: nothing is done."""
        review, history = self._read(command.review_id)
        _check_pending(review, commanded)
        verdict, _ = _say(review, history, commanded, Reason.REVIEW_DENIED, command.reason, ends=True)
        sentence = f"{commanded.principal.arn} denied the plan of {review.id}: {command.reason}"
        return Done(reason=Reason.REVIEW_DENIED, sentence=sentence, about=review.stored, events=(verdict,))

    def _read(self, review_id: str) -> tuple[Review, History]:
        history = self.journal.read(review_id)
        review = review_of(history)
        if review is not None:
            return review, history
        if history.outcome is None:
            raise CommandRefused(Reason.NOTHING_RECORDED, f"No run with the id {review_id!r} has ended.")
        raise CommandRefused(
            Reason.NOT_UNDER_REVIEW,
            f"The run {review_id} ended as {history.outcome.outcome}: its plan is not one that people are asked about.",
        )


def _check_pending(review: Review, commanded: Commanded) -> None:
    match review.status(commanded.now):
        case ReviewStatus.PENDING:
            return
        case ReviewStatus.EXPIRED:
            raise CommandRefused(
                Reason.REVIEW_EXPIRED,
                f"The plan of {review.id} could be approved until {review.approval.expires_at.isoformat()}. "
                "Have Wiz send the finding again.",
            )
        case ReviewStatus.APPROVED | ReviewStatus.DENIED as over:
            raise CommandRefused(Reason.NOT_UNDER_REVIEW, f"The plan of {review.id} was {over} already.")


def _say(
    review: Review, history: History, commanded: Commanded, reason: Reason, sentence: str, *, ends: bool
) -> tuple[AuditEvent, History]:
    """The next event in the record of the run that is reviewed. Whoever else adds one has to be read first."""
    said = Said(
        stored=review.stored, run=commanded.run, order=commanded.order, ends=ends, reason=reason, sentence=sentence
    )
    return history.with_event(record_of(said, commanded.now))

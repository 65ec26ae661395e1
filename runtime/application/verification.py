"""The result of a change: not made, in effect, pending, or failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from runtime.application.announced import Announced
from runtime.application.attempts import attempted
from runtime.application.journal import Journal
from runtime.application.knowledge import Knowledge
from runtime.application.ports import Mail, Store
from runtime.application.work import Work, Workshop
from runtime.domain.audit import AuditEvent, History
from runtime.domain.errors import AwsError
from runtime.domain.followup import Verify
from runtime.domain.guardrails import Past, PastKind
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan, State
from runtime.domain.stages import Written, failed, resumed
from runtime.items.accounts import account_from_item, account_key
from runtime.items.locks import Lease
from runtime.items.past import past_key, put_past

VERIFY_ATTEMPTS = 10
"""Looks at a change that takes its time, the delay doubling up to 15 minutes. Then it has failed."""

LONGEST_DELAY_SECONDS = 900
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

MADE = "The resource is compliant, through the interrupted delivery that recorded the intent, or through others."

_BACK = (
    "The resource is as it was, through the interrupted delivery that recorded the undo's intent, or through others."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """``verify_seconds`` is the delay before the first verification. Methods raise a ``SutureError`` to be retried."""

    store: Store
    journal: Journal
    mail: Mail
    workshop: Workshop
    verify_seconds: int

    def conclude(
        self,
        written: Written,
        history: History,
        *,
        made: bool,
        known: Knowledge | None = None,
        sentence: str = "",
        attempt: int = 1,
        lease: Lease | None = None,
    ) -> None:
        """End a run whose change has taken effect, or have it verified again, for the ``attempt``-th time."""
        release = [] if lease is None else [lease.released()]
        if not made:
            self.journal.record(history, written.pending(attempt), also=release)
            self._look_later(written.intent.correlation_id, attempt, self._delay(attempt))
            return
        verified = written.verified(sentence)
        if written.intent.outcome is Outcome.UNDO:
            self.journal.record(history, verified, also=release)
            return
        intent, key = written.intent, past_key(written.intent.resource_arn)
        applied = Past(
            kind=PastKind.APPLIED,
            fix_id=intent.fix_id,
            correlation_id=intent.correlation_id,
            at=self.journal.now(),
        )
        read = iter([known.stored] if known else [])

        def commit() -> None:
            put = put_past(key, (next(read, None) or self.store.read([key])).item(key), add=[applied])
            self.journal.record(history, verified, also=[*release, put])

        attempted(commit, on=[key])  # an operator may clear the resource at the same time

    def conclude_announced(
        self,
        announced: Announced,
        after: State,
        answers: tuple[Mapping[str, Any], ...],
        *,
        made: bool,
        known: Knowledge | None = None,
        sentence: str = "",
    ) -> None:
        """The same for a change whose intent this delivery recorded, with the resource exclusively."""
        written, history, lease = announced.written(after, answers), announced.history, announced.lease
        self.conclude(written, history, made=made, known=known, sentence=sentence, lease=lease)

    def look(self, history: History) -> None:
        """Verify a pending change when it is due. Before that, a message is scheduled."""
        pending = history.pending
        assert pending is not None, "it is pending"
        due = pending.at + timedelta(seconds=self._delay(pending.attempt))
        early = (due - self.journal.now()).total_seconds()
        if early > 0:
            self._look_later(pending.correlation_id, pending.attempt, int(early) + 1)
            return
        work = self.resume(pending)
        if work is None:
            sentence = "The change was made, and then the account or the fix was removed: it was not verified."
            self.journal.record(history, failed(pending, Reason.ACCOUNT_NOT_ONBOARDED, sentence))
            return
        try:
            after = work.executor.observe()
        except AwsError as error:
            if error.retryable:
                raise
            self.journal.record(history, failed(pending, error.reason, str(error), sessions=work.sessions))
            return
        written = Written(intent=pending, after=after, answers=pending.evidence.answers, sessions=work.sessions)
        made = took_effect(pending, work, after)
        if made or pending.attempt < VERIFY_ATTEMPTS:
            self.conclude(written, history, made=made, attempt=pending.attempt + 1)
            return
        aim = "back as it was" if pending.outcome is Outcome.UNDO else "compliant"
        sentence = f"The change was made, but the resource is still not {aim} after {pending.attempt} verifications."
        event = failed(pending, Reason.VERIFICATION_FAILED, sentence, after=after, sessions=work.sessions)
        self.journal.record(history, event)

    def settle(self, intent: AuditEvent, history: History) -> History | None:
        """Find out the result of an intent whose delivery was interrupted.

        Reads the resource, with the lease on it. Ends the run, or leaves it pending, if something was written.
        Otherwise withdraws the intent, and returns the history to continue with. Raises a ``SutureError`` where the
        message should be tried again, ``ResourceBusy`` while the earlier delivery may still be running.
        """
        lease = Lease.for_run(intent.resource_arn, intent.correlation_id)
        with lease.unless_busy():
            history = self.journal.record(history, resumed(intent), also=[lease.taken(self.journal.now())])
        with lease.given_back(self.store):
            work = self.resume(intent)
            if work is not None:
                return self._settle(Announced(journal=self.journal, lease=lease, work=work, history=history))
            sentence = (
                "The intent was recorded, and then the account or the fix was removed: it is unknown whether the "
                "change was made."
            )
            event = failed(intent, Reason.ACCOUNT_NOT_ONBOARDED, sentence)
            self.journal.record(history, event, also=[lease.released()])
            return None

    def _settle(self, announced: Announced) -> History | None:
        intent, work = announced.intent, announced.work
        try:
            after = work.executor.observe()
        except AwsError as error:
            if error.retryable:
                raise
            sentence = f"{error}. An earlier delivery recorded an intent, and its change may have been made."
            announced.fail(error.reason, sentence)
            return None
        plan, undo = intent.evidence.plan, intent.outcome is Outcome.UNDO
        assert plan is not None, "what was announced is a plan"
        in_place = plan.in_place(after)
        if in_place if undo else in_place == 0:  # an undo goes on from wherever it stopped
            sentence = "The resource is as it was before, or not yet as it was, so it is decided again."
            return announced.withdraw(sentence, after=after, certain=False)
        made = took_effect(intent, work, after)
        # An undo, or a change that takes its time, may be under way: then the fix cannot plan.
        if made or undo or not isinstance(work.executor.plan(after), Plan):
            answers, sentence = intent.evidence.answers, _BACK if undo else MADE
            self.conclude_announced(announced, after, answers, made=made, sentence=sentence)
            return None
        sentence = (
            "A delivery was interrupted after it had recorded an intent. The resource is neither as before nor as "
            "planned: part of the change may be in place. The record has both states and the undo calls."
        )
        announced.fail(Reason.INTERRUPTED, sentence, after=after, expected=intent.evidence.observed)
        return None

    def resume(self, recorded: AuditEvent, run_id: str = "") -> Work | None:
        """The work for a recorded run; ``None`` if its account is no longer registered, or its fix does not exist."""
        key = account_key(recorded.account_id)
        account = account_from_item(key, self.store.read([key]).item(key))
        return self.workshop.resume(recorded, account, run_id or recorded.correlation_id)

    def _delay(self, attempt: int) -> int:
        return int(min(self.verify_seconds * 2 ** (attempt - 1), LONGEST_DELAY_SECONDS))

    def _look_later(self, run_id: str, attempt: int, delay_seconds: int) -> None:
        self.mail.look_later(Verify(correlation_id=run_id, attempt=attempt), delay_seconds=delay_seconds)


def took_effect(event: AuditEvent, work: Work, after: State) -> bool:
    """Whether a state shows the change, or the undo, of an event's intent."""
    plan = event.evidence.plan
    assert plan is not None, "what is announced is a plan"
    seen = work.executor.restored if event.outcome is Outcome.UNDO else work.executor.took_effect
    return seen(plan, after)

"""What became of a change that was made: it has taken effect, it takes its time, or it has failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from runtime.application.attempts import attempted
from runtime.application.journal import Journal, no_more_held
from runtime.application.knowledge import Knowledge
from runtime.application.lease import Lease
from runtime.application.ports import Mail, Store
from runtime.application.work import Work, Workshop
from runtime.domain.audit import AuditEvent, History
from runtime.domain.errors import AwsError
from runtime.domain.followup import Verify
from runtime.domain.guardrails import Past, PastKind
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Compliant, State, same_state
from runtime.domain.stages import Written, failed
from runtime.items.accounts import account_from_item, account_key
from runtime.items.past import past_key, put_past

VERIFY_ATTEMPTS = 10
"""Looks at a change that takes its time, the delay doubling up to 15 minutes. Then it has failed."""

LONGEST_DELAY_SECONDS = 900
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

MADE = "The resource is compliant: made so by the interrupted delivery that announced the change, or by others."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """``verify_seconds`` is the delay before the first look. Methods raise a ``SutureError`` to be tried again."""

    store: Store
    journal: Journal
    mail: Mail
    workshop: Workshop
    verify_seconds: int

    def conclude(
        self,
        written: Written,
        history: History,
        lease: Lease | None,
        *,
        made: bool,
        known: Knowledge | None = None,
        sentence: str = "",
        attempt: int = 1,
    ) -> None:
        """End a run whose change has taken effect, or have it looked at again, for the ``attempt``-th time."""
        release = [] if lease is None else [lease.released()]
        if not made:
            self.journal.add(history, written.pending(attempt), also=[*release, *no_more_held(history)])
            self._look_later(written.intent.correlation_id, attempt, self._delay(attempt))
            return
        verified = written.verified(sentence)
        if written.intent.outcome is Outcome.UNDO:
            self.journal.end(history, verified, also=release)
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
            self.journal.end(history, verified, also=[*release, put])

        attempted(commit, on=[key])  # an operator may clear the resource at the same time

    def look(self, history: History) -> None:
        """Look at a pending change, when it is time to. Before, whoever asks, it is looked at later."""
        pending = history.pending
        assert pending is not None, "it is pending"
        due = pending.at + timedelta(seconds=self._delay(pending.attempt))
        early = (due - self.journal.now()).total_seconds()
        if early > 0:
            self._look_later(pending.correlation_id, pending.attempt, int(early) + 1)
            return
        work = self.resume(pending)
        if work is None:
            sentence = "The change was made, and then the account or the fix was taken away: nobody has looked at it."
            self.journal.end(history, failed(pending, Reason.ACCOUNT_NOT_ONBOARDED, sentence))
            return
        try:
            after = work.executor.observe()
        except AwsError as error:
            if error.retryable:
                raise
            self.journal.end(history, failed(pending, error.reason, str(error), sessions=work.sessions))
            return
        written = Written(intent=pending, after=after, answers=pending.evidence.answers, sessions=work.sessions)
        made = took_effect(pending, work, after)
        if made or pending.attempt < VERIFY_ATTEMPTS:
            self.conclude(written, history, None, made=made, attempt=pending.attempt + 1)
            return
        aim = "back as it was" if pending.outcome is Outcome.UNDO else "compliant"
        sentence = f"The change was made, but the resource is still not {aim} after {pending.attempt} looks."
        event = failed(pending, Reason.VERIFICATION_FAILED, sentence, after=after, sessions=work.sessions)
        self.journal.end(history, event)

    def resume(self, recorded: AuditEvent, run_id: str = "") -> Work | None:
        """The work on what was recorded; ``None`` if its account is registered no more, or its fix does not exist."""
        key = account_key(recorded.account_id)
        account = account_from_item(key, self.store.read([key]).item(key))
        return self.workshop.resume(recorded, account, run_id or recorded.correlation_id)

    def _delay(self, attempt: int) -> int:
        return int(min(self.verify_seconds * 2 ** (attempt - 1), LONGEST_DELAY_SECONDS))

    def _look_later(self, run_id: str, attempt: int, delay_seconds: int) -> None:
        self.mail.look_later(Verify(correlation_id=run_id, attempt=attempt), delay_seconds=delay_seconds)


def took_effect(event: AuditEvent, work: Work, after: State) -> bool:
    """Whether the change, or the undo, that an event announced is seen in a state."""
    if event.outcome is not Outcome.UNDO:
        return isinstance(work.executor.plan(after), Compliant)
    plan = event.evidence.plan
    assert plan is not None, "what is undone is a plan"
    return same_state(after, plan.before, plan.volatile)

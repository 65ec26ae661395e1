"""Finds out what became of a change that was announced by a delivery which ended without a word."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.application.journal import Journal
from runtime.application.lease import Lease
from runtime.application.ports import Store
from runtime.application.verification import MADE, Verification, took_effect
from runtime.application.withdrawal import withdrawal
from runtime.domain.audit import AuditEvent, History
from runtime.domain.errors import AwsError
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan, same_state
from runtime.domain.stages import Written, failed, resumed

_BACK = "The resource is back as it was: the interrupted delivery that announced the undo did it, or others."


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """An intent is settled before anything else is done for its run, whatever would be decided now."""

    store: Store
    journal: Journal
    verification: Verification

    def settle(self, intent: AuditEvent, history: History) -> History | None:
        """Look at the resource, alone with it. Ends the run, or leaves it pending, if something was written.

        If nothing was, the intent is withdrawn: the history to go on with is returned. Raises a ``SutureError`` where
        the message should be tried again, ``ResourceBusy`` while the earlier delivery may still be at work.
        """
        lease = Lease.for_run(intent.resource_arn, intent.correlation_id)
        with lease.unless_busy():
            history = self.journal.add(history, resumed(intent), also=[lease.taken(self.journal.now())])
        with lease.given_back(self.store):
            return self._settle(intent, history, lease)

    def _settle(self, intent: AuditEvent, history: History, lease: Lease) -> History | None:
        work = self.verification.resume(intent)
        if work is None:
            sentence = (
                "The change was announced, and then the account or the fix was taken away: nobody has looked at "
                "whether it was made."
            )
            self._fail(failed(intent, Reason.ACCOUNT_NOT_ONBOARDED, sentence), history, lease)
            return None
        try:
            after = work.executor.observe()
        except AwsError as error:
            if error.retryable:
                raise
            sentence = f"{error}. An earlier delivery had announced a change, which may have been made."
            self._fail(failed(intent, error.reason, sentence, sessions=work.sessions), history, lease)
            return None
        plan, undo = intent.evidence.plan, intent.outcome is Outcome.UNDO
        assert plan is not None, "what was announced is a plan"
        assert intent.evidence.observed is not None, "and made for a state"
        if same_state(after, intent.evidence.observed, plan.volatile):
            sentence = "The resource is as it was before the change was announced, so it is decided again."
            withdrawn, also = withdrawal(
                self.store, history, lease, sentence, work.sessions, after=after, certain=False
            )
            return self.journal.add(history, withdrawn, also=also)
        written = Written(intent=intent, after=after, answers=intent.evidence.answers, sessions=work.sessions)
        made = took_effect(intent, work, after)
        # An undo, or a change that takes its time, may be under way: then the fix cannot plan.
        if made or undo or not isinstance(work.executor.plan(after), Plan):
            self.verification.conclude(written, history, lease, made=made, sentence=_BACK if undo else MADE)
            return None
        sentence = (
            "A delivery was interrupted after it had announced a change. The resource is neither as it was before nor "
            "as it should be: part of the change may be in place. The record has both states, and how to undo."
        )
        observed = intent.evidence.observed
        event = failed(intent, Reason.INTERRUPTED, sentence, after=after, expected=observed, sessions=work.sessions)
        self._fail(event, history, lease)
        return None

    def _fail(self, event: AuditEvent, history: History, lease: Lease) -> None:
        self.journal.end(history, event, also=[lease.released()])

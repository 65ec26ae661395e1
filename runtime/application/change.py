"""Makes a change that was decided: records the intent, checks once more, writes, verifies, and records the outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from runtime.application.announced import Announced
from runtime.application.attempts import attempted
from runtime.application.executor import AlreadyApplied, Applied, ChangeFailed, StaleState
from runtime.application.journal import Journal
from runtime.application.knowledge import Knowledge, read_again
from runtime.application.ports import (
    Add,
    Choose,
    Mail,
    Message,
    PolicySource,
    Store,
    Together,
)
from runtime.application.verification import MADE, Verification
from runtime.application.work import Work
from runtime.domain.audit import History
from runtime.domain.case import Decision, Wait
from runtime.domain.errors import FactsChanged, PolicyChanged, RecordTooLarge, SutureError
from runtime.domain.moment import Obstacle, busy, obstacle_to
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Busy, Plan, State, canonical_json
from runtime.domain.policy import Policy
from runtime.domain.stages import Considered, failed
from runtime.items import counters
from runtime.items.locks import Lease

_SPARE_BYTES = 64 * 1024
"""What an outcome may hold besides its intent and the resource's state: calls, answers and an error, uncompressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A change that is allowed now: its ``plan``, its ``policy``, and what was known for the decision."""

    considered: Considered
    decision: Decision
    plan: Plan
    policy: Policy
    known: Knowledge
    work: Work
    message: Message

    @property
    def so_far(self) -> Considered:
        """The stage with the sessions that are open now."""
        return replace(self.considered, sessions=self.work.sessions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Each method raises a ``SutureError`` if the message should be retried."""

    store: Store
    journal: Journal
    mail: Mail
    policy: PolicySource
    verification: Verification
    together: Together
    choose: Choose

    def carry_out(self, decided: Decided, history: History) -> None:
        """Make the change, and end the run; or leave it pending or held."""
        known, work = decided.so_far, decided.work
        lease = Lease.for_run(decided.plan.resource_arn, known.run.id)
        try:
            history = self._announce(decided, known, lease, history)
        except RecordTooLarge as error:
            self.journal.record(history, failed(known.event, error.reason, f"This change is not made: {error}."))
            return
        with lease.given_back(self.store):
            self._write(decided, Announced(journal=self.journal, lease=lease, work=work, history=history))

    def _announce(self, decided: Decided, considered: Considered, lease: Lease, history: History) -> History:
        """One transaction, on condition that no other run has the resource, no other delivery continued this run, and
        the limits are not exceeded."""
        counter, now = decided.known.subject.counter, self.journal.now
        # What people approved counts too, and is not limited.
        limits = decided.policy.writes_per_hour if decided.decision.outcome is Outcome.REMEDIATE else None
        largest = len(canonical_json(decided.plan.before)) * 2 + _SPARE_BYTES
        stored = iter([decided.known.stored])

        def commit() -> History:
            adds: tuple[Add, ...] = ()
            if not history.counted:  # that of a run which may have written already was
                adds = counter.count(next(stored, None) or self.store.read(counter.keys), limits, now(), self.choose)
            intended = considered.intended(history.counted or counters.counted(adds))
            return self.journal.record(history, intended, also=[lease.taken(now()), *adds], spare_bytes=largest)

        with lease.unless_busy():
            return attempted(commit, on=counter.keys)

    def _write(self, decided: Decided, announced: Announced) -> None:
        try:
            session = decided.work.open_write()
            found, known = self._last_look(decided)
            obstacle = self._obstacle(decided, known)
        except SutureError as error:
            announced.give_up(error, decided.so_far.event)
            return
        if obstacle is not None:
            self._wait(decided, announced, Wait(decision=decided.decision, obstacle=obstacle))
            return
        result = decided.work.executor.apply(decided.plan, found=found, session=session)
        match result:
            case Busy() as status:
                obstacle = busy(status)
                outcome, reason, why = Outcome.NOTIFY, obstacle.reason, obstacle.sentence
                late = replace(decided.decision, outcome=outcome, reason=reason, sentence=why)
                self._wait(decided, announced, Wait(decision=late, obstacle=obstacle))
            case AlreadyApplied(after=after) if announced.history.doubtful is not None:
                self.verification.conclude_announced(announced, after, (), made=True, known=known, sentence=MADE)
            case AlreadyApplied(after=after):
                why = "Somebody else made the resource compliant in the meantime; nothing was changed."
                outcome, reason = Outcome.SKIP, Reason.ALREADY_COMPLIANT
                skipped = replace(decided.decision, outcome=outcome, reason=reason, sentence=why, plan=None)
                announced.withdraw(why, replace(decided.so_far, decision=skipped).event, after=after)
            case StaleState(expected=expected, found=after):
                why = "The resource changed after the plan was made; nothing was changed."
                event = decided.so_far.event
                announced.withdraw(why, failed(event, Reason.STALE_STATE, why, after=after, expected=expected))
            case Applied(after=after, answers=answers):
                self.verification.conclude_announced(announced, after, answers, made=result.verified, known=known)
            case ChangeFailed() as broken:
                announced.fail(broken.error.reason, _left_in_place(broken, decided.plan), after=broken.left_in)
            case _ as never:
                assert_never(never)

    def _wait(self, decided: Decided, announced: Announced, wait: Wait) -> None:
        waiting = replace(decided.so_far, decision=wait)
        announced.withdraw(wait.obstacle.sentence, waiting.held(announced.history, self.journal.now()))

    def _last_look(self, decided: Decided) -> tuple[State, Knowledge]:
        """Check everything that could prevent the change, right before the write: later changes are not detected."""
        found, known, _ = self.together(
            decided.work.executor.observe,
            lambda: read_again(self.store, decided.known.subject),
            lambda: self.mail.confirm(decided.message),
        )
        return found, known

    def _obstacle(self, decided: Decided, known: Knowledge) -> Obstacle | None:
        """What now holds the change. Raises ``PolicyChanged`` or ``FactsChanged`` to have it decided again."""
        current, policy = self.policy.current(), decided.policy
        if current != policy:
            raise PolicyChanged(policy.version, current.version)
        if changed := known.changed_since(decided.known):
            raise FactsChanged(changed)
        return obstacle_to(
            policy,
            known.stops,
            account_id=known.subject.account_id,
            fix_id=known.subject.fix_id,
            environment=decided.decision.environment,
            now=self.journal.now(),
        )


def _left_in_place(broken: ChangeFailed, plan: Plan) -> str:
    """The state in which a failed plan left the resource, as far as known."""
    known = broken.error.refused and broken.left_in is not None
    least = "" if known else "at least "
    return f"{broken.error}. Changes still in place: {least}{broken.changes_left} of {len(plan.changes)}."

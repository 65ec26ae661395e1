"""Makes a change that was decided: announced on record, looked at once more, written, read back, and recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from runtime.application.attempts import attempted
from runtime.application.executor import AlreadyApplied, Applied, ChangeFailed, StaleState
from runtime.application.journal import Journal
from runtime.application.knowledge import Knowledge, read_again
from runtime.application.lease import Lease
from runtime.application.ports import (
    Add,
    Choose,
    Mail,
    Message,
    PolicySource,
    Session,
    Store,
    Together,
)
from runtime.application.verification import MADE, Verification
from runtime.application.withdrawal import withdrawal
from runtime.application.work import Work
from runtime.domain.audit import History
from runtime.domain.case import Decision, Wait
from runtime.domain.errors import FactsChanged, PolicyChanged, RecordTooLarge, SutureError
from runtime.domain.moment import obstacle_to
from runtime.domain.obstacle import Obstacle
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan, State, canonical_json
from runtime.domain.policy import Policy
from runtime.domain.stages import Considered, Written, failed
from runtime.items import counters

_SPARE_BYTES = 64 * 1024
"""What an outcome may hold besides its intent and the resource's state: calls, answers and an error, uncompressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A change that may be made now: by which ``plan`` and ``policy``, and what was known then."""

    considered: Considered
    decision: Decision
    plan: Plan
    policy: Policy
    known: Knowledge
    work: Work
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Each method raises a ``SutureError`` where the message should be tried again."""

    store: Store
    journal: Journal
    mail: Mail
    policy: PolicySource
    verification: Verification
    together: Together
    choose: Choose

    def carry_out(self, decided: Decided, history: History) -> None:
        """Make the change, and end the run; or leave it pending or held."""
        considered = replace(decided.considered, sessions=decided.work.sessions)
        lease = Lease.for_run(decided.plan.resource_arn, considered.run.id)
        try:
            history = self._announce(decided, considered, lease, history)
        except RecordTooLarge as error:
            self.journal.end(history, failed(considered.event, error.reason, f"This change is not made: {error}."))
            return
        with lease.given_back(self.store):
            self._write(decided, lease, history)

    def _announce(self, decided: Decided, considered: Considered, lease: Lease, history: History) -> History:
        """One transaction: nobody else has the resource, or has gone on with this run, and the limits hold."""
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
            return self.journal.add(history, intended, also=[lease.taken(now()), *adds], spare_bytes=largest)

        with lease.unless_busy():
            return attempted(commit, on=counter.keys)

    def _write(self, decided: Decided, lease: Lease, history: History) -> None:
        work = decided.work
        try:
            found, session, known = self._last_look(decided)
            obstacle = self._obstacle(decided, known)
        except SutureError as error:
            self._withdraw(decided, lease, history, f"{error}. Nothing was changed.", error)
            return
        if obstacle is not None:
            wait = Wait(decision=decided.decision, obstacle=obstacle)
            considered = replace(decided.considered, decision=wait, sessions=work.sessions)
            held = considered.held(obstacle, len(history.holds) + 1)
            withdrawn, also = withdrawal(self.store, history, lease, obstacle.sentence, work.sessions)
            self.journal.hold(history, withdrawn, held, also=also)
            return
        result = work.executor.apply(decided.plan, found=found, session=session)
        intent = history.open_intent
        assert intent is not None, "it was just announced"
        match result:
            case AlreadyApplied(after=after) if history.doubtful is not None:
                written = Written(intent=intent, after=after, answers=(), sessions=work.sessions)
                self.verification.conclude(written, history, lease, made=True, known=known, sentence=MADE)
            case AlreadyApplied(after=after):
                self._skip(decided, lease, history, after)
            case StaleState(expected=expected, found=after):
                why = "The resource was changed after it had been planned for; nothing was changed."
                before = replace(decided.considered, sessions=work.sessions).event
                stale = failed(before, Reason.STALE_STATE, why, after=after, expected=expected)
                withdrawn, also = withdrawal(self.store, history, lease, why, work.sessions)
                self.journal.end(history, withdrawn, stale, also=also)
            case Applied(after=after, answers=answers):
                written = Written(intent=intent, after=after, answers=answers, sessions=work.sessions)
                self.verification.conclude(written, history, lease, made=result.verified, known=known)
            case ChangeFailed() as broken:
                why = _left_in_place(broken, decided.plan)
                event = failed(intent, broken.error.reason, why, after=broken.left_in, sessions=work.sessions)
                self.journal.end(history, event, also=[lease.released()])
            case _ as never:
                assert_never(never)

    def _last_look(self, decided: Decided) -> tuple[State, Session, Knowledge]:
        """Everything that could stand in the way, as of now, while the session that writes is opened."""
        found, session, known, _ = self.together(
            decided.work.executor.observe,
            decided.work.open_write,
            lambda: read_again(self.store, decided.known.subject),
            lambda: self.mail.confirm(decided.message),
        )
        return found, session, known

    def _obstacle(self, decided: Decided, known: Knowledge) -> Obstacle | None:
        """What it has to wait for after all. Raises ``PolicyChanged`` or ``FactsChanged`` to have it decided again."""
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

    def _withdraw(self, decided: Decided, lease: Lease, history: History, why: str, error: SutureError) -> None:
        """Take the announcement back because of an error, and raise it if the message should be tried again."""
        withdrawn, also = withdrawal(self.store, history, lease, why, decided.work.sessions)
        if error.retryable:
            self.journal.add(history, withdrawn, also=also)
            raise error
        considered = replace(decided.considered, sessions=decided.work.sessions)
        self.journal.end(history, withdrawn, failed(considered.event, error.reason, why), also=also)

    def _skip(self, decided: Decided, lease: Lease, history: History, after: State) -> None:
        sentence = "Somebody else made the resource compliant in the meantime; nothing was changed."
        skipped = replace(
            decided.decision, outcome=Outcome.SKIP, reason=Reason.ALREADY_COMPLIANT, sentence=sentence, plan=None
        )
        considered = replace(decided.considered, decision=skipped, sessions=decided.work.sessions)
        sessions = decided.work.sessions
        withdrawn, also = withdrawal(self.store, history, lease, sentence, sessions, after=after)
        self.journal.end(history, withdrawn, considered.event, also=also)


def _left_in_place(broken: ChangeFailed, plan: Plan) -> str:
    """How a failed plan left the resource, saying no more than is known."""
    known = broken.error.refused and broken.left_in is not None
    least = "" if known else "at least "
    return f"{broken.error}. Changes still in place: {least}{broken.changes_left} of {len(plan.changes)}."

"""Releases held runs when nothing holds them any longer, a bounded number per account at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from runtime.application.journal import Journal
from runtime.application.ports import Choose, ConditionFailed, Delete, Put, RunMessage, Together
from runtime.domain.errors import RecordUnreadable, RegistryInvalid
from runtime.domain.facts import WaiverStatus
from runtime.domain.followup import ResumeHeld
from runtime.domain.guardrails import Stop
from runtime.domain.hold import MOST_RELEASES, Hold
from runtime.domain.moment import obstacle_to
from runtime.domain.outcome import Reason
from runtime.domain.policy import Policy
from runtime.domain.review import ReviewStatus, review_of
from runtime.items import holds
from runtime.items.exceptions import exceptions_ending, warned
from runtime.items.reminders import reminded, reminder, reminders_due
from runtime.items.stops import IN_EFFECT, stops_in_effect

MOST_RELEASED = 10
"""Runs of one account that are released and have not ended. The next is released when one ends."""

LOOKED_AT = 50
"""Of those that wait in an account, how many are looked at for the next. The sweep looks at all of them."""

RELEASED_FOR = timedelta(minutes=15)
"""Longer than a run takes with all its retries but the last: then it is released again."""

MOST_REMINDED = 25
"""Reviews that people are reminded of in one sweep. The others are due still, a minute later."""

PUT_OFF = timedelta(hours=1)
"""For how long a review that cannot be read is not looked at again; to the hour, so that two sweeps say the same."""

SWEEP_BUDGET = timedelta(seconds=40)
"""Of the function's 60 seconds. What is left then waits for the next minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Each method raises a ``SutureError`` if it should be retried; every step is idempotent."""

    journal: Journal
    together: Together
    choose: Choose

    def sweep(self) -> None:
        """Once a minute: release runs in every account; send messages about exceptions that expire soon, and reminders
        of reviews."""
        began, policy = self.journal.now(), self.journal.policy.current()
        stops = stops_in_effect(self.journal.store.read([IN_EFFECT]).item(IN_EFFECT))
        keys = [key for key, _ in self.journal.store.find(holds.ACCOUNTS)]
        first = keys.index(self.choose(keys)) if keys else 0  # no account is always last, should time run out
        for key in keys[first:] + keys[:first]:
            if self.journal.now() - began > SWEEP_BUDGET:
                self.journal.telemetry.problem(
                    "SWEEP_UNFINISHED", "The sweep's time ended before it had checked every account."
                )
                break
            self._release(key.item, policy, stops)
        self._remind(policy)
        self._warn(policy)  # last, since an exception that cannot be read ends the sweep

    def release_next(self, account_id: str) -> None:
        """Release one run in an account, for one that has ended, if it is among the longest held."""
        stops = stops_in_effect(self.journal.store.read([IN_EFFECT]).item(IN_EFFECT))
        self._release(account_id, self.journal.policy.current(), stops, most=1, look_at=LOOKED_AT)

    def _release(
        self,
        account_id: str,
        policy: Policy,
        stops: Sequence[Stop],
        *,
        most: int = MOST_RELEASED,
        look_at: int | None = None,
    ) -> None:
        now, held = self.journal.now(), list(self._held(account_id, look_at))
        at_work = [one for one in held if one.released_at is not None and now - one.released_at < RELEASED_FOR]
        idle = [one for one in held if one not in at_work]
        ready = [one for one in idle if one.releases < MOST_RELEASES and _may_go(one, policy, stops, now)]
        released = [
            (one, replace(one, releases=one.releases + 1, released_at=now))
            for one in ready[: max(0, min(most, MOST_RELEASED - len(at_work)))]
        ]
        self.journal.mail.start([_message(after) for _, after in released])
        stuck = [(one, replace(one, releases=one.releases + 1)) for one in idle if one.releases == MOST_RELEASES]
        for one, _ in stuck:
            sentence = f"{one.correlation_id} was released {MOST_RELEASES} times without an outcome."
            self.journal.telemetry.problem("RUN_STUCK", sentence)
        self.journal.mail.tell([self.journal.sender.of_stuck(one, now) for one, _ in stuck])
        self.together(*(lambda note=note: self._note(*note) for note in (*released, *stuck)))

    def _held(self, account_id: str, most: int | None) -> Iterator[Hold]:
        """The held runs of an account, the longest held first. An unreadable one is reported."""
        for key, item in self.journal.store.find(holds.holds_of(account_id), most=most):
            try:
                yield holds.hold_from_item(key, item)
            except RegistryInvalid as error:
                self.journal.telemetry.problem("HOLD_UNREADABLE", str(error))

    def _note(self, seen: Hold, hold: Hold) -> None:
        with suppress(ConditionFailed):  # it has ended, waits for something else, or an operator had it retried
            self.journal.store.commit([holds.noted(seen, hold)])

    def _warn(self, policy: Policy) -> None:
        now = self.journal.now()
        ending = exceptions_ending(self.journal.store, now, now + timedelta(days=policy.exceptions.warn_days))
        in_force = [one for one in ending if one.status is WaiverStatus.APPROVED]
        self.journal.mail.tell([self.journal.sender.of_exception(one, now) for one in in_force])
        self.together(*(lambda one=one: self.journal.store.commit([warned(one)]) for one in in_force))

    def _remind(self, policy: Policy) -> None:
        """Send each due reminder, if the review is still open. The message is sent first: a lost one is sent again.

        An unreadable review is postponed, so that it does not block the others.
        """
        now = self.journal.now()
        for key, review_id in reminders_due(self.journal.store, now, MOST_REMINDED):
            again: Sequence[Put] = ()
            try:
                review = review_of(self.journal.read(review_id))
                if review is not None and review.status(now) is ReviewStatus.PENDING:
                    if review.reminders(policy)[0] <= now:  # it is later if the review was only just reopened
                        self.journal.mail.tell([self.journal.sender.of_reminder(review, now)])
                    again = reminded(review, policy, now)
            except RecordUnreadable as error:
                self.journal.telemetry.problem("REMINDER_UNREADABLE", str(error))
                again = [reminder(review_id, now.replace(minute=0, second=0, microsecond=0) + PUT_OFF)]
            self.journal.store.commit([Delete(key), *again])


def _may_go(hold: Hold, policy: Policy, stops: Sequence[Stop], now: datetime) -> bool:
    if hold.reason is Reason.RESOURCE_BUSY and hold.until is not None and now < hold.until:
        return False
    obstacle = obstacle_to(
        policy, stops, account_id=hold.account_id, fix_id=hold.fix_id, environment=hold.environment, now=now
    )
    return obstacle is None


def _message(hold: Hold) -> RunMessage:
    """Runs on different resources are independent."""
    return RunMessage(
        run=ResumeHeld(correlation_id=hold.correlation_id, attempt=hold.attempt),
        once=f"{hold.correlation_id}/{hold.attempt}/{hold.releases}",
        in_order_with=sha256(hold.resource_arn.encode()).hexdigest(),
    )

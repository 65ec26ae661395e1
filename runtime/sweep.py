"""Sees to what waits: lets go of runs whose time has come, and tells of exceptions that are about to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from runtime.aws.exception_register import ExceptionRegister
from runtime.aws.registry import Registry
from runtime.domain.facts import WaiverStatus
from runtime.domain.followup import GoOn
from runtime.domain.moment import obstacle_to
from runtime.domain.policy import Policy
from runtime.recorder import Recorder


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Run every minute, and whenever a stop ends."""

    policy: Callable[[], Policy]
    registry: Registry
    exceptions: ExceptionRegister
    recorder: Recorder

    def sweep(self) -> None:
        """Raises a ``SutureError`` where it should be tried again; all of it can be done twice."""
        policy = self.policy()
        self.release(policy)
        self._warn(policy)

    def release(self, policy: Policy) -> None:
        """Send on every held run that nothing stands in the way of now, those that have waited longest first.

        A run stays on the list until it has ended, so one whose message is lost is sent on again.
        """
        holds = self.recorder.holds.read_all()
        if not holds:
            return
        stops, now = self.registry.stops(), self.recorder.now()
        for hold in holds:
            obstacle = obstacle_to(
                policy,
                stops,
                account_id=hold.account_id,
                fix_id=hold.fix_id,
                environment=hold.environment,
                now=now,
            )
            if obstacle is None:
                self.recorder.outbox.run(
                    GoOn(correlation_id=hold.correlation_id, attempt=hold.attempt), in_order_with=hold.account_id
                )

    def _warn(self, policy: Policy) -> None:
        """Tell once of each exception that ends soon."""
        now = self.recorder.now()
        for exception in self.exceptions.ending(now, now + timedelta(days=policy.exceptions.warn_days)):
            if exception.status is WaiverStatus.APPROVED:
                self.recorder.outbox.warn_of_end(exception, now)
                self.exceptions.warned(exception)

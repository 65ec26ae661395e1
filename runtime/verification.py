"""Looks again at a change that takes its time, until it is seen to have taken effect, or has failed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from runtime.domain.audit import AuditEvent, EventKind, History
from runtime.domain.errors import AwsError
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Compliant, State, same_state
from runtime.recorder import Recorder, failed, with_after
from runtime.work import Work, Workshop

VERIFY_ATTEMPTS = 10
"""Looks at a change that takes its time, the delay doubling up to 15 minutes. Then it has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Concludes what a run recorded and left pending."""

    workshop: Workshop
    recorder: Recorder

    def look(self, recorded: AuditEvent, history: History, *, attempt: int) -> None:
        """Look whether an intended change has taken effect; conclude, or wait for the next look.

        Raises a ``SutureError`` where it should be tried again.
        """
        work = self.workshop.resume(recorded)
        if work is None:
            self.recorder.conclude(
                failed(
                    recorded,
                    Reason.ACCOUNT_NOT_ONBOARDED,
                    "The change was announced, and then the account or the fix was taken away: nobody has looked at "
                    "whether it was made.",
                ),
                history,
            )
            return
        event = replace(recorded, kind=EventKind.OUTCOME, at=self.recorder.now())
        try:
            after = work.executor.observe()
        except AwsError as error:
            if error.retryable:
                raise
            self.recorder.conclude(failed(work.witnessed(event), error.reason, str(error)), history)
            return
        event = with_after(work.witnessed(event), after)
        if _took_effect(event, work, after):
            self.recorder.conclude(event, history)
        elif attempt < VERIFY_ATTEMPTS:
            self.recorder.wait(event, history, attempt=attempt + 1)
        else:
            aim = "back as it was" if event.outcome is Outcome.UNDO else "compliant"
            self.recorder.conclude(
                failed(
                    event,
                    Reason.VERIFICATION_FAILED,
                    f"The change was made, but the resource is still not {aim} after {attempt} looks.",
                ),
                history,
            )


def _took_effect(event: AuditEvent, work: Work, after: State) -> bool:
    if event.outcome is not Outcome.UNDO:
        return isinstance(work.executor.plan(after), Compliant)
    plan = event.evidence.plan
    assert plan is not None, "what is undone is a plan"
    return same_state(after, plan.before, plan.volatile)

"""What arrives when somebody tries a Wiz integration or automation rule out."""

from __future__ import annotations

from runtime.domain.finding import Dismissed
from runtime.domain.outcome import Outcome, Reason
from runtime.intake.fields import JsonObject

MOCK_CONTROL_ID = "wtest-id-0000"
"""The control of the made-up issue that Wiz sends for a test. All else in it looks real."""

TRIAL = Dismissed(
    outcome=Outcome.SKIP,
    reason=Reason.TEST_DELIVERY,
    sentence="A test delivery from Wiz arrived; no issue stands behind it.",
)


def is_trial(document: JsonObject) -> bool:
    return document.peek("control", "id").lower() == MOCK_CONTROL_ID or document.members.keys() == {"text"}

"""Threats and detections: something happened, as opposed to something being configured wrongly."""

from __future__ import annotations

from runtime.domain.finding import Dismissed
from runtime.domain.outcome import Outcome, Reason
from runtime.intake.fields import JsonObject, parse_word

_SOURCES = frozenset({"THREATS", "THREAT_DETECTION", "DETECTIONS"})

THREAT = Dismissed(
    outcome=Outcome.SKIP,
    reason=Reason.NOT_AN_ISSUE,
    sentence="A threat or detection arrived; only issues about a resource's configuration are handled here.",
)


def is_threat(document: JsonObject) -> bool:
    """An issue's template may carry these keys besides; then the trigger's source decides alone."""
    if parse_word(document.peek("trigger", "source")) in _SOURCES:
        return True
    return "issue" not in document.members and (document.has_object("threat") or document.peek("tdrId") != "")

"""Why a change that may be made cannot be made now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runtime.domain.outcome import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """What a change has to wait for. ``until`` is in UTC if it is known."""

    reason: Reason
    sentence: str
    until: datetime | None = None

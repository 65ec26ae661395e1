"""Messages that the platform sends to itself, through a queue that nobody else may write to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from runtime.domain.errors import MessageInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Look again whether the change of this finding has taken effect. ``attempt`` counts from 1."""

    correlation_id: str
    attempt: int


def follow_up_to_json(message: Verify) -> dict[str, Any]:
    return {"kind": "verify", **asdict(message)}


def parse_follow_up(body: str) -> Verify:
    """Read such a message. Raises ``MessageInvalid``."""
    try:
        match json.loads(body):
            case {"kind": "verify", "correlation_id": str(correlation_id), "attempt": int(attempt)}:
                return Verify(correlation_id=correlation_id, attempt=attempt)
            case other:
                raise MessageInvalid(f"expected a verify message, found {str(other)[:200]}")
    except json.JSONDecodeError as error:
        raise MessageInvalid(f"it is not JSON: {error}") from error

"""The calls that each fix was recorded to make, in ``recorded.json`` beside this: for its page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("recorded.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One call that writes, as ``service:Operation`` and its parameters."""

    call: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a fix called in one case: first to apply its plan, then to undo it."""

    case: str
    apply: tuple[RecordedCall, ...]
    undo: tuple[RecordedCall, ...]


@cache
def recorded_calls() -> Mapping[str, Recorded]:
    """By the fix's id."""
    return {
        fix_id: Recorded(
            case=found["case"],
            apply=tuple(RecordedCall(**call) for call in found["apply"]),
            undo=tuple(RecordedCall(**call) for call in found["undo"]),
        )
        for fix_id, found in json.loads(FILE.read_text(encoding="utf-8")).items()
    }

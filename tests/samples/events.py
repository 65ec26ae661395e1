"""Events as the bus has them, held to the schema that is published: closed, so that nothing is in them unsaid."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

from infra.event_schema import event_schema
from runtime.domain.notice import EVENT_SOURCE, Notice


def _closed(part: Any) -> Any:
    match part:
        case {"properties": _}:
            return {"additionalProperties": False, **{name: _closed(one) for name, one in part.items()}}
        case dict():
            return {name: _closed(one) for name, one in part.items()}
        case _:
            return part


_VALIDATOR = Draft4Validator(_closed(event_schema()), format_checker=FormatChecker())


def event_of(notice: Notice) -> dict[str, Any]:
    """As a rule's target gets it, but for what EventBridge adds."""
    return {"source": EVENT_SOURCE, "detail-type": notice.detail_type, "detail": json.loads(notice.event)}


def check_event(notice: Notice) -> None:
    """Raises ``jsonschema.ValidationError`` for an event that is not as published, also once it has left as JSON."""
    _VALIDATOR.validate(json.loads(json.dumps(event_of(notice))))

"""The JSON Schema of the events on the bus, made from ``Told``, the one description of a message.

Run as a module it writes ``docs/events``, as ``make docs`` does. A test holds every event that the code emits to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from infra.json_schema import Schema, render
from runtime.domain.notice import (
    COMMAND_TYPE,
    EVENT_SOURCE,
    EXCEPTION_TYPE,
    HELD_TYPE,
    OUTCOME_TYPE,
    REMINDER_TYPE,
    SCHEMA_VERSION,
    STUCK_TYPE,
    Told,
)

SCHEMA_FILE = (
    Path(__file__).parents[1] / "docs" / "events" / f"suture-event-{SCHEMA_VERSION.partition('.')[0]}.schema.json"
)

DETAIL_TYPES: Mapping[str, str] = {
    OUTCOME_TYPE: "a finding ended, or a run that a command started",
    COMMAND_TYPE: "an operator's or approver's command was carried out or refused",
    HELD_TYPE: "a run is held",
    STUCK_TYPE: "a held run is stuck",
    REMINDER_TYPE: "a review still waits for approval",
    EXCEPTION_TYPE: "an exception expires soon",
}

MEANINGS: Mapping[str, str] = {
    "schema_version": (
        "The schema's version. A new field increments the minor version, any other change the major version."
    ),
    "platform": "The platform's environment, as in suture -e.",
    "at": "When it happened, in UTC.",
    "headline": "A summary in one line; the subject of an e-mail.",
    "correlation_id": "The run id, as in suture audit show.",
    "issue_id": "The Wiz issue.",
    "outcome": "The outcome. A minor version can add values.",
    "reason": "The reason, as a code. A minor version can add values.",
    "sentence": "The reason, as a sentence.",
    "severity": "The finding's severity, as Wiz gives it.",
    "control": "The control and the rule behind it, by id and by name.",
    "account_id": "The AWS account of the resource.",
    "account_name": "The account's name in the registry.",
    "environment": "The environment of the resource.",
    "owner": "The owner's name, from tag, account or project.",
    "owner_path": "The sources that were searched for an owner, with what they had.",
    "contact": "The owner's contact: an e-mail address or a topic of the directory.",
    "resource_arn": "The resource.",
    "entry_id": "The catalog's entry.",
    "fix_id": "The fix.",
    "plan": "What the plan does, in a sentence.",
    "plan_digest": "The plan's digest, which an approval names.",
    "changes": "The change of each part of the resource, before → after; at most twelve.",
    "hazard": "The hazard of the plan.",
    "blast_radius": "The blast radius facts by name: a number, a boolean, a string, or a list of strings.",
    "template": "The template that manages the resource, and what to change in it.",
    "waiver_id": "The exception that the finding was skipped for, or that expires.",
    "exception": "The exception that expires.",
    "review_id": "The review of the plan, as in suture approve.",
    "until": "When the review or exception expires, or the held run is expected to be released, in UTC.",
    "approvals": "The number of approvals given.",
    "approvals_needed": "The number of approvals required.",
    "releases": "The number of releases of a held run.",
    "next_steps": "Commands for the next steps, the most likely first.",
    "wiz_url": "The issue in the Wiz portal.",
    "runbook": "The runbook, a file of docs/runbooks without its extension.",
    "runbook_url": "The URL of the runbook, if the policy has notifications.runbooks_url.",
    "group_key": "The same for all findings of one rule and owner, for one ticket.",
    "catalog_version": "The policy's version.",
    "code_version": "The platform's version.",
}


def event_schema() -> Schema:
    """An event as EventBridge delivers it. Other fields may be there: a consumer ignores what it does not know."""
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": f"Suture event {SCHEMA_VERSION}",
        "description": "A field that does not apply is empty: an empty string, list or object, the number 0, or null.",
        "type": "object",
        "required": ["detail-type", "source", "detail"],
        "properties": {
            "source": {"type": "string", "enum": [EVENT_SOURCE]},
            "detail-type": {
                "type": "string",
                "enum": list(DETAIL_TYPES),
                "description": "; ".join(f"{name}: {meaning}" for name, meaning in DETAIL_TYPES.items()),
            },
            "resources": {"type": "array", "items": {"type": "string"}},
            "detail": _object(Told, MEANINGS),
        },
    }


def _object(kind: type, meanings: Mapping[str, str] | None = None) -> Schema:
    hints = get_type_hints(kind)
    properties = {one.name: _schema(hints[one.name]) for one in fields(kind)}
    for name, meaning in (meanings or {}).items():
        properties[name]["description"] = meaning
    return {"type": "object", "required": list(properties), "properties": properties}


def _schema(hint: Any) -> Schema:
    origin, arguments = get_origin(hint), get_args(hint)
    if isinstance(hint, UnionType):
        (one,) = (_schema(argument) for argument in arguments if argument is not type(None))
        return {**one, "type": [one["type"], "null"]}
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": {} if arguments[1] is Any else _schema(arguments[1])}
    if isinstance(hint, type) and is_dataclass(hint):
        return _object(hint)
    if hint is datetime:
        return {"type": "string", "format": "date-time"}
    if issubclass(hint, Enum):
        return {"type": "string", "enum": [str(one) for one in hint]}
    return {"type": {str: "string", int: "integer"}[hint]}


if __name__ == "__main__":
    SCHEMA_FILE.write_text(render(event_schema()), encoding="utf-8")

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
    OUTCOME_TYPE: "a finding ended, or a run that somebody ordered",
    COMMAND_TYPE: "an operator's or approver's command was carried out or refused",
    HELD_TYPE: "a run waits",
    STUCK_TYPE: "a held run does not end, however often it is released",
    REMINDER_TYPE: "a review still waits for people",
    EXCEPTION_TYPE: "an exception ends soon",
}

MEANINGS: Mapping[str, str] = {
    "schema_version": "The form's version. A new field raises the second number, anything else the first.",
    "platform": "The platform's environment: what -e of the command takes.",
    "at": "When it happened, in UTC.",
    "headline": "All of it in a line; the subject of an e-mail.",
    "correlation_id": "The run: what suture audit show takes.",
    "issue_id": "The Wiz issue.",
    "outcome": "How it ended. New ones may come with a second number.",
    "reason": "Why, as a code. New ones may come with a second number.",
    "sentence": "Why, as a sentence.",
    "severity": "The finding's severity, as Wiz gives it.",
    "control": "The control and the rule behind it, by id and by name.",
    "account_id": "The AWS account of the resource.",
    "account_name": "The name that it was onboarded by.",
    "environment": "The environment of the resource.",
    "owner": "The owner's name, by tag, account or project.",
    "owner_path": "Where an owner was looked for, and what was found there.",
    "contact": "Who is told as the owner: an e-mail address or a topic of the directory.",
    "resource_arn": "The resource.",
    "entry_id": "The catalog's entry.",
    "fix_id": "The fix.",
    "plan": "What the plan does, in a sentence.",
    "plan_digest": "The plan's digest, which an approval names.",
    "changes": "What becomes of each part of the resource, before → after; twelve at most.",
    "hazard": "What the plan may break.",
    "blast_radius": "What it reaches, by name: a number, a truth, a text, or a list of texts.",
    "template": "The template that the resource comes from, and what to change there.",
    "waiver_id": "The exception that the finding was skipped for, or that ends.",
    "exception": "The exception that ends.",
    "review_id": "The review that the plan is in: what suture approve takes.",
    "until": "Until when people may approve, a run is expected to wait, or an exception holds, in UTC.",
    "approvals": "How many have approved by now.",
    "approvals_needed": "How many have to.",
    "releases": "How often a held run was released.",
    "next_steps": "Commands for what can be done now, the likeliest first.",
    "wiz_url": "The issue in the Wiz portal.",
    "runbook": "The runbook for it, a file of docs/runbooks without its ending.",
    "runbook_url": "Where that can be read, if the policy says so (notifications.runbooks_url).",
    "group_key": "The same for all findings of one rule and owner: one ticket is for all of them.",
    "catalog_version": "The policy's version.",
    "code_version": "The platform's version.",
}


def event_schema() -> Schema:
    """An event as EventBridge delivers it. Other fields may be there: a consumer ignores what it does not know."""
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": f"Suture event {SCHEMA_VERSION}",
        "description": "What does not apply is empty: a text, list or object without content, the number 0, or null.",
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

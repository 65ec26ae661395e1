"""The parts that schemas are put together from, in JSON Schema draft 4. Every object is closed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

type Schema = dict[str, Any]

ACCOUNT_ID: Schema = {"type": "string", "pattern": "^[0-9]{12}$", "description": "an AWS account id"}


def closed_object(properties: Mapping[str, Any], optional: Iterable[str] = ()) -> Schema:
    """An object with these properties and no others; all but the ``optional`` ones are required."""
    required = [name for name in properties if name not in set(optional)]
    # Draft 4 does not take an empty list here.
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": required} if required else {}),
        "properties": dict(properties),
    }


def mapping(keys: str, values: Mapping[str, Any], description: str) -> Schema:
    """An object whose keys have the form ``keys``, a regular expression."""
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "patternProperties": {keys: dict(values)},
    }


def text(description: str) -> Schema:
    """A text that is not empty."""
    return {"type": "string", "minLength": 1, "description": description}


def choice(values: Iterable[str], description: str) -> Schema:
    """One of these texts."""
    return {"type": "string", "enum": [str(value) for value in values], "description": description}


def whole_number(description: str, limits: tuple[int, int]) -> Schema:
    """A number between two, both included."""
    minimum, maximum = limits
    return {"type": "integer", "minimum": minimum, "maximum": maximum, "description": description}


def described(definition: str, description: str) -> Schema:
    """One of the document's ``definitions``, with a description of its own."""
    # What stands beside a $ref is ignored in draft 4, hence the wrapping.
    return {"description": description, "allOf": [{"$ref": f"#/definitions/{definition}"}]}


def render(schema: Schema) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def draft4(part: Any) -> Any:
    """A fragment of JSON Schema in draft 4's words, which has no ``const``, and would let everything pass for it."""
    match part:
        case {"const": value, **others}:
            return {"enum": [value], **draft4(others)}
        case Mapping():
            return {name: draft4(value) for name, value in part.items()}
        case list() | tuple():
            return [draft4(value) for value in part]
        case _:
            return part

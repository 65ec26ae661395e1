"""The JSON Schema of the policy, made from what the fixes declare: ``python -m infra.policy_schema`` writes it.

AWS AppConfig checks every deployment of the policy against it. It takes JSON Schema 4 only, of 32,768 characters at
most: https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-configuration-and-profile-validators.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runtime.domain.finding import ACTIONABLE_SEVERITIES, SEVERITIES
from runtime.domain.fix import FixSpec
from runtime.domain.policy import Mode, OwnerSource
from runtime.fixes.catalog import SPECS

SCHEMA_FILE = Path(__file__).parents[1] / "config" / "policy.schema.json"
LONGEST_SCHEMA = 32_768
"""Characters."""

NAME = "^[a-z][a-z0-9-]{0,63}$"


def policy_schema(specs: Mapping[str, FixSpec]) -> dict[str, Any]:
    """The schema of the policy document that allows exactly these fixes and their options."""
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "Suture policy",
        "description": "Which findings may be acted on, how, and where. Made from the fixes; do not edit.",
        **_object(
            {
                "version": _text(
                    "The name of this policy. It stands in every audit record: change it with the policy."
                ),
                "severity_floor": _choice(ACTIONABLE_SEVERITIES, "Findings below this severity only notify."),
                "owner": _owner(),
                "environment": _environment_tags(),
                "suppression_tag": _text("A resource with this tag is left alone, in environments that allow it."),
                "environments": _environments(),
                "catalog": {
                    "type": "array",
                    "description": "The approved answers to controls.",
                    "items": _entry(specs),
                },
            }
        ),
        "definitions": {
            "texts": {"type": "array", "uniqueItems": True, "items": {"type": "string", "minLength": 1}},
            "identifiers": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"type": "string", "minLength": 1},
            },
            "mode": {"type": "string", "enum": [mode.value for mode in Mode]},
            "fix": {"type": "string", "enum": sorted(specs)},
        },
    }


def render(schema: Mapping[str, Any]) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def compact(schema: Mapping[str, Any]) -> str:
    """The schema as AppConfig gets it. Raises ``ValueError`` if AppConfig would not take it for its length."""
    text = json.dumps(schema, separators=(",", ":"))
    if len(text) > LONGEST_SCHEMA:
        raise ValueError(f"the policy's schema has {len(text)} characters; AppConfig takes {LONGEST_SCHEMA} at most")
    return text


def _owner() -> dict[str, Any]:
    return _object(
        {
            "lookup": {
                "type": "array",
                "description": "Where an owner is looked for, in this order.",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"type": "string", "enum": [source.value for source in OwnerSource]},
            },
            "tag_keys": _described("texts", "Tags that name the owner, compared without regard to case."),
            "projects": _map("^.+$", {"type": "string", "minLength": 1}, "The owner of each Wiz project, by its name."),
        }
    )


def _environment_tags() -> dict[str, Any]:
    return _object(
        {
            "tag_keys": _described("texts", "Tags that name a resource's environment."),
            "aliases": _map("^.+$", {"type": "string", "pattern": NAME}, "Other spellings of the environments' names."),
        }
    )


def _environments() -> dict[str, Any]:
    environment = _object(
        {
            "mode": _described("mode", "The mildest thing that may happen here. A catalog entry can only be stricter."),
            "allowed_actions": {
                "description": "The fixes that may be made here: their ids, or all.",
                "oneOf": [
                    {"type": "string", "enum": ["all"]},
                    {"type": "array", "uniqueItems": True, "items": {"$ref": "#/definitions/fix"}},
                ],
            },
            "suppression_tags": {
                "type": "boolean",
                "description": "Whether the suppression tag counts here.",
            },
        }
    )
    return {**_map(NAME, environment, "What may happen in each environment."), "minProperties": 1}


def _entry(specs: Mapping[str, FixSpec]) -> dict[str, Any]:
    match = _object(
        {
            "rules": _described("identifiers", "Short ids or UUIDs of Wiz cloud configuration rules."),
            "controls": _described("identifiers", "Ids of Wiz controls."),
            "control_names": _described("identifiers", "Names of Wiz controls or rules, whole; names may change."),
        },
        optional={"rules", "controls", "control_names"},
    )
    entry = _object(
        {
            "id": {"type": "string", "pattern": NAME, "description": "The entry's own name; it stands in the audit."},
            "fix": _described("fix", "The id of the fix."),
            "match": {**match, "minProperties": 1, "description": "What it answers."},
            "resource_types": {
                "type": "array",
                "description": "CloudFormation names; unset: all that the fix knows.",
                "minItems": 1,
                "uniqueItems": True,
            },
            "severities": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"type": "string", "enum": list(SEVERITIES)},
            },
            "accounts": {
                "type": "array",
                "description": "Accounts it is for; unset: every onboarded account.",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"type": "string", "pattern": "^[0-9]{12}$", "description": "an AWS account id"},
            },
            "environments": {
                **_map(
                    NAME, {"$ref": "#/definitions/mode"}, "What it does in each environment; no others are answered."
                ),
                "minProperties": 1,
            },
            "options": {"type": "object", "description": "The fix's options."},
            "max_blast_radius": _map(
                "^[a-z][a-z0-9_]*$",
                {"type": "integer", "minimum": 0},
                "Limits on the numbers in the fix's plan; beyond one, a person must approve.",
            ),
        },
        optional={"resource_types", "accounts", "options", "max_blast_radius"},
    )
    return {**entry, "oneOf": [_fix_branch(spec) for _, spec in sorted(specs.items())]}


def _fix_branch(spec: FixSpec) -> dict[str, Any]:
    """What a catalog entry may say only because it is for this fix."""
    options = {
        name: {**_draft4(option.schema), "description": f"{option.description} Default: {json.dumps(option.default)}."}
        for name, option in spec.options.items()
    }
    return {
        "title": spec.title,
        "properties": {
            "fix": {"enum": [spec.id]},
            "resource_types": {"items": {"enum": list(spec.resource_types)}},
            "options": _object(options, optional=set(options)),
        },
    }


def _draft4(part: Any) -> Any:
    """A fragment of JSON Schema in draft 4's words, which has no ``const``, and would let everything pass for it."""
    match part:
        case {"const": value, **others}:
            return {"enum": [value], **_draft4(others)}
        case Mapping():
            return {name: _draft4(value) for name, value in part.items()}
        case list() | tuple():
            return [_draft4(value) for value in part]
        case _:
            return part


def _object(properties: Mapping[str, Any], optional: set[str] | None = None) -> dict[str, Any]:
    required = [name for name in properties if name not in (optional or ())]
    # Draft 4 does not take an empty list here.
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": required} if required else {}),
        "properties": dict(properties),
    }


def _map(keys: str, values: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "patternProperties": {keys: dict(values)},
    }


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "description": description}


def _choice(values: tuple[str, ...], description: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values), "description": description}


def _described(definition: str, description: str) -> dict[str, Any]:
    # What stands beside a $ref is ignored in draft 4, hence the wrapping.
    return {"description": description, "allOf": [{"$ref": f"#/definitions/{definition}"}]}


if __name__ == "__main__":
    SCHEMA_FILE.write_text(render(policy_schema(SPECS)), encoding="utf-8")

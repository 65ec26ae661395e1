"""The schema of a catalog entry, made from what the fixes declare."""

from __future__ import annotations

import json
from collections.abc import Mapping

from infra.json_schema import ACCOUNT_ID, Schema, closed_object, described, draft4, mapping
from runtime.domain.finding import SEVERITIES
from runtime.domain.fix import FixSpec


def catalog_entry(specs: Mapping[str, FixSpec], name: str) -> Schema:
    """An entry for one of these fixes. ``name`` is the form of the names of entries and environments."""
    match = closed_object(
        {
            "rules": described("identifiers", "Short ids or UUIDs of Wiz cloud configuration rules."),
            "controls": described("identifiers", "Ids of Wiz controls."),
            "control_names": described("identifiers", "Names of Wiz controls or rules, whole; names may change."),
        },
        optional=("rules", "controls", "control_names"),
    )
    entry = closed_object(
        {
            "id": {"type": "string", "pattern": name, "description": "The entry's own name; it stands in the audit."},
            "fix": described("fix", "The id of the fix."),
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
                "items": ACCOUNT_ID,
            },
            "environments": {
                **mapping(
                    name, {"$ref": "#/definitions/mode"}, "What it does in each environment; no others are answered."
                ),
                "minProperties": 1,
            },
            "options": {"type": "object", "description": "The fix's options."},
            "max_blast_radius": mapping(
                "^[a-z][a-z0-9_]*$",
                {"type": "integer", "minimum": 0},
                "Limits on the numbers in the fix's plan; beyond one, a person must approve.",
            ),
        },
        optional=("resource_types", "accounts", "options", "max_blast_radius"),
    )
    return {**entry, "oneOf": [_fix_branch(spec) for _, spec in sorted(specs.items())]}


def _fix_branch(spec: FixSpec) -> Schema:
    """What a catalog entry may say only because it is for this fix."""
    options = {
        name: {**draft4(option.schema), "description": f"{option.description} Default: {json.dumps(option.default)}."}
        for name, option in spec.options.items()
    }
    return {
        "title": spec.title,
        "properties": {
            "fix": {"enum": [spec.id]},
            "resource_types": {"items": {"enum": list(spec.resource_types)}},
            "options": closed_object(options, optional=options),
        },
    }

"""The schema of a catalog entry, made from what the fixes declare."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from infra.json_schema import ACCOUNT_ID, Schema, closed_object, described, draft4, mapping
from runtime.domain.finding import SEVERITIES
from runtime.domain.fix import FixSpec
from runtime.domain.policy import Mode


def catalog_entry(specs: Mapping[str, FixSpec], name: str) -> Schema:
    """An entry for one of these fixes. ``name`` is the form of the names of entries and environments."""
    properties = _properties(name)
    entry = closed_object(properties, optional=properties.keys() - {"id", "fix", "match"})
    return {**entry, "oneOf": list(_fix_branches(specs.values()))}


def overrides(name: str) -> Schema:
    """What a deployer changes of entries, by their ids. An entry is held against ``catalog_entry`` once it is whole."""
    properties = _properties(name)
    del properties["id"]
    for key, value in (
        ("environments", {"enum": [*(mode.value for mode in Mode), None]}),
        ("max_blast_radius", {"type": ["integer", "null"], "minimum": 0}),
    ):
        (form,) = properties[key]["patternProperties"]
        properties[key] = mapping(form, value, "null removes an entry.")
    entry = closed_object(properties, optional=properties)
    return mapping(name, {**entry, "type": ["object", "null"]}, "Overrides of the catalog's entries, by their ids.")


def _properties(name: str) -> dict[str, Schema]:
    match = closed_object(
        {
            "rules": described("identifiers", "Short ids or UUIDs of Wiz cloud configuration rules."),
            "controls": described("identifiers", "Ids of controls: Wiz's, or Security Hub's."),
            "control_names": described("identifiers", "Full names of Wiz controls or rules; names can change."),
        },
        optional=("rules", "controls", "control_names"),
    )
    return {
        "id": {"type": "string", "pattern": name, "description": "The entry's name, which audit records include."},
        "fix": described("fix", "The id of the fix."),
        "match": {**match, "minProperties": 1, "description": "What it matches."},
        "resource_types": described("texts", "CloudFormation names. Default: all types of the fix."),
        "severities": {
            "type": "array",
            "description": "Severities that it covers. Default: HIGH and CRITICAL.",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "string", "enum": list(SEVERITIES)},
        },
        "accounts": {
            "type": "array",
            "description": "Accounts that it covers. Default: every onboarded account.",
            "minItems": 1,
            "uniqueItems": True,
            "items": ACCOUNT_ID,
        },
        "environments": {
            **mapping(
                name,
                {"$ref": "#/definitions/mode"},
                "The mode in each environment that it covers. Default: the default_modes of each environment.",
            ),
            "minProperties": 1,
        },
        "options": {"type": "object", "description": "The fix's options."},
        "max_blast_radius": mapping(
            "^[a-z][a-z0-9_]*$",
            {"type": "integer", "minimum": 0},
            "Limits on the blast radius facts of the fix's plan; a plan beyond a limit needs approval.",
        ),
    }


def _fix_branches(specs: Iterable[FixSpec]) -> Iterator[Schema]:
    """What an entry may say only because of its fix. Those without options share one, for the schema's length."""
    in_order = sorted(specs, key=lambda spec: spec.id)
    if plain := [name for spec in in_order if not spec.options for name in (spec.id, *spec.aliases)]:
        yield {"properties": {"fix": {"enum": plain}, "options": closed_object({})}}
    for spec in in_order:
        if spec.options:
            options = {
                name: {
                    **draft4(option.schema),
                    "description": f"{option.description} Default: {json.dumps(option.default)}.",
                }
                for name, option in spec.options.items()
            }
            yield {
                "title": spec.title,
                "properties": {
                    "fix": {"enum": [spec.id, *spec.aliases]},
                    "options": closed_object(options, optional=options),
                },
            }

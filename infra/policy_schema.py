"""The JSON Schema of the policy, made from what the fixes declare: ``python -m infra.policy_schema`` writes it.

AWS AppConfig checks every deployment of the policy against it. It takes JSON Schema 4 only, of 32,768 characters at
most: https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-configuration-and-profile-validators.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.catalog_schema import catalog_entry
from infra.guardrail_schema import calendar, guardrails
from infra.json_schema import ACCOUNT_ID, Schema, choice, closed_object, described, mapping, render, text, whole_number
from runtime.domain.finding import ACTIONABLE_SEVERITIES
from runtime.domain.fix import Disruption, FixSpec
from runtime.domain.policy import (
    APPROVERS,
    CONTACT,
    REMIND_HOURS,
    REMINDERS,
    UNDO_APPROVERS,
    UNDO_DAYS,
    Mode,
    OutsideWindow,
    OwnerSource,
    TemplateMode,
)
from runtime.fixes.catalog import SPECS

SCHEMA_FILE = Path(__file__).parents[1] / "config" / "policy.schema.json"
LONGEST_SCHEMA = 32_768
"""Characters."""

_FOR_PEOPLE = ("title", "description")

NAME = "^[a-z][a-z0-9-]{0,63}$"


def policy_schema(specs: Mapping[str, FixSpec]) -> Schema:
    """The schema of the policy document that allows exactly these fixes and their options."""
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "Suture policy",
        "description": "Which findings are remediated, how, and where. Generated from the fixes; do not edit.",
        **closed_object(
            {
                "version": text(
                    "The name of this policy, which every audit record includes. Change it with the policy."
                ),
                "severity_floor": choice(ACTIONABLE_SEVERITIES, "Findings below this severity end as NOTIFY."),
                "owner": _owner(),
                "environment": _environment_tags(),
                "suppression_tag": text("A resource with this tag is skipped, in environments that allow it."),
                **guardrails(),
                "environments": _environments(),
                "accounts": _accounts(),
                "catalog": {
                    "type": "array",
                    "description": "The catalog of approved fixes.",
                    "items": catalog_entry(specs, NAME),
                },
                "notifications": _notifications(),
            },
            optional=("notifications",),
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
            "fix": {
                "type": "string",
                "enum": sorted(name for spec in specs.values() for name in (spec.id, *spec.aliases)),
            },
        },
    }


def compact(schema: Schema) -> str:
    """The schema as AppConfig gets it: without what only people read, and without each fix's own options.

    Those would make it longer than AppConfig takes with some eighty fixes. Their values are checked before anything is
    deployed, and their names again by the function. Raises ``ValueError`` if AppConfig would not take its length.
    """
    catalog = schema["properties"]["catalog"]
    entry = {name: part for name, part in catalog["items"].items() if name != "oneOf"}
    outline = {**schema, "properties": {**schema["properties"], "catalog": {**catalog, "items": entry}}}
    content = json.dumps(_without_descriptions(outline), separators=(",", ":"))
    if len(content) > LONGEST_SCHEMA:
        raise ValueError(f"the policy's schema has {len(content)} characters; AppConfig takes {LONGEST_SCHEMA} at most")
    return content


def _without_descriptions(part: Any) -> Any:
    match part:
        case Mapping():
            # What is described is a text here; what is a schema is a property of that name.
            read = {key: value for key, value in part.items() if not (key in _FOR_PEOPLE and isinstance(value, str))}
            return {key: _without_descriptions(value) for key, value in read.items()}
        case list():
            return [_without_descriptions(value) for value in part]
        case _:
            return part


def _owner() -> Schema:
    return closed_object(
        {
            "lookup": {
                "type": "array",
                "description": "The sources of an owner, in this order.",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"type": "string", "enum": [source.value for source in OwnerSource]},
            },
            "tag_keys": described("texts", "Tags that name the owner, not case-sensitive."),
            "projects": mapping(
                "^.+$", {"type": "string", "minLength": 1}, "The owner of each Wiz project, by its name."
            ),
        }
    )


def _environment_tags() -> Schema:
    return closed_object(
        {
            "tag_keys": described("texts", "Tags that name a resource's environment."),
            "aliases": mapping(
                "^.+$", {"type": "string", "pattern": NAME}, "Other spellings of the environments' names."
            ),
        }
    )


_KINDS = {
    Disruption.NONE.value: "For fixes without disruption.",
    Disruption.RECONNECT.value: "For fixes after which clients must reconnect.",
    Disruption.RESTART.value: "For fixes that restart something.",
    Disruption.DATA_PATH.value: "For fixes after which some requests or connections are denied.",
    "irreversible": "For fixes that cannot be undone, in addition.",
}
"""Default modes of an environment; if two apply, the stricter one is used."""

_CONDITION = "|".join(
    (
        f"disruption=({'|'.join(kind.value for kind in Disruption)})",
        "reversible=(true|false)",
        "service=[a-z0-9]+",
    )
)


def _environments() -> Schema:
    selector = {
        "type": "string",
        "pattern": f"^({_CONDITION})(,({_CONDITION}))*$",
        "description": "conditions such as disruption=none,reversible=true",
    }
    environment = closed_object(
        {
            "mode": described(
                "mode", ("The least strict mode in this environment. A catalog entry can only be stricter.")
            ),
            "allowed_actions": {
                "description": "The fixes that are allowed here: all, or a list of ids and of conditions.",
                "oneOf": [
                    {"type": "string", "enum": ["all"]},
                    {
                        "type": "array",
                        "uniqueItems": True,
                        "items": {"oneOf": [{"$ref": "#/definitions/fix"}, selector]},
                    },
                ],
            },
            "default_modes": closed_object({kind: described("mode", meaning) for kind, meaning in _KINDS.items()}),
            "suppression_tags": {
                "type": "boolean",
                "description": "Whether the suppression tag counts here.",
            },
            "approvers": whole_number("The number of different people who must approve a plan here.", APPROVERS),
            "undo_approvers": whole_number(
                "The number of people besides the operator who must approve an undo here.", UNDO_APPROVERS
            ),
            "undo_days": whole_number("The maximum age in days of a change that can be undone.", UNDO_DAYS),
            "remind_hours": {
                "type": "array",
                "description": (
                    "Hours before a review expires at which reminders are sent. Default: 72 and 24. The last reminder "
                    "also goes to the security team."
                ),
                "minItems": REMINDERS[0],
                "maxItems": REMINDERS[1],
                "uniqueItems": True,
                "items": whole_number("hours", REMIND_HOURS),
            },
            "template_owned": choice(TemplateMode, "How to handle a resource that a template would revert."),
            "outside_window": choice(OutsideWindow, "How to handle a change outside its window."),
            **calendar(),
        },
        optional=("default_modes", "remind_hours", *calendar()),
    )
    return {**mapping(NAME, environment, "The rules of each environment."), "minProperties": 1}


def _accounts() -> Schema:
    account = {
        "mode": described("mode", "The least strict mode in this account, whatever its environment."),
        "time_zone": text("The time zone of the account, like Europe/Berlin. Default: UTC."),
        **calendar(),
    }
    return mapping(ACCOUNT_ID["pattern"], closed_object(account, optional=account), "Additional rules of accounts.")


def _notifications() -> Schema:
    contact = {"type": "string", "pattern": f"^({CONTACT})$", "description": "an e-mail address or a topic's ARN"}
    url = {"type": "string", "pattern": "^https://[^ ]*[^ /]$"}
    properties = {
        "wiz_url": {**url, "description": "The Wiz portal, for links to issues. Default: https://app.wiz.io."},
        "runbooks_url": {**url, "description": "The URL of docs/runbooks. Default: messages name the runbook."},
        "owners": mapping("^.+$", contact, "The contact of an owner, by the name in tags, accounts or projects."),
        "accounts": mapping(ACCOUNT_ID["pattern"], contact, "The contact of an account, if its owner has none."),
        "projects": mapping("^.+$", contact, "The contact of a Wiz project, if neither owner nor account has one."),
    }
    return {**closed_object(properties, optional=properties), "description": "Links and contacts of messages."}


if __name__ == "__main__":
    SCHEMA_FILE.write_text(render(policy_schema(SPECS)), encoding="utf-8")

"""The schema of what bounds changes: exceptions, approvals, limits, drift, templates, and when changes may be made."""

from __future__ import annotations

from collections.abc import Mapping

from infra.json_schema import Schema, closed_object, text, whole_number
from runtime.domain.change_windows import DAYS
from runtime.domain.guardrails import UsageScope
from runtime.domain.policy import LIMITS

_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
_DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"

_NUMBERS: Mapping[str, Mapping[str, str]] = {
    "exceptions": {
        "max_days": "The maximum duration of an exception, in days.",
        "warn_days": "How long before its expiry the security team is notified, in days.",
    },
    "approvals": {"expire_hours": "How long a plan can be approved and the approval used, in hours."},
    "writes_per_hour": {
        UsageScope.EVERYTHING: "Runs that can write without approval within an hour in all accounts, by all fixes.",
        UsageScope.ACCOUNT: "Runs that can write without approval within an hour in one account.",
        UsageScope.FIX: "Runs that can write without approval within an hour by one fix.",
    },
    "drift": {
        "times": "A fix that was made this many times on a resource is not made again: something reverts it.",
        "days": "The period in days.",
    },
}
"""What each number means. What it may be says ``runtime.domain.policy``, which checks it once more."""


def guardrails() -> dict[str, Schema]:
    """Properties of the policy: bounds that hold in every environment."""
    return {
        **{
            section: closed_object(
                {name: whole_number(meaning, LIMITS[section][name]) for name, meaning in numbers.items()}
            )
            for section, numbers in _NUMBERS.items()
        },
        "templates": closed_object(
            {
                "cdk_tags": _marks("Tags that identify resources of the AWS CDK."),
                "terraform_tags": _marks("Tags that identify resources of Terraform."),
            }
        ),
    }


def calendar() -> dict[str, Schema]:
    """Properties of an environment or an account, both optional: when changes may be made, in local time."""
    window = closed_object(
        {
            "days": {
                "type": "array",
                "description": "The days on which it opens.",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"type": "string", "enum": list(DAYS)},
            },
            "opens": _form(_TIME, "a time of day like 22:00"),
            "closes": _form(_TIME, "a time of day like 04:00; if not later than opens, on the next day"),
        }
    )
    freeze = closed_object(
        {
            "begins": _form(f"{_DAY}T{_TIME}", "a local time like 2026-12-18T17:00"),
            "ends": _form(f"{_DAY}T{_TIME}", "a local time like 2027-01-04T08:00"),
            "reason": text("The reason, which the record of each held change includes."),
        }
    )
    return {
        "change_windows": {
            "type": "array",
            "description": "Changes are made only in these. Default: at any time.",
            "minItems": 1,
            "items": window,
        },
        "freezes": {"type": "array", "description": "No changes are made in these.", "items": freeze},
    }


def _marks(description: str) -> Schema:
    return {
        "type": "array",
        "description": description,
        "uniqueItems": True,
        "items": _form("[^=]+(=.*)?", "a tag's key, or key=value"),
    }


def _form(pattern: str, meaning: str) -> Schema:
    """A text of this form, a regular expression. The meaning is what an error says besides."""
    return {"type": "string", "pattern": f"^{pattern}$", "description": meaning}

"""What keeps a finding from coming back, for the page of the fix that answers it: ``prevention.yaml`` beside this.

Suture applies none of it. It is shown with what else it would forbid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.json_schema import Schema, choice, closed_object, text
from infra.yaml_document import ConfigurationInvalid, read_yaml, schema_problems

FILE = Path(__file__).with_name("prevention.yaml")

EXCEPTED = ("arn:*:iam::*:role/suture-remediation-*", "<the roles that deploy>")
"""Who may go on where a statement has no condition of its own."""

MEANS = ("SCP", "RCP", "EC2 policy", "S3 policy", "organization setting", "organization trail", "account setting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prevention:
    """One way. ``statement`` is that of the SCP or RCP; ``forbids`` is what else is not possible any more."""

    by: str
    what: str
    forbids: str
    source: str
    statement: Mapping[str, Any] | None

    @property
    def json(self) -> str:
        return json.dumps(self.statement, indent=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prevented:
    """All ways of a fix's finding; or none, and ``because`` says why."""

    ways: tuple[Prevention, ...] = ()
    because: str = ""


@cache
def read_prevention(path: Path = FILE) -> Mapping[str, Prevented]:
    """What prevents the finding of each fix, by the fix's id. Raises ``ConfigurationInvalid``."""
    document = read_yaml(path)
    if problems := schema_problems(document, _SCHEMA):
        raise ConfigurationInvalid(tuple(problems))
    ways: dict[str, tuple[Prevention, ...]] = {}
    for way in document.content["ways"]:
        for fix_id in way["fixes"]:
            ways[fix_id] = (*ways.get(fix_id, ()), _prevention(way))
    none = {fix_id: row["because"] for row in document.content["none"] for fix_id in row["fixes"]}
    if both := sorted(ways.keys() & none.keys()):
        problem = f"under `ways` and under `none`: {', '.join(both)}"
        raise ConfigurationInvalid((document.problem(("none",), problem),))
    prevented = {fix_id: Prevented(ways=found) for fix_id, found in ways.items()}
    return prevented | {fix_id: Prevented(because=why) for fix_id, why in none.items()}


def _prevention(way: Mapping[str, Any]) -> Prevention:
    return Prevention(
        by=way["by"],
        what=way["what"],
        forbids=way["forbids"],
        source=way["source"],
        statement=_statement(way["by"], way["deny"]) if "deny" in way else None,
    )


def _statement(by: str, deny: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "Effect": "Deny",
        **({"Principal": "*"} if by == "RCP" else {}),
        "Action": deny["actions"],
        "Resource": deny.get("resource", "*"),
        "Condition": deny.get("when", {"ArnNotLike": {"aws:PrincipalArn": list(EXCEPTED)}}),
    }


_FIXES: Schema = {"type": "array", "minItems": 1, "uniqueItems": True, "items": text("the id of a fix")}
_SCHEMA: Schema = closed_object(
    {
        "ways": {
            "type": "array",
            "items": closed_object(
                {
                    "fixes": _FIXES,
                    "by": choice(MEANS, "the AWS feature"),
                    "what": text("what it does"),
                    "forbids": text("what else it denies"),
                    "source": text("a link to AWS's documentation"),
                    "deny": closed_object(
                        {
                            "actions": {"type": "array", "minItems": 1, "items": text("an action of IAM")},
                            "resource": text("the resources; all, if not given"),
                            "when": {"type": "object", "minProperties": 1},
                        },
                        optional=("resource", "when"),
                    ),
                },
                optional=("deny",),
            ),
        },
        "none": {"type": "array", "items": closed_object({"fixes": _FIXES, "because": text("why there is none")})},
    }
)

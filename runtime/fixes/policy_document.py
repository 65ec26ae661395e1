"""Resource policies: read, compared by what they mean, and told apart from what cannot be understood."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from runtime.domain.plan import canonical_json

type Statement = Mapping[str, Any]

_UNORDERED = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")
_ELEMENTS = frozenset({"Sid", "Effect", "Condition", *_UNORDERED, *_PRINCIPALS})


class NotUnderstood(ValueError):
    """A text is not a policy document whose every element is known."""


def empty() -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": []}


def meaning(text: str) -> dict[str, Any]:
    """The document in one spelling: S3 returns principals in any order, at each read. Raises ``NotUnderstood``.

    The order of statements is kept: it means nothing either, but AWS keeps it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    try:
        policy = json.loads(text)
    except ValueError as error:
        raise NotUnderstood(text) from error
    if not isinstance(policy, dict) or "Statement" not in policy or policy.keys() - {"Version", "Id", "Statement"}:
        raise NotUnderstood(text)
    return {**policy, "Statement": [_statement(one) for one in as_list(policy["Statement"])]}


def _statement(statement: Any) -> dict[str, Any]:
    if (
        not isinstance(statement, dict)
        or statement.keys() - _ELEMENTS
        or statement.get("Effect") not in ("Allow", "Deny")
    ):
        raise NotUnderstood(statement)
    one = dict(statement)
    for name in _UNORDERED:
        if name in one:
            one[name] = _in_order(one[name])
    for name in _PRINCIPALS:
        if isinstance(one.get(name), dict):
            one[name] = {kind: _in_order(names) for kind, names in sorted(one[name].items())}
    if "Condition" in one:
        one["Condition"] = {
            operator: {key: _in_order(values) for key, values in sorted(keys.items())}
            for operator, keys in sorted(one["Condition"].items())
        }
    return one


def as_list(value: Any) -> list[Any]:
    """IAM takes one thing without brackets wherever it takes several."""
    return value if isinstance(value, list) else [value]


def _in_order(value: Any) -> Any:
    return sorted(value, key=canonical_json) if isinstance(value, list) else value


def principals(statement: Statement) -> Iterator[tuple[str, str]]:
    """Whom a statement names, as the kind of principal and its name."""
    for name in _PRINCIPALS:
        found = statement.get(name)
        if isinstance(found, str):
            yield "AWS", found
        elif isinstance(found, Mapping):
            for kind, names in found.items():
                for one in as_list(names):
                    yield kind, str(one)


def for_everybody(statement: Statement) -> bool:
    """Whether a statement is for everybody, conditions aside. ``NotPrincipal`` leaves out a few of everybody."""
    return "NotPrincipal" in statement or any(
        name == "*" for kind, name in principals({"Principal": statement.get("Principal")}) if kind in ("AWS", "*")
    )


def deleted_principals(policy: Mapping[str, Any]) -> list[str]:
    """Principals that AWS shows by their unique id, as it does once a user or role was deleted.

    AWS takes no policy that names one, so such a policy could not be put back.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    named = (name for statement in policy["Statement"] for kind, name in principals(statement) if kind == "AWS")
    return [name for name in named if re.fullmatch(r"A[A-Z]{3}[A-Z0-9]{12,}", name)]


def covers(pattern: str, target: str) -> bool:
    """Whether an ARN pattern matches all that ``target`` matches. A ``?`` in it is taken literally."""
    return re.fullmatch(".*".join(re.escape(one) for one in pattern.split("*")), target) is not None


def to_text(policy: Mapping[str, Any]) -> str:
    return json.dumps(policy, separators=(",", ":"), ensure_ascii=False)

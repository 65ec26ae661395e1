"""Resource policies: read, compared by what they mean, and told apart from what cannot be understood."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from ipaddress import ip_network
from typing import Any

from runtime.domain.plan import canonical_json

type Statement = Mapping[str, Any]

_UNORDERED = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")
_ELEMENTS = frozenset({"Sid", "Effect", "Condition", *_UNORDERED, *_PRINCIPALS})


NOT_UNDERSTOOD = "not understood"
"""Stands for the meaning of such a policy."""


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


def meaning_or_none(text: str | None) -> dict[str, Any] | str | None:
    """As ``meaning``; ``None`` for none, and ``NOT_UNDERSTOOD``."""
    try:
        return None if text is None else meaning(text)
    except NotUnderstood:
        return NOT_UNDERSTOOD


def statements(found: dict[str, Any] | str | None) -> list[Statement] | None:
    """The statements of a policy's meaning; ``None`` where it is not understood."""
    return None if isinstance(found, str) else found["Statement"] if found else []


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


def without_everybody(statement: Statement) -> Statement | None:
    """What stays of a statement that lets in everybody: those that it names besides, if any."""
    named = statement.get("Principal")
    if not isinstance(named, Mapping):
        return None
    left = {kind: [name for name in as_list(names) if name != "*"] for kind, names in named.items()}
    left = {kind: names for kind, names in left.items() if names}
    return {**statement, "Principal": left} if left else None


def is_open(statement: Statement) -> bool:
    """Whether a statement lets in everybody, on no condition that says who."""
    return (
        statement["Effect"] == "Allow"
        and "NotPrincipal" not in statement
        and for_everybody(statement)
        and {key.lower() for _, key, _ in _conditions(statement)} <= _SAY_NOTHING_OF_WHO
    )


def is_nearly_open(statement: Statement) -> bool:
    """Whether a statement lets in everybody, on conditions of which none limits it to fixed values of who.

    AWS calls it public; but somebody meant to limit it.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
    """
    return (
        statement["Effect"] == "Allow"
        and for_everybody(statement)
        and not is_open(statement)
        and ("NotPrincipal" in statement or not any(_limits(*condition) for condition in _conditions(statement)))
    )


_SAY_NOTHING_OF_WHO = frozenset(
    {"aws:securetransport", "s3:tlsversion", "lambda:functionurlauthtype", "lambda:invokedviafunctionurl"}
)
_SAY_WHO = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
_EQUAL = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")


def _conditions(statement: Statement) -> Iterator[tuple[str, str, list[str]]]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield operator, key, [str(value) for value in as_list(values)]


def _limits(operator: str, key: str, values: list[str]) -> bool:
    """Whether a condition holds for fixed values of who only. Where the key may be missing, it does not limit."""
    operator = operator.removeprefix("ForAnyValue:")
    if operator == "IpAddress" and key.lower() == "aws:sourceip":
        return all(map(_is_narrow, values))
    fixed = all(re.search(r"[*?]|\$\{", value) is None for value in values)
    return operator in _EQUAL and key.lower() in _SAY_WHO and fixed


def _is_narrow(cidr: str) -> bool:
    try:
        network = ip_network(cidr, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= (8 if network.version == 4 else 32)


def allows(
    statements: Iterable[Statement],
    service: str,
    action: str,
    resource: str,
    context: Mapping[str, str],
    *,
    account: str = "",
) -> bool:
    """Whether statements let a service principal do something. What is not understood of them does not allow.

    ``context`` holds the condition keys that are known, in lower case. Denials on conditions are left aside. With
    ``account``, the ARN of an account's root, it may be the account as well: an older way for a service to act.
    """
    names = {("Service", service), ("AWS", "*"), ("*", "*"), *({("AWS", account)} if account else ())}
    about = [one for one in statements if _is_about(one, names, action, resource)]
    return not any(one["Effect"] == "Deny" and not one.get("Condition") for one in about) and any(
        one["Effect"] == "Allow" and all(_is_met(context, *condition) for condition in _conditions(one))
        for one in about
    )


def _is_about(statement: Statement, names: Set[tuple[str, str]], action: str, resource: str) -> bool:
    named = {*principals({"Principal": statement.get("Principal")})}
    actions = (str(one).lower() for one in as_list(statement.get("Action", [])))
    return (
        not named.isdisjoint(names)
        and any(covers(pattern, action.lower()) for pattern in actions)
        and any(covers(str(pattern), resource) for pattern in as_list(statement.get("Resource", "*")))
    )


def _is_met(context: Mapping[str, str], operator: str, key: str, values: list[str]) -> bool:
    known = context.get(key.lower())
    if operator not in (*_EQUAL, "Bool") or known is None:
        return False
    return any(covers(value, known) if operator not in ("StringEquals", "Bool") else value == known for value in values)


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

"""Resource policies: parsed, compared by meaning, and distinguished from policies that are not understood."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from ipaddress import collapse_addresses, ip_network
from typing import Any

type Statement = Mapping[str, Any]

_UNORDERED = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")
_KINDS = frozenset({"AWS", "CanonicalUser", "Federated", "Service", "*"})
_ELEMENTS = frozenset({"Sid", "Effect", "Condition", *_UNORDERED, *_PRINCIPALS})


NOT_UNDERSTOOD = "not understood"
"""The meaning of a policy that is not understood."""


class NotUnderstood(ValueError):
    """A text is not a policy document, or has unknown elements."""


def empty() -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": []}


def meaning(text: str) -> dict[str, Any]:
    """The document in canonical form: S3 returns principals in any order, at each read. Raises ``NotUnderstood``.

    The order of statements is kept: it has no meaning either, but AWS keeps it. A list of one becomes its item, and the
    values of a condition become texts, as services return them however they were written.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    try:
        policy = json.loads(text, object_pairs_hook=_object)
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
    """The statements of a policy's meaning; ``None`` if it is not understood."""
    return None if isinstance(found, str) else found["Statement"] if found else []


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """AWS does not document which of two members with the same name counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotUnderstood(pairs)
    return found


def _statement(statement: Any) -> dict[str, Any]:
    if (
        not isinstance(statement, dict)
        or statement.keys() - _ELEMENTS
        or statement.get("Effect") not in ("Allow", "Deny")
        or not isinstance(statement.get("Sid", ""), str)
    ):
        raise NotUnderstood(statement)
    one = dict(statement)
    for name in _UNORDERED:
        if name in one:
            one[name] = _in_one_spelling(one[name])
    for name in _PRINCIPALS:
        if name in one:
            one[name] = _named(one[name])
    if "Condition" in one:
        one["Condition"] = {
            operator: {
                key: _in_one_spelling(list(map(_as_text, as_list(values)))) for key, values in _members(keys).items()
            }
            for operator, keys in _members(one["Condition"]).items()
        }
    return one


def _named(principal: Any) -> Any:
    if isinstance(principal, str):
        return principal
    members = _members(principal)
    if members.keys() - _KINDS:
        raise NotUnderstood(principal)
    return {kind: _in_one_spelling(names) for kind, names in members.items()}


def _members(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotUnderstood(value)
    return dict(sorted(value.items()))


def _as_text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _in_one_spelling(value: Any) -> Any:
    """One text, or several in order."""
    texts = as_list(value)
    if not all(isinstance(text, str) for text in texts):
        raise NotUnderstood(value)
    return texts[0] if len(texts) == 1 else sorted(texts)


def as_list(value: Any) -> list[Any]:
    """IAM accepts a single item without brackets wherever it accepts a list."""
    return value if isinstance(value, list) else [value]


def principals(statement: Statement) -> Iterator[tuple[str, str]]:
    """The principals that a statement names, as kind and name."""
    for name in _PRINCIPALS:
        found = statement.get(name)
        if isinstance(found, str):
            yield "AWS", found
        elif isinstance(found, Mapping):
            for kind, names in found.items():
                for one in as_list(names):
                    yield kind, str(one)


def for_everybody(statement: Statement) -> bool:
    """Whether a statement applies to all principals, conditions aside. ``NotPrincipal`` excludes a few of them."""
    return "NotPrincipal" in statement or any(
        name == "*" for kind, name in principals({"Principal": statement.get("Principal")}) if kind in ("AWS", "*")
    )


def lets_in_others(statement: Statement, account_id: str) -> bool:
    """Whether a statement allows anything to principals outside the account: another account's, all, a service."""
    return statement["Effect"] == "Allow" and (
        for_everybody(statement)
        or any(f":{account_id}:" not in name and name != account_id for _, name in principals(statement))
    )


def _names_by_pattern(statement: Statement) -> bool:
    """Whether a statement names principals by a pattern, or all services or users of a kind.

    AWS has no such principal, except for all principals; how a service evaluates one is not documented.
    """
    return any(
        re.search("[*?]", name) and (kind, name) not in (("AWS", "*"), ("*", "*"))
        for kind, name in principals({"Principal": statement.get("Principal")})
    )


def without_everybody(statement: Statement) -> Statement | None:
    """What remains of a statement that allows all principals: those that it also names, if any."""
    named = statement.get("Principal")
    if not isinstance(named, Mapping):
        return None
    left = {kind: [name for name in as_list(names) if name != "*"] for kind, names in named.items()}
    left = {kind: _in_one_spelling(names) for kind, names in left.items() if names}
    return {**statement, "Principal": left} if left else None


def is_open(statement: Statement) -> bool:
    """Whether a statement allows all principals, without a condition on the principal."""
    return (
        statement["Effect"] == "Allow"
        and "NotPrincipal" not in statement
        and for_everybody(statement)
        and not _names_by_pattern(statement)
        and {key.lower() for _, key, _ in _conditions(statement)} <= _SAY_NOTHING_OF_WHO
    )


def is_nearly_open(statement: Statement) -> bool:
    """Whether a statement allows all principals, and no condition limits it to fixed values of the principal.

    A statement that names principals by a pattern counts as one. AWS calls it public; but it was meant to be limited.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
    """
    return (
        statement["Effect"] == "Allow"
        and (for_everybody(statement) or _names_by_pattern(statement))
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
            yield operator, key, as_list(values)


def _limits(operator: str, key: str, values: list[str]) -> bool:
    """Whether a condition holds only for fixed values of the principal. It does not limit if the key may be missing."""
    operator = operator.removeprefix("ForAnyValue:")
    if operator == "IpAddress" and key.lower() == "aws:sourceip":
        return _are_narrow(values)
    fixed = all(re.search(r"[*?]|\$\{", value) is None for value in values)
    return operator in _EQUAL and key.lower() in _SAY_WHO and fixed


def _are_narrow(cidrs: Iterable[str]) -> bool:
    """Whether all are narrow, adjacent ones merged: narrow ranges can together be the whole internet."""
    try:
        networks = [ip_network(cidr, strict=False) for cidr in cidrs]
    except ValueError:
        return False
    return all(
        network.prefixlen >= narrow
        for version, narrow in ((4, 8), (6, 32))
        for network in collapse_addresses([one for one in networks if one.version == version])  # type: ignore[type-var]
    )


def allows(
    statements: Collection[Statement],
    service: str,
    action: str,
    resource: str,
    context: Mapping[str, str],
    *,
    account: str = "",
) -> bool:
    """Whether statements allow an action to a service principal.

    An allow that is not understood does not count, and a denial that is not understood does. ``context`` holds the
    known condition keys, in lower case. With ``account``, the ARN of an account's root, statements for it count too: an
    older way for a service to act. ``resource`` may end with ``*``; if empty, it is the policy's own.
    """
    ways = [("Service", service), *([("AWS", account)] if account else ())]
    return any(_allows(statements, who, action, resource, context) for who in ways)


def _allows(
    statements: Collection[Statement], who: tuple[str, str], action: str, resource: str, context: Mapping[str, str]
) -> bool:
    names = {who, ("AWS", "*"), ("*", "*")}
    known = {**_OF_SERVICES, "aws:principalisawsservice": json.dumps(who[0] == "Service"), **context}
    return not any(_may_deny(one, names, action, resource, known) for one in statements) and any(
        one["Effect"] == "Allow"
        and _is_about(one, names, action, resource)
        and all(_is_met(known, *condition) for condition in _conditions(one))
        for one in statements
    )


_OF_SERVICES = {"aws:securetransport": "true", "s3:tlsversion": "1.2"}
"""The condition keys whose values are known for every call of an AWS service."""


def _is_about(statement: Statement, names: Set[tuple[str, str]], action: str, resource: str) -> bool:
    return (
        "NotResource" not in statement
        and not names.isdisjoint(principals({"Principal": statement.get("Principal")}))
        and any(covers(pattern.lower(), action.lower()) for pattern in as_list(statement.get("Action", [])))
        and any(covers(pattern, resource) for pattern in as_list(statement.get("Resource", "*")))
    )


def _is_met(known: Mapping[str, str], operator: str, key: str, values: list[str]) -> bool:
    found = known.get(key.lower())
    if found is None:
        return False
    match operator:
        case "StringEquals":
            return found in values
        case "Bool":
            return found in map(str.lower, values)
        case "StringLike" | "ArnEquals" | "ArnLike":
            return any(covers(value, found) for value in values)
        case _:
            return False


def _may_deny(
    statement: Statement, names: Set[tuple[str, str]], action: str, resource: str, known: Mapping[str, str]
) -> bool:
    """Whether it is a denial that may apply to these principals, this action and this resource."""
    who = "NotPrincipal" in statement or _names_by_pattern(statement) or not names.isdisjoint(principals(statement))
    return (
        statement["Effect"] == "Deny"
        and who
        and any(_may_meet(one.lower(), action.lower()) for one in as_list(statement.get("Action", "*")))
        and not any(covers(one.lower(), action.lower()) for one in as_list(statement.get("NotAction", [])))
        and any(not resource or _may_meet(one, resource) for one in as_list(statement.get("Resource", "*")))
        and not any(covers(one, resource) for one in as_list(statement.get("NotResource", [])))
        and not any(_is_unmet(known, *condition) for condition in _conditions(statement))
    )


def _is_unmet(known: Mapping[str, str], operator: str, key: str, values: list[str]) -> bool:
    """Whether a condition is certainly not met."""
    found = known.get(key.lower())
    if found is None:
        return False
    match operator.removesuffix("IfExists"):
        case "StringEquals" | "StringLike" | "ArnEquals" | "ArnLike":
            return not any(_may_meet(value, found) for value in values)
        case "Bool":
            return found not in map(str.lower, values)
        case "NumericLessThan":
            return all(_is_at_least(found, value) for value in values)
        case "StringNotEquals":
            return found in values
        case "StringNotLike" | "ArnNotEquals" | "ArnNotLike":
            return any(covers(value, found) for value in values)
        case _:
            return False


def _is_at_least(one: str, other: str) -> bool:
    try:
        return float(one) >= float(other)
    except ValueError:
        return False


def deleted_principals(policy: Mapping[str, Any]) -> list[str]:
    """Principals that AWS shows by their unique id, because the user or role was deleted.

    AWS refuses a policy that names one, so such a policy could not be restored.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    named = (name for statement in policy["Statement"] for kind, name in principals(statement) if kind == "AWS")
    return [name for name in named if re.fullmatch(r"A[A-Z]{3}[A-Z0-9]{12,}", name)]


def covers(pattern: str, target: str) -> bool:
    """Whether an ARN pattern matches everything that ``target`` matches. A ``?`` in it is literal."""
    return re.fullmatch(".*".join(re.escape(one) for one in pattern.split("*")), target) is not None


_WILDCARD = re.compile(r"\*|\?|\$\{[^}]*\}")


def _may_meet(one: str, other: str) -> bool:
    """Whether two patterns may match the same text. If both have wildcards, only the text before them is compared."""
    for pattern, text in ((one, other), (other, one)):
        if not _WILDCARD.search(text):
            return re.fullmatch(".*".join(map(re.escape, _WILDCARD.split(pattern))), text, re.DOTALL) is not None
    one, other = (_WILDCARD.split(text)[0] for text in (one, other))
    return one.startswith(other) or other.startswith(one)


def to_text(policy: Mapping[str, Any]) -> str:
    return json.dumps(policy, separators=(",", ":"), ensure_ascii=False)

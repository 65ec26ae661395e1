"""Resource policies: read, compared by what they mean, and told apart from what cannot be understood."""

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
"""Stands for the meaning of such a policy."""


class NotUnderstood(ValueError):
    """A text is not a policy document whose every element is known."""


def empty() -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": []}


def meaning(text: str) -> dict[str, Any]:
    """The document in one spelling: S3 returns principals in any order, at each read. Raises ``NotUnderstood``.

    The order of statements is kept: it means nothing either, but AWS keeps it. A list of one is that one, and what a
    condition compares with is a text, as services answer them whatever was written.
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
    """The statements of a policy's meaning; ``None`` where it is not understood."""
    return None if isinstance(found, str) else found["Statement"] if found else []


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Which of two members of the same name counts is nowhere said."""
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
    """IAM takes one thing without brackets wherever it takes several."""
    return value if isinstance(value, list) else [value]


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


def lets_in_others(statement: Statement, account_id: str) -> bool:
    """Whether a statement allows anything to anybody but principals of the account: another's, everybody, a service."""
    return statement["Effect"] == "Allow" and (
        for_everybody(statement)
        or any(f":{account_id}:" not in name and name != account_id for _, name in principals(statement))
    )


def _names_by_pattern(statement: Statement) -> bool:
    """Whether a statement names principals by a pattern, or all services or users of a kind.

    AWS knows no such principal, but for everybody; what a service makes of one is nowhere said.
    """
    return any(
        re.search("[*?]", name) and (kind, name) not in (("AWS", "*"), ("*", "*"))
        for kind, name in principals({"Principal": statement.get("Principal")})
    )


def without_everybody(statement: Statement) -> Statement | None:
    """What stays of a statement that lets in everybody: those that it names besides, if any."""
    named = statement.get("Principal")
    if not isinstance(named, Mapping):
        return None
    left = {kind: [name for name in as_list(names) if name != "*"] for kind, names in named.items()}
    left = {kind: _in_one_spelling(names) for kind, names in left.items() if names}
    return {**statement, "Principal": left} if left else None


def is_open(statement: Statement) -> bool:
    """Whether a statement lets in everybody, on no condition that says who."""
    return (
        statement["Effect"] == "Allow"
        and "NotPrincipal" not in statement
        and for_everybody(statement)
        and not _names_by_pattern(statement)
        and {key.lower() for _, key, _ in _conditions(statement)} <= _SAY_NOTHING_OF_WHO
    )


def is_nearly_open(statement: Statement) -> bool:
    """Whether a statement lets in everybody, on conditions of which none limits it to fixed values of who.

    So does one that names principals by a pattern, for all that is known. AWS calls it public; but somebody meant to
    limit it.
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
    """Whether a condition holds for fixed values of who only. Where the key may be missing, it does not limit."""
    operator = operator.removeprefix("ForAnyValue:")
    if operator == "IpAddress" and key.lower() == "aws:sourceip":
        return _are_narrow(values)
    fixed = all(re.search(r"[*?]|\$\{", value) is None for value in values)
    return operator in _EQUAL and key.lower() in _SAY_WHO and fixed


def _are_narrow(cidrs: Iterable[str]) -> bool:
    """Whether they are, those that touch taken together: the whole internet can be listed in narrow ranges, too."""
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
    """Whether statements let a service principal do something.

    What is not understood of those that allow does not allow, and of those that deny does. ``context`` holds the
    condition keys that are known, in lower case. With ``account``, the ARN of an account's root, it may be the account
    as well: an older way for a service to act. ``resource`` may end with ``*``; empty, it is the policy's own.
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
"""What is known of each call that an AWS service makes."""


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
    """Whether it is a denial of which it is not certain that it is about somebody or something else."""
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
    """Whether it is certain that a condition is not met."""
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
    """Principals that AWS shows by their unique id, as it does once a user or role was deleted.

    AWS takes no policy that names one, so such a policy could not be put back.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    named = (name for statement in policy["Statement"] for kind, name in principals(statement) if kind == "AWS")
    return [name for name in named if re.fullmatch(r"A[A-Z]{3}[A-Z0-9]{12,}", name)]


def covers(pattern: str, target: str) -> bool:
    """Whether an ARN pattern matches all that ``target`` matches. A ``?`` in it is taken literally."""
    return re.fullmatch(".*".join(re.escape(one) for one in pattern.split("*")), target) is not None


_WILDCARD = re.compile(r"\*|\?|\$\{[^}]*\}")


def _may_meet(one: str, other: str) -> bool:
    """Whether two patterns may match the same. Of two with wildcards, only what comes before those is compared."""
    for pattern, text in ((one, other), (other, one)):
        if not _WILDCARD.search(text):
            return re.fullmatch(".*".join(map(re.escape, _WILDCARD.split(pattern))), text, re.DOTALL) is not None
    one, other = (_WILDCARD.split(text)[0] for text in (one, other))
    return one.startswith(other) or other.startswith(one)


def to_text(policy: Mapping[str, Any]) -> str:
    return json.dumps(policy, separators=(",", ":"), ensure_ascii=False)

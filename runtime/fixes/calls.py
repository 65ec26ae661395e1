"""Calls of AWS's API as data: what is read of a resource, and what is written to it.

Parameters are templates. In a text, ``${name}``, ``${arn}``, ``${account_id}``, ``${region}`` and ``${partition}``
stand for the resource, and further names for its handle (a queue's URL) and for options. A ``Value`` stands for a part
of the state.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from string import Template
from typing import Any

from runtime.domain.errors import AwsError, AwsNotFound
from runtime.domain.fix import Permission
from runtime.domain.plan import Change, State, canonical_json
from runtime.fixes import policy_document
from runtime.fixes.contract import Call, Reader


@dataclass(frozen=True, slots=True)
class Value:
    """In the parameters of a ``Write``: the value to set. Dots address its parts, as in ``configuration.Status``."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """How a list is paginated: the answer's member with the token of the next page, and the parameter that takes it.

    ``cut`` is the separate member that says that the list is truncated, if there is one.
    """

    more: str
    sent_as: str
    cut: str = ""


NEXT_TOKEN = Pages(more="NextToken", sent_as="NextToken")

EMPTY_ANSWER = "EmptyAnswer"
"""Suture's own error code: the resource is not in the list that AWS returned."""

_INCOMPLETE = "IncompleteAnswer"
_FIRST = "[0]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of AWS's API, as boto3's client and its operation: ``rds:DescribeDBInstances``.

    ``action`` is the IAM action if it has another name, and ``on`` the ARN that IAM limits it to.
    """

    call: str
    by: Mapping[str, Any]
    action: str = ""
    on: str = "${arn}"

    @property
    def permission(self) -> Permission:
        return Permission(action=self.action or self.call, operation=self.call, resource=self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Operation):
    """What is read of a resource.

    ``at`` is the path to the object itself; names in it have the same meaning as in parameters. ``keep`` names the
    parts of the object that go into the state, each with its JMESPath below ``at``; a tuple of names is short for
    members of these names. ``or_none`` are those that AWS omits from a complete answer, and ``absent`` are the error
    codes for "nothing is configured": the state then has ``None``. Anything else that is missing is absent from the
    state, and no plan is made. ``sets`` are lists whose order has no meaning, and ``policies`` are texts of policies,
    whose meaning is kept. ``last``: made only if no ``first`` guard refuses. ``option`` is the option whose value it
    takes, and ``of`` the part of the state, a text: the call is made as if ``last``, and only if that one is set.
    """

    at: str = ""
    keep: Mapping[str, str] | tuple[str, ...] = ()
    or_none: tuple[str, ...] = ()
    absent: str | tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    pages: Pages | None = None
    last: bool = False
    option: str = ""
    of: str = ""

    @property
    def _absent(self) -> tuple[str, ...]:
        return (self.absent,) if isinstance(self.absent, str) else self.absent

    @property
    def depends(self) -> bool:
        """Whether the call is conditional."""
        return self.last or bool(self.option) or bool(self.of)

    @property
    def paths(self) -> Mapping[str, str]:
        return self.keep if isinstance(self.keep, Mapping) else {name: f'"{name}"' for name in self.keep}

    def calls(self, texts: Mapping[str, str]) -> Call:
        """The first call that it makes."""
        service, operation = self.call.split(":")
        return Call(service, operation, fill(self.by, texts))

    def thing(self, aws: Reader, texts: Mapping[str, str]) -> Any:
        """The value at ``at`` in the answer, over all pages; ``None`` if nothing is configured.

        Raises an ``AwsError``: with the code ``EmptyAnswer`` if a list that should contain the object is empty, and
        with ``IncompleteAnswer`` if the answer does not have it at all. Not shown does not mean that it does not exist.
        """
        service, operation = self.call.split(":")
        parameters = dict(fill(self.by, texts))
        answer = aws.find(service, operation, self._absent, **parameters)
        if answer is None:
            return None
        at = _filled_path(self.at, texts)
        found = search(at, answer) if at else answer
        if found is None and at.endswith(_FIRST) and search(at.removesuffix(_FIRST), answer) == []:
            raise AwsNotFound(
                service=service, operation=operation, code=EMPTY_ANSWER, message="the answer names nothing"
            )
        while found is not None and self.pages and (answer.get(self.pages.more) or answer.get(self.pages.cut)):
            token = answer.get(self.pages.more)  # a truncated answer without a token is incomplete
            answer = aws.read(service, operation, **parameters, **{self.pages.sent_as: token}) if token else {}
            page = search(at, answer)
            found = None if page is None else [*found, *page]
        if found is None:
            raise AwsError(
                service=service, operation=operation, code=_INCOMPLETE, message=f"the answer has no {self.at}"
            )
        return found

    def state(self, aws: Reader, texts: Mapping[str, str]) -> dict[str, Any]:
        """The parts to keep, as far as AWS shows them. Raises an ``AwsError``."""
        try:
            thing = self.thing(aws, texts)
        except AwsError as error:
            if error.code == _INCOMPLETE:
                return {}
            raise
        if thing is None:
            return dict.fromkeys(self.paths)
        found = {name: search(path, thing) for name, path in self.paths.items()}
        found |= {name: sorted(found[name], key=canonical_json) for name in self.sets if found[name] is not None}
        found |= {name: policy_document.meaning_or_none(found[name]) for name in self.policies}
        return {name: value for name, value in found.items() if value is not None or name in self.or_none}


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Operation):
    """One call that changes a resource."""

    @property
    def values(self) -> tuple[str, ...]:
        """The parts of the state that its parameters use."""
        return tuple(_values(self.by))

    def change(
        self, texts: Mapping[str, str], values: State, leaves: State | None = None, *, whole: bool = False
    ) -> Change:
        """Raises ``KeyError`` if a ``Value`` is not in the state."""
        service, operation = self.call.split(":")
        return Change(
            service=service,
            operation=operation,
            parameters=fill(self.by, texts, values),
            leaves=leaves or {},
            whole=whole,
        )


def fill(template: Any, texts: Mapping[str, str], values: State | None = None) -> Any:
    """A template with all names replaced. Raises ``KeyError`` for an unknown name."""
    match template:
        case str():
            return Template(template).substitute(texts) if "$" in template else template
        case Value(name=name):
            return part(values or {}, name)
        case Mapping():
            return {key: fill(member, texts, values) for key, member in template.items()}
        case list() | tuple():
            return [fill(member, texts, values) for member in template]
        case _:
            return template


def _filled_path(path: str, texts: Mapping[str, str]) -> str:
    """A JMESPath with its names replaced by literals. https://jmespath.org/specification.html#literal-expressions"""
    if "$" not in path:
        return path
    return Template(path).substitute({name: _literal(text) for name, text in texts.items()})


def _literal(text: str) -> str:
    return f"`{json.dumps(text).replace('`', r'\`')}`"


def _values(template: Any) -> Iterator[str]:
    match template:
        case Value(name=name):
            yield name
        case Mapping():
            yield from _values(list(template.values()))
        case list() | tuple():
            for member in template:
                yield from _values(member)


def part(state: State, path: str) -> Any:
    """The part of a state at a path with dots; ``None`` below ``None``. Raises ``KeyError``."""
    first, _, rest = path.partition(".")
    value = state[first]
    return part(value, rest) if rest and value is not None else value


def with_part(state: State, path: str, value: Any) -> dict[str, Any]:
    """A copy of the state with one part replaced. ``None`` on the path becomes an object."""
    first, _, rest = path.partition(".")
    return {**state, first: with_part(state.get(first) or {}, rest, value) if rest else value}


def search(path: str, value: Any) -> Any:
    """The result of a JMESPath, as JSON types; ``None`` for nothing. https://jmespath.org/specification.html"""
    import jmespath  # noqa: PLC0415  botocore brings it; a fix that reads nothing by a path does not need it

    try:
        return _plain(_compiled(path).search(value))
    except jmespath.exceptions.JMESPathTypeError:  # a function of a missing value
        return None


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Mapping():
            return {name: _plain(member) for name, member in value.items()}
        case list() | tuple():
            return [_plain(member) for member in value]
        case _:
            return value


@lru_cache(maxsize=1024)  # some name a resource
def _compiled(path: str) -> Any:
    import jmespath  # noqa: PLC0415

    return jmespath.compile(path)

"""Values as JSON, and back, by the types of their fields: a type's declaration is its schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeAliasType, cast, get_args, get_origin, get_type_hints

type _Read = Callable[[Any], Any]


def to_text(value: object, plain: Callable[[object], object] | None = None) -> str:
    """A value as JSON: dataclasses as objects, times in ISO 8601. ``plain`` converts other types that JSON does not
    have."""
    return json.dumps(value, default=plain or to_plain, separators=(",", ":"), ensure_ascii=False)


def to_json(value: object) -> dict[str, Any]:
    """A dataclass as JSON types."""
    return dict(json.loads(to_text(value)))


def to_plain(value: object) -> object:
    """A JSON value for a type that JSON does not have. AWS returns dates as objects; a record has their text."""
    if is_dataclass(value):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return value.isoformat() if isinstance(value, datetime) else str(value)


def from_json[T](kind: type[T], value: Any) -> T:
    """The inverse of ``to_text`` for a type.

    A missing field has its default, because an earlier version did not have it. Raises ``KeyError`` for one without,
    ``TypeError`` or ``ValueError`` for any other value.
    """
    read: T = _reader(cast(Any, kind))(value)
    return read


@cache
def _reader(kind: Any) -> _Read:  # one for each type
    if isinstance(kind, TypeAliasType):
        return _reader(kind.__value__)
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return lambda value: value
    if isinstance(kind, UnionType):
        (one,) = (_reader(argument) for argument in arguments if argument is not type(None))
        return lambda value: None if value is None else one(value)
    if origin is tuple:
        item = _reader(arguments[0])
        return lambda value: tuple(map(item, _of(list, value)))
    if origin is Mapping:
        key, item = map(_reader, arguments)
        return lambda value: {key(name): item(one) for name, one in _of(dict, value).items()}
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    if kind is datetime:
        return _moment
    if issubclass(kind, Enum):
        enum: _Read = kind
        return enum
    return lambda value: _of(kind, value)


def _dataclass_reader(kind: Any) -> _Read:
    needed = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}

    @cache
    def readers() -> Mapping[str, _Read]:  # at the first value: a type may have itself in its fields
        return {name: _reader(hint) for name, hint in get_type_hints(kind).items()}

    def read(value: Any) -> Any:
        document, found = _of(dict, value), {}
        for name, one in readers().items():
            if name in document or name in needed:
                try:
                    found[name] = one(document[name])
                except (TypeError, ValueError) as error:
                    raise type(error)(f"{kind.__name__}.{name}: {error}") from error
        if len(found) < len(document):
            raise ValueError(f"{kind.__name__} has no {', '.join(sorted(document.keys() - found.keys()))}")
        return kind(**found)

    return read


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_of(str, value))
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return moment


def _of[T](kind: type[T], value: Any) -> T:
    if type(value) is not kind:
        raise TypeError(f"{str(value)[:80]!r} should be a {kind.__name__}")
    return value

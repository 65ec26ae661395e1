"""Conversion of values to attributes, and the size limits of items."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from runtime.application.ports import Equals, Item, Key, Put
from runtime.domain.document import from_json, to_json, to_text
from runtime.domain.errors import RegistryInvalid

MAX_ITEM_BYTES = 400 * 1024
"""Names and values. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

MOST_BYTES = MAX_ITEM_BYTES - 4096
"""Of an item's attributes. The rest is for its key and what DynamoDB adds."""


def pack(document: Any) -> bytes:
    """A value in few bytes."""
    return pack_text(to_text(document))


def pack_text(text: str) -> bytes:
    """JSON in few bytes."""
    return zlib.compress(text.encode(), level=3)


def unpack(packed: str | int | bytes) -> Any:
    """The inverse of ``pack``. Raises ``TypeError`` or ``ValueError`` for anything else."""
    if not isinstance(packed, bytes):
        raise TypeError("it is not packed")
    try:
        return json.loads(zlib.decompress(packed))
    except zlib.error as error:
        raise ValueError(f"it cannot be unpacked: {error}") from error


def size_of(item: Item) -> int:
    """The size of an item's attributes, as DynamoDB counts it, rounded up."""
    return sum(
        len(name.encode())
        + len(value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else b"0" * 21)
        for name, value in item.items()
    )


def text(item: Item, name: str) -> str:
    """A text attribute. Raises ``KeyError`` or ``TypeError``."""
    value = item[name]
    if not isinstance(value, str):
        raise TypeError(f"{name!r} is not a text")
    return value


def number(item: Item | None, name: str) -> int:
    """A number attribute; 0 if it is missing. Raises ``TypeError``."""
    value = 0 if item is None else item.get(name, 0)
    if not isinstance(value, int):
        raise TypeError(f"{name!r} is not a number")
    return value


@contextmanager
def whole(key: Key) -> Iterator[None]:
    """Converts errors of missing or invalid attributes to ``RegistryInvalid``, which names the item."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        problem = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise RegistryInvalid(partition=key.partition, item=key.item, problem=problem) from error


def to_item(value: object) -> Item:
    """A dataclass of texts, numbers and times as an item, without fields that are ``None``."""
    return {name: one for name, one in to_json(value).items() if one is not None}


def from_item[T](kind: type[T], key: Key, item: Item) -> T:
    """The inverse of ``to_item``. Raises ``RegistryInvalid`` for an incomplete item, which could forbid a change."""
    with whole(key):
        return from_json(kind, item)


def read_all[T](kind: type[tuple[T, ...]], name: str, key: Key, item: Item | None) -> tuple[T, ...]:
    """The values in one item. Raises ``RegistryInvalid`` as ``from_item`` does."""
    if item is None:
        return ()
    with whole(key):
        return from_json(kind, unpack(item[name]))


def put_all(key: Key, name: str, values: Sequence[object], found: Item | None) -> Put:
    """Write these values to an item, if it has not changed since it was ``found``."""
    version = number(found, "version")
    return Put(key, {name: pack(values), "version": version + 1}, Equals("version", version or None))

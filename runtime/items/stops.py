"""Stops in the registry: those in effect as one item, and the history as separate items.

The operator's command writes both in one transaction; the function reads the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from runtime.application.attempts import attempted
from runtime.application.ports import Absent, Item, Key, Partition, Put, Store, Table
from runtime.domain.guardrails import Stop
from runtime.items.codec import MOST_BYTES, from_item, put_all, read_all, size_of, to_item

SWITCHES = Partition(Table.REGISTRY, "switches")
IN_EFFECT = Key(*SWITCHES, "in-effect")
MOST_STOPS = 200
"""In effect at a time. One item holds them all."""

_STOP, _RESUME = "#1-stop", "#2-resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """The end of a stop. ``by`` is an ARN."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A stop, and its end if it has ended."""

    stop: Stop
    resumed: Resumption | None


def stops_in_effect(item: Item | None) -> tuple[Stop, ...]:
    """The content of ``IN_EFFECT``. Raises ``RegistryInvalid``."""
    return read_all(tuple[Stop, ...], "stops", IN_EFFECT, item)


def find_switch(store: Store, stop_id: str) -> Switch | None:
    """One stop, ended or not. Raises ``RegistryInvalid``."""
    switches = _switches(store.find(SWITCHES, begins_with=f"{stop_id}#"))
    return next((switch for switch in switches if switch.stop.id == stop_id), None)


def put_stop(store: Store, stop: Stop) -> None:
    """Put a stop in effect, for every change that has not begun to write.

    Raises ``ConditionFailed`` if its id exists, or if others repeatedly change the stops at the same time, and
    ``ValueError`` if the maximum is in effect.
    """
    put = Put(Key(*SWITCHES, stop.id + _STOP), to_item(stop), Absent())
    _change(store, put, lambda stops: (*stops, stop))


def put_resumption(store: Store, stop_id: str, resumption: Resumption) -> None:
    """End a stop. Raises ``ConditionFailed`` as ``put_stop`` does, and if it has ended already."""
    put = Put(Key(*SWITCHES, stop_id + _RESUME), to_item(resumption), Absent())
    _change(store, put, lambda stops: tuple(stop for stop in stops if stop.id != stop_id))


def _change(store: Store, put: Put, changed: Callable[[tuple[Stop, ...]], tuple[Stop, ...]]) -> None:
    def commit() -> None:
        found = store.read([IN_EFFECT]).item(IN_EFFECT)
        stops = changed(stops_in_effect(found))
        in_effect = put_all(IN_EFFECT, "stops", stops, found)
        if len(stops) > MOST_STOPS or size_of(in_effect.item) > MOST_BYTES:
            raise ValueError(f"{len(stops) - 1} stops are in effect: end some first")
        store.commit([put, in_effect])

    attempted(commit, on=[IN_EFFECT])


def _switches(found: Iterable[tuple[Key, Item]]) -> Iterator[Switch]:
    by_key = dict(found)
    for key, item in by_key.items():
        if key.item.endswith(_STOP):
            stop = from_item(Stop, key, item)
            end = key._replace(item=stop.id + _RESUME)
            yield Switch(stop=stop, resumed=from_item(Resumption, end, by_key[end]) if end in by_key else None)

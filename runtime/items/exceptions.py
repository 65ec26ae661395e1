"""Exceptions in the ledger: each step is an item that never changes, and those in force are one item.

There is one such item per account, and one for exceptions of any account: the function reads only exceptions in force.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache

from runtime.application.ports import Absent, Item, Key, Partition, Put, Store, Table, Write
from runtime.domain.document import from_json, to_text
from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step
from runtime.domain.facts import Waiver, Waivers
from runtime.items.codec import MOST_BYTES, put_all, read_all, size_of, text, whole

MOST_IN_FORCE = 500
"""For one account, and for any. One item holds them all."""

_REQUEST, _APPROVAL, _REVOCATION = "#1-request", "#2-approval", "#3-revocation"
_BY_END = Partition(Table.LEDGER, "exceptions-by-end")
_WARNED = Partition(Table.LEDGER, "exceptions-warned")


def in_force_key(account_id: str) -> Key:
    """The key of the exceptions in force for an account, or with an empty text for any account."""
    return Key(Table.LEDGER, "exceptions-in-force", account_id or "any")


def exceptions_in_force(key: Key, item: Item | None) -> tuple[Waiver, ...]:
    """Raises ``RegistryInvalid``."""
    return read_all(tuple[Waiver, ...], "exceptions", key, item)


def in_force_together(found: Iterable[tuple[Key, Item | None]]) -> Waivers:
    """The exceptions of several items. Compiled again only when one of the items has changed.

    Raises ``RegistryInvalid`` as ``exceptions_in_force`` does.
    """
    there = tuple((key, tuple(item.items())) for key, item in found if item is not None)
    return _compiled(there)


@lru_cache(maxsize=32)
def _compiled(found: tuple[tuple[Key, tuple[tuple[str, str | int | bytes], ...]], ...]) -> Waivers:
    return Waivers(registered=tuple(one for key, item in found for one in exceptions_in_force(key, dict(item))))


def find_exception(store: Store, exception_id: str, account_id: str) -> RegisteredException | None:
    """The exception with this id and account, empty for any. Raises ``RegistryInvalid``."""
    return next(_exceptions(store.find(_partition(account_id), begins_with=f"{exception_id}#")), None)


def list_exceptions(store: Store) -> tuple[RegisteredException, ...]:
    """Every exception of every account, by expiry. Raises ``RegistryInvalid``."""
    return tuple(_listed(store, store.find(_BY_END)))


def exceptions_ending(store: Store, after: datetime, before: datetime) -> tuple[RegisteredException, ...]:
    """The exceptions that expire between these times (UTC), without a sent warning."""
    between = (after.isoformat(), before.isoformat())
    warned = {key.item for key, _ in store.find(_WARNED, between=between)}
    return tuple(_listed(store, [one for one in store.find(_BY_END, between=between) if one[0].item not in warned]))


def warned(exception: RegisteredException) -> Put:
    """Record that a warning was sent."""
    return Put(Key(*_WARNED, _end_of(exception.request)), {})


def requested(request: ExceptionRequest) -> tuple[Write, ...]:
    """Register a request, if its id does not exist in its account."""
    listed = {"id": request.id, "account_id": request.account_id}
    return _put(request, _REQUEST, request), Put(Key(*_BY_END, _end_of(request)), listed)


def approved(exception: RegisteredException, step: Step, found: Item | None, now: datetime) -> tuple[Write, ...]:
    """Put an exception in force. ``found`` are those in force now. Raises ``ValueError`` if there are too many."""
    return _stepped(exception, _APPROVAL, step, found, now)


def revoked(exception: RegisteredException, step: Step, found: Item | None, now: datetime) -> tuple[Write, ...]:
    """Revoke an exception, or the request for one."""
    return _stepped(exception, _REVOCATION, step, found, now)


def _stepped(
    exception: RegisteredException, which: str, step: Step, found: Item | None, now: datetime
) -> tuple[Write, ...]:
    request = exception.request
    key = in_force_key(request.account_id)
    others = [one for one in exceptions_in_force(key, found) if one.id != request.id and now < one.expires_at]
    if which == _APPROVAL:
        others.append(RegisteredException(request=request, approved=step).waiver)
    in_force_now = put_all(key, "exceptions", others, found)
    if len(others) > MOST_IN_FORCE or size_of(in_force_now.item) > MOST_BYTES:
        raise ValueError(f"{len(others) - 1} exceptions are in force there: revoke some before you approve another")
    return _put(request, which, step), in_force_now


def _put(request: ExceptionRequest, which: str, said: ExceptionRequest | Step) -> Put:
    """Record a step, if it is not recorded yet."""
    return Put(Key(*_partition(request.account_id), request.id + which), {"document": to_text(said)}, Absent())


def _partition(account_id: str) -> Partition:
    return Partition(Table.LEDGER, f"exceptions#{account_id or 'any'}")


def _listed(store: Store, found: Sequence[tuple[Key, Item]]) -> Iterator[RegisteredException]:
    """The exceptions with all their steps."""
    keys: list[Key] = []
    for key, item in found:
        with whole(key):
            partition, stem = _partition(text(item, "account_id")), text(item, "id")
        keys += [Key(*partition, stem + step) for step in (_REQUEST, _APPROVAL, _REVOCATION)]
    yield from _exceptions(store.read(keys).items.items())


def _end_of(request: ExceptionRequest) -> str:
    """Sorts by expiry, and is unique: an id belongs to one account."""
    return f"{request.expires_at.isoformat()}#{request.account_id}#{request.id}"


def _exceptions(found: Iterable[tuple[Key, Item]]) -> Iterator[RegisteredException]:
    by_key = dict(found)
    for key, item in by_key.items():
        if not key.item.endswith(_REQUEST):
            continue
        stem = key.item.removesuffix(_REQUEST)
        approval, revocation = (key._replace(item=stem + which) for which in (_APPROVAL, _REVOCATION))
        yield RegisteredException(
            request=_said(ExceptionRequest, key, item),
            approved=_said(Step, approval, by_key[approval]) if approval in by_key else None,
            revoked=_said(Step, revocation, by_key[revocation]) if revocation in by_key else None,
        )


def _said[T](kind: type[T], key: Key, item: Item) -> T:
    with whole(key):
        return from_json(kind, json.loads(text(item, "document")))

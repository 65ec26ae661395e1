"""The number of writes within the last hour: in total, per account and per fix.

A count is an item with one number per five minutes. Several such items share each count, because DynamoDB cancels
concurrent transactions on the same item. Each has its part of the limit, so together they never exceed it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial

from runtime.application.ports import Add, AllOf, Below, Choose, Equals, Item, Key, Stored, Table
from runtime.domain.errors import LimitReached
from runtime.domain.guardrails import USAGE_WINDOW, UsageScope
from runtime.items.codec import number, whole

SHARDS = 8
BUCKET = timedelta(minutes=5)
_BUCKET_SECONDS = int(BUCKET.total_seconds())
_BUCKETS = USAGE_WINDOW // BUCKET
"""Besides the one that has begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The scopes of one run's writes."""

    account_id: str
    fix_id: str

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(key for scope in UsageScope for key in self._keys(scope))

    def usage(self, stored: Stored, now: datetime, mine: Sequence[str] = ()) -> Mapping[UsageScope, int]:
        """The writes within the last hour, plus up to five minutes, by scope. Raises ``RegistryInvalid``.

        ``mine`` is where the run's own write was ``counted``: it is not included.
        """
        recent = _names(_slot(now))
        own = [key for key, bucket in map(_place, mine) if bucket in recent]
        return {
            scope: sum(_within(key, stored.item(key), now) - own.count(key) for key in self._keys(scope))
            for scope in UsageScope
        }

    def count(
        self,
        stored: Stored,
        limits: Mapping[UsageScope, int] | None,
        now: datetime,
        choose: Choose,
    ) -> tuple[Add, ...]:
        """Count one write, in the transaction of its intent; ``None`` counts without a limit.

        Raises ``LimitReached``, and ``RegistryInvalid``.
        """
        adds: list[Add] = []
        for scope in UsageScope:
            # The same shard in each scope, where it has room: two that do not meet in the first meet in no other.
            same = partial(_beside, adds, choose)
            adds.append(self._count(scope, stored, limits[scope] if limits else None, now, same))
        return tuple(adds)

    def _count(
        self,
        scope: UsageScope,
        stored: Stored,
        limit: int | None,
        now: datetime,
        choose: Choose,
    ) -> Add:
        keys = self._keys(scope)
        slot = _slot(now)
        current = _name(slot)
        if limit is None:
            key = choose(keys)
            return Add(key, current, 1, None, tuple(_over(stored.item(key), now)))
        shares = {key: limit // SHARDS + (index < limit % SHARDS) for index, key in enumerate(keys)}
        room = {key: share - _within(key, stored.item(key), now) for key, share in shares.items()}
        free = [key for key in keys if room[key] > 0]
        if not free or sum(room.values()) <= 0:
            raise LimitReached(scope, limit)
        key = choose(free)
        item = stored.item(key) or {}
        # Older ones change no more: a run's time is never five minutes from another's that runs beside it.
        beside = (_name(slot - 1), _name(slot + 1))
        unchanged = (Equals(name, number(item, name) if name in item else None) for name in beside)
        condition = AllOf((Below(current, number(item, current) + room[key]), *unchanged))
        return Add(key, current, 1, condition, tuple(_over(item, now)))

    def _keys(self, scope: UsageScope) -> tuple[Key, ...]:
        value = {UsageScope.EVERYTHING: "", UsageScope.ACCOUNT: self.account_id, UsageScope.FIX: self.fix_id}[scope]
        partition = f"writes#{scope}#{value}"
        return tuple(Key(Table.LEDGER, partition, str(shard)) for shard in range(SHARDS))


def _beside(adds: Sequence[Add], choose: Choose, keys: Sequence[Key]) -> Key:
    """The key on the shard of the first addition, or any shard."""
    return next((key for key in keys if adds and key.item == adds[0].key.item), None) or choose(keys)


def counted(adds: Sequence[Add]) -> tuple[str, ...]:
    """The key and bucket of a counted write, for its record."""
    return tuple(f"{add.key.partition}/{add.key.item}/{add.attribute}" for add in adds)


def taken_back(counted: Sequence[str]) -> tuple[Add, ...]:
    """Decrement the counts of a write that was not made."""
    return tuple(Add(key, bucket, -1) for key, bucket in map(_place, counted))


def _place(counted: str) -> tuple[Key, str]:
    """The item and the bucket of a counted write."""
    partition, shard, bucket = counted.rsplit("/", 2)
    return Key(Table.LEDGER, partition, shard), bucket


def _within(key: Key, item: Item | None, now: datetime) -> int:
    with whole(key):
        return sum(number(item, name) for name in item.keys() & _names(_slot(now))) if item else 0


@lru_cache(maxsize=4)
def _names(slot: int) -> frozenset[str]:
    """The buckets of the last hour, and the next: another machine's clock may be ahead."""
    return frozenset(_name(slot - age) for age in range(-1, _BUCKETS + 1))


def _over(item: Item | None, now: datetime) -> Iterator[str]:
    """Expired buckets."""
    oldest = _name(_slot(now) - _BUCKETS)
    return (name for name in item or {} if name < oldest)


def _slot(moment: datetime) -> int:
    """The number of a moment's bucket."""
    return int(moment.timestamp()) // _BUCKET_SECONDS


def _name(slot: int) -> str:
    """The name of a bucket's attribute. Sorts by time."""
    return f"t{slot}"

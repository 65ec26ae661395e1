"""The store in memory: transactions, conditions, and reads as of one moment for each item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from itertools import batched, chain

from runtime.application.ports import (
    Absent,
    Add,
    AllOf,
    Below,
    Condition,
    ConditionFailed,
    Delete,
    Equals,
    Item,
    Key,
    Partition,
    Put,
    Stored,
    Together,
    Write,
)
from runtime.items.codec import MAX_ITEM_BYTES, size_of
from tests.memory.calls import Watched

MOST_WRITES = 100
BATCH = 100


class Items(MutableMapping[Key, Item]):
    """Items by their keys. Reading a partition does not look at the others."""

    def __init__(self) -> None:
        self._partitions: dict[tuple[str, str], dict[Key, Item]] = {}

    def of(self, partition: Partition) -> list[tuple[Key, Item]]:
        """The items of a partition, in order."""
        return sorted(self._partitions.get(partition, {}).items(), key=lambda one: one[0].item.encode())

    def __getitem__(self, key: Key) -> Item:
        return self._partitions.get(key[:2], {})[key]

    def __setitem__(self, key: Key, item: Item) -> None:
        self._partitions.setdefault(key[:2], {})[key] = item

    def __delitem__(self, key: Key) -> None:
        del self._partitions.get(key[:2], {})[key]

    def __iter__(self) -> Iterator[Key]:
        return chain.from_iterable(self._partitions.values())

    def __len__(self) -> int:
        return sum(map(len, self._partitions.values()))


class MemoryStore:
    """Holds items by their keys. ``calls`` watches each request."""

    def __init__(self, calls: Watched, together: Together) -> None:
        self.items = Items()
        self.puts: Counter[Key] = Counter()
        """How often each item was written whole."""
        self._calls = calls
        self._together = together

    def read(self, items: Sequence[Key] = (), partitions: Sequence[Partition] = ()) -> Stored:
        batches = list(batched(items, BATCH, strict=False))
        answers = self._together(
            *(lambda batch=batch: self._read_batch(batch) for batch in batches),
            *(lambda partition=partition: self.find(partition) for partition in partitions),
        )
        return Stored(
            items={key: item for answer in answers[: len(batches)] for key, item in answer.items()},
            partitions=dict(zip(partitions, answers[len(batches) :], strict=True)),
        )

    def find(
        self,
        partition: Partition,
        *,
        begins_with: str = "",
        between: tuple[str, str] | None = None,
        most: int | None = None,
    ) -> list[tuple[Key, Item]]:
        assert not begins_with or between is None, "either, not both"
        assert between is None or between[0] <= between[1], f"{between} is no range"

        def effect() -> list[tuple[Key, Item]]:
            found = [
                (key, item)
                for key, item in self.items.of(partition)
                if key.item.startswith(begins_with) and (between is None or between[0] <= key.item <= between[1])
            ]
            return found[:most]

        return self._calls("store.find", partition, effect)

    def commit(self, writes: Sequence[Write]) -> None:
        assert 1 <= len(writes) <= MOST_WRITES, f"{len(writes)} writes"
        keys = [write.key for write in writes]
        assert len(set(keys)) == len(keys), f"two writes of one item: {keys}"
        self._calls("store.commit", writes, lambda: self._commit(writes))

    def unmet(self, write: Write) -> bool:
        """Whether a write has a condition that does not hold."""
        return write.condition is not None and not holds(write.condition, self.items.get(write.key))

    def _read_batch(self, keys: Sequence[Key]) -> Mapping[Key, Item]:
        assert len(set(keys)) == len(keys), f"an item is read twice: {keys}"
        return self._calls("store.read", keys, lambda: {key: self.items[key] for key in keys if key in self.items})

    def _commit(self, writes: Sequence[Write]) -> None:
        failed = {write.key: self.items.get(write.key) for write in writes if self.unmet(write)}
        match writes:
            case [Put(item=item) as put] if failed.get(put.key) == item:
                return  # it meets itself: its answer was lost, and it is sent again
            case [Delete(key=key)] if key in failed and failed[key] is None:
                return
            case _ if failed:
                raise ConditionFailed(failed)
        for write in writes:
            match write:
                case Put(key=key, item=item):
                    assert _bytes_of(key, item) <= MAX_ITEM_BYTES, f"{key} is too large"
                    self.items[key] = dict(item)
                    self.puts[key] += 1
                case Delete(key=key):
                    self.items.pop(key, None)
                case Add(key=key, attribute=attribute, amount=amount, remove=remove):
                    assert attribute not in remove, f"{attribute} is added to and removed"
                    item = {name: value for name, value in self.items.get(key, {}).items() if name not in remove}
                    number = item.get(attribute, 0)
                    assert isinstance(number, int), f"{attribute} of {key} is not a number"
                    self.items[key] = {**item, attribute: number + amount}


def _bytes_of(key: Key, item: Item) -> int:
    """The names of the key's attributes count too, wherever they are: they are not longer than this."""
    return size_of({**item, "correlation_id": key.partition, "sequence": key.item})


def holds(condition: Condition, item: Item | None) -> bool:
    """Whether a condition holds for an item; ``None`` for one that is not there."""
    match condition:
        case Absent():
            return item is None
        case Equals(attribute=attribute, value=value):
            return (item or {}).get(attribute) == value
        case Below(attribute=attribute, limit=limit):
            found = (item or {}).get(attribute)
            return found is None or (isinstance(found, int) and found < limit)
        case AllOf(conditions=conditions):
            return all(holds(one, item) for one in conditions)

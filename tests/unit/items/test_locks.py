"""Leases: one run per resource at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runtime.application.ports import ConditionFailed
from runtime.items.locks import LEASE_SECONDS, Lease
from tests.memory.store import MemoryStore
from tests.unit.domain.cases import BUCKET_ARN, NOW

ONE, TWO = (Lease(resource_arn=BUCKET_ARN, holder=holder) for holder in ("one", "two"))
KEY = ONE.key


def test_a_lease_that_somebody_has_is_not_given_to_another(store: MemoryStore) -> None:
    store.commit([ONE.taken(NOW)])
    for seconds in (0, 1, LEASE_SECONDS):
        with pytest.raises(ConditionFailed) as failed:
            store.commit([TWO.taken(NOW + timedelta(seconds=seconds))])
        assert failed.value.found[KEY] == store.items[KEY]
    assert store.items[KEY]["holder"] == "one"


def test_a_lease_that_ended_by_itself_can_be_taken(store: MemoryStore) -> None:
    store.commit([ONE.taken(NOW)])
    store.commit([TWO.taken(NOW + timedelta(seconds=LEASE_SECONDS + 1))])
    assert store.items[KEY]["holder"] == "two"


def test_two_resources_can_be_held_at_once(store: MemoryStore) -> None:
    other = Lease(resource_arn=f"{BUCKET_ARN}-2", holder="two")
    store.commit([ONE.taken(NOW), other.taken(NOW)])
    assert len(store.items) == 2


def test_only_its_holder_gives_a_lease_back(store: MemoryStore) -> None:
    store.commit([ONE.taken(NOW)])
    store.commit([TWO.taken(NOW + timedelta(seconds=LEASE_SECONDS + 1))])
    with pytest.raises(ConditionFailed):
        store.commit([ONE.released()])
    assert store.items[KEY]["holder"] == "two"
    store.commit([TWO.released()])
    assert store.items == {}

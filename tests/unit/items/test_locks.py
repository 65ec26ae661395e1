"""Leases: one run per resource at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runtime.application.ports import ConditionFailed
from runtime.items.locks import LEASE_SECONDS, lock_key, released, taken
from tests.memory.store import MemoryStore
from tests.unit.domain.cases import BUCKET_ARN, NOW


def test_a_lease_that_somebody_has_is_not_given_to_another(store: MemoryStore) -> None:
    store.commit([taken(BUCKET_ARN, "one", NOW)])
    for seconds in (0, 1, LEASE_SECONDS):
        with pytest.raises(ConditionFailed) as failed:
            store.commit([taken(BUCKET_ARN, "two", NOW + timedelta(seconds=seconds))])
        assert failed.value.found[lock_key(BUCKET_ARN)] == store.items[lock_key(BUCKET_ARN)]
    assert store.items[lock_key(BUCKET_ARN)]["holder"] == "one"


def test_a_lease_that_ended_by_itself_can_be_taken(store: MemoryStore) -> None:
    store.commit([taken(BUCKET_ARN, "one", NOW)])
    store.commit([taken(BUCKET_ARN, "two", NOW + timedelta(seconds=LEASE_SECONDS + 1))])
    assert store.items[lock_key(BUCKET_ARN)]["holder"] == "two"


def test_two_resources_can_be_held_at_once(store: MemoryStore) -> None:
    store.commit([taken(BUCKET_ARN, "one", NOW), taken(f"{BUCKET_ARN}-2", "two", NOW)])
    assert len(store.items) == 2


def test_only_its_holder_gives_a_lease_back(store: MemoryStore) -> None:
    store.commit([taken(BUCKET_ARN, "one", NOW)])
    store.commit([taken(BUCKET_ARN, "two", NOW + timedelta(seconds=LEASE_SECONDS + 1))])
    with pytest.raises(ConditionFailed):
        store.commit([released(BUCKET_ARN, "one")])
    assert store.items[lock_key(BUCKET_ARN)]["holder"] == "two"
    store.commit([released(BUCKET_ARN, "two")])
    assert store.items == {}

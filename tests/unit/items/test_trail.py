"""The audit trail's items: written once, read in order, and never larger than DynamoDB takes."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.application.ports import Absent, ConditionFailed, Partition, Table
from runtime.domain.audit import AuditEvent, EventKind, History, event_to_json
from runtime.domain.case import Check
from runtime.domain.errors import RecordTooLarge
from runtime.domain.guardrails import Guardrails, UsageScope
from runtime.domain.outcome import Reason
from runtime.items.codec import MAX_ITEM_BYTES, MOST_BYTES, size_of, unpack
from runtime.items.trail import append, event_key, history_of, run_partition
from tests.memory.calls import Watched, in_order
from tests.memory.store import MemoryStore
from tests.unit.domain.cases import APPROVAL, EVENT, PLAN, WAIVER
from tests.unit.domain.test_audit import events

INTENT = replace(EVENT, kind=EventKind.INTENT, number=1)


@given(drawn=st.lists(events, max_size=3), run_id=st.text(min_size=1, max_size=8).filter(str.isprintable))
def test_events_are_read_as_they_were_written_and_in_the_order_they_happened(
    drawn: list[AuditEvent], run_id: str
) -> None:
    store, history = MemoryStore(Watched(), in_order), History()
    for event in drawn:
        history = history.with_events([replace(event, correlation_id=run_id)], event.at)
    for event in reversed(history.events):
        store.commit([append(event)])
    assert history_of(store.find(run_partition(run_id))) == history


def test_more_than_nine_events_are_still_in_order(store: MemoryStore) -> None:
    for number in (10, 2, 1, 11, 100):
        store.commit([append(replace(EVENT, number=number))])
    found = history_of(store.find(run_partition("c-1")))
    assert [event.number for event in found.events] == [1, 2, 10, 11, 100]


def test_a_run_that_was_never_seen_has_no_history(store: MemoryStore) -> None:
    store.commit([append(INTENT)])
    assert history_of(store.find(run_partition("c-2"))) == History()


def test_two_deliveries_never_both_write_the_next_event(store: MemoryStore) -> None:
    store.commit([append(INTENT)])
    with pytest.raises(ConditionFailed) as failed:
        store.commit([append(replace(INTENT, sentence="another delivery's"))])
    assert set(failed.value.found) == {event_key(INTENT)}
    assert history_of(store.find(run_partition("c-1"))).events == (INTENT,)
    assert append(INTENT).condition == Absent()


def test_an_outcome_can_be_listed_and_found_by_day_account_outcome_and_fix() -> None:
    outcome = replace(EVENT, number=3, issue_id="i-1", account_id="222222222222", fix_id="fake-fix", owner="")
    put = append(outcome)
    assert put.key == (Table.AUDIT, "c-1", "0003")
    assert put.key[:2] == Partition(Table.AUDIT, "c-1")
    item = dict(put.item)
    assert unpack(item.pop("document")) == event_to_json(outcome)
    assert item == {
        "at": "2026-11-23T12:00:00+00:00",
        "issue_id": "i-1",
        "day": "2026-11-23",
        "kind": "OUTCOME",
        "outcome": "FAILED",
        "reason": "INTERNAL_ERROR",
        "account_id": "222222222222",
        "fix_id": "fake-fix",
    }


@pytest.mark.parametrize("kind", sorted(set(EventKind) - {EventKind.OUTCOME}))
def test_an_event_that_ends_nothing_is_in_no_index_of_outcomes_and_empty_keys_are_left_out(kind: EventKind) -> None:
    item = append(replace(EVENT, kind=kind, account_id="222222222222", fix_id="fake-fix")).item
    assert set(item) == {"at", "document"}


@pytest.mark.parametrize("broken", [{}, {"document": "{}"}, {"document": b"{}"}, {"document": 7}])
def test_what_no_version_of_this_code_has_written_is_an_error(broken: dict[str, str | bytes | int]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        history_of([(event_key(INTENT), broken)])


# -- sizes ------------------------------------------------------------------------------------------------------------


def noise(size: int) -> str:
    """Text that cannot be packed much smaller."""
    return random.Random(size).randbytes(size // 2).hex()


def with_evidence(event: AuditEvent, **evidence: object) -> AuditEvent:
    return replace(event, evidence=replace(event.evidence, **evidence))  # type: ignore[arg-type]


LARGE = with_evidence(
    EVENT,
    plan=PLAN,
    observed={"policy": noise(200_000)},
    after={"policy": noise(210_000)},
    error="AWS says no.",
)
IN_THE_INTENT = {
    "tags": {"a": noise(300_000)},
    "waivers": tuple(replace(WAIVER, reason=noise(40_000 + number)) for number in range(2)),
    "guardrails": Guardrails(usage={UsageScope.FIX: 1}),
    "checks": (Check(name="a", expected="b", found=noise(90_000), passed=True),),
    "approval": APPROVAL,
}


def test_what_is_packed_takes_a_part_of_the_room_that_it_would() -> None:
    event = with_evidence(EVENT, observed={"statements": [{"Effect": "Allow", "Sid": f"{n}"} for n in range(10_000)]})
    assert len(json.dumps(event_to_json(event))) > 300_000
    assert size_of(append(event).item) < 60_000


def test_an_outcome_that_is_too_large_leaves_out_what_the_intent_has() -> None:
    whole = with_evidence(LARGE, **IN_THE_INTENT)
    document = unpack(append(whole).item["document"])["evidence"]
    assert document == event_to_json(LARGE)["evidence"]
    kept = unpack(append(with_evidence(EVENT, **IN_THE_INTENT)).item["document"])["evidence"]
    assert all(kept[name] for name in IN_THE_INTENT), "one that fits leaves out nothing"


@pytest.mark.parametrize("kind", sorted(set(EventKind) - {EventKind.OUTCOME}))
def test_any_other_event_that_is_too_large_is_not_stored_in_part(kind: EventKind) -> None:
    whole = with_evidence(replace(LARGE, kind=kind), **IN_THE_INTENT)
    with pytest.raises(RecordTooLarge) as too_large:
        append(whole)
    assert too_large.value.reason is Reason.RECORD_TOO_LARGE


def test_an_outcome_that_is_too_large_without_it_is_not_stored_in_part() -> None:
    with pytest.raises(RecordTooLarge):
        append(with_evidence(EVENT, observed={"policy": noise(900_000)}))


def test_an_event_is_stored_only_if_what_follows_it_would_fit_too() -> None:
    room = MOST_BYTES - size_of(append(INTENT).item)
    append(INTENT, spare_bytes=room)
    with pytest.raises(RecordTooLarge):
        append(INTENT, spare_bytes=room + 1)


def test_the_largest_event_that_is_stored_fits_with_its_key(store: MemoryStore) -> None:
    policy, run_id = noise(800_000), "c" * 256

    def largest(size: int) -> AuditEvent:
        return with_evidence(replace(INTENT, correlation_id=run_id), observed={"policy": policy[:size]})

    size, step = 600_000, 100_000
    while step > 100:
        try:
            append(largest(size + step))
            size += step
        except RecordTooLarge:
            step //= 2
    put = append(largest(size))
    assert MOST_BYTES - 200 < size_of(put.item) <= MOST_BYTES < MAX_ITEM_BYTES
    store.commit([put])
    assert history_of(store.find(run_partition(run_id))).events == (largest(size),)

"""How values become attributes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.application.ports import Key, Table
from runtime.domain.errors import RegistryInvalid
from runtime.items.codec import number, pack, size_of, text, unpack, whole
from tests.unit.domain.strategies import json_objects

KEY = Key(Table.LEDGER, "a-partition", "an-item")


@given(document=json_objects)
def test_what_was_packed_is_unpacked(document: dict[str, Any]) -> None:
    assert unpack(pack(document)) == document


def test_what_is_packed_is_smaller_and_keeps_every_letter() -> None:
    document = {"sentence": "Die Prüfung №1 \U0001f512 " * 100}
    assert len(pack(document)) < 200
    assert unpack(pack(document)) == document


@pytest.mark.parametrize("packed", ["{}", 7, b"", b"not packed", b'{"a": 1}', pack({"a": 1})[:-3]])
def test_nothing_else_can_be_unpacked(packed: str | int | bytes) -> None:
    with pytest.raises((TypeError, ValueError), match=r"it (is not packed|cannot be unpacked)"):
        unpack(packed)


@given(
    item=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
        st.text(st.characters(exclude_categories=["Cs"])) | st.binary() | st.integers(-(10**18), 10**18),
    )
)
def test_the_size_of_an_item_is_no_less_than_dynamodb_counts(item: dict[str, str | int | bytes]) -> None:
    """A number counts about a byte for each two digits, and one more.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    counted = 0
    for name, value in item.items():
        counted += len(name.encode())
        match value:
            case str():
                counted += len(value.encode())
            case bytes():
                counted += len(value)
            case int():
                counted += (len(str(abs(value))) + 1) // 2 + 2
    assert size_of(item) >= counted


def test_attributes_are_read_as_what_they_should_be() -> None:
    item = {"t": "x", "n": 3, "b": b"x"}
    assert (text(item, "t"), number(item, "n"), number(item, "other"), number(None, "n")) == ("x", 3, 0, 0)
    for read, name in ((text, "n"), (text, "b"), (number, "t"), (number, "b")):
        with pytest.raises(TypeError, match=repr(name)):
            read(item, name)
    with pytest.raises(KeyError):
        text(item, "other")


@pytest.mark.parametrize(
    ("raised", "problem"),
    [
        (KeyError("owner"), "'owner' is missing"),
        (ValueError("'owner' is not a text"), "'owner' is not a text"),
        (TypeError("not that"), "not that"),
    ],
)
def test_a_part_that_is_missing_or_of_another_form_names_the_item(raised: Exception, problem: str) -> None:
    with pytest.raises(RegistryInvalid) as invalid, whole(KEY):
        raise raised
    assert (invalid.value.partition, invalid.value.item, invalid.value.problem) == ("a-partition", "an-item", problem)
    assert invalid.value.retryable

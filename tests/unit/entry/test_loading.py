"""Loading collects no garbage, and whatever becomes of it, garbage is collected afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from runtime.entry.loading import loading


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_nothing_is_collected_while_loading_and_what_was_loaded_is_never_looked_at_again() -> None:
    before = gc.get_freeze_count()
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_what_cannot_be_loaded_leaves_the_collector_on() -> None:
    with pytest.raises(KeyError), loading():
        raise KeyError("SUTURE_AUDIT_TABLE")
    assert gc.isenabled()

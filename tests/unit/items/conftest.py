from __future__ import annotations

import pytest

from tests.memory.calls import Watched, in_order
from tests.memory.store import MemoryStore


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def store(watched: Watched) -> MemoryStore:
    return MemoryStore(watched, in_order)

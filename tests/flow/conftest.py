from collections.abc import Iterator

import pytest

from tests.flow.world import World
from tests.samples.events import check_event


@pytest.fixture
def world() -> Iterator[World]:
    """With an account onboarded. Whatever a test has put on the bus by its end is as published."""
    world = World()
    world.onboard()
    yield world
    for notice in world.mail.notices:
        check_event(notice)

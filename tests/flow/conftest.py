import pytest

from tests.flow.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.onboard()
    return world

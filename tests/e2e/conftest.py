"""End-to-end tests share one local AWS: their own, in a temporary folder, gone when they end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.console import Console

from local.emulator import find_emulator
from local.environment import LocalEnvironment
from local.player import Player
from local.progress import Progress
from local.stacks import bring_up


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-fix", action="store_true", help="use every fix, not one of each kind and type")


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEnvironment]:
    """Both accounts, deployed by the real commands. What a test creates, the next one sees: use names of your own."""
    state = tmp_path_factory.mktemp("local-aws")
    yield bring_up(state, Progress(console=Console(stderr=True)), ends_with_parent=True)
    emulator = find_emulator(state)
    assert emulator is not None, f"the local AWS ended before the tests did: {state / 'emulator.log'}"
    emulator.stop()


@pytest.fixture(scope="session")
def player(local_aws: LocalEnvironment) -> Player:
    return Player(local_aws)

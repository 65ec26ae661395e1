"""Every law starts in an empty account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws


@pytest.fixture(autouse=True)
def empty_account() -> Iterator[None]:
    with mock_aws():
        yield

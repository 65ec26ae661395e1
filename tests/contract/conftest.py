from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.unit.conftest import nobody_s_aws

__all__ = ["nobody_s_aws"]


@pytest.fixture(params=["memory", "aws"])
def port(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which of the two is tested."""
    kind: str = request.param
    if kind == "memory":
        yield kind
        return
    with mock_aws():
        yield kind

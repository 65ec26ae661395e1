"""An account's roles as STS lets the platform assume them. For tests only."""

from __future__ import annotations

import pytest

from runtime.domain.access import SessionRequest
from runtime.domain.errors import RoleNotAssumable
from runtime.domain.resource import Resource
from tests.flow.world import World
from tests.memory.account import MemorySession


class Sts:
    """Has a role for each service but ``missing``; those in ``open_to_all`` ask for no external id."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[SessionRequest] = []
        self.missing: set[str] = set()
        self.open_to_all: set[str] = set()
        self._open = world.accounts.open
        monkeypatch.setattr(world.accounts, "open", self.open)

    def open(self, request: SessionRequest, resource: Resource, *, patient: bool = True) -> MemorySession:
        self.asked.append(request)
        wrong = request.external_id.endswith("-wrong") and request.service not in self.open_to_all
        assert not (wrong and patient), "it is refused each time, for each role"
        if wrong or request.service in self.missing:
            raise RoleNotAssumable(
                pack=request.service, account_id=request.account_id, code="AccessDenied", message="not authorized"
            )
        return self._open(request, resource)

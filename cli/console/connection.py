"""The deployment, with clients that are made once: a page is shown in less time than it takes to make one."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from cli.deployment import Deployment

if TYPE_CHECKING:
    from botocore.client import BaseClient


@dataclass(frozen=True)
class Connection(Deployment):
    """Clients may be shared between threads; making them may not."""

    _clients: dict[str, BaseClient] = field(default_factory=dict, init=False, repr=False, compare=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def client(self, service: str) -> BaseClient:
        with self._lock:
            if service not in self._clients:
                self._clients[service] = super().client(service)
            return self._clients[service]

    def reconnect(self) -> None:
        """Make clients anew, with the credentials as they are then: somebody has logged in again."""
        with self._lock:
            self._clients.clear()

"""A reader that gives answers written down beforehand, for what moto does not answer as AWS does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Answers:
    """``given`` holds the answer to each ``service:Operation``, or a function of the parameters that makes it."""

    def __init__(self, given: Mapping[str, Mapping[str, Any] | Callable[..., Mapping[str, Any]]]) -> None:
        self._given = given
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def read(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        name = f"{service}:{operation}"
        self.asked.append((name, parameters))
        answer = self._given[name]
        return dict(answer(**parameters) if callable(answer) else answer)

    def find(self, service: str, operation: str, absent: tuple[str, ...], /, **parameters: Any) -> dict[str, Any] | None:
        raise NotImplementedError

"""A reader that gives answers written down beforehand, for what moto does not answer as AWS does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from runtime.domain.errors import AwsError
from runtime.domain.fix import Options, options_for
from runtime.fixes.contract import Fix


class Answers:
    """``given`` holds the answer to each ``service:Operation``, or a function of the parameters that makes it.

    ``None`` stands for the error by which AWS says that nothing is configured.
    """

    def __init__(self, given: Mapping[str, Mapping[str, Any] | Callable[..., Mapping[str, Any]] | None]) -> None:
        self.given = dict(given)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def read(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        name = f"{service}:{operation}"
        self.asked.append((name, parameters))
        answer = self.given[name]
        assert answer is not None, f"{name} is said to answer that it is not configured"
        return dict(answer(**parameters) if callable(answer) else answer)

    def find(
        self, service: str, operation: str, absent: tuple[str, ...], /, **parameters: Any
    ) -> dict[str, Any] | None:
        if self.given.get(f"{service}:{operation}", self) is None:
            return None
        try:
            return self.read(service, operation, **parameters)
        except AwsError as error:
            if error.code in absent:
                return None
            raise


def defaults(fix: Fix) -> Options:
    """The options of a fix where the catalog entry sets none."""
    return options_for(fix.spec, {}, datetime(2030, 1, 1, tzinfo=UTC))

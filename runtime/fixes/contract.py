"""The contract of a fix: it reads and plans, and never writes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from runtime.domain.fix import FixSpec, Options
from runtime.domain.plan import Planned, State
from runtime.domain.resource import Resource

if TYPE_CHECKING:
    from runtime.fixes.resource_type import ResourceType


class Call(NamedTuple):
    """One call of a reading API operation."""

    service: str
    operation: str
    parameters: Mapping[str, Any]


class Reader(Protocol):
    """Reads one resource in the customer's account, through a session that cannot write."""

    def read(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Call a reading API operation. Raises an ``AwsError``; an equal call is made once per reader."""
        ...

    def find(
        self, service: str, operation: str, absent: tuple[str, ...], /, **parameters: Any
    ) -> dict[str, Any] | None:
        """As ``read``, but ``None`` if AWS answers with an error code in ``absent``: it is not configured."""
        ...


class Fix(Protocol):
    """One approved way to fix one kind of misconfiguration."""

    @property
    def spec(self) -> FixSpec: ...

    def type_of(self, resource: Resource) -> ResourceType: ...

    def calls(self, resource: Resource) -> tuple[Call, ...]:
        """Those calls of ``observe`` that do not depend on other answers: they can be made in parallel."""
        ...

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        """Read the smallest state that ``plan`` and undoing need. Raises ``AwsError`` if it cannot be read.

        If ``only`` names parts of it, the rest need not be read. ``options`` name what else is read.
        """
        ...

    def plan(self, resource: Resource, state: State, options: Options) -> Planned:
        """Decide what to change. Pure: no clock, no call, no randomness."""
        ...

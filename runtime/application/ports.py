"""What the use cases need of the world, as protocols.

``runtime.aws`` has the real ones, ``tests/memory`` has those in memory. One suite of tests runs against both:
``tests/contract``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from runtime.domain.access import SessionRequest
from runtime.domain.audit import AuditEvent, SessionRecord
from runtime.domain.errors import SutureError
from runtime.domain.followup import Run, Verify
from runtime.domain.notice import Notice
from runtime.domain.outcome import Reason
from runtime.domain.policy import Policy
from runtime.domain.resource import Resource

# -- messages -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as a queue delivers it. ``id`` is the queue's, the same for every delivery.

    ``sender_id`` is the user id of who sent it, in SQS's words; ``receipt`` stands for this delivery. Both are what the
    event says, and prove nothing before ``Mail.confirm``.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """

    id: str
    body: str
    sender_id: str = ""
    receipt: str = ""
    queue: str = ""


class Mail(Protocol):
    """Queues, the security topic and the event bus. Sending twice is harmless: each message carries its run's id.

    Each method raises ``PlatformCallFailed`` or ``DeliveryFailed`` if it could not send.
    """

    def confirm(self, message: Message) -> None:
        """Ask SQS whether it delivered this message and still waits for it to be handled.

        Raises ``MessageNotConfirmed`` if it does not.
        """
        ...

    def tell(self, notices: Sequence[Notice]) -> None:
        """Give each notice to those that it is for: what one cannot be given keeps nothing from the others."""
        ...

    def look_later(self, message: Verify, *, delay_seconds: int) -> None:
        """Have the function look at a slow change after a delay of at most 900 seconds."""
        ...

    def start(self, runs: Sequence[RunMessage]) -> None:
        """Have runs carried out. One that is sent again within five minutes arrives once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMessage:
    """A run to be carried out, after those that were sent with the same ``in_order_with`` before it.

    Two with the same ``once`` are one.
    """

    run: Run
    once: str
    in_order_with: str


# -- the store ------------------------------------------------------------------------------------------------------


class Table(StrEnum):
    """The tables, by the last part of their names."""

    AUDIT = "audit"
    REGISTRY = "registry"
    LEDGER = "ledger"
    HOLDS = "holds"
    LOCKS = "locks"


type Item = Mapping[str, str | int | bytes]
"""The attributes of a stored item, its key left out."""


class Partition(NamedTuple):
    """All items under one partition key."""

    table: Table
    partition: str


class Key(NamedTuple):
    """One item. ``item`` is its sort key."""

    table: Table
    partition: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such item."""


@dataclass(frozen=True, slots=True)
class Equals:
    """The attribute has this value; ``None`` for an item, or an attribute, that is not there."""

    attribute: str
    value: str | int | None


@dataclass(frozen=True, slots=True)
class Below:
    """The attribute, a number, is less than the limit; so is one that is not there, or not in an item."""

    attribute: str
    limit: int


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple[Condition, ...]


type Condition = Absent | Equals | Below | AllOf


@dataclass(frozen=True, slots=True)
class Put:
    """Write a whole item, in place of the one with its key."""

    key: Key
    item: Item
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Add:
    """Add to a number, which begins at 0, and remove attributes that are not needed any more."""

    key: Key
    attribute: str
    amount: int
    condition: Condition | None = None
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    key: Key
    condition: Condition | None = None


type Write = Put | Add | Delete


class ConditionFailed(SutureError):
    """A commit was not made. ``found`` has each item whose condition did not hold, ``None`` for one that is absent."""

    reason = Reason.CONCURRENT_RUN

    def __init__(self, found: Mapping[Key, Item | None]) -> None:
        self.found = found
        super().__init__("another invocation was first: " + ", ".join("/".join(key) for key in found))


@dataclass(frozen=True, slots=True)
class Stored:
    """What was read, as of one moment for each item."""

    items: Mapping[Key, Item]
    partitions: Mapping[Partition, Sequence[tuple[Key, Item]]] = field(default_factory=dict)

    def item(self, key: Key) -> Item | None:
        return self.items.get(key)


class Store(Protocol):
    """Tables with conditions and transactions. Every read is consistent.

    Each method raises ``PlatformCallFailed`` if the tables do not answer.
    """

    def read(self, items: Sequence[Key] = (), partitions: Sequence[Partition] = ()) -> Stored:
        """Read these items, and all items of these partitions in the order of their keys, side by side."""
        ...

    def find(
        self,
        partition: Partition,
        *,
        begins_with: str = "",
        between: tuple[str, str] | None = None,
        most: int | None = None,
    ) -> list[tuple[Key, Item]]:
        """Read the items of a partition whose sort keys have this prefix, or lie between two texts, in order.

        With ``most``, the first so many at most: as many as one answer holds.
        """
        ...

    def commit(self, writes: Sequence[Write]) -> None:
        """Make all these writes, or none. At most 100, each of another item.

        Sent again after a lost answer, it does not meet itself. Raises ``ConditionFailed`` if a condition does not
        hold.
        """
        ...


# -- customers' accounts --------------------------------------------------------------------------------------------


class Session(Protocol):
    """One assumed role session in a customer's account, narrowed to one fix on one resource."""

    @property
    def record(self) -> SessionRecord:
        """What the audit trail keeps of it: the calls so far too."""
        ...

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Make one API call. Raises an ``AwsError``. Calls may be made side by side."""
        ...


class Accounts(Protocol):
    """Opens sessions in customers' accounts."""

    def open(self, request: SessionRequest, resource: Resource, *, patient: bool = True) -> Session:
        """Assume the customer's role for one finding; ``patient`` with a role that may have been made just now.

        Raises ``RoleNotAssumable`` if STS refuses, ``AwsUnavailable`` if it cannot answer, another ``AwsError`` if it
        does not take the request itself, and ``PlatformCallFailed`` for anything that says nothing about the finding.
        """
        ...


# -- the rest -------------------------------------------------------------------------------------------------------


class Together(Protocol):
    """Runs calls side by side."""

    def __call__(self, *calls: Callable[[], Any]) -> list[Any]:
        """The answers, in order. Once all have ended, raises what the first of those raised that failed."""
        ...


type Choose = Callable[[Sequence[Key]], Key]
"""Any of several equal items, at random."""


class PolicySource(Protocol):
    def current(self) -> Policy:
        """The policy in force. Raises ``PlatformCallFailed`` or ``PolicyInvalid``."""
        ...


class Telemetry(Protocol):
    """Where logs and metrics go."""

    def follow(self, run_id: str) -> None:
        """Everything logged from now on belongs to this run."""
        ...

    def recorded(self, event: AuditEvent) -> None:
        """An event was written to the audit trail."""
        ...

    def problem(self, name: str, sentence: str) -> None:
        """Something is amiss that ends no run: logged, and counted under this name."""
        ...


type Clock = Callable[[], datetime]
"""The time, in UTC."""

"""The ports of the use cases, as protocols.

``runtime.aws`` implements them with AWS, ``tests/memory`` in memory. One test suite runs against both:
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

    ``sender_id`` is the sender's user id according to SQS; ``receipt`` identifies this delivery. Both come from the
    event, and prove nothing before ``Mail.confirm``.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """

    id: str
    body: str
    sender_id: str = ""
    receipt: str = ""
    queue: str = ""


class Mail(Protocol):
    """Queues, the security topic and the event bus. Sending a message twice is harmless: each has its run id.

    Each method raises ``PlatformCallFailed`` or ``DeliveryFailed`` if it could not send.
    """

    def confirm(self, message: Message) -> None:
        """Have SQS confirm that it delivered this message and that it is in flight.

        Raises ``MessageNotConfirmed`` if it does not.
        """
        ...

    def tell(self, notices: Sequence[Notice]) -> None:
        """Send each notice to its recipients; if one fails, the others are still sent."""
        ...

    def look_later(self, message: Verify, *, delay_seconds: int) -> None:
        """Have the function verify a slow change after a delay of at most 900 seconds."""
        ...

    def start(self, runs: Sequence[RunMessage]) -> None:
        """Have runs carried out. A run that is sent again within five minutes arrives once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMessage:
    """A run to carry out, after earlier ones with the same ``in_order_with``.

    Two runs with the same ``once`` are one.
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
    """The attribute has this value; ``None`` for a missing item or attribute."""

    attribute: str
    value: str | int | None


@dataclass(frozen=True, slots=True)
class Below:
    """The attribute, a number, is less than the limit; a missing attribute or item is less, too."""

    attribute: str
    limit: int


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple[Condition, ...]


type Condition = Absent | Equals | Below | AllOf


@dataclass(frozen=True, slots=True)
class Put:
    """Write a whole item, and replace the one with its key."""

    key: Key
    item: Item
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Add:
    """Add to a number, which starts at 0, and remove attributes that are no longer needed."""

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
    """The items read; each as of one moment."""

    items: Mapping[Key, Item]
    partitions: Mapping[Partition, Sequence[tuple[Key, Item]]] = field(default_factory=dict)

    def item(self, key: Key) -> Item | None:
        return self.items.get(key)


class Store(Protocol):
    """Tables with conditions and transactions. Every read is strongly consistent.

    Each method raises ``PlatformCallFailed`` if the tables do not answer.
    """

    def read(self, items: Sequence[Key] = (), partitions: Sequence[Partition] = ()) -> Stored:
        """Read these items, and all items of these partitions in the order of their keys, in parallel."""
        ...

    def find(
        self,
        partition: Partition,
        *,
        begins_with: str = "",
        between: tuple[str, str] | None = None,
        most: int | None = None,
    ) -> list[tuple[Key, Item]]:
        """Read the items of a partition whose sort keys have this prefix, or lie between two strings, in order.

        With ``most``, at most the first ``most`` of them: as many as one answer contains.
        """
        ...

    def commit(self, writes: Sequence[Write]) -> None:
        """Make all these writes, or none. At most 100, each to a different item.

        It is idempotent if sent again after a lost answer. Raises ``ConditionFailed`` if a condition is false.
        """
        ...


# -- customers' accounts --------------------------------------------------------------------------------------------


class Session(Protocol):
    """One assumed role session in a customer's account, limited to one fix on one resource."""

    @property
    def record(self) -> SessionRecord:
        """What the audit trail records of it, including the calls so far."""
        ...

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Make one API call. Raises an ``AwsError``. Calls can be made in parallel."""
        ...


class Accounts(Protocol):
    """Opens sessions in customers' accounts."""

    def open(self, request: SessionRequest, resource: Resource, *, patient: bool = True) -> Session:
        """Assume the customer's role for one finding; ``patient`` retries a role that may have been created just now.

        Raises ``RoleNotAssumable`` if STS refuses, ``AwsUnavailable`` if it cannot answer, another ``AwsError`` if it
        rejects the request, and ``PlatformCallFailed`` for errors that are not about the finding.
        """
        ...


# -- the rest -------------------------------------------------------------------------------------------------------


class Together(Protocol):
    """Runs calls in parallel."""

    def __call__(self, *calls: Callable[[], Any]) -> list[Any]:
        """The answers, in order. After all have ended, raises the error of the first that failed."""
        ...


type Choose = Callable[[Sequence[Key]], Key]
"""Any of several equal items, at random."""


class PolicySource(Protocol):
    def current(self) -> Policy:
        """The policy in force. Raises ``PlatformCallFailed`` or ``PolicyInvalid``."""
        ...


class Telemetry(Protocol):
    """Logs and metrics."""

    def follow(self, run_id: str) -> None:
        """Later log entries belong to this run."""
        ...

    def recorded(self, event: AuditEvent) -> None:
        """An event was written to the audit trail."""
        ...

    def problem(self, name: str, sentence: str) -> None:
        """A failure that ends no run: logged, and counted under this name."""
        ...


type Clock = Callable[[], datetime]
"""The time, in UTC."""

"""The starting states that every fix is held to the laws in.

Each fix has a module here, named like its own in ``runtime.fixes``, with two names:

* ``CASES``: at least one ``Bad``, one ``AlreadyCompliant`` and one ``Refusal``;
* ``read_back(clients, resource)``: what the service itself says of the resource, as a value that can be compared.
  It is written without the fix's code, and leaves out what AWS makes up anew (the id of a rule put back).

Where moto does not have an operation, the module's ``ANSWERS`` say what it answers, by ``service:Operation``: the
answer, or a function of the parameters that makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, Protocol

from botocore.client import BaseClient

from runtime.domain.resource import Resource, identify, parse_arn
from runtime.fixes.catalog import TYPES

ACCOUNT_ID = "123456789012"
"""The account that moto puts everything into."""

REGION = "us-east-1"


class Clients(Protocol):
    """The stranger's hands: clients of the customer's account that nobody records."""

    def __call__(self, service: str, region: str = REGION, /) -> BaseClient: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One starting state. ``name`` completes "the resource is/has …"; ``create`` makes it in an empty account.

    ``options`` are the catalog entry's values; the defaults of the fix hold for the rest. ``now`` is the time planned
    with. ``answers`` are as ``ANSWERS``, for what moto does not keep of this one state.
    """

    name: str
    create: Callable[[Clients], Resource]
    options: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    now: datetime = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad(Case):
    """A state to be made right. ``fixed`` is what ``read_back`` must say afterwards.

    ``disturb`` changes the resource as a stranger would: to something that is neither what it was before nor after the
    fix, and that is not compliant. It is called on the resource as created, and again, elsewhere, as fixed. Undoing is
    ``promised`` wherever the fix can be undone, but for states that AWS would not take back.
    """

    fixed: Any
    disturb: Callable[[Clients, Resource], None]
    promised: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyCompliant(Case):
    """A state in which there is nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(Case):
    """A bad state that the fix must not touch. ``because`` stands in the sentence it refuses with."""

    because: str


def resource_from(arn: str, *, region: str = REGION) -> Resource:
    """The resource behind an ARN, as the decision would identify it. Give ``region`` where the ARN has none."""
    parsed = parse_arn(arn)
    identified = identify(parsed, TYPES.get(parsed.service, ()))
    assert identified is not None, f"{arn} is of no resource type that this platform knows"
    kind, name = identified
    return Resource(
        type=kind.name,
        arn=kind.spelled(parsed),
        name=name,
        account_id=parsed.account_id or ACCOUNT_ID,
        region=parsed.region or region,
        partition=parsed.partition,
    )


def of_kind[K: Case](module: ModuleType, kind: type[K]) -> list[K]:
    return [case for case in module.CASES if isinstance(case, kind)]

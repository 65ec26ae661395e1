"""A CloudTrail trail and whether it records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients
from tests.laws.cases.trails import make_it_an_organization_trail, refusals, trail


def _stopped(clients: Clients) -> Resource:
    resource = trail()(clients)
    clients("cloudtrail").stop_logging(Name=resource.arn)
    return resource


def read_back(clients: Clients, resource: Resource) -> Any:
    return clients("cloudtrail").get_trail_status(Name=resource.arn)["IsLogging"]


def _bad(name: str, create: Callable[[Clients], Resource]) -> Bad:
    return Bad(name=name, create=create, fixed=True, disturb=make_it_an_organization_trail)


CASES = (
    _bad("never started", trail(logging=False)),
    _bad("stopped", _stopped),
    AlreadyCompliant(name="recording", create=trail()),
    *refusals(),
)

"""A stage of a REST API and its tracing."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.rest_stages import ANSWERS, STAGE, stage

__all__ = ["ANSWERS", "CASES", "read_back"]


def _make_it_anew(clients: Clients, resource: Resource) -> None:
    stage(createdDate="2026-02-02T00:00:00+00:00")(clients)


def read_back(clients: Clients, resource: Resource) -> Any:
    return STAGE.get("tracingEnabled", False)


CASES = (
    Bad(name="never traced", create=stage(), fixed=True, disturb=_make_it_anew),
    Bad(name="not traced any more", create=stage(tracingEnabled=False), fixed=True, disturb=_make_it_anew),
    AlreadyCompliant(name="traced", create=stage(tracingEnabled=True)),
    Refusal(
        name="of which nothing is told",
        create=stage(),
        answers={"apigateway:GetStage": {}},
        because="Missing evidence of",
    ),
)

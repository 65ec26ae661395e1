"""A CloudTrail trail and the regions whose events it records."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients
from tests.laws.cases.trails import attributes, make_it_an_organization_trail, refusals, trail


def read_back(clients: Clients, resource: Resource) -> Any:
    return attributes(clients, resource, "IncludeGlobalServiceEvents")


FIXED = {"IncludeGlobalServiceEvents": True, "IsMultiRegionTrail": True, "LogFileValidationEnabled": None}

CASES = (
    Bad(name="in one region", create=trail(), fixed=FIXED, disturb=make_it_an_organization_trail),
    Bad(
        name="in one region, without global services, validated",
        promised=False,
        create=trail(IncludeGlobalServiceEvents=False, EnableLogFileValidation=True),
        fixed={**FIXED, "LogFileValidationEnabled": True},
        disturb=make_it_an_organization_trail,
    ),
    AlreadyCompliant(name="in all regions", create=trail(IsMultiRegionTrail=True)),
    *refusals(),
)

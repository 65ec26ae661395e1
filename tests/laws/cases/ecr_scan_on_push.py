"""An ECR repository, whether it is scanned on push, and the rules of its registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.repositories import described, repository


def _repository(
    scan_type: str = "BASIC", *filters: str, frequency: str = "SCAN_ON_PUSH", on: bool = False
) -> Callable[[Clients], Resource]:
    """With one rule of the registry, if there are filters."""

    def create(clients: Clients) -> Resource:
        rule = {
            "scanFrequency": frequency,
            "repositoryFilters": [{"filter": one, "filterType": "WILDCARD"} for one in filters],
        }
        clients("ecr").put_registry_scanning_configuration(scanType=scan_type, rules=[rule] if filters else [])
        return repository(imageScanningConfiguration={"scanOnPush": on})(clients)

    return create


def _add_a_rule_for_others(clients: Clients, resource: Resource) -> None:
    """The repository itself is not scanned either way: what is compared is the registry's rules."""
    _repository("BASIC", "others")(clients)
    clients("ecr").put_image_scanning_configuration(
        repositoryName=resource.name, imageScanningConfiguration={"scanOnPush": False}
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    return described(clients, resource)["imageScanningConfiguration"]["scanOnPush"]


CASES = (
    Bad(name="not scanned", create=_repository(), fixed=True, disturb=_add_a_rule_for_others),
    Bad(
        name="only scanned by a rule for other names, or by hand",
        create=_repository("BASIC", "another", "team/*-x"),
        fixed=True,
        disturb=_add_a_rule_for_others,
    ),
    AlreadyCompliant(name="scanned", create=_repository(on=True)),
    AlreadyCompliant(name="covered by a rule with an asterisk", create=_repository("ENHANCED", "team/*")),
    AlreadyCompliant(name="covered by a rule for a part of its name", create=_repository("BASIC", "app")),
    Refusal(
        name="in a registry with enhanced scanning, not covered",
        create=_repository("ENHANCED", "others", on=True),
        because="none of its rules covers",
    ),
    Refusal(
        name="covered by a rule for scanning by hand",
        create=_repository("ENHANCED", "*", frequency="MANUAL"),
        because="none of its rules covers",
    ),
)

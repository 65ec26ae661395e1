"""An instance and how its metadata service is asked. moto does not know what the account enforces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.ec2_instances import described, instance, terminated

ANSWERS = {"ec2:GetInstanceMetadataDefaults": {"AccountLevel": {}}}


def _instance(**options: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        return instance(clients, MetadataOptions=options)

    return create


def _let_the_token_go_further(clients: Clients, resource: Resource) -> None:
    clients("ec2").modify_instance_metadata_options(
        InstanceId=resource.name, HttpTokens="optional", HttpEndpoint="enabled", HttpPutResponseHopLimit=7
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    options = described(clients, resource)["MetadataOptions"]
    return options["HttpTokens"], options["HttpEndpoint"], options["HttpPutResponseHopLimit"]


CASES = (
    Bad(
        name="answering without a token",
        create=_instance(HttpTokens="optional", HttpEndpoint="enabled", HttpPutResponseHopLimit=1),
        fixed=("required", "enabled", 1),
        disturb=_let_the_token_go_further,
    ),
    Bad(
        name="answering without a token, with containers to be let in",
        create=_instance(HttpTokens="optional", HttpEndpoint="enabled", HttpPutResponseHopLimit=1),
        options={"hop_limit": 2},
        fixed=("required", "enabled", 2),
        disturb=_let_the_token_go_further,
    ),
    Bad(
        name="answering without a token in an account that enforces one",
        create=_instance(HttpTokens="optional", HttpEndpoint="enabled", HttpPutResponseHopLimit=1),
        promised=False,
        answers={"ec2:GetInstanceMetadataDefaults": {"AccountLevel": {"HttpTokensEnforced": "enabled"}}},
        fixed=("required", "enabled", 1),
        disturb=_let_the_token_go_further,
    ),
    Bad(
        name="answering without a token in an account of which the organization sets the defaults",
        create=_instance(HttpTokens="optional", HttpEndpoint="enabled", HttpPutResponseHopLimit=1),
        promised=False,
        answers={"ec2:GetInstanceMetadataDefaults": {"AccountLevel": {"ManagedBy": "declarative-policy"}}},
        fixed=("required", "enabled", 1),
        disturb=_let_the_token_go_further,
    ),
    AlreadyCompliant(
        name="requiring a token",
        create=_instance(HttpTokens="required", HttpEndpoint="enabled", HttpPutResponseHopLimit=3),
        options={"hop_limit": 2},
    ),
    AlreadyCompliant(
        name="without a metadata service", create=_instance(HttpTokens="optional", HttpEndpoint="disabled")
    ),
    Refusal(name="terminated", create=terminated, because="is terminated"),
)

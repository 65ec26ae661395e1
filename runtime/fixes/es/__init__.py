"""Amazon OpenSearch Service: domains of OpenSearch and of Elasticsearch. Their ARNs and actions say ``es``."""

from __future__ import annotations

from typing import Any

from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.resource_type import ResourceType

_BY_DOMAIN = {"DomainName": "${name}"}


def domain(*names: str, or_none: tuple[str, ...] = (), **paths: str) -> Read:
    """The parts of the domain to keep: these members, and those named by a path."""
    return Read(
        call="opensearch:DescribeDomain",
        action="es:DescribeDomain",
        by=_BY_DOMAIN,
        at="DomainStatus",
        keep={**{name: f'"{name}"' for name in names}, **paths},
        or_none=or_none,
    )


def update_domain(**settings: Any) -> Write:
    """Set these, and nothing else: omitted options are not changed."""
    return Write(call="opensearch:UpdateDomainConfig", action="es:UpdateDomainConfig", by={**_BY_DOMAIN, **settings})


DOMAIN = ResourceType(
    name="AWS::OpenSearchService::Domain",
    noun="domain",
    arn="arn:${partition}:es:${region}:${account_id}:domain/${name}",
    id="[a-z][a-z0-9-]{2,27}",
    longest="d" * 28,
    gone=("ResourceNotFoundException",),
    describe=domain(),
    # AWS does not return a domain's creation time; the host name of its endpoint has a random part.
    identity="Endpoint || Endpoints.vpc || EndpointV2",
    # Domains return it in one member or, before that existed, in three.
    status="DomainProcessingStatus || (Deleted && 'Deleting') || (UpgradeProcessing && 'UpgradingEngineVersion') "
    "|| (Processing && 'Modifying') || 'Active'",
    passing=frozenset({"Creating", "Modifying", "UpdatingServiceSoftware", "UpgradingEngineVersion"}),
    tags=Read(call="opensearch:ListTags", action="es:ListTags", by={"ARN": "${arn}"}, at="TagList"),
)

TYPES = (DOMAIN,)

ACTIVE = Guard(
    holds=one_of("status", "Active"),
    because="${subject} is ${status}; only an active one can be changed.",
)

"""Require HTTPS with TLS 1.2 for an OpenSearch domain.

What it does
------------
Sets ``EnforceHTTPS`` of the domain to true and ``TLSSecurityPolicy`` to the option ``tls_policy``, by default AWS's
newest one: TLS 1.2 or 1.3 with perfect forward secrecy. The stricter FIPS policy is kept. A custom endpoint and its
certificate are sent back unchanged. AWS treats Elasticsearch domains the same.

OpenSearch Service usually makes this change without new instances, in some minutes; the domain keeps answering.

It refuses a domain that is isolated or is being deleted.

Why it matters
--------------
With plain HTTP or old versions of TLS, an attacker on the network path reads requests, documents and credentials.

What can break
--------------
Clients that use HTTP, TLS 1.0 or 1.1, or no cipher with forward secrecy are cut off, mainly old agents and libraries
that ship logs. No metric shows which clients do.

Undo
----
Restores both former values.

References
----------
* Security Hub control Opensearch.8:
  https://docs.aws.amazon.com/securityhub/latest/userguide/opensearch-controls.html#opensearch-8
* Infrastructure security:
  https://docs.aws.amazon.com/opensearch-service/latest/developerguide/infrastructure-security.html
* What a change does:
  https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-configuration-changes.html
* UpdateDomainConfig:
  https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_UpdateDomainConfig.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.es import ACTIVE, DOMAIN, domain, update_domain
from runtime.fixes.kinds.attributes import AnyOf, Option, SetAttributes

_NEWEST = "Policy-Min-TLS-1-2-PFS-2023-10"
_FIPS = "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08"

FIX = SetAttributes(
    of=DOMAIN,
    id="opensearch-enforce-https",
    title="Require HTTPS with TLS 1.2 for an OpenSearch domain",
    disruption=Disruption.DATA_PATH,
    hazard="Clients that use HTTP, old versions of TLS or no forward secrecy can no longer connect.",
    undo_hazard="The domain accepts requests and credentials over plain HTTP and old versions of TLS again.",
    reads=(domain("EngineVersion", options="DomainEndpointOptions"),),
    informs=("EngineVersion",),
    options={
        "tls_policy": OptionSpec(
            schema={"type": "string", "enum": [_NEWEST, _FIPS]},
            default=_NEWEST,
            description="The TLS policy to set if the domain has none of these.",
        )
    },
    wanted={"options.EnforceHTTPS": True, "options.TLSSecurityPolicy": AnyOf(Option("tls_policy"), (_NEWEST, _FIPS))},
    guards=(ACTIVE,),
    write=update_domain(DomainEndpointOptions=Value("options")),
    shows={
        "engine": lambda look: look["EngineVersion"],
        "custom_endpoint": lambda look: look["options"].get("CustomEndpoint"),
    },
    template={
        TemplateTool.CLOUDFORMATION: "set EnforceHTTPS and TLSSecurityPolicy in DomainEndpointOptions of "
        "AWS::OpenSearchService::Domain",
        TemplateTool.CDK: "set enforceHttps of Domain to true, and tlsSecurityPolicy to TLS_1_2_PFS",
        TemplateTool.TERRAFORM: "set enforce_https and tls_security_policy in domain_endpoint_options of "
        "aws_opensearch_domain",
    },
)

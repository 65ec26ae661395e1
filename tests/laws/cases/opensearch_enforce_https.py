"""An OpenSearch domain and how requests come to it."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.domains import answer, changed, described, domain

OLD, TLS_1_2 = "Policy-Min-TLS-1-0-2019-07", "Policy-Min-TLS-1-2-2019-07"
NEWEST, FIPS = "Policy-Min-TLS-1-2-PFS-2023-10", "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/abc"
CUSTOM = {
    "CustomEndpointEnabled": True,
    "CustomEndpoint": "search.example.com",
    "CustomEndpointCertificateArn": CERTIFICATE,
}
OPEN = {"EnforceHTTPS": False, "TLSSecurityPolicy": OLD}


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return {name: found[name] for name in ("AccessPolicies", "DomainEndpointOptions", "EngineVersion")}


def _fixed(**options: Any) -> dict[str, Any]:
    known = {"EnforceHTTPS": True, "TLSSecurityPolicy": NEWEST, "CustomEndpointEnabled": False}
    return {"AccessPolicies": "", "DomainEndpointOptions": {**known, **options}, "EngineVersion": "OpenSearch_2.19"}


CASES = (
    Bad(
        name="as it is made",
        create=domain(),
        fixed=_fixed(),
        disturb=changed(DomainEndpointOptions={"EnforceHTTPS": False, "TLSSecurityPolicy": TLS_1_2}),
    ),
    Bad(
        name="over HTTPS with an old policy, with a name of its own",
        create=domain(DomainEndpointOptions={"EnforceHTTPS": True, "TLSSecurityPolicy": TLS_1_2, **CUSTOM}),
        fixed=_fixed(**CUSTOM),
        disturb=changed(DomainEndpointOptions={"EnforceHTTPS": True, "TLSSecurityPolicy": OLD}),
    ),
    Bad(
        name="over HTTP too, with a stricter policy",
        create=domain(
            DomainEndpointOptions={"EnforceHTTPS": False, "TLSSecurityPolicy": FIPS, "CustomEndpointEnabled": False}
        ),
        fixed=_fixed(TLSSecurityPolicy=FIPS),
        disturb=changed(DomainEndpointOptions=OPEN),
    ),
    Bad(
        name="as it is made, and FIPS is asked for",
        create=domain(),
        options={"tls_policy": FIPS},
        fixed=_fixed(TLSSecurityPolicy=FIPS),
        disturb=changed(DomainEndpointOptions={"EnforceHTTPS": False, "TLSSecurityPolicy": TLS_1_2}),
    ),
    AlreadyCompliant(
        name="only over HTTPS with TLS 1.2",
        create=domain(DomainEndpointOptions={"EnforceHTTPS": True, "TLSSecurityPolicy": FIPS}),
    ),
    Refusal(
        name="being changed",
        create=domain(),
        answers=answer(Processing=True, DomainEndpointOptions=OPEN),
        because="is Modifying, which is transitional",
    ),
    Refusal(
        name="being deleted",
        create=domain(),
        answers=answer(Deleted=True, Processing=True, DomainEndpointOptions=OPEN),
        because="is Deleting; only an active one",
    ),
    Refusal(
        name="isolated",
        create=domain(),
        answers=answer(DomainProcessingStatus="Isolated", DomainEndpointOptions=OPEN),
        because="is Isolated; only an active one",
    ),
)

"""An OpenSearch domain and what its access policy allows to everybody."""

from __future__ import annotations

import json
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.domains import answer, changed, described, domain, update
from tests.laws.cases.policies import DELETED, PARTNER, PolicyText, allow, document

ANSWERS = {"opensearch:UpdateDomainConfig": update}

ON = "arn:aws:es:us-east-1:123456789012:domain/orders/*"
PUBLIC = allow("*", "es:*", ON, Sid="Public")
OWN = allow({"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "es:ESHttpGet", ON, Sid="Own")
FROM_OFFICE = allow("*", "es:*", ON, Sid="Office", Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})


def _text(*statements: dict[str, Any]) -> dict[str, str]:
    return {"AccessPolicies": json.dumps(document(*statements), indent=1)}


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return {
        "policy": PolicyText(found["AccessPolicies"]) if found["AccessPolicies"] else "no policy",
        "endpoint": found["DomainEndpointOptions"],
    }


def _fixed(policy: Any) -> dict[str, Any]:
    endpoint = {
        "EnforceHTTPS": False,
        "TLSSecurityPolicy": "Policy-Min-TLS-1-0-2019-07",
        "CustomEndpointEnabled": False,
    }
    return {"policy": policy, "endpoint": endpoint}


_let_a_partner_in = changed(**_text({**OWN, "Principal": {"AWS": PARTNER}}, {**PUBLIC, "Sid": "Too"}))

CASES = (
    Bad(
        name="public and nothing else",
        create=domain(**_text(PUBLIC)),
        fixed=_fixed("no policy"),
        disturb=_let_a_partner_in,
    ),
    Bad(
        name="public besides others",
        create=domain(**_text(OWN, {**PUBLIC, "Principal": {"AWS": ["*", PARTNER]}})),
        fixed=_fixed(document(OWN, {**PUBLIC, "Principal": {"AWS": [PARTNER]}})),
        disturb=_let_a_partner_in,
    ),
    AlreadyCompliant(name="without a policy", create=domain()),
    AlreadyCompliant(name="for the account", create=domain(**_text(OWN))),
    Refusal(
        name="in a VPC",
        create=domain(),
        answers=answer(AccessPolicies=json.dumps(document(PUBLIC)), VPCOptions={"VPCId": "vpc-1"}),
        because="in the VPC vpc-1",
    ),
    Refusal(
        name="with users of its own",
        create=domain(),
        answers=answer(AccessPolicies=json.dumps(document(PUBLIC)), AdvancedSecurityOptions={"Enabled": True}),
        because="has fine-grained access control",
    ),
    AlreadyCompliant(name="for an office", create=domain(**_text(OWN, FROM_OFFICE))),
    Refusal(
        name="public but for a condition that limits nobody",
        create=domain(**_text({**PUBLIC, "Condition": {"ArnLike": {"aws:PrincipalArn": "*"}}})),
        because="Public allows nearly everybody",
    ),
    Refusal(
        name="public and for a principal that was deleted",
        create=domain(**_text(PUBLIC, {**OWN, "Principal": {"AWS": DELETED}})),
        because=DELETED,
    ),
    Refusal(
        name="isolated",
        create=domain(),
        answers=answer(AccessPolicies=json.dumps(document(PUBLIC)), DomainProcessingStatus="Isolated"),
        because="is Isolated; only an active one",
    ),
)

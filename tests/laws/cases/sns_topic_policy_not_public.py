"""An SNS topic and what its policy allows to everybody."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.policies import DELETED, PARTNER, PolicyText, allow, document
from tests.laws.cases.topics import ARN, attribute, put_policy, topic

PUBLIC = allow("*", "sns:Publish", ARN, Sid="Public")
OWN = allow({"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "sns:*", ARN, Sid="Own")


def _let_a_partner_in(clients: Clients, resource: Resource) -> None:
    put_policy(clients, resource, {**OWN, "Principal": {"AWS": PARTNER}}, {**PUBLIC, "Sid": "Too"})


def read_back(clients: Clients, resource: Resource) -> Any:
    return PolicyText(attribute(clients, resource, "Policy").replace(resource.arn, ARN))


CASES = (
    Bad(
        name="public besides the account",
        create=topic(OWN, {**PUBLIC, "Principal": {"AWS": "*"}}),
        fixed=document(OWN, Id="Grün"),
        disturb=_let_a_partner_in,
    ),
    AlreadyCompliant(name="with the default policy", create=topic()),
    Refusal(name="public and nothing else", create=topic(PUBLIC), because="no statement left"),
    Refusal(
        name="public for every address",
        create=topic({**PUBLIC, "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, OWN),
        because="Public allows nearly everybody",
    ),
    Refusal(
        name="public and for a principal that was deleted",
        create=topic(PUBLIC, {**OWN, "Principal": {"AWS": DELETED}}),
        because=DELETED,
    ),
)

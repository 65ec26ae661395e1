"""An EFS file system and whom its policy lets in."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.file_systems import file_system, put_policy
from tests.laws.cases.policies import DELETED, PARTNER, PolicyText, allow, document

MOUNT = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
ON = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/*"
THROUGH = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
PUBLIC = allow("*", MOUNT, ON, Sid="Public")
BOUND = {**PUBLIC, "Condition": THROUGH}
OWN = allow({"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, MOUNT, ON, Sid="Own")
ONLY_TLS = {
    "Sid": "Tls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "*",
    "Resource": ON,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
OVER_TLS = {**PUBLIC, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}


def read_back(clients: Clients, resource: Resource) -> Any:
    return PolicyText(clients("efs").describe_file_system_policy(FileSystemId=resource.name)["Policy"])


def _let_a_partner_in(clients: Clients, resource: Resource) -> None:
    put_policy(clients, resource.name, document({**OWN, "Principal": {"AWS": PARTNER}}, {**PUBLIC, "Sid": "Too"}))


CASES = (
    Bad(
        name="public and nothing else",
        create=file_system(policy=document(PUBLIC)),
        fixed=document(BOUND),
        disturb=_let_a_partner_in,
    ),
    Bad(
        name="public over TLS, besides others",
        create=file_system(policy=document(OWN, OVER_TLS, ONLY_TLS)),
        fixed=document(
            OWN,
            {**BOUND, "Condition": {"Bool": {"aws:SecureTransport": "true", **THROUGH["Bool"]}}},
            ONLY_TLS,
        ),
        disturb=_let_a_partner_in,
    ),
    AlreadyCompliant(
        name="for everybody through its mount targets",
        create=file_system(policy=document(BOUND)),
    ),
    AlreadyCompliant(name="for the account", create=file_system(policy=document(OWN, ONLY_TLS))),
    Refusal(name="without a policy", create=file_system(), because="has no policy"),
    Refusal(
        name="public but for a condition that limits nobody",
        create=file_system(policy=document({**PUBLIC, "Condition": {"ArnLike": {"aws:PrincipalArn": "*"}}})),
        because="Public allows nearly everybody",
    ),
    Refusal(
        name="public and for a principal that was deleted",
        create=file_system(policy=document(PUBLIC, {**OWN, "Principal": {"AWS": DELETED}})),
        because=DELETED,
    ),
    Refusal(
        name="broken", create=file_system(policy=document(PUBLIC), status="error"), because="only an available one"
    ),
)

"""An S3 bucket and its access control list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.buckets import bucket, make_a_website

GROUPS = "http://acs.amazonaws.com/groups/"
EVERYBODY = f"{GROUPS}global/AllUsers"
ANY_ACCOUNT = f"{GROUPS}global/AuthenticatedUsers"
LOG_DELIVERY = f"{GROUPS}s3/LogDelivery"
PARTNER = "c" * 64


def _bucket(
    *groups: tuple[str, str], partner: bool = False, more: Callable[[Clients, Resource], None] | None = None
) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = bucket(clients)
        _grant(clients, resource, *groups, partner=partner)
        if more:
            more(clients, resource)
        return resource

    return create


def _grant(clients: Clients, resource: Resource, *groups: tuple[str, str], partner: bool = False) -> None:
    s3 = clients("s3")
    owner = s3.get_bucket_acl(Bucket=resource.name)["Owner"]["ID"]
    grants = [{"Grantee": {"Type": "CanonicalUser", "ID": owner}, "Permission": "FULL_CONTROL"}]
    if partner:
        grants.append({"Grantee": {"Type": "CanonicalUser", "ID": PARTNER}, "Permission": "READ"})
    grants += [{"Grantee": {"Type": "Group", "URI": group}, "Permission": right} for group, right in groups]
    s3.put_bucket_acl(Bucket=resource.name, AccessControlPolicy={"Owner": {"ID": owner}, "Grants": grants})


def _let_everybody_write(clients: Clients, resource: Resource) -> None:
    _grant(clients, resource, (EVERYBODY, "WRITE"))


def _block(clients: Clients, resource: Resource) -> None:
    clients("s3").put_public_access_block(
        Bucket=resource.name, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
    )


def _block_in_the_account(clients: Clients, resource: Resource) -> None:
    clients("s3control").put_public_access_block(
        AccountId=ACCOUNT_ID, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    grants = clients("s3").get_bucket_acl(Bucket=resource.name)["Grants"]
    return sorted((grant["Grantee"].get("URI", "an account"), grant["Permission"]) for grant in grants)


OWNER = ("an account", "FULL_CONTROL")

CASES = (
    Bad(name="readable by everybody", create=_bucket((EVERYBODY, "READ")), fixed=[OWNER], disturb=_let_everybody_write),
    Bad(
        name="readable by any account, its list by everybody, a partner and with logs",
        create=_bucket((ANY_ACCOUNT, "READ"), (EVERYBODY, "READ_ACP"), (LOG_DELIVERY, "WRITE"), partner=True),
        fixed=[OWNER, ("an account", "READ"), (LOG_DELIVERY, "WRITE")],
        disturb=_let_everybody_write,
    ),
    Bad(
        name="public behind Block Public Access",
        promised=False,
        create=_bucket((EVERYBODY, "READ"), more=_block),
        fixed=[OWNER],
        disturb=_let_everybody_write,
    ),
    Bad(
        name="public behind Block Public Access of the account",
        promised=False,
        create=_bucket((EVERYBODY, "READ"), more=_block_in_the_account),
        fixed=[OWNER],
        disturb=_let_everybody_write,
    ),
    AlreadyCompliant(name="private", create=_bucket()),
    AlreadyCompliant(name="shared with a partner and with logs", create=_bucket((LOG_DELIVERY, "WRITE"), partner=True)),
    Refusal(name="a website", create=_bucket((EVERYBODY, "READ"), more=make_a_website), because="website"),
)

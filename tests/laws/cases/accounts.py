"""The account itself as a resource."""

from __future__ import annotations

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, Clients, resource_from


def account(clients: Clients) -> Resource:
    return resource_from(f"arn:aws:iam::{ACCOUNT_ID}:root")

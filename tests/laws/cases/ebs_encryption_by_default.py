"""A region of an account and its default for EBS encryption. moto does not tell the default key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account

DEFAULT_KEY = {"KmsKeyId": "alias/aws/ebs"}
ANSWERS = {"ec2:GetEbsDefaultKmsKeyId": DEFAULT_KEY}


def _account(*, encrypts: bool) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        DEFAULT_KEY["KmsKeyId"] = "alias/aws/ebs"
        if encrypts:
            clients("ec2").enable_ebs_encryption_by_default()
        else:
            clients("ec2").disable_ebs_encryption_by_default()
        return account(clients)

    return create


def _set_another_key(clients: Clients, resource: Resource) -> None:
    DEFAULT_KEY["KmsKeyId"] = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def read_back(clients: Clients, resource: Resource) -> Any:
    return clients("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"]


CASES = (
    Bad(name="without encryption by default", create=_account(encrypts=False), fixed=True, disturb=_set_another_key),
    AlreadyCompliant(name="with encryption by default", create=_account(encrypts=True)),
    Refusal(
        name="whose default AWS does not tell",
        create=_account(encrypts=False),
        answers={"ec2:GetEbsEncryptionByDefault": {}},
        because="EbsEncryptionByDefault.",
    ),
)

"""A CloudTrail trail and the key of its log files."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.keys import ANY_KEY, KEYS, key_with_alias
from tests.laws.cases.trails import attributes, make_it_an_organization_trail, refusals, trail


def _with_a_key(clients: Clients) -> Resource:
    return trail(KmsKeyId=key_with_alias(clients))(clients)


def read_back(clients: Clients, resource: Resource) -> Any:
    return attributes(clients, resource, "KmsKeyId")


CASES = (
    Bad(
        name="without a key",
        create=trail(key_with_alias),
        options=KEYS,
        fixed={"KmsKeyId": ANY_KEY, "IsMultiRegionTrail": None, "LogFileValidationEnabled": None},
        disturb=make_it_an_organization_trail,
    ),
    Bad(
        name="without a key, in all regions",
        create=trail(key_with_alias, IsMultiRegionTrail=True, EnableLogFileValidation=True),
        options=KEYS,
        fixed={"KmsKeyId": ANY_KEY, "IsMultiRegionTrail": True, "LogFileValidationEnabled": True},
        disturb=make_it_an_organization_trail,
    ),
    AlreadyCompliant(name="encrypted with a key", create=_with_a_key, options=KEYS),
    Refusal(name="one for which no key is named", create=trail(), because="option kms_key"),
    Refusal(name="one whose key is not there", create=trail(), options=KEYS, because="There is no key"),
    *refusals(key_with_alias, options=KEYS),
)

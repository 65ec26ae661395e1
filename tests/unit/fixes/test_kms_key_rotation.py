"""What the laws cannot show: keys that moto cannot make."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from runtime.domain.fix import Options
from runtime.domain.plan import Plan, Planned, Refused
from runtime.domain.resource import Resource
from runtime.fixes.kms.key_rotation import FIX
from tests.unit.fixes.answers import Answers, defaults

KEY = Resource(
    type="AWS::KMS::Key",
    arn="arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    name="1234abcd-12ab-34cd-56ef-1234567890ab",
    account_id="123456789012",
    region="us-east-1",
    partition="aws",
)
OPTIONS = Options(values={}, now=datetime(2030, 1, 1, tzinfo=UTC))
ROTATABLE = {
    "KeyManager": "CUSTOMER",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "Origin": "AWS_KMS",
    "KeyState": "Enabled",
    "MultiRegion": False,
}


def _key(**metadata: Any) -> Answers:
    return Answers(
        {"kms:DescribeKey": {"KeyMetadata": metadata}, "kms:GetKeyRotationStatus": {"KeyRotationEnabled": False}}
    )


def _planned(reader: Answers) -> Planned:
    return FIX.plan(KEY, FIX.observe(reader, KEY, defaults(FIX)), OPTIONS)


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ({"KeyManager": "AWS"}, "KeyManager AWS"),
        ({"Origin": "AWS_CLOUDHSM"}, "Origin AWS_CLOUDHSM"),
        ({"Origin": "EXTERNAL_KEY_STORE"}, "Origin EXTERNAL_KEY_STORE"),
        ({"KeyState": "PendingDeletion"}, "KeyState PendingDeletion"),
        ({"MultiRegion": True, "MultiRegionConfiguration": {"MultiRegionKeyType": "REPLICA"}}, "replica"),
        ({"MultiRegion": True}, "replica"),
    ],
)
def test_a_key_that_cannot_be_rotated_is_refused_with_what_was_found_and_its_rotation_is_not_asked_for(
    other: dict[str, Any], found: str
) -> None:
    reader = _key(**{**ROTATABLE, **other})
    refused = _planned(reader)
    assert isinstance(refused, Refused)
    assert found in refused.sentence
    assert [name for name, _ in reader.asked] == ["kms:DescribeKey"]


def test_the_primary_key_of_a_multi_region_key_is_rotated() -> None:
    primary = {"MultiRegion": True, "MultiRegionConfiguration": {"MultiRegionKeyType": "PRIMARY"}}
    assert isinstance(_planned(_key(**{**ROTATABLE, **primary})), Plan)

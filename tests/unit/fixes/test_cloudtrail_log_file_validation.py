"""What the laws cannot show: in moto no trail is seen from another region than its own."""

from __future__ import annotations

from datetime import UTC, datetime

from runtime.domain.fix import Options
from runtime.domain.plan import Elsewhere
from runtime.domain.resource import Resource
from runtime.fixes.cloudtrail.log_file_validation import FIX


def test_the_copy_of_a_trail_in_another_region_is_to_be_fixed_in_its_home_region() -> None:
    arn = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/all"
    shadow = Resource(
        type="AWS::CloudTrail::Trail",
        arn=arn,
        name="all",
        account_id="123456789012",
        region="eu-west-1",
        partition="aws",
    )
    state = {
        "identity": arn,
        "HomeRegion": "us-east-1",
        "IsOrganizationTrail": False,
        "LogFileValidationEnabled": False,
    }
    options = Options(values={}, now=datetime(2030, 1, 1, tzinfo=UTC))
    refused = FIX.plan(shadow, state, options)
    assert isinstance(refused, Elsewhere)
    assert "whose home region is us-east-1" in refused.sentence

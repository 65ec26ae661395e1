"""What the laws cannot show: in moto no trail is seen from another region than its own."""

from __future__ import annotations

from datetime import UTC, datetime

from runtime.domain.fix import Options
from runtime.domain.plan import Refused
from runtime.domain.resource import Resource
from runtime.fixes.cloudtrail_log_file_validation import CloudTrailLogFileValidation


def test_the_copy_of_a_trail_in_another_region_is_refused_with_its_home_region() -> None:
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
        "TrailARN": arn,
        "HomeRegion": "us-east-1",
        "IsOrganizationTrail": False,
        "LogFileValidationEnabled": False,
    }
    options = Options(values={}, now=datetime(2030, 1, 1, tzinfo=UTC))
    refused = CloudTrailLogFileValidation().plan(shadow, state, options)
    assert isinstance(refused, Refused)
    assert "home region of the trail all is us-east-1" in refused.sentence

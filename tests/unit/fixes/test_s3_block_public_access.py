"""What the plan of Block Public Access tells besides its changes, and what it does not guess."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from runtime.domain.fix import Options
from runtime.domain.plan import Plan, Planned, Refused
from runtime.domain.resource import Resource
from runtime.fixes.s3.block_public_access import FIX
from tests.unit.fixes.answers import Answers, defaults

BUCKET = Resource(
    type="AWS::S3::Bucket",
    arn="arn:aws:s3:::reports",
    name="reports",
    account_id="123456789012",
    region="eu-west-1",
    partition="aws",
)
OPTIONS = Options(values={}, now=datetime(2030, 1, 1, tzinfo=UTC))
OFF = {
    "BlockPublicAcls": False,
    "IgnorePublicAcls": False,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": False,
}


def _planned(**other: Any) -> Planned:
    state = {"configuration": None, "policy_is_public": False, "website": None, **other}
    return FIX.plan(BUCKET, state, OPTIONS)


@pytest.mark.parametrize(("public", "count"), [(True, 1), (False, 0)])
def test_a_policy_that_is_public_now_is_counted_in_the_blast_radius(public: bool, count: int) -> None:
    plan = _planned(policy_is_public=public)
    assert isinstance(plan, Plan)
    assert plan.blast_radius == {"public_policies": count}


@pytest.mark.parametrize("setting", OFF)
def test_a_setting_that_was_not_shown_is_not_taken_for_off(setting: str) -> None:
    partial = {name: value for name, value in OFF.items() if name != setting}
    assert isinstance(_planned(configuration=partial), Refused)


def test_a_policy_status_that_was_not_shown_is_not_taken_for_private() -> None:
    shown = {"s3:GetPublicAccessBlock": None, "s3:GetBucketWebsite": None, "s3:GetBucketPolicyStatus": {}}
    state = FIX.observe(Answers(shown), BUCKET, defaults(FIX))
    assert isinstance(FIX.plan(BUCKET, state, OPTIONS), Refused)


def test_every_call_expects_the_account_of_the_finding_to_own_the_bucket() -> None:
    for configuration in (None, OFF):
        plan = _planned(configuration=configuration)
        assert isinstance(plan, Plan)
        for change in (*plan.changes, *plan.undo):
            assert change.parameters["ExpectedBucketOwner"] == "123456789012"


def test_the_summary_names_only_the_settings_that_are_turned_on() -> None:
    plan = _planned(configuration={**OFF, "BlockPublicAcls": True})
    assert isinstance(plan, Plan)
    assert "BlockPublicAcls" not in plan.summary
    assert "configuration.RestrictPublicBuckets: false → true" in plan.summary

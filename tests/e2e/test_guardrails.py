"""Dry runs, limits, change windows, drift loops, templates and replay, on the deployed stacks, under IAM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from local.environment import LocalEnvironment
from local.people import OPERATOR, Person, person
from local.player import Player, look
from local.scenes import CATALOG, Scene
from runtime.domain.audit import AuditEvent
from runtime.domain.outcome import Outcome, Reason
from tests.e2e.accounts import CustomerAccount, onboard
from tests.e2e.policies import another_policy, delivered_policy

REHEARSING, CLOSED, LIMITED, DRIFTING, TEMPLATED = (f"10101010101{digit}" for digit in range(5))
"""Accounts for one test each."""


@pytest.fixture(scope="module")
def operator(local_aws: LocalEnvironment) -> Person:
    return person(local_aws, OPERATOR, "olga")


@pytest.fixture(scope="module", autouse=True)
def strict(local_aws: LocalEnvironment) -> Iterator[None]:
    """A policy with low limits, and settings of their own for two accounts."""
    policy = delivered_policy(local_aws)
    today = datetime.now(UTC).weekday()
    another_day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(today + 3) % 7]
    policy["accounts"] = {
        REHEARSING: {"mode": "dry-run"},
        CLOSED: {
            "time_zone": "Europe/Berlin",
            "change_windows": [{"days": [another_day], "opens": "02:00", "closes": "04:00"}],
        },
    }
    policy["writes_per_hour"]["account"] = 2
    policy["drift"] = {"times": 2, "days": 7}
    with another_policy(local_aws, policy):
        yield


def customer_of(environment: LocalEnvironment, account_id: str) -> CustomerAccount:
    account = onboard(environment, account_id)
    account.deploy_packs()
    return account


def outcome_of(player: Player, scene: Scene) -> AuditEvent:
    outcome = player.await_outcome(player.publish(scene.body)).outcome
    assert outcome is not None
    return outcome


def test_an_account_may_be_rehearsed_with_all_the_evidence_of_a_real_run(
    local_aws: LocalEnvironment, player: Player
) -> None:
    scene = customer_of(local_aws, REHEARSING).stage("rehearsed").public_bucket()
    before = look(scene)
    rehearsed = outcome_of(player, scene)
    assert (rehearsed.outcome, rehearsed.reason) == (Outcome.DRY_RUN, Reason.DRY_RUN_BY_POLICY)
    assert rehearsed.evidence.plan is not None
    assert "s3:PutBucketPublicAccessBlock" in {use.action for use in rehearsed.evidence.permissions}
    assert look(scene) == before


def test_outside_its_change_window_a_finding_waits_is_seen_and_goes_on_when_it_may(
    local_aws: LocalEnvironment, player: Player, operator: Person
) -> None:
    scene = customer_of(local_aws, CLOSED).stage("closed").public_bucket()
    before = look(scene)
    correlation_id = player.publish(scene.body)
    held = player.await_held(correlation_id)
    assert held.reason is Reason.OUTSIDE_CHANGE_WINDOW
    assert held.expires_at is not None
    assert look(scene) == before
    assert correlation_id in json.dumps(operator.suture_json("status"))

    # For one command, what would be done can be seen at once.
    asked = operator.suture_json("dry-run", correlation_id)
    rehearsed = player.history(asked["run_id"]).outcome
    assert rehearsed is not None
    assert (rehearsed.outcome, rehearsed.reason) == (Outcome.DRY_RUN, Reason.DRY_RUN_BY_COMMAND)
    assert rehearsed.plan_digest == held.plan_digest
    assert look(scene) == before

    # The window's opening is days away; a policy without it opens it now, and the next minute's tick lets go.
    policy = delivered_policy(local_aws)
    policy["accounts"] = {}
    with another_policy(local_aws, policy):
        ended = player.await_outcome(correlation_id, timeout_seconds=120).outcome
        assert ended is not None
        assert ended.outcome is Outcome.REMEDIATE
    assert set(look(scene).values()) == {True}
    assert correlation_id not in json.dumps(operator.suture_json("status"))


def test_beyond_the_limit_of_writes_a_person_is_asked(local_aws: LocalEnvironment, player: Player) -> None:
    stage = customer_of(local_aws, LIMITED).stage("limited")
    scenes = [stage.public_bucket(), stage.bucket_without_tls(), stage.open_security_group()]
    outcomes = [outcome_of(player, scene) for scene in scenes]
    assert [event.outcome for event in outcomes] == [Outcome.REMEDIATE, Outcome.REMEDIATE, Outcome.APPROVE]
    assert outcomes[-1].reason is Reason.RATE_LIMIT_EXCEEDED
    assert "tcp 20-25 from 0.0.0.0/0" in look(scenes[-1])


def test_a_fix_that_keeps_coming_back_stops_acting(local_aws: LocalEnvironment, player: Player) -> None:
    account = customer_of(local_aws, DRIFTING)
    scene = account.stage("drifting").public_bucket()
    for _ in range(2):
        assert outcome_of(player, scene).outcome is Outcome.REMEDIATE
        account.client("s3").delete_public_access_block(Bucket=scene.resource_arn.rpartition(":")[2])
    looped = outcome_of(player, scene)
    assert (looped.outcome, looped.reason) == (Outcome.NOTIFY, Reason.DRIFT_LOOP)
    assert look(scene) is None


@pytest.mark.parametrize(
    ("tags", "tool"),
    [
        ({"managed-by": "terraform"}, "terraform"),
        ({"managed-by": "cdk"}, "cdk"),
        ({"aws:cloudformation:stack-name": "web", "aws:cloudformation:logical-id": "Bucket"}, "cloudformation"),
    ],
)
def test_a_template_is_recognised_and_its_owner_told_what_to_change(
    local_aws: LocalEnvironment, player: Player, templated: CustomerAccount, tags: dict[str, str], tool: str
) -> None:
    stage = templated.stage(tool)
    scene = stage.public_bucket()
    bucket = scene.resource_arn.rpartition(":")[2]
    tag_set = [
        {"Key": key, "Value": value} for key, value in {"environment": "staging", "owner": "web", **tags}.items()
    ]
    # On AWS only CloudFormation itself can set tags in aws:; the emulator takes them from anybody.
    templated.client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tag_set})
    told = outcome_of(player, scene)
    assert told.evidence.template is not None
    assert told.evidence.template.tool == tool
    assert told.evidence.template.property
    assert told.environment == "staging"


@pytest.fixture(scope="module")
def templated(local_aws: LocalEnvironment) -> CustomerAccount:
    return customer_of(local_aws, TEMPLATED)


def test_the_past_decided_by_another_catalog_shows_what_would_differ_and_changes_nothing(
    local_aws: LocalEnvironment, player: Player, operator: Person, tmp_path: Path
) -> None:
    before = local_aws.platform("dynamodb").scan(TableName=local_aws.audit_table_name, Select="COUNT")["Count"]
    today = datetime.now(UTC).date().isoformat()
    catalog = yaml.safe_load(CATALOG.read_text())
    for entry in catalog:
        if entry["fix"] == "s3-block-public-access":
            entry["environments"] = dict.fromkeys(("dev", "staging", "production", "restricted-production"), "notify")
    other = tmp_path / "catalog.yaml"
    other.write_text(yaml.safe_dump(catalog))
    replayed = operator.suture_json("replay", "--since", today, "--catalog", str(other))
    differing = json.dumps(replayed)
    assert "NOTIFY_BY_POLICY" in differing
    after = local_aws.platform("dynamodb").scan(TableName=local_aws.audit_table_name, Select="COUNT")["Count"]
    assert after == before

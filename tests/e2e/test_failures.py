"""What goes wrong in a customer's account or on the platform: no change, and a reason on record or a dead letter."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from customer_role.grants import switch_name
from local.environment import LocalEnvironment
from local.people import OPERATOR, person
from local.player import Player, look
from runtime.aws.policy import MAX_AGE_SECONDS
from runtime.domain.access import execution_role_name
from runtime.domain.audit import EventKind
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes.catalog import SPECS
from tests.e2e.accounts import CustomerAccount, onboard
from tests.e2e.fixes import MADE_UNASKED
from tests.e2e.policies import another_policy, delivered_policy, document


@pytest.fixture(scope="module")
def customer(local_aws: LocalEnvironment) -> CustomerAccount:
    account = onboard(local_aws, "666666666666")
    account.deploy_packs()
    return account


def test_every_fix_that_the_customer_has_switched_off_fails_and_changes_nothing(
    local_aws: LocalEnvironment, player: Player
) -> None:
    account = onboard(local_aws, "777777777777")
    account.deploy_packs(**{switch_name(fix_id): "false" for fix_id in SPECS})
    played = player.play(list(account.stage("off").remediations()))
    assert {p.scene.fix_id: (p.outcome.outcome, p.outcome.reason) for p in played} == dict.fromkeys(
        MADE_UNASKED, (Outcome.FAILED, Reason.ACCESS_DENIED)
    )
    assert [p.scene.key for p in played if p.before != p.after] == []
    assert {p.correlation_id for p in played} <= set(player.for_review())


def test_one_fix_switched_off_leaves_the_others_on(local_aws: LocalEnvironment, player: Player) -> None:
    account = onboard(local_aws, "888888888888")
    account.deploy_packs(EnableS3BlockPublicAccess="false")
    stage = account.stage("one-off")
    off, on = player.play([stage.public_bucket(), stage.bucket_without_tls()])
    assert (off.outcome.outcome, off.outcome.reason) == (Outcome.FAILED, Reason.ACCESS_DENIED)
    assert off.before == off.after
    assert on.outcome.outcome is Outcome.REMEDIATE


def test_a_wrong_external_id_fails_and_changes_nothing(local_aws: LocalEnvironment, player: Player) -> None:
    account = onboard(local_aws, "565656565656")
    account.deploy_packs(ExternalId="suture-" + "0" * 32)
    (played,) = player.play([account.stage("wrong-id").public_bucket()])
    assert (played.outcome.outcome, played.outcome.reason) == (Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)
    assert played.before == played.after
    assert played.outcome.evidence.sessions == ()


def test_a_resource_that_does_not_exist_is_rejected(customer: CustomerAccount, player: Player) -> None:
    scene = customer.stage("gone").public_bucket()
    customer.client("s3").delete_bucket(Bucket=scene.resource_arn.rpartition(":")[2])
    history = player.await_outcome(player.publish(scene.body))
    assert history.outcome is not None
    assert (history.outcome.outcome, history.outcome.reason) == (Outcome.REJECT, Reason.RESOURCE_NOT_FOUND)


def test_a_resource_in_another_account_than_the_payload_says_is_not_touched(
    customer: CustomerAccount, local_aws: LocalEnvironment, player: Player
) -> None:
    """By its ARN where that names an account, and by AWS itself where it does not, as for a bucket."""
    group = customer.stage("theirs").open_security_group()
    said = json.loads(group.body)
    said["resource"]["subscriptionId"] = local_aws.customer_account
    history = player.await_outcome(player.publish(json.dumps(said)))
    assert history.outcome is not None
    assert (history.outcome.outcome, history.outcome.reason) == (Outcome.REJECT, Reason.ACCOUNT_MISMATCH)

    bucket = customer.stage("theirs-too").public_bucket()
    before = look(bucket)
    said = json.loads(bucket.body)
    said["resource"]["subscriptionId"] = local_aws.customer_account
    history = player.await_outcome(player.publish(json.dumps(said)))
    assert history.outcome is not None
    # AWS answers 403 where a bucket belongs to another account than the expected owner in the call. The emulator
    # does not look at the expected owner, but denies the role another account's bucket.
    assert (history.outcome.outcome, history.outcome.reason) == (Outcome.FAILED, Reason.ACCESS_DENIED)
    assert [event.kind for event in history.events] == [EventKind.OUTCOME]
    assert look(bucket) == before


def test_an_audit_table_that_refuses_the_write_means_that_nothing_is_changed_and_nothing_is_lost(
    customer: CustomerAccount, local_aws: LocalEnvironment, player: Player
) -> None:
    scene = customer.stage("unrecorded").public_bucket()
    before = look(scene)
    newer = delivered_policy(local_aws) | {"version": "newer"}
    with another_policy(local_aws, newer, restarted=False):
        since = time.monotonic()
        with denied(local_aws, "dynamodb:PutItem", f"table/{local_aws.audit_table_name}"):
            correlation_id = player.publish(scene.body)
            (body,) = await_dead_letters(player)
        assert json.loads(body)["MessageId"] == correlation_id
        assert player.history(correlation_id).events == ()
        assert look(scene) == before
        # Once the table takes writes again, an operator moves the message back. Here that is sent anew by a person, so
        # it did not come through the topic: people are asked. By the newer policy, which the function, running all the
        # while, has had to ask for.
        assert time.monotonic() > since + MAX_AGE_SECONDS
        redrive(local_aws)
        moved = player.await_outcome(correlation_id).outcome
        assert moved is not None
        assert (moved.outcome, moved.reason) == (Outcome.APPROVE, Reason.NOT_THROUGH_TOPIC)
        assert moved.catalog_version == "newer"
        assert look(scene) == before
        # Published again, it is handled as ever.
        assert player.await_outcome(player.publish(scene.body)).outcome is not None
    assert look(scene) != before


def test_a_catalog_that_fails_validation_is_not_acted_on(
    customer: CustomerAccount, local_aws: LocalEnvironment, player: Player
) -> None:
    """On AWS the validator stops it before; here AppConfig delivers it, and the function refuses it all the same."""
    scene = customer.stage("unruly").public_bucket()
    before = look(scene)
    bad = delivered_policy(local_aws)
    bad["catalog"][0]["fix"] = "no-such-fix"
    with another_policy(local_aws, bad):
        correlation_id = player.publish(scene.body)
        (body,) = await_dead_letters(player)
        assert json.loads(body)["MessageId"] == correlation_id
        assert player.history(correlation_id).events == ()
        assert look(scene) == before
    redrive(local_aws)
    assert player.await_outcome(correlation_id).outcome is not None


@contextmanager
def denied(environment: LocalEnvironment, action: str, resource: str) -> Iterator[None]:
    """Within it, the execution role is denied one action."""
    iam, role = environment.platform("iam"), execution_role_name(environment.environment)
    arn = f"arn:aws:dynamodb:{environment.region}:{environment.platform_account}:{resource}"
    statement = {"Effect": "Deny", "Action": action, "Resource": arn}
    iam.put_role_policy(RoleName=role, PolicyName="denied", PolicyDocument=document(statement))
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="denied")


def await_dead_letters(player: Player, *, timeout_seconds: float = 120) -> list[str]:
    """Five receives, each twice as long after the last: half a minute here."""
    deadline = time.monotonic() + timeout_seconds
    while not (bodies := player.dead_letters()):
        assert time.monotonic() < deadline, "nothing was dead-lettered"
        time.sleep(1)
    return bodies


def redrive(environment: LocalEnvironment) -> None:
    """Move dead letters back as an operator: the role that the deployment's configuration lets do so.

    On AWS that is one call of StartMessageMoveTask, which the emulator lacks.
    """
    operator = operator_client(environment)
    time.sleep(1.1)  # what was looked at is unseen for a second
    source, target = environment.findings_dead_letter_queue_url, environment.findings_queue_url
    while messages := operator.receive_message(QueueUrl=source).get("Messages", []):
        for message in messages:
            operator.send_message(QueueUrl=target, MessageBody=message["Body"])
            operator.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])


def operator_client(environment: LocalEnvironment) -> Any:
    rights = {"Effect": "Allow", "Action": ["sqs:*", "kms:*"], "Resource": "*"}
    environment.platform("iam").put_role_policy(
        RoleName=OPERATOR, PolicyName="redrive", PolicyDocument=document(rights)
    )
    return person(environment, OPERATOR, "redriver").client("sqs")

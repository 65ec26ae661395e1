"""What goes wrong in a customer's account or on the platform: no change, and a reason on record or a dead letter."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from customer_role.grants import grant_for
from infra.deployment import load_deployment
from local.emulator import REPOSITORY
from local.environment import LocalEnvironment, local_client
from local.player import Player, look
from runtime.aws.policy_source import MAX_AGE_SECONDS
from runtime.domain.access import execution_role_name
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes.catalog import SPECS
from tests.e2e.accounts import CustomerAccount, onboard


@pytest.fixture(scope="module")
def customer(local_aws: LocalEnvironment) -> CustomerAccount:
    account = onboard(local_aws, "666666666666")
    account.deploy_role()
    return account


def test_every_fix_that_the_customer_has_switched_off_fails_and_changes_nothing(
    local_aws: LocalEnvironment, player: Player
) -> None:
    account = onboard(local_aws, "777777777777")
    account.deploy_role(**{f"Enable{grant_for(spec).name}": "false" for spec in SPECS.values()})
    played = player.play(list(account.stage("off").remediations()))
    assert {p.scene.fix_id: (p.outcome.outcome, p.outcome.reason) for p in played} == dict.fromkeys(
        SPECS, (Outcome.FAILED, Reason.ACCESS_DENIED)
    )
    assert [p.scene.key for p in played if p.before != p.after] == []
    assert {p.correlation_id for p in played} <= set(player.for_review())


def test_one_fix_switched_off_leaves_the_others_on(local_aws: LocalEnvironment, player: Player) -> None:
    account = onboard(local_aws, "888888888888")
    account.deploy_role(EnableS3BlockPublicAccess="false")
    stage = account.stage("one-off")
    off, on = player.play([stage.public_bucket(), stage.bucket_without_tls()])
    assert (off.outcome.outcome, off.outcome.reason) == (Outcome.FAILED, Reason.ACCESS_DENIED)
    assert off.before == off.after
    assert on.outcome.outcome is Outcome.REMEDIATE


def test_a_wrong_external_id_fails_and_changes_nothing(local_aws: LocalEnvironment, player: Player) -> None:
    account = onboard(local_aws, "999999999999")
    account.deploy_role(ExternalId="suture-" + "0" * 32)
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
    assert history.intent is None
    assert look(bucket) == before


def test_an_audit_table_that_refuses_the_write_means_that_nothing_is_changed_and_nothing_is_lost(
    customer: CustomerAccount, local_aws: LocalEnvironment, player: Player
) -> None:
    scene = customer.stage("unrecorded").public_bucket()
    before = look(scene)
    with denied(local_aws, "dynamodb:PutItem", f"table/{local_aws.audit_table_name}"):
        correlation_id = player.publish(scene.body)
        (body,) = await_dead_letters(player)
    assert json.loads(body)["MessageId"] == correlation_id
    assert player.history(correlation_id).events == ()
    assert look(scene) == before
    # Once the table takes writes again, an operator moves the message back, and it is handled as if new.
    redrive(local_aws)
    assert player.await_outcome(correlation_id).outcome is not None
    assert look(scene) != before


def test_a_catalog_that_fails_validation_is_not_acted_on(
    customer: CustomerAccount, local_aws: LocalEnvironment, player: Player
) -> None:
    """On AWS the validator stops it before; here AppConfig delivers it, and the function refuses it all the same."""
    scene = customer.stage("unruly").public_bucket()
    before = look(scene)
    appconfig = local_aws.platform("appconfig")
    good = appconfig.get_hosted_configuration_version(
        ApplicationId=local_aws.policy_application_id,
        ConfigurationProfileId=local_aws.policy_profile_id,
        VersionNumber=1,
    )["Content"].read()
    bad = json.loads(good)
    bad["catalog"][0]["fix"] = "no-such-fix"
    deliver(local_aws, json.dumps(bad).encode())
    try:
        time.sleep(MAX_AGE_SECONDS + 1)  # the function asks for a newer policy that often
        correlation_id = player.publish(scene.body)
        (body,) = await_dead_letters(player)
        assert json.loads(body)["MessageId"] == correlation_id
        assert player.history(correlation_id).events == ()
        assert look(scene) == before
    finally:
        deliver(local_aws, good)
    time.sleep(MAX_AGE_SECONDS + 1)
    redrive(local_aws)
    assert player.await_outcome(correlation_id).outcome is not None


def deliver(environment: LocalEnvironment, content: bytes) -> None:
    """Deploy a policy through AppConfig, as an operator does: no stack and no code is deployed."""
    appconfig = environment.platform("appconfig")
    version = appconfig.create_hosted_configuration_version(
        ApplicationId=environment.policy_application_id,
        ConfigurationProfileId=environment.policy_profile_id,
        Content=content,
        ContentType="application/json",
    )["VersionNumber"]
    at_once = appconfig.create_deployment_strategy(
        Name=f"at-once-{version}",
        DeploymentDurationInMinutes=0,
        FinalBakeTimeInMinutes=0,
        GrowthFactor=100,
        ReplicateTo="NONE",
    )
    appconfig.start_deployment(
        ApplicationId=environment.policy_application_id,
        EnvironmentId=environment.policy_environment_id,
        ConfigurationProfileId=environment.policy_profile_id,
        ConfigurationVersion=str(version),
        DeploymentStrategyId=at_once["Id"],
    )


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
        time.sleep(0.5)
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
    (arn,) = load_deployment(REPOSITORY / "config", environment.environment).operator_role_arns
    iam, name = environment.platform("iam"), arn.rpartition("/")[2]
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{environment.platform_account}:root"},
        "Action": "sts:AssumeRole",
    }
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    rights = {"Effect": "Allow", "Action": ["sqs:*", "kms:*"], "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="redrive", PolicyDocument=document(rights))
    credentials = environment.platform("sts").assume_role(RoleArn=arn, RoleSessionName="operator")["Credentials"]
    return local_client(
        "sqs",
        endpoint=environment.endpoint,
        authority=environment.authority,
        region=environment.region,
        credentials=credentials,
    )


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

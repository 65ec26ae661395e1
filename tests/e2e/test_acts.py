"""Every act of the demonstration, on the deployed stacks, under IAM: each person with their own role's rights."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from local.acts import Act, Troupe
from local.demo import build_troupe
from local.environment import LocalEnvironment, local_client
from local.people import APPROVER, OPERATOR, person
from local.player import Player, look
from runtime.domain.access import execution_role_name
from runtime.domain.audit import EventKind
from runtime.domain.followup import Approved, run_id
from runtime.domain.outcome import Outcome, Reason
from tests.e2e.policies import document


@pytest.fixture(scope="module")
def troupe(local_aws: LocalEnvironment, player: Player) -> Troupe:
    return build_troupe(local_aws, player, "acts")


@pytest.mark.parametrize("play", [Troupe.approval, Troupe.exception, Troupe.stop, Troupe.undo])
def test_every_act_goes_as_it_should(troupe: Troupe, play: Callable[[Troupe], Act]) -> None:
    """An act raises where something in it does not."""
    act = play(troupe)
    assert len(act.states) == len(act.steps) > 3
    if act.key in ("approval", "stop"):
        assert look(act.scene) == ["tcp 20-21 from 0.0.0.0/0", "tcp 22-22 from 10.0.0.0/8", "tcp 23-25 from 0.0.0.0/0"]
    else:
        assert set(look(act.scene).values()) == {True}


def test_an_approval_is_void_once_the_resource_has_changed_and_says_what_did(
    local_aws: LocalEnvironment, player: Player, troupe: Troupe
) -> None:
    scene = troupe.stage.restricted_production()
    review = player.await_outcome(player.publish(scene.body)).outcome
    assert review is not None
    assert (review.outcome, review.reason) == (Outcome.APPROVE, Reason.RESTRICTED_PRODUCTION)
    local_aws.customer("ec2").authorize_security_group_ingress(
        GroupId=scene.resource_arn.rpartition("/")[2],
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        ],
    )
    before = look(scene)
    for approver in troupe.approvers:
        approver.suture("approve", review.correlation_id, "--reason", "agreed", "--yes", "--no-wait")
        # The two are sent one after the other, and each is a run of its own.
    void = player.await_outcome(run_id(Approved(review_id=review.correlation_id))).outcome
    assert void is not None
    assert (void.outcome, void.reason) == (Outcome.APPROVE, Reason.APPROVAL_VOID)
    assert "rules" in void.sentence
    assert look(scene) == before


def test_an_undo_is_refused_with_both_states_once_what_it_would_restore_has_changed(
    local_aws: LocalEnvironment, player: Player, troupe: Troupe
) -> None:
    scene = troupe.stage.public_bucket()
    fixed = player.await_outcome(player.publish(scene.body)).outcome
    assert fixed is not None
    assert fixed.outcome is Outcome.REMEDIATE
    local_aws.customer("s3").put_public_access_block(
        Bucket=scene.resource_arn.rpartition(":")[2],
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": False,
            "RestrictPublicBuckets": True,
        },
    )
    before = look(scene)
    answer = troupe.operator.suture_json("undo", fixed.correlation_id, "--reason", "broke it", "--yes", exit_code=1)
    assert "STALE_STATE" in json.dumps(answer)
    outcome = player.history(answer["run_id"]).outcome
    assert outcome is not None
    assert outcome.evidence.expected == fixed.evidence.after
    assert outcome.evidence.after != outcome.evidence.expected
    assert look(scene) == before


def test_an_undo_restores_what_the_change_touched_though_something_else_was_changed_since(
    local_aws: LocalEnvironment, player: Player, troupe: Troupe
) -> None:
    scene = troupe.stage.open_security_group()
    before = look(scene)
    fixed = player.await_outcome(player.publish(scene.body)).outcome
    assert fixed is not None
    assert fixed.outcome is Outcome.REMEDIATE
    another = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group = scene.resource_arn.rpartition("/")[2]
    local_aws.customer("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[another])
    troupe.operator.suture_json("undo", fixed.correlation_id, "--reason", "broke it", "--yes")
    local_aws.customer("ec2").revoke_security_group_ingress(GroupId=group, IpPermissions=[another])
    assert look(scene) == before


def test_the_platform_itself_cannot_approve_or_command(local_aws: LocalEnvironment) -> None:
    """Not even somebody who has taken over its role: the queues refuse it, whatever the role's own policies allow."""
    iam, name = local_aws.platform("iam"), execution_role_name(local_aws.environment)
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    root = {"Effect": "Allow", "Principal": {"AWS": local_aws.platform_account}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=document(root))
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="everything", PolicyDocument=document(everything))
    try:
        taken = local_aws.platform("sts").assume_role(RoleArn=local_aws.execution_role_arn, RoleSessionName="mallory")
        sqs = local_client(
            "sqs",
            endpoint=local_aws.endpoint,
            authority=local_aws.authority,
            region=local_aws.region,
            credentials=taken["Credentials"],
        )
        for queue in (local_aws.approvals_queue_url, local_aws.commands_queue_url):
            with pytest.raises(ClientError, match="AccessDenied"):
                sqs.send_message(QueueUrl=queue, MessageBody="{}")
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="everything")
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))


def test_each_role_sends_to_its_own_queue_and_only_operators_stop(local_aws: LocalEnvironment) -> None:
    operator, approver = person(local_aws, OPERATOR, "olga"), person(local_aws, APPROVER, "ann")
    for who, queue in ((operator, local_aws.approvals_queue_url), (approver, local_aws.commands_queue_url)):
        with pytest.raises(ClientError, match="AccessDenied"):
            who.client("sqs").send_message(QueueUrl=queue, MessageBody="{}")
    assert "AccessDenied" in approver.suture_refused("stop", "--all", "--reason", "no")
    for who in (operator, approver):
        for table in (local_aws.audit_table_name, local_aws.ledger_table_name, local_aws.holds_table_name):
            with pytest.raises(ClientError, match="AccessDenied"):
                who.client("dynamodb").put_item(TableName=table, Item={"partition": {"S": "x"}, "item": {"S": "x"}})


def test_somebody_elses_name_in_a_command_is_found_out(
    local_aws: LocalEnvironment, player: Player, troupe: Troupe
) -> None:
    scene = troupe.stage.restricted_production()
    review = player.await_outcome(player.publish(scene.body)).outcome
    assert review is not None
    ann, bob = troupe.approvers
    said = bob.client("sts").get_caller_identity()
    order = {
        "kind": "ApprovePlan",
        "review_id": review.correlation_id,
        "digest": review.plan_digest,
        "reason": "agreed",
        "principal": {"arn": said["Arn"], "user_id": said["UserId"]},
    }
    sent = ann.client("sqs").send_message(QueueUrl=local_aws.approvals_queue_url, MessageBody=json.dumps(order))
    refused = player.await_outcome(sent["MessageId"]).outcome
    assert refused is not None
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.IDENTITY_MISMATCH)
    kinds = [event.kind for event in player.history(review.correlation_id).events]
    assert EventKind.APPROVAL not in kinds

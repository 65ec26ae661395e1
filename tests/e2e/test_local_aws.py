"""The local AWS comes up with both accounts, and keeps to itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.environment import LocalEnvironment
from runtime.domain.access import customer_role_name, services_of
from runtime.fixes.catalog import SPECS


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="there are no workers")
@pytest.mark.usefixtures("local_aws")
def test_end_to_end_tests_share_one_worker_and_so_one_local_aws(request: pytest.FixtureRequest) -> None:
    """pytest-xdist names the group in the test's id, given ``--dist loadgroup``."""
    assert request.node.nodeid.endswith("@local_aws")


def test_every_resource_of_the_environment_is_there(local_aws: LocalEnvironment) -> None:
    dynamodb, sqs, sns = local_aws.platform("dynamodb"), local_aws.platform("sqs"), local_aws.platform("sns")
    for table in (
        local_aws.audit_table_name,
        local_aws.registry_table_name,
        local_aws.ledger_table_name,
        local_aws.holds_table_name,
        local_aws.lock_table_name,
    ):
        assert dynamodb.describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE"
    for queue in (
        local_aws.findings_queue_url,
        local_aws.findings_dead_letter_queue_url,
        local_aws.follow_up_queue_url,
        local_aws.follow_up_dead_letter_queue_url,
        local_aws.runs_queue_url,
        local_aws.runs_dead_letter_queue_url,
        local_aws.commands_queue_url,
        local_aws.commands_dead_letter_queue_url,
        local_aws.approvals_queue_url,
        local_aws.approvals_dead_letter_queue_url,
        local_aws.review_queue_url,
    ):
        assert sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["KmsMasterKeyId"])["Attributes"]
    for topic in (
        local_aws.findings_topic_arn,
        local_aws.reviewers_topic_arn,
        local_aws.security_topic_arn,
        local_aws.owners_topic_arn,
    ):
        assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["TopicArn"] == topic
    for service in services_of(SPECS.values()):
        role = local_aws.customer("iam").get_role(RoleName=customer_role_name(service))["Role"]
        assert local_aws.execution_role_arn in str(role["AssumeRolePolicyDocument"])
        assert local_aws.external_id in str(role["AssumeRolePolicyDocument"])


def test_the_function_takes_one_message_at_a_time_from_each_queue(local_aws: LocalEnvironment) -> None:
    mappings = local_aws.platform("lambda").list_event_source_mappings(FunctionName=local_aws.function_name)
    sources = {mapping["EventSourceArn"].split(":")[-1] for mapping in mappings["EventSourceMappings"]}
    queues = (
        local_aws.findings_queue_url,
        local_aws.follow_up_queue_url,
        local_aws.runs_queue_url,
        local_aws.commands_queue_url,
        local_aws.approvals_queue_url,
    )
    assert sources == {url.split("/")[-1] for url in queues}
    assert {mapping["BatchSize"] for mapping in mappings["EventSourceMappings"]} == {1}


def test_policies_are_enforced(local_aws: LocalEnvironment) -> None:
    publisher = local_aws.publisher("sqs")
    with pytest.raises(ClientError, match="AccessDenied"):
        publisher.receive_message(QueueUrl=local_aws.findings_queue_url)


def test_a_shell_finds_the_same_environment(local_aws: LocalEnvironment, tmp_path: Path) -> None:
    file = tmp_path / "env"
    local_aws.write(file)
    assert LocalEnvironment.read(file) == local_aws
    shown = subprocess.run(
        ["/bin/sh", "-c", '. "$0" && env', str(file)],
        env={"PATH": os.environ["PATH"], "AWS_PROFILE": "somebody-elses", "AWS_SESSION_TOKEN": "old"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    assert local_aws.variables().items() <= found.items()
    assert found["SUTURE_CONFIG"] == str(tmp_path / "config"), "the policy that was deployed, and not this checkout's"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & found.keys()

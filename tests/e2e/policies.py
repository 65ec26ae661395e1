"""Other policies for the end-to-end tests: Suture's own, delivered by AppConfig, and IAM's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from local.environment import LocalEnvironment


def document(statement: Mapping[str, Any]) -> str:
    """An IAM policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def delivered_policy(environment: LocalEnvironment) -> dict[str, Any]:
    """The policy that was delivered last: with the stack, if no test has delivered another."""
    appconfig = environment.platform("appconfig")
    profile = {
        "ApplicationId": environment.policy_application_id,
        "ConfigurationProfileId": environment.policy_profile_id,
    }
    versions = appconfig.list_hosted_configuration_versions(**profile)["Items"]
    newest = max(version["VersionNumber"] for version in versions)
    answer = appconfig.get_hosted_configuration_version(**profile, VersionNumber=newest)
    return dict(json.loads(answer["Content"].read()))


def restart(environment: LocalEnvironment) -> None:
    """Any update of the function ends its processes; new ones ask for the policy before they do anything."""
    _await_idle(environment)
    functions, name = environment.platform("lambda"), environment.function_name
    memory = functions.get_function_configuration(FunctionName=name)["MemorySize"]
    functions.update_function_configuration(FunctionName=name, MemorySize=memory)
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})


def _await_idle(environment: LocalEnvironment, *, timeout_seconds: float = 60) -> None:
    """AWS lets a process end what it is at; the emulator does not, and what it was at is then unseen for minutes."""
    sqs, unseen = environment.platform("sqs"), "ApproximateNumberOfMessagesNotVisible"
    queues = (
        environment.findings_queue_url,
        environment.follow_up_queue_url,
        environment.commands_queue_url,
        environment.approvals_queue_url,
        environment.runs_queue_url,
    )
    deadline = time.monotonic() + timeout_seconds
    while any(
        sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[unseen])["Attributes"][unseen] != "0"
        for queue in queues
    ):
        assert time.monotonic() < deadline, "messages are still being handled"
        time.sleep(0.2)


@contextmanager
def another_policy(
    environment: LocalEnvironment, policy: Mapping[str, Any], *, restarted: bool = True
) -> Iterator[None]:
    """Within it, the function uses another policy; afterwards the one that was delivered before.

    If it is not restarted, its processes notice within ``MAX_AGE_SECONDS``.
    """
    before = delivered_policy(environment)
    deliver(environment, policy)
    if restarted:
        restart(environment)
    try:
        yield
    finally:
        deliver(environment, before)
        restart(environment)


def deliver(environment: LocalEnvironment, policy: Mapping[str, Any]) -> None:
    """Deploy a policy through AppConfig, as an operator does."""
    appconfig = environment.platform("appconfig")
    version = appconfig.create_hosted_configuration_version(
        ApplicationId=environment.policy_application_id,
        ConfigurationProfileId=environment.policy_profile_id,
        Content=json.dumps(policy).encode(),
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

"""Other policies for the end-to-end tests: Suture's own, delivered by AppConfig, and IAM's."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from local.environment import LocalEnvironment
from runtime.aws.policy import MAX_AGE_SECONDS


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
    functions = environment.platform("lambda")
    memory = functions.get_function_configuration(FunctionName=environment.function_name)["MemorySize"]
    functions.update_function_configuration(FunctionName=environment.function_name, MemorySize=memory)
    functions.get_waiter("function_updated_v2").wait(
        FunctionName=environment.function_name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def wait_for_running_processes(environment: LocalEnvironment) -> None:
    """A process that runs asks for a newer policy this often."""
    time.sleep(MAX_AGE_SECONDS + 1)


@contextmanager
def another_policy(
    environment: LocalEnvironment,
    policy: Mapping[str, Any],
    *,
    take_up: Callable[[LocalEnvironment], None] = restart,
) -> Iterator[None]:
    """Within it, the function uses another policy; afterwards the one that was delivered before.

    ``take_up`` returns once the function uses the other one.
    """
    before = delivered_policy(environment)
    deliver(environment, policy)
    take_up(environment)
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

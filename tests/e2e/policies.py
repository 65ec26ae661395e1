"""Other policies for the end-to-end tests: Suture's own, delivered by AppConfig, and IAM's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
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


@contextmanager
def another_policy(environment: LocalEnvironment, policy: Mapping[str, Any]) -> Iterator[None]:
    """Within it, the function uses another policy; afterwards the one that was delivered before."""
    before = delivered_policy(environment)
    deliver(environment, policy)
    try:
        yield
    finally:
        deliver(environment, before)


def deliver(environment: LocalEnvironment, policy: Mapping[str, Any]) -> None:
    """Deploy a policy through AppConfig, as an operator does, and wait until the function uses it."""
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
    time.sleep(MAX_AGE_SECONDS + 1)  # the function asks for a newer policy that often

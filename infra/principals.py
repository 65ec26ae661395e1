"""How callers look in the conditions of resource policies."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.deployment import Deployment
from runtime.domain.access import execution_role_name


def role_principal(scope: Construct, role_name: str) -> str:
    """A role of this account, as AWS compares all of its sessions.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    stack = Stack.of(scope)
    return f"arn:{stack.partition}:iam::{stack.account}:role/{role_name}"


def execution_role(scope: Construct, deployment: Deployment) -> str:
    """What the function runs as."""
    return role_principal(scope, execution_role_name(deployment.environment))


def not_sent_by(*principals: str) -> dict[str, dict[str, list[str]]]:
    """The condition of a denial that spares only these principals; without any it spares nobody."""
    return {"ArnNotLike": {"aws:PrincipalArn": list(principals)}} if principals else {}


def tick_of(scope: Construct, prefix: str) -> str:
    """What EventBridge gives as ``aws:SourceArn`` when this environment's clock sends: its rule on the default bus.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    stack = Stack.of(scope)
    return f"arn:{stack.partition}:events:{stack.region}:{stack.account}:rule/{prefix}-tick"


def alarms_of(scope: Construct, prefix: str) -> str:
    """What CloudWatch gives as ``aws:SourceArn`` when one of this environment's alarms publishes."""
    stack = Stack.of(scope)
    return f"arn:{stack.partition}:cloudwatch:{stack.region}:{stack.account}:alarm:{prefix}-*"

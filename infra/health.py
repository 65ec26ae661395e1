"""What operators may look at to see whether a deployment is in order: ``suture doctor``."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from infra.deployment import Deployment
from infra.policy_delivery import PolicyDelivery


def may_look(
    stack: Stack,
    *,
    deployment: Deployment,
    delivery: PolicyDelivery,
    topics: Iterable[sns.ITopic],
    queues: Iterable[sqs.IQueue],
) -> tuple[iam.PolicyStatement, ...]:
    """Permission to read the state of the stack, the policy that is delivered, how full the queues are, the alarms, who
    is subscribed, and whether the listed roles are there. None of it is a finding's, and none can be changed.
    """
    people = deployment.people
    roles = sorted({*people.operator_role_arns, *people.approver_role_arns, *deployment.administrator_role_arns})
    return (
        iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[stack_asked_about(stack)]),
        delivery.fetch(),
        # Asked for by the beginning of their names, alarms are those of the account.
        iam.PolicyStatement(actions=["cloudwatch:DescribeAlarms"], resources=["*"]),
        iam.PolicyStatement(actions=["sns:ListSubscriptionsByTopic"], resources=[topic.topic_arn for topic in topics]),
        iam.PolicyStatement(actions=["sqs:GetQueueAttributes"], resources=[queue.queue_arn for queue in queues]),
        iam.PolicyStatement(actions=["iam:GetRole"], resources=roles),
    )


def stack_asked_about(stack: Stack) -> str:
    """The stack, whatever its id: where it is asked for by its name, that is what DescribeStacks is authorised on."""
    return f"arn:{stack.partition}:cloudformation:{stack.region}:{stack.account}:stack/{stack.stack_name}/*"

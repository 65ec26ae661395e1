"""Messages that the platform sends to itself, to look again later: the function's own, and the clock's."""

from __future__ import annotations

import json

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.principals import execution_role, not_sent_by, tick_of
from infra.work_queue import WorkQueue
from runtime.domain.followup import Tick, message_to_json


class FollowUps(Construct):
    """A queue that only the execution role and a clock send to, so what is in it can be believed.

    The clock is a rule on the default bus that ticks every minute: what waits is seen to then.
    """

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        prefix = f"suture-{deployment.environment}"
        tick = tick_of(self, prefix)
        self.work = WorkQueue(
            self,
            "Work",
            name=f"{prefix}-follow-ups",
            key=encryption.key,
            senders={
                "ArnNotEquals": {"aws:SourceArn": [tick]},
                **not_sent_by(execution_role(self, deployment), *deployment.people.operator_role_arns),
            },
        )
        queue = self.work.queue
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TheClockSends",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": tick}},
            )
        )
        # Not SqsQueue as a target: it would let every rule of the account send, and encrypt with the key.
        self.tick = events.CfnRule(
            self,
            "Tick",
            name=f"{prefix}-tick",
            description="Starts the sweep",
            schedule_expression="rate(1 minute)",
            targets=[
                events.CfnRule.TargetProperty(
                    id="follow-ups", arn=queue.queue_arn, input=json.dumps(message_to_json(Tick()))
                )
            ],
        )
        # And on its policy: not before it may send.
        self.tick.node.add_dependency(queue)

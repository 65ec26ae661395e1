"""What people ask of the platform: one queue for operators, one for approvers."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.principals import execution_role, not_sent_by
from infra.work_queue import WorkQueue


class Commands(Construct):
    """Which queue a command came through says whether an operator or an approver sent it.

    The platform itself sends to neither, whichever roles the deployment lists: it cannot approve its own plans.
    """

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        prefix = f"suture-{deployment.environment}"
        self.operators = WorkQueue(
            self,
            "Operators",
            name=f"{prefix}-commands",
            key=encryption.key,
            senders=not_sent_by(*deployment.people.operator_role_arns),
        )
        self.approvers = WorkQueue(
            self,
            "Approvers",
            name=f"{prefix}-approvals",
            key=encryption.key,
            senders=not_sent_by(*deployment.people.approver_role_arns),
        )
        platform = execution_role(self, deployment)
        for work in (self.operators, self.approvers):
            work.queue.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="ThePlatformNeverSends",
                    effect=iam.Effect.DENY,
                    principals=[iam.AnyPrincipal()],
                    actions=["sqs:SendMessage"],
                    resources=[work.queue.queue_arn],
                    conditions={"ArnEquals": {"aws:PrincipalArn": platform}},
                )
            )

"""Messages that the function sends to itself, to look again later."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.principals import role_principal
from infra.work_queue import WorkQueue
from runtime.domain.access import execution_role_name


class FollowUps(Construct):
    """A queue that only the execution role sends to, so what is in it can be believed."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        sender = role_principal(self, execution_role_name(deployment.environment))
        self.work = WorkQueue(
            self,
            "Work",
            name=f"suture-{deployment.environment}-follow-ups",
            key=encryption.key,
            senders={"ArnNotLike": {"aws:PrincipalArn": [sender, *deployment.operator_role_arns]}},
        )

    def send(self) -> iam.PolicyDocument:
        return iam.PolicyDocument(
            statements=[iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.work.queue.queue_arn])]
        )

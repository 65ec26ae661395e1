"""Where people hear of what was not, or could not be, remediated."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Duration, Stack, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.principals import alarms_of, execution_role, not_sent_by
from infra.work_queue import RETENTION, refuse_senders


class Review(Construct):
    """The review queue, the security team's topic, and the bus that carries every outcome."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        prefix = f"suture-{deployment.environment}"
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=f"{prefix}-review",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=encryption.key,
            enforce_ssl=True,
            retention_period=RETENTION,
            receive_message_wait_time=Duration.seconds(20),
        )
        refuse_senders(self.queue, but=not_sent_by(execution_role(self, deployment)))
        Validations.of(self.queue).acknowledge(
            Acknowledgment(
                id="AwsSolutions-SQS3",
                reason="People read this queue, and an alarm tells how long it has been waiting for them: "
                "it is itself where messages end that no program can handle.",
            )
        )
        self.security_topic = sns.Topic(
            self, "Security", topic_name=f"{prefix}-security", master_key=encryption.key, enforce_ssl=True
        )
        # A topic with a policy of its own no longer has SNS's default one, which would let alarms publish.
        self.security_topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsPublish",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.security_topic.topic_arn],
                conditions={
                    "ArnLike": {"aws:SourceArn": alarms_of(self, prefix)},
                    "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
                },
            )
        )
        self.bus = events.EventBus(self, "Bus", event_bus_name=prefix)

    def tell(self) -> iam.PolicyDocument:
        """Permission to send to each of them."""
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.queue.queue_arn]),
                iam.PolicyStatement(actions=["sns:Publish"], resources=[self.security_topic.topic_arn]),
                iam.PolicyStatement(actions=["events:PutEvents"], resources=[self.bus.event_bus_arn]),
            ]
        )

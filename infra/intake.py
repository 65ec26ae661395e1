"""How Wiz's findings come in: the role it publishes as, the topic, and the queue behind it."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import SEND, Encryption
from infra.principals import not_sent_by, role_principal
from infra.work_queue import WorkQueue


class Intake(Construct):
    """Wiz assumes the publisher role from its own account, with its tenant id as external id; nobody else publishes."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        prefix = f"suture-{deployment.environment}"
        self.topic = sns.Topic(
            self, "Findings", topic_name=f"{prefix}-findings", master_key=encryption.key, enforce_ssl=True
        )
        self.publisher = iam.Role(
            self,
            "Publisher",
            role_name=f"{prefix}-publisher",
            description="Publishes findings; for Wiz",
            assumed_by=iam.ArnPrincipal(deployment.wiz_delegator_role_arn).with_conditions(
                {"StringEquals": {"sts:ExternalId": deployment.wiz_tenant_id}}
            ),
            inline_policies={
                "publish-findings": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(actions=["sns:Publish"], resources=[self.topic.topic_arn]),
                        encryption.use_through("sns", actions=SEND),
                    ]
                )
            },
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="WizPublishes",
                principals=[iam.ArnPrincipal(self.publisher.role_arn)],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="NobodyElsePublishes",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"ArnNotLike": {"aws:PrincipalArn": role_principal(self, f"{prefix}-publisher")}},
            )
        )
        by_the_topic = {"ArnNotEquals": {"aws:SourceArn": [self.topic.topic_arn]}}
        self.work = WorkQueue(
            self,
            "Work",
            name=f"{prefix}-findings",
            key=encryption.key,
            senders={**by_the_topic, **not_sent_by(*deployment.people.operator_role_arns)},
            # https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html
            dead_letter_senders=by_the_topic,
        )
        self.work.queue.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TheTopicSends",
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.work.queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": self.topic.topic_arn}},
            )
        )
        # Not SqsSubscription: it would put the topic's ARN into the key's policy, and the topic needs the key first.
        # Not raw: the envelope carries the SNS message id, which tells a redelivery from a new publication.
        # What SNS cannot hand to the queue goes to the same place as what the function cannot handle.
        sns.Subscription(
            self,
            "Subscription",
            topic=self.topic,
            protocol=sns.SubscriptionProtocol.SQS,
            endpoint=self.work.queue.queue_arn,
            raw_message_delivery=False,
            dead_letter_queue=self.work.dead_letters,
        )

"""Where people hear of what waits for them, of what was not, or could not be, remediated, and of what was changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

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
from runtime.domain.document import from_json
from runtime.domain.notice import CONTACT_ATTRIBUTE
from runtime.domain.policy import NotificationPolicy


class Review(Construct):
    """The review queue, a topic each for reviewers, the security team and owners, and the bus with every outcome.

    ``contacts`` are those of the policy's directory: e-mail addresses, which are subscribed to what is theirs of the
    owners' topic, and other topics, which are published to.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        encryption: Encryption,
        contacts: Iterable[str] = (),
    ) -> None:
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
        self.security_topic, self.reviewers_topic, self.owners_topic = (
            sns.Topic(self, name, topic_name=f"{prefix}-{name.lower()}", master_key=encryption.key, enforce_ssl=True)
            for name in ("Security", "Reviewers", "Owners")
        )
        self._others = [contact for contact in sorted(contacts) if contact.startswith("arn:")]
        for contact in sorted(set(contacts) - set(self._others)):
            # Each address confirms once, and then gets only the messages that name it.
            sns.CfnSubscription(
                self,
                f"Owner-{sha256(contact.encode()).hexdigest()[:12]}",
                topic_arn=self.owners_topic.topic_arn,
                protocol="email",
                endpoint=contact,
                filter_policy={CONTACT_ATTRIBUTE: [contact]},
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
                iam.PolicyStatement(
                    actions=["sns:Publish"],
                    resources=[
                        self.security_topic.topic_arn,
                        self.reviewers_topic.topic_arn,
                        self.owners_topic.topic_arn,
                        *self._others,
                    ],
                ),
                iam.PolicyStatement(actions=["events:PutEvents"], resources=[self.bus.event_bus_arn]),
            ]
        )


def contacts_of(policy: Mapping[str, Any]) -> frozenset[str]:
    """The contacts of owners in a policy document, which is valid."""
    return from_json(NotificationPolicy, policy.get("notifications", {})).contacts

"""The one KMS key of an environment."""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.deployment import Deployment
from infra.principals import alarms_of, tick_of

READ_TABLE = ("kms:Decrypt", "kms:DescribeKey")
WRITE_TABLE = (*READ_TABLE, "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
"""What CDK's own grants on a table with a customer key give, without their wildcards: DynamoDB keeps keys of its own
for a table, and encrypts them anew in its callers' names.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html"""

SEND = ("kms:Decrypt", "kms:GenerateDataKey")
"""To a queue or a topic. Who receives needs the first.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"""


class Encryption(Construct):
    """Encrypts the topics, queues, tables, logs and the function's settings.

    The AWS services that use it for themselves may do so for this environment's own resources only. Everybody else
    needs an identity policy.
    """

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        prefix = f"suture-{deployment.environment}"
        self.key = kms.Key(
            self,
            "Key",
            alias=f"alias/{prefix}",
            description=f"Findings, evidence and messages of {prefix}",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY if deployment.disposable else RemovalPolicy.RETAIN,
        )
        # https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html
        self._let("sns.amazonaws.com", f"arn:{stack.partition}:sns:{stack.region}:{stack.account}:{prefix}-findings")
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
        self._let("cloudwatch.amazonaws.com", alarms_of(self, prefix))
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
        self._let("events.amazonaws.com", tick_of(self, prefix))
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                resources=["*"],
                conditions={
                    "ArnEquals": {
                        "kms:EncryptionContext:aws:logs:arn": (
                            f"arn:{stack.partition}:logs:{stack.region}:{stack.account}"
                            f":log-group:/aws/lambda/{prefix}-remediator"
                        )
                    }
                },
            )
        )

    def use_through(self, *services: str, actions: tuple[str, ...]) -> iam.PolicyStatement:
        """Permission to use the key, but only through these services: never on a ciphertext in hand."""
        return iam.PolicyStatement(
            actions=list(actions),
            resources=[self.key.key_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": [f"{service}.{Stack.of(self).region}.amazonaws.com" for service in services]
                }
            },
        )

    def _let(self, service: str, source_arn: str) -> None:
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(service)],
                actions=list(SEND),
                resources=["*"],
                conditions={
                    "ArnLike": {"aws:SourceArn": source_arn},
                    "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
                },
            )
        )

"""A queue that the function works off, with its dead-letter queue."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

MAX_RECEIVES = 5
RETENTION = Duration.days(14)
"""The longest that SQS keeps a message."""

FUNCTION_TIMEOUT = Duration.seconds(60)
"""Shorter than the lease of a resource lock, runtime/aws/locks.py."""

VISIBILITY_TIMEOUT = Duration.seconds(6 * 60)
"""Six times the function's timeout: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""


class WorkQueue(Construct):
    """``{name}`` and ``{name}-dlq``: encrypted, TLS only. Only ``senders`` may send to the first.

    ``senders`` are conditions of a denial: who does not meet one of them may send. Who moves messages back from the
    dead-letter queue sends too. With ``fifo`` both are FIFO queues, whose names end in ``.fifo``, and who sends a
    message says which others are the same.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        key: kms.IKey,
        senders: dict[str, dict[str, list[str]]],
        fifo: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        suffix = ".fifo" if fifo else ""
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=f"{name}-dlq{suffix}",
            fifo=fifo,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=RETENTION,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=f"{name}{suffix}",
            fifo=fifo,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=RETENTION,
            receive_message_wait_time=Duration.seconds(20),
            visibility_timeout=VISIBILITY_TIMEOUT,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=MAX_RECEIVES),
        )
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                sid="NobodyElseSends",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions=senders,
            )
        )

    def send(self) -> iam.PolicyDocument:
        """Permission for one of the senders."""
        return iam.PolicyDocument(
            statements=[iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.queue.queue_arn])]
        )

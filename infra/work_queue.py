"""A queue that the function works off, with its dead-letter queue."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

MAX_RECEIVES = 5
RETENTION = Duration.days(14)
"""The longest that SQS keeps a message."""

FUNCTION_TIMEOUT = Duration.seconds(60)
"""Shorter than the lease of a resource lock, runtime/items/locks.py."""

VISIBILITY_TIMEOUT = Duration.seconds(6 * 60)
"""Six times the function's timeout: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""


class WorkQueue(Construct):
    """``{name}`` and ``{name}-dlq``: encrypted, TLS only. Only ``senders`` may send to the first.

    ``senders`` are conditions of a denial: who does not meet one of them may send. Who moves messages back from the
    dead-letter queue sends too. ``dead_letter_senders`` are the same for the dead-letter queue; without any nobody
    sends to it but SQS itself, which asks no policy, and only takes messages from the first. With ``fifo`` both are
    FIFO queues, whose names end in ``.fifo``, and who sends a message says which others are the same.
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
        dead_letter_senders: dict[str, dict[str, list[str]]] | None = None,
        fifo: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        suffix, stack = ".fifo" if fifo else "", Stack.of(self)
        # Not the queue's attribute: it refers to its dead-letter queue.
        source = f"arn:{stack.partition}:sqs:{stack.region}:{stack.account}:{name}{suffix}"
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=f"{name}-dlq{suffix}",
            fifo=fifo,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=RETENTION,
            redrive_allow_policy=sqs.RedriveAllowPolicy(
                redrive_permission=sqs.RedrivePermission.BY_QUEUE,
                source_queues=[sqs.Queue.from_queue_arn(self, "Source", source)],
            ),
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
        refuse_senders(self.queue, but=senders)
        refuse_senders(self.dead_letters, but=dead_letter_senders or {})

    def send(self) -> iam.PolicyDocument:
        """Permission for one of the senders."""
        return iam.PolicyDocument(
            statements=[iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.queue.queue_arn])]
        )


def refuse_senders(queue: sqs.Queue, *, but: dict[str, dict[str, list[str]]]) -> None:
    """Deny sending to everybody who meets all of these conditions, whatever their own policies allow."""
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            sid="NobodyElseSends",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions=but,
        )
    )

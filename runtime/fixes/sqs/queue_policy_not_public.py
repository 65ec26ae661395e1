"""Remove statements that allow everybody from the policy of an SQS queue.

What it does
------------
Removes each statement that allows access to everybody without a condition that limits the principal. If a statement
also names other principals, those are kept. Denials and all other statements are not changed, including those that
allow everybody on behalf of one topic, bucket or account (``aws:SourceArn``, ``aws:SourceAccount``).

It refuses a policy that allows everybody but a few, or with a condition that AWS does not consider a limit, and one
that names a principal that no longer exists, because SQS would reject it.

IAM cannot limit the permission to the policy: the session may set any attribute of this one queue.

Why it matters
--------------
Everybody on the internet can do what such a statement allows: send messages that consumers process, or read and delete
those of others.

What can break
--------------
Producers and consumers that are not named are denied: anonymous ones, other accounts, and AWS services that deliver
only because of such a statement.

Undo
----
Restores the exact former policy.

References
----------
* Security Hub control SQS.3: https://docs.aws.amazon.com/securityhub/latest/userguide/sqs-controls.html#sqs-3
* Policies of queues:
  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html
* SetQueueAttributes:
  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value, Write
from runtime.fixes.kinds.policies import POLICY, CloseToEverybody
from runtime.fixes.sqs import QUEUE, read_attributes


def _set(policy: Value | str) -> Write:
    return Write(call="sqs:SetQueueAttributes", by={"QueueUrl": "${QueueUrl}", "Attributes": {"Policy": policy}})


FIX = CloseToEverybody(
    of=QUEUE,
    id="sqs-queue-policy-not-public",
    title="Remove statements that allow everybody from the policy of an SQS queue",
    disruption=Disruption.DATA_PATH,
    hazard="Principals that the policy does not name are denied.",
    reads=(read_attributes(policy="Policy"),),
    put=_set(Value(POLICY)),
    delete=_set(""),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
    limit_bytes=8192,
    template={
        TemplateTool.CLOUDFORMATION: "remove every Allow to everybody from PolicyDocument of AWS::SQS::QueuePolicy",
        TemplateTool.CDK: "remove every addToResourcePolicy with AnyPrincipal from Queue",
        TemplateTool.TERRAFORM: "remove every Allow to everybody from policy of aws_sqs_queue_policy",
    },
)

"""Remove statements that allow everybody from the policy of an SNS topic.

What it does
------------
Removes each statement that allows access to everybody without a condition that limits the principal. If a statement
also names other principals, those are kept. Denials and all other statements are not changed, including SNS's own
default: it allows everybody of the topic's owner (``aws:SourceOwner``).

It refuses a policy of which nothing would be left, because a topic must have one; a policy that allows everybody but a
few, or with a condition that AWS does not consider a limit; and one that names a principal that no longer exists,
because SNS would reject it.

IAM cannot limit the permission to the policy: the session may set any attribute of this one topic.

Why it matters
--------------
Everybody on the internet can do what such a statement allows: subscribe and read messages, or publish messages that
subscribers process.

What can break
--------------
Publishers and subscribers that are not named are denied: other accounts, and AWS services that publish only because of
such a statement. Existing subscriptions are kept: check who owns them.

Undo
----
Restores the exact former policy.

References
----------
* Security Hub control SNS.4: https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html#sns-4
* Policies of topics:
  https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
* SetTopicAttributes: https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.policies import POLICY, CloseToEverybody
from runtime.fixes.sns import TOPIC, read_attributes, set_attribute

FIX = CloseToEverybody(
    of=TOPIC,
    id="sns-topic-policy-not-public",
    title="Remove statements that allow everybody from the policy of an SNS topic",
    disruption=Disruption.DATA_PATH,
    hazard="Principals that the policy does not name are denied.",
    reads=(read_attributes(policy="Policy", confirmed_subscriptions="SubscriptionsConfirmed"),),
    informs=("confirmed_subscriptions",),
    put=set_attribute("Policy", Value(POLICY)),
    delete=None,
    # https://docs.aws.amazon.com/general/latest/gr/sns.html
    limit_bytes=30 * 1024,
    shows={"confirmed_subscriptions": lambda look: int(look["confirmed_subscriptions"] or 0)},
    template={
        TemplateTool.CLOUDFORMATION: "remove every Allow to everybody from PolicyDocument of AWS::SNS::TopicPolicy",
        TemplateTool.CDK: "remove every addToResourcePolicy with AnyPrincipal from Topic",
        TemplateTool.TERRAFORM: "remove every Allow to everybody from policy of aws_sns_topic_policy",
    },
)

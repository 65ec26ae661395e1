"""Encrypt the messages of an SNS topic with a customer managed KMS key.

What it does
------------
Sets the key that the catalog entry names for the topic. A topic that already encrypts, with any key, is not changed.

SNS does not check the key: with a wrong one, messages are lost. So the fix checks the key. Its policy must allow each
AWS service that publishes to the topic to use it: those that the topic's policy names, CloudWatch if an alarm has the
topic as its action, and EventBridge if a rule has it as its target. It refuses a topic whose policy allows everybody,
or everybody on behalf of a bucket or another source: any AWS service may publish by it.

The fix does not use the AWS managed key of SNS, ``alias/aws/sns``: AWS services cannot use it, and would stop
publishing without an error.

IAM cannot limit the permission to this attribute: the session may set any attribute of this one topic.

Why it matters
--------------
Messages are encrypted where SNS stores them before delivery. Publishers also need permission for the key.

What can break
--------------
Publishers without ``kms:GenerateDataKey`` and ``kms:Decrypt`` for the key are denied. Some services publish with a role
of yours (EC2 Auto Scaling, CodePipeline, AWS Config, AWS IoT): no policy shows them here. KMS charges for requests.

Undo
----
Removes the key from the topic.

References
----------
* Security Hub control SNS.1: https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html#sns-1
* Keys for topics: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
* SetTopicAttributes: https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value
from runtime.fixes.kinds.attributes import Anything
from runtime.fixes.kinds.declared import Guard, Look
from runtime.fixes.kinds.keys import EncryptWith, key_arn, key_for_services, shown_key
from runtime.fixes.policy_document import Statement, for_everybody, principals, statements
from runtime.fixes.sns import TOPIC, read_attributes, set_attribute


def _says_whose(statement: Statement) -> bool:
    """Whether a condition limits a statement to principals of fixed accounts, which no service is."""
    keys = {key.lower() for keys in statement.get("Condition", {}).values() for key in keys}
    return any(key == "aws:sourceowner" or key.startswith("aws:principal") for key in keys)


def _publishers(look: Look) -> list[str] | None:
    """The service principals that publish to the topic, as far as known; ``None`` if unknown."""
    found = statements(look["topic_policy"])
    if found is None:
        return None
    if any(one["Effect"] == "Allow" and for_everybody(one) and not _says_whose(one) for one in found):
        return None
    named = {name for one in found if one["Effect"] == "Allow" for kind, name in principals(one) if kind == "Service"}
    if look["has_alarms"]:
        named.add("cloudwatch.amazonaws.com")
    if look["has_rules"]:
        named.add("events.amazonaws.com")
    return sorted(named)


FIX = EncryptWith(
    of=TOPIC,
    id="sns-topic-encryption",
    title="Encrypt the messages of an SNS topic with a customer managed KMS key",
    disruption=Disruption.DATA_PATH,
    hazard="Publishers without permission for the key are denied, and their messages are lost.",
    undo_hazard="Later messages are stored unencrypted.",
    reads=(
        read_attributes(KmsMasterKeyId="KmsMasterKeyId", topic_policy="Policy", policies=("topic_policy",)),
        Read(
            call="cloudwatch:DescribeAlarms",
            by={"ActionPrefix": "${arn}", "AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 1},
            on="arn:${partition}:cloudwatch:${region}:${account_id}:alarm:*",
            keep={"has_alarms": "length([MetricAlarms, CompositeAlarms][]) > `0`"},
        ),
        Read(
            call="events:ListRuleNamesByTarget",
            by={"TargetArn": "${arn}", "Limit": 1},
            on="*",
            keep={"has_rules": "length(RuleNames) > `0`"},
        ),
    ),
    named=(key_for_services(_publishers),),
    wanted={"KmsMasterKeyId": Anything(key_arn)},
    guards=(
        Guard(
            holds=lambda look: _publishers(look) is not None,
            because=(
                "The policy of ${subject} allows everybody, or is not supported: the AWS services that publish are "
                "unknown."
            ),
        ),
    ),
    write=set_attribute("KmsMasterKeyId", Value("KmsMasterKeyId")),
    unset=set_attribute("KmsMasterKeyId", ""),
    shows={"key": shown_key, "services_that_publish": _publishers},
    template={
        TemplateTool.CLOUDFORMATION: "set KmsMasterKeyId of AWS::SNS::Topic to the key",
        TemplateTool.CDK: "set masterKey of Topic to the key",
        TemplateTool.TERRAFORM: "set kms_master_key_id of aws_sns_topic to the key",
    },
)

"""An SNS topic and its encryption."""

from __future__ import annotations

import json
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.keys import ANY_KEY, KEYS, key_with_alias
from tests.laws.cases.policies import PARTNER, allow, document
from tests.laws.cases.topics import ARN, attribute, put_policy, topic

ROOT = f"arn:aws:iam::{ACCOUNT_ID}:root"
OF_S3 = allow({"Service": "s3.amazonaws.com"}, "sns:Publish", ARN)


OF_A_BUCKET = allow("*", "sns:Publish", ARN, Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::orders"}})
OF_EVERYBODY = allow({"AWS": "*"}, "sns:Publish", ARN)


def _key(*services: str) -> Any:
    def make(clients: Clients, resource: Resource) -> None:
        statements = [allow({"AWS": ROOT}, "kms:*", "*")]
        if services:
            actions = ["kms:GenerateDataKey*", "kms:Decrypt"]
            statements.append(allow({"Service": list(services)}, actions, "*"))
        key_with_alias(clients, Policy=json.dumps(document(*statements)))

    return make


def _with_an_alarm(clients: Clients, resource: Resource) -> None:
    _key()(clients, resource)
    clients("cloudwatch").put_metric_alarm(
        AlarmName=f"alarm-of-{resource.name}",
        Namespace="AWS/SQS",
        MetricName="NumberOfMessagesSent",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[resource.arn],
    )


def _with_a_rule(clients: Clients, resource: Resource) -> None:
    _key()(clients, resource)
    events = clients("events")
    events.put_rule(Name=f"rule-of-{resource.name}", ScheduleExpression="rate(1 day)")
    events.put_targets(Rule=f"rule-of-{resource.name}", Targets=[{"Id": "1", "Arn": resource.arn}])


def _let_a_partner_publish(clients: Clients, resource: Resource) -> None:
    put_policy(clients, resource, allow({"AWS": PARTNER}, "sns:Publish", ARN))


def read_back(clients: Clients, resource: Resource) -> Any:
    return attribute(clients, resource, "KmsMasterKeyId")


CASES = (
    Bad(
        name="not encrypted",
        create=topic(more=_key()),
        options=KEYS,
        fixed=ANY_KEY,
        disturb=_let_a_partner_publish,
    ),
    Bad(
        name="not encrypted, and published to by S3",
        create=topic(OF_S3, more=_key("s3.amazonaws.com")),
        options=KEYS,
        fixed=ANY_KEY,
        disturb=_let_a_partner_publish,
    ),
    AlreadyCompliant(name="encrypted", create=topic(KmsMasterKeyId="alias/aws/sns")),
    Refusal(name="one for which no key is named", create=topic(), because="option kms_key"),
    Refusal(name="one whose key is not there", create=topic(), options=KEYS, because="There is no key"),
    Refusal(
        name="one that S3 publishes to, which may not use the key",
        create=topic(OF_S3, more=_key("cloudwatch.amazonaws.com")),
        options=KEYS,
        because="does not allow every AWS service that uses",
    ),
    Refusal(
        name="one that everybody publishes to on behalf of a bucket",
        create=topic(OF_A_BUCKET, more=_key("cloudwatch.amazonaws.com")),
        options=KEYS,
        because="is not supported: the AWS services that publish are unknown",
    ),
    Refusal(
        name="one that everybody publishes to",
        create=topic(OF_EVERYBODY, more=_key()),
        options=KEYS,
        because="is not supported: the AWS services that publish are unknown",
    ),
    Refusal(
        name="one that an alarm publishes to, which may not use the key",
        create=topic(more=_with_an_alarm),
        options=KEYS,
        because="does not allow every AWS service that uses",
    ),
    Refusal(
        name="one that a rule publishes to, which may not use the key",
        create=topic(more=_with_a_rule),
        options=KEYS,
        because="does not allow every AWS service that uses",
    ),
)

"""A web ACL and its logs. ministack has none of it, and moto does not find one of CloudFront's by its ARN."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from
from tests.laws.cases.buckets import allow_delivery, taking_logs

LOGS = f"aws-waf-logs-{ACCOUNT_ID}-{REGION}"
OPTIONS = {"target_bucket": "aws-waf-logs-${account_id}-${region}"}
ANSWERS = {"s3:GetBucketRequestPayment": {"Payer": "BucketOwner"}}
NUMBERS = count(1)
SEEN = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "web"}


def _web_acl(*statements: dict[str, Any], logs: str = LOGS) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        taking_logs(clients, logs, *(statements or allow_delivery(logs)))
        made = clients("wafv2").create_web_acl(
            Name=f"web-{next(NUMBERS)}", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=SEEN
        )
        return resource_from(made["Summary"]["ARN"])

    return create


def _log(clients: Clients, resource: Resource, to: str = "aws-waf-logs-others") -> None:
    clients("wafv2").put_logging_configuration(
        LoggingConfiguration={"ResourceArn": resource.arn, "LogDestinationConfigs": [f"arn:aws:s3:::{to}"]}
    )


def _logged(clients: Clients) -> Resource:
    resource = _web_acl()(clients)
    _log(clients, resource)
    return resource


def _hand_the_bucket_to_nobody(clients: Clients, resource: Resource) -> None:
    taking_logs(clients, LOGS, allow_delivery(LOGS)[0])


def read_back(clients: Clients, resource: Resource) -> Any:
    waf = clients("wafv2")
    try:
        found = waf.get_logging_configuration(ResourceArn=resource.arn)["LoggingConfiguration"]
    except waf.exceptions.WAFNonexistentItemException:
        return None
    return found["LogDestinationConfigs"], found.get("RedactedFields", [])


REDACTED = [{"SingleHeader": {"Name": "authorization"}}, {"SingleHeader": {"Name": "cookie"}}]

CASES = (
    Bad(
        name="without logs",
        create=_web_acl(),
        options=OPTIONS,
        fixed=([f"arn:aws:s3:::{LOGS}"], REDACTED),
        disturb=_hand_the_bucket_to_nobody,
    ),
    Bad(
        name="without logs, to be logged whole",
        create=_web_acl(),
        options={**OPTIONS, "redacted_headers": []},
        fixed=([f"arn:aws:s3:::{LOGS}"], []),
        disturb=_hand_the_bucket_to_nobody,
    ),
    AlreadyCompliant(name="logged elsewhere", create=_logged),
    Refusal(name="for which no bucket is named", create=_web_acl(), because="option target_bucket"),
    Refusal(
        name="for which a bucket is named that AWS WAF does not take",
        create=_web_acl(logs="logs-of-web-acls"),
        options={"target_bucket": "logs-of-web-acls"},
        because="does not begin with aws-waf-logs-",
    ),
    Refusal(
        name="whose logs may not be put there",
        create=_web_acl(allow_delivery(LOGS)[1]),
        options=OPTIONS,
        because="does not allow delivery.logs.amazonaws.com",
    ),
    Refusal(
        name="that Firewall Manager manages",
        create=_web_acl(),
        answers={"wafv2:GetWebACL": {"WebACL": {"ManagedByFirewallManager": True, "Rules": []}}},
        options=OPTIONS,
        because="Firewall Manager manages",
    ),
)

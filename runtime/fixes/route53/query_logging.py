"""Turn on query logging of a public hosted zone.

What it does
------------
Sends the query logs of the hosted zone to the CloudWatch Logs group that the catalog entry names. A zone with
query logging to any log group is not changed.

The log group is checked and not changed. It must be in the zone's account and in us-east-1, have a retention, and a
resource policy of CloudWatch Logs must allow ``route53.amazonaws.com``.

It refuses a private zone, which has no such logs: use Resolver query logging.

Why it matters
--------------
The logs show names that are guessed, and records that point to a deleted resource, before an attacker takes it over.

What can break
--------------
Nothing: answers are not affected. CloudWatch Logs charges for each gigabyte; busy zones log much. Queries that
resolvers answer from their caches are not logged.

Undo
----
Turns query logging off again. Recorded logs are kept.

References
----------
* Security Hub control Route53.2:
  https://docs.aws.amazon.com/securityhub/latest/userguide/route53-controls.html#route53-2
* Query logs: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html
* CreateQueryLoggingConfig: https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html
"""

from __future__ import annotations

from dataclasses import replace

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import NEXT_TOKEN, Read, Write
from runtime.fixes.kinds.attributes import Anything, SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.kinds.destinations import log_group_for
from runtime.fixes.route53 import HOSTED_ZONE, ZONE_READ

FIX = SetAttributes(
    of=HOSTED_ZONE,
    id="route53-query-logging",
    title="Turn on query logging of a public hosted zone",
    disruption=Disruption.NONE,
    hazard="CloudWatch Logs charges per gigabyte, and busy zones log much.",
    undo_hazard="Later DNS queries are not logged.",
    reads=(
        replace(ZONE_READ, keep={"private": "Config.PrivateZone", "records": "ResourceRecordSetCount"}),
        Read(
            call="route53:ListQueryLoggingConfigs",
            by={"HostedZoneId": "${name}"},
            at="QueryLoggingConfigs",
            # Not the log group: Route 53 does not document in which form it returns its ARN.
            keep={"logged": "length(@) > `0` || `null`"},
            or_none=("logged",),
            pages=NEXT_TOKEN,
        ),
    ),
    informs=("records",),
    named=(log_group_for("route53.amazonaws.com"),),
    guards=(
        Guard(
            holds=one_of("private", False),
            because="${subject} is private: use Resolver query logging of its VPCs.",
            first=True,
        ),
    ),
    wanted={"logged": Anything(lambda look: bool(look.option("log_group")))},
    write=Write(
        call="route53:CreateQueryLoggingConfig",
        by={
            "HostedZoneId": "${name}",
            # Without the suffix for all of its streams, as in the example of
            # https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html
            "CloudWatchLogsLogGroupArn": "arn:${partition}:logs:${region}:${account_id}:log-group:${log_group}",
        },
    ),
    back=Write(
        call="route53:DeleteQueryLoggingConfig",
        by={"Id": {"$answer": [0, "QueryLoggingConfig.Id"]}},
        on="arn:${partition}:route53:::queryloggingconfig/*",
    ),
    shows={"records": lambda look: look["records"]},
    template={
        TemplateTool.CLOUDFORMATION: "set QueryLoggingConfig of AWS::Route53::HostedZone to the log group",
        TemplateTool.CDK: "set queryLogsLogGroupArn of PublicHostedZone to the log group",
        TemplateTool.TERRAFORM: "add an aws_route53_query_log for the aws_route53_zone",
    },
)

"""Turn on logging of a web ACL.

What it does
------------
Sends the logs of a web ACL to the bucket that the catalog entry names, without the header fields that the option
``redacted_headers`` lists. A web ACL that already has logging, to any destination, is not changed.

The bucket is checked and not changed. Its name must begin with ``aws-waf-logs-``, it must be in the web ACL's account
and region (us-east-1 for CloudFront's), use no KMS key, Object Lock or Requester Pays, and its policy must allow
``delivery.logs.amazonaws.com``. Log groups and Firehose streams cannot be named: for those, AWS changes a policy of
the whole account, or creates a role.

It refuses web ACLs that Firewall Manager manages.

Why it matters
--------------
Without the logs, you cannot see what was blocked and what was allowed, or test a rule before it blocks.

What can break
--------------
Nothing. AWS charges for each gigabyte delivered, and for storage until a lifecycle rule removes the logs. They contain
query strings and header fields, cookies too unless they are redacted.

Undo
----
Turns logging off again. Delivered logs are kept.

References
----------
* Security Hub control WAF.11: https://docs.aws.amazon.com/securityhub/latest/userguide/waf-controls.html#waf-11
* Logs to a bucket: https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html
* PutLoggingConfiguration: https://docs.aws.amazon.com/waf/latest/APIReference/API_PutLoggingConfiguration.html
"""

from __future__ import annotations

from dataclasses import replace

from runtime.domain.fix import Disruption, OptionSpec, Permission
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import Anything
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.kinds.destinations import LogTo, Writer, delivered, log_bucket
from runtime.fixes.wafv2 import WEB_ACL, WEB_ACL_READ

_PUT, _DELETE = "wafv2:PutLoggingConfiguration", "wafv2:DeleteLoggingConfiguration"

FIX = LogTo(
    of=WEB_ACL,
    id="wafv2-web-acl-logging",
    title="Turn on logging of a web ACL",
    disruption=Disruption.NONE,
    hazard="The logs contain request data, and AWS charges for them until a lifecycle rule removes them.",
    undo_hazard="Later requests are not logged.",
    reads=(
        replace(
            WEB_ACL_READ,
            keep={
                "of_firewall_manager": "(ManagedByFirewallManager || RetrofittedByFirewallManager) || `false`",
                "rules": "length(Rules || `[]`)",
            },
        ),
        Read(
            call="wafv2:GetLoggingConfiguration",
            by={"ResourceArn": "${arn}"},
            at="LoggingConfiguration",
            keep={"logging": "{to: LogDestinationConfigs, redacted: RedactedFields || `[]`}"},
            # AWS also returns it for a deleted web ACL; but the web ACL was read before.
            absent="WAFNonexistentItemException",
        ),
    ),
    informs=("rules",),
    named=(
        log_bucket(
            Writer(
                service="delivery.logs.amazonaws.com",
                object_name=lambda look: f"AWSLogs/{look.resource.account_id}/",
                source_arn=delivered,
                reads_acl=True,
            ),
            location=lambda look: look.resource.region,
        ),
    ),
    guards=(
        Guard(holds=one_of("of_firewall_manager", False), because="Firewall Manager manages ${subject}."),
        Guard(
            holds=lambda look: str(look.option("target_bucket")).startswith("aws-waf-logs-"),
            because="The name of the bucket ${target_bucket} does not begin with aws-waf-logs-, as AWS WAF requires.",
        ),
    ),
    options={
        "redacted_headers": OptionSpec(
            schema={
                "type": "array",
                "items": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"},
                "uniqueItems": True,
            },
            default=["authorization", "cookie"],
            description="Header fields, in lower case, whose values are redacted in the logs.",
        )
    },
    wanted={
        "logging": Anything(
            lambda look: {
                "to": [f"arn:{look.resource.partition}:s3:::{look.option('target_bucket')}"],
                "redacted": [{"SingleHeader": {"Name": name}} for name in look.option("redacted_headers")],
            }
        )
    },
    write=Write(
        call=_PUT,
        by={
            "LoggingConfiguration": {
                "ResourceArn": "${arn}",
                "LogDestinationConfigs": Value("logging.to"),
                "RedactedFields": Value("logging.redacted"),
            }
        },
    ),
    unset=Write(call=_DELETE, by={"ResourceArn": "${arn}"}),
    extra_writes=(
        # https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html#logging-s3-permissions
        Permission(action="logs:CreateLogDelivery", operation=_PUT, resource="*"),
        Permission(action="logs:DeleteLogDelivery", operation=_DELETE, resource="*"),
    ),
    shows={"rules": lambda look: look["rules"]},
    template={
        TemplateTool.CLOUDFORMATION: "add an AWS::WAFv2::LoggingConfiguration for the web ACL",
        TemplateTool.CDK: "add a CfnLoggingConfiguration for the web ACL",
        TemplateTool.TERRAFORM: "add an aws_wafv2_web_acl_logging_configuration for the aws_wafv2_web_acl",
    },
)

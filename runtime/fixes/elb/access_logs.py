"""Turn on the access logs of a load balancer.

What it does
------------
Sends the access logs of an Application, Network or Classic Load Balancer to the log bucket that the catalog entry
names, under a prefix. A load balancer that already sends them anywhere is not changed. The log bucket is checked and
not changed: it must be in the same account and region, use no KMS key, Object Lock or Requester Pays, and its policy
must allow the service to put the logs there: ``logdelivery.elasticloadbalancing.amazonaws.com`` (or the account that
Elastic Load Balancing used in the region before), and for Network Load Balancers ``delivery.logs.amazonaws.com``.

It refuses Gateway Load Balancers, which have no access logs, and Network Load Balancers without a TLS listener, for
which nothing would be logged.

Why it matters
--------------
Only these logs show who requested what, and the response. Without them it is not possible to trace an intrusion.

What can break
--------------
Nothing. S3 charges for the logs until a lifecycle rule of the bucket removes them. Elastic Load Balancing puts a test
object into the bucket at once.

Undo
----
Turns the logs off again. Delivered logs and the test object are kept, and the load balancer continues to show the
bucket's name, with logging off.

References
----------
* Security Hub control ELB.5: https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-5
* Access logs of Application Load Balancers, and the bucket's policy:
  https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
* Access logs of Network Load Balancers:
  https://docs.aws.amazon.com/elasticloadbalancing/latest/network/enable-access-logs.html
* Access logs of Classic Load Balancers:
  https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-access-logs.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Pages, Read, Value
from runtime.fixes.elasticloadbalancing import (
    ATTRIBUTES,
    CLASSIC_ATTRIBUTES,
    CLASSIC_DESCRIBED,
    CLASSIC_LOAD_BALANCER,
    CLASSIC_SHOWS,
    DESCRIBED,
    LOAD_BALANCER,
    LOG_ACCOUNTS,
    SHOWS,
    attribute,
    only,
    write_attributes,
    write_classic_attributes,
)
from runtime.fixes.kinds.attributes import Anything
from runtime.fixes.kinds.by_type import ByType
from runtime.fixes.kinds.declared import Guard, Look
from runtime.fixes.kinds.destinations import LogTo, Writer, delivered, log_bucket

_WRITER = "logdelivery.elasticloadbalancing.amazonaws.com"


def _objects(look: Look) -> str:
    prefix = look.option("target_prefix")
    return f"{prefix}{'/' if prefix else ''}AWSLogs/{look.resource.account_id}/"


def _account(look: Look) -> str:
    """The account that delivered the logs in the regions from before August 2022; policies still name it."""
    account = LOG_ACCOUNTS.get(look.resource.region)
    return f"arn:{look.resource.partition}:iam::{account}:root" if account else ""


def _region(look: Look) -> str:
    return look.resource.region


def _is_network(look: Look) -> bool:
    return bool(look["Type"] == "network")


_PART = r"([\w!.*'()-]|\$\{(account_id|region)\})+"

_SAME: dict[str, Any] = {
    "id": "elb-access-logs",
    "title": "Turn on the access logs of a load balancer",
    "disruption": Disruption.NONE,
    "hazard": "S3 charges for the logs until a lifecycle rule removes them.",
    "undo_hazard": "Later requests are not logged.",
    "options": {
        "target_prefix": OptionSpec(
            schema={
                "type": "string",
                # Elastic Load Balancing adds AWSLogs itself, and accepts no prefix that contains it.
                "pattern": rf"^(?!.*AWSLogs)({_PART}(/{_PART})*)?$",
            },
            default="",
            description=(
                "The prefix of the log objects, before AWSLogs, without a trailing slash. ${account_id} and ${region} "
                "are replaced by those of the resource."
            ),
        )
    },
    "template": {
        TemplateTool.CLOUDFORMATION: "set access_logs.s3.enabled and access_logs.s3.bucket in LoadBalancerAttributes "
        "of AWS::ElasticLoadBalancingV2::LoadBalancer, or AccessLoggingPolicy of "
        "AWS::ElasticLoadBalancing::LoadBalancer",
        TemplateTool.CDK: "add logAccessLogs of ApplicationLoadBalancer or NetworkLoadBalancer with the bucket, or "
        "accessLoggingPolicy of LoadBalancer",
        TemplateTool.TERRAFORM: "set access_logs of aws_lb or aws_elb",
    },
}

FIX = ByType(
    fixes=(
        LogTo(
            of=LOAD_BALANCER,
            reads=(
                DESCRIBED,
                replace(
                    ATTRIBUTES,
                    keep={
                        # While they are off, AWS continues to show the bucket that was set last.
                        "logs": f"({attribute('access_logs.s3.enabled')}) == 'true' && {{"
                        f"bucket: ({attribute('access_logs.s3.bucket')}), "
                        f"prefix: ({attribute('access_logs.s3.prefix')})"
                        "} || `null`"
                    },
                    or_none=("logs",),
                ),
                Read(
                    call="elbv2:DescribeListeners",
                    action="elasticloadbalancing:DescribeListeners",
                    by={"LoadBalancerArn": "${arn}"},
                    on="*",
                    at="Listeners[].Protocol",
                    keep={"protocols": "@"},
                    sets=("protocols",),
                    pages=Pages(more="NextMarker", sent_as="Marker"),
                ),
            ),
            named=(
                log_bucket(
                    Writer(
                        service=_WRITER,
                        object_name=_objects,
                        account=_account,
                        writes=lambda look: not _is_network(look),
                    ),
                    Writer(
                        service="delivery.logs.amazonaws.com",
                        object_name=_objects,
                        source_arn=delivered,
                        reads_acl=True,
                        writes=_is_network,
                    ),
                    location=_region,
                ),
            ),
            guards=(
                only("application", "network"),
                Guard(
                    holds=lambda look: not _is_network(look) or "TLS" in look["protocols"],
                    because="${subject} has no TLS listener, and a Network Load Balancer logs only TLS requests.",
                ),
            ),
            wanted={
                "logs": Anything(
                    lambda look: {"bucket": look.option("target_bucket"), "prefix": look.option("target_prefix")}
                )
            },
            write=write_attributes(
                {
                    "access_logs.s3.enabled": "true",
                    "access_logs.s3.bucket": Value("logs.bucket"),
                    "access_logs.s3.prefix": Value("logs.prefix"),
                }
            ),
            unset=write_attributes({"access_logs.s3.enabled": "false"}),
            shows=SHOWS,
            **_SAME,
        ),
        LogTo(
            of=CLASSIC_LOAD_BALANCER,
            reads=(
                CLASSIC_DESCRIBED,
                replace(
                    CLASSIC_ATTRIBUTES,
                    keep={
                        "logs": "AccessLog.Enabled && {bucket: AccessLog.S3BucketName, "
                        "prefix: AccessLog.S3BucketPrefix || ''} || `null`"
                    },
                    or_none=("logs",),
                ),
            ),
            informs=("instances",),
            named=(log_bucket(Writer(service=_WRITER, object_name=_objects, account=_account), location=_region),),
            wanted={
                "logs": Anything(
                    lambda look: {"bucket": look.option("target_bucket"), "prefix": look.option("target_prefix")}
                )
            },
            write=write_classic_attributes(
                AccessLog={
                    "Enabled": True,
                    "S3BucketName": Value("logs.bucket"),
                    "S3BucketPrefix": Value("logs.prefix"),
                    # The default, and the less expensive of the two values.
                    "EmitInterval": 60,
                }
            ),
            unset=write_classic_attributes(AccessLog={"Enabled": False}),
            shows=CLASSIC_SHOWS,
            **_SAME,
        ),
    )
)

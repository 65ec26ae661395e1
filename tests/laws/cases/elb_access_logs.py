"""Load balancers and where their access logs go. ministack has no classic ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.buckets import allow_delivery, taking_logs
from tests.laws.cases.load_balancers import (
    attribute,
    classic,
    enter_a_zone,
    leave_a_zone,
    load_balancer,
    set_attributes,
)

LOGS = f"elb-logs-{ACCOUNT_ID}-{REGION}"
OPTIONS = {"target_bucket": "elb-logs-${account_id}-${region}"}
PREFIXED = {**OPTIONS, "target_prefix": "web"}
ANSWERS = {"s3:GetBucketRequestPayment": {"Payer": "BucketOwner"}}
WRITER = {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
ACCOUNT_OF_ELB = {"AWS": "arn:aws:iam::127311923021:root"}


def _allow(principal: dict[str, str], *, below: str = "") -> dict[str, Any]:
    resource = f"arn:aws:s3:::{LOGS}/{below}AWSLogs/{ACCOUNT_ID}/*"
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:PutObject", "Resource": resource}


def _application(*statements: dict[str, Any], **attributes: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        taking_logs(clients, LOGS, *(statements or (_allow(WRITER),)))
        return load_balancer(clients, **attributes)

    return create


def _network(protocol: str, *statements: dict[str, Any]) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        taking_logs(clients, LOGS, *(statements or allow_delivery(LOGS)))
        resource = load_balancer(clients, "network")
        elb = clients("elbv2")
        vpc = elb.describe_load_balancers(LoadBalancerArns=[resource.arn])["LoadBalancers"][0]["VpcId"]
        (group,) = elb.create_target_group(Name=resource.name.split("/")[1], Protocol=protocol, Port=443, VpcId=vpc)[
            "TargetGroups"
        ]
        certificate = clients("acm").request_certificate(DomainName="example.com")["CertificateArn"]
        elb.create_listener(
            LoadBalancerArn=resource.arn,
            Protocol=protocol,
            Port=443,
            Certificates=[{"CertificateArn": certificate}] if protocol == "TLS" else [],
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
        )
        return resource

    return create


def _classic(*statements: dict[str, Any], **log: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        taking_logs(clients, LOGS, *(statements or (_allow(WRITER),)))
        resource = classic(clients)
        if log:
            clients("elb").modify_load_balancer_attributes(
                LoadBalancerName=resource.name, LoadBalancerAttributes={"AccessLog": log}
            )
        return resource

    return create


def _off_again(clients: Clients) -> Resource:
    resource = _application(access_logs__s3__enabled="true", access_logs__s3__bucket="others-logs")(clients)
    set_attributes(clients, resource.arn, access_logs__s3__enabled="false")
    return resource


def read_back(clients: Clients, resource: Resource) -> Any:
    if resource.type == "AWS::ElasticLoadBalancingV2::LoadBalancer":
        if attribute(clients, resource, "access_logs.s3.enabled") == "false":
            return None
        return [attribute(clients, resource, f"access_logs.s3.{name}") for name in ("bucket", "prefix")]
    answer = clients("elb").describe_load_balancer_attributes(LoadBalancerName=resource.name)
    log = answer["LoadBalancerAttributes"]["AccessLog"]
    return [log["S3BucketName"], log["S3BucketPrefix"], log["EmitInterval"]] if log["Enabled"] else None


CASES = (
    Bad(name="not kept", create=_application(), options=OPTIONS, fixed=[LOGS, ""], disturb=leave_a_zone),
    Bad(name="kept once", create=_off_again, options=OPTIONS, fixed=[LOGS, ""], disturb=leave_a_zone),
    Bad(
        name="to go below a prefix, with a policy that names the account as it was done before",
        create=_application(_allow(ACCOUNT_OF_ELB, below="web/")),
        options=PREFIXED,
        fixed=[LOGS, "web"],
        disturb=leave_a_zone,
    ),
    Bad(
        name="those of a Network Load Balancer",
        create=_network("TLS"),
        options=OPTIONS,
        fixed=[LOGS, ""],
        disturb=leave_a_zone,
    ),
    Bad(
        name="those of a Classic Load Balancer",
        create=_classic(),
        options=OPTIONS,
        fixed=[LOGS, "", 60],
        disturb=enter_a_zone,
    ),
    AlreadyCompliant(
        name="kept elsewhere",
        create=_application(access_logs__s3__enabled="true", access_logs__s3__bucket="others-logs"),
        options=OPTIONS,
    ),
    AlreadyCompliant(
        name="those of a Classic Load Balancer, kept elsewhere",
        create=_classic(Enabled=True, S3BucketName="others-logs", EmitInterval=5),
        options=OPTIONS,
    ),
    Refusal(name="for which no bucket is named", create=_application(), because="option target_bucket"),
    Refusal(
        name="that may not be put there",
        create=_application(_allow(WRITER, below="web/")),
        options=OPTIONS,
        because="does not allow logdelivery.elasticloadbalancing.amazonaws.com",
    ),
    Refusal(
        name="that another account may put there",
        create=_application(_allow({"AWS": "arn:aws:iam::222222222222:root"})),
        options=OPTIONS,
        because="does not allow logdelivery.elasticloadbalancing.amazonaws.com",
    ),
    Refusal(
        name="those of a Network Load Balancer that may not be put there",
        create=_network("TLS", _allow(WRITER)),
        options=OPTIONS,
        because="does not allow delivery.logs.amazonaws.com",
    ),
    Refusal(
        name="those of a Network Load Balancer whose service may not look at the bucket",
        create=_network("TLS", allow_delivery(LOGS)[0]),
        options=OPTIONS,
        because="does not allow delivery.logs.amazonaws.com",
    ),
    Refusal(
        name="those of a Network Load Balancer without TLS",
        create=_network("TCP"),
        options=OPTIONS,
        because="no TLS listener",
    ),
    Refusal(
        name="those of a Gateway Load Balancer",
        create=_application(),
        answers={
            "elbv2:DescribeLoadBalancers": {
                "LoadBalancers": [{"Type": "gateway", "Scheme": "", "AvailabilityZones": []}]
            }
        },
        options=OPTIONS,
        because="is a gateway load balancer",
    ),
)

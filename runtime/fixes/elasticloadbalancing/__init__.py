"""Elastic Load Balancing: Application, Network and Gateway Load Balancers, and Classic Load Balancers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.declared import Guard, Look, one_of
from runtime.fixes.resource_type import ResourceType

LOAD_BALANCER_READ = Read(
    call="elbv2:DescribeLoadBalancers",
    action="elasticloadbalancing:DescribeLoadBalancers",
    by={"LoadBalancerArns": ["${arn}"]},
    on="*",
    at="LoadBalancers[0]",
)

LOAD_BALANCER = ResourceType(
    name="AWS::ElasticLoadBalancingV2::LoadBalancer",
    noun="load balancer",
    arn="arn:${partition}:elasticloadbalancing:${region}:${account_id}:loadbalancer/${name}",
    # The ARN ends with an id, so a recreated one has another ARN.
    id="(?:app|net|gwy)/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}",
    longest="app/" + "l" * 32 + "/" + "0" * 16,
    called="type, name and id",
    gone=("LoadBalancerNotFound",),
    describe=LOAD_BALANCER_READ,
    tags=Read(
        call="elbv2:DescribeTags",
        action="elasticloadbalancing:DescribeTags",
        by={"ResourceArns": ["${arn}"]},
        on="*",
        at="TagDescriptions[0].Tags",
    ),
)

ATTRIBUTES = Read(
    call="elbv2:DescribeLoadBalancerAttributes",
    action="elasticloadbalancing:DescribeLoadBalancerAttributes",
    by={"LoadBalancerArn": "${arn}"},
    on="*",
    at="Attributes",
)


def attribute(key: str, *, default: str = "") -> str:
    """The path to one attribute; if AWS omits it, the default that AWS documents."""
    return f"[?Key=='{key}'].Value | [0]" + (f" || '{default}'" if default else "")


def write_attributes(attributes: Mapping[str, Any]) -> Write:
    """Set these attributes, by their keys. All others are not changed."""
    return Write(
        call="elbv2:ModifyLoadBalancerAttributes",
        action="elasticloadbalancing:ModifyLoadBalancerAttributes",
        by={
            "LoadBalancerArn": "${arn}",
            "Attributes": [{"Key": key, "Value": value} for key, value in attributes.items()],
        },
    )


DESCRIBED = replace(
    LOAD_BALANCER_READ,
    keep={"Type": "Type", "Scheme": "Scheme", "zones": "sort(AvailabilityZones[].ZoneName)"},
    or_none=("Scheme",),
)

SHOWS: Mapping[str, Callable[[Look], Any]] = {
    "type": lambda look: look["Type"],
    "scheme": lambda look: look["Scheme"],
    "zones": lambda look: look["zones"],
}
"""The facts of the blast radius from a load balancer's kept parts."""


def only(*types: str) -> Guard:
    """For attributes that only load balancers of some types have."""
    return Guard(
        holds=one_of("Type", *types),
        because="${subject} is a ${Type} load balancer, which does not have the attribute.",
        first=True,
    )


CLASSIC_READ = Read(
    call="elb:DescribeLoadBalancers",
    action="elasticloadbalancing:DescribeLoadBalancers",
    by={"LoadBalancerNames": ["${name}"]},
    on="*",
    at="LoadBalancerDescriptions[0]",
)

CLASSIC_LOAD_BALANCER = ResourceType(
    name="AWS::ElasticLoadBalancing::LoadBalancer",
    noun="classic load balancer",
    arn="arn:${partition}:elasticloadbalancing:${region}:${account_id}:loadbalancer/${name}",
    id="[A-Za-z0-9-]{1,32}",
    longest="l" * 32,
    gone=("LoadBalancerNotFound",),
    describe=CLASSIC_READ,
    identity="CreatedTime",
    tags=Read(
        call="elb:DescribeTags",
        action="elasticloadbalancing:DescribeTags",
        by={"LoadBalancerNames": ["${name}"]},
        on="*",
        at="TagDescriptions[0].Tags",
    ),
)

CLASSIC_ATTRIBUTES = Read(
    call="elb:DescribeLoadBalancerAttributes",
    action="elasticloadbalancing:DescribeLoadBalancerAttributes",
    by={"LoadBalancerName": "${name}"},
    on="*",
    at="LoadBalancerAttributes",
)


def write_classic_attributes(**attributes: Any) -> Write:
    """Set these attributes, each with all its members. All others are not changed."""
    return Write(
        call="elb:ModifyLoadBalancerAttributes",
        action="elasticloadbalancing:ModifyLoadBalancerAttributes",
        by={"LoadBalancerName": "${name}", "LoadBalancerAttributes": attributes},
    )


CLASSIC_DESCRIBED = replace(CLASSIC_READ, keep={"instances": "length(Instances)", "zones": "sort(AvailabilityZones)"})

CLASSIC_SHOWS: Mapping[str, Callable[[Look], Any]] = {
    "instances": lambda look: look["instances"],
    "zones": lambda look: look["zones"],
}

LOG_ACCOUNTS: Mapping[str, str] = {
    "af-south-1": "098369216593",
    "ap-east-1": "754344448648",
    "ap-northeast-1": "582318560864",
    "ap-northeast-2": "600734575887",
    "ap-northeast-3": "383597477331",
    "ap-south-1": "718504428378",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
    "ap-southeast-3": "589379963580",
    "ca-central-1": "985666609251",
    "cn-north-1": "638102146993",
    "cn-northwest-1": "037604701340",
    "eu-central-1": "054676820928",
    "eu-north-1": "897822967062",
    "eu-south-1": "635631232127",
    "eu-west-1": "156460612806",
    "eu-west-2": "652711504416",
    "eu-west-3": "009996457667",
    "me-south-1": "076674570225",
    "sa-east-1": "507241528517",
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-gov-east-1": "190560391635",
    "us-gov-west-1": "048591011584",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
}
"""The accounts from which Elastic Load Balancing delivers access logs, in the regions where it has one.

https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-access-logs.html
"""

TYPES = (LOAD_BALANCER, CLASSIC_LOAD_BALANCER)

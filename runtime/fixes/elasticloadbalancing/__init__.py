"""Elastic Load Balancing: Application, Network and Gateway Load Balancers, and Classic Load Balancers."""

from __future__ import annotations

from runtime.fixes.calls import Read
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
    # The ARN ends with an id, so one that was made anew has another ARN.
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
    """The path to one attribute; where AWS leaves it out, the default that AWS documents for it."""
    return f"[?Key=='{key}'].Value | [0]" + (f" || '{default}'" if default else "")


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

TYPES = (LOAD_BALANCER, CLASSIC_LOAD_BALANCER)

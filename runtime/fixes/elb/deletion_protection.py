"""Turn on deletion protection of a load balancer.

What it does
------------
Sets the attribute ``deletion_protection.enabled`` of an Application, Network or Gateway Load Balancer to ``true``.
Nothing else of it changes.

Why it matters
--------------
A load balancer that is deleted by mistake takes its DNS name with it, which is never given out again.

What can break
--------------
Nothing that runs. Deleting it fails until the protection is off: by CloudFormation, Terraform and the controllers of
Kubernetes too. It costs nothing.

Undo
----
Sets the attribute to ``false`` again.

References
----------
* Security Hub control ELB.6:
  https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-6
* ModifyLoadBalancerAttributes:
  https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyLoadBalancerAttributes.html
"""

from __future__ import annotations

from dataclasses import replace

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value, Write
from runtime.fixes.elasticloadbalancing import ATTRIBUTES, LOAD_BALANCER, LOAD_BALANCER_READ, attribute
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of

FIX = SetAttributes(
    of=LOAD_BALANCER,
    id="elb-deletion-protection",
    title="Turn on deletion protection of a load balancer",
    disruption=Disruption.NONE,
    hazard="Whatever deletes the load balancer on purpose, such as a stack or a cluster, fails until it is off.",
    reads=(
        replace(
            LOAD_BALANCER_READ,
            keep={"Type": "Type", "Scheme": "Scheme", "zones": "sort(AvailabilityZones[].ZoneName)"},
            or_none=("Scheme",),
        ),
        replace(ATTRIBUTES, keep={"enabled": attribute("deletion_protection.enabled")}),
    ),
    wanted={"enabled": "true"},
    guards=(
        Guard(
            holds=one_of("Type", "application", "network", "gateway"),
            because="${subject} is a ${Type} load balancer, which does not have the attribute.",
            first=True,
        ),
    ),
    write=Write(
        call="elbv2:ModifyLoadBalancerAttributes",
        action="elasticloadbalancing:ModifyLoadBalancerAttributes",
        by={
            "LoadBalancerArn": "${arn}",
            "Attributes": [{"Key": "deletion_protection.enabled", "Value": Value("enabled")}],
        },
    ),
    shows={
        "type": lambda look: look["Type"],
        "scheme": lambda look: look["Scheme"],
        "zones": lambda look: look["zones"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "set deletion_protection.enabled in LoadBalancerAttributes of "
        "AWS::ElasticLoadBalancingV2::LoadBalancer to true",
        TemplateTool.CDK: "set deletionProtection of ApplicationLoadBalancer or NetworkLoadBalancer to true",
        TemplateTool.TERRAFORM: "set enable_deletion_protection of aws_lb to true",
    },
)

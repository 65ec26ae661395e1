"""Turn on deletion protection of a load balancer.

What it does
------------
Sets the attribute ``deletion_protection.enabled`` of an Application, Network or Gateway Load Balancer to ``true``.
Nothing else changes.

Why it matters
--------------
A load balancer that is deleted by mistake loses its DNS name, which AWS never assigns again.

What can break
--------------
Nothing that runs. Deleting it fails until the protection is off, also by CloudFormation, Terraform and the controllers
of Kubernetes. It costs nothing.

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
from runtime.fixes.calls import Value
from runtime.fixes.elasticloadbalancing import (
    ATTRIBUTES,
    DESCRIBED,
    LOAD_BALANCER,
    SHOWS,
    attribute,
    only,
    write_attributes,
)
from runtime.fixes.kinds.attributes import SetAttributes

FIX = SetAttributes(
    of=LOAD_BALANCER,
    id="elb-deletion-protection",
    title="Turn on deletion protection of a load balancer",
    disruption=Disruption.NONE,
    hazard="Intentional deletion of the load balancer, for example by a stack or a cluster, fails until it is off.",
    undo_hazard="The load balancer can be deleted by mistake.",
    reads=(
        DESCRIBED,
        replace(ATTRIBUTES, keep={"enabled": attribute("deletion_protection.enabled")}),
    ),
    wanted={"enabled": "true"},
    guards=(only("application", "network", "gateway"),),
    write=write_attributes({"deletion_protection.enabled": Value("enabled")}),
    shows=SHOWS,
    template={
        TemplateTool.CLOUDFORMATION: "set deletion_protection.enabled in LoadBalancerAttributes of "
        "AWS::ElasticLoadBalancingV2::LoadBalancer to true",
        TemplateTool.CDK: "set deletionProtection of ApplicationLoadBalancer or NetworkLoadBalancer to true",
        TemplateTool.TERRAFORM: "set enable_deletion_protection of aws_lb to true",
    },
)

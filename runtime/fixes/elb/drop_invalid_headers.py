"""Turn on dropping of invalid header fields of an Application Load Balancer.

What it does
------------
Sets the attribute ``routing.http.drop_invalid_header_fields.enabled`` of an Application Load Balancer to ``true``.
Nothing else changes.

Why it matters
--------------
Header fields with names that no standard allows are used to smuggle requests past a load balancer.

What can break
--------------
Header fields with characters other than letters, digits and hyphens in their names, such as underscores, are silently
removed, and the request is forwarded without them. No metric or log shows beforehand who sends them. It costs nothing.

Undo
----
Sets the attribute to ``false`` again.

References
----------
* Security Hub control ELB.4:
  https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-4
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
    id="elb-drop-invalid-headers",
    title="Turn on dropping of invalid header fields of an Application Load Balancer",
    disruption=Disruption.DATA_PATH,
    hazard="Clients and services that rely on header fields with underscores in their names lose them.",
    undo_hazard="Invalid header fields reach the targets.",
    reads=(
        DESCRIBED,
        replace(
            ATTRIBUTES, keep={"enabled": attribute("routing.http.drop_invalid_header_fields.enabled", default="false")}
        ),
    ),
    wanted={"enabled": "true"},
    guards=(only("application"),),
    write=write_attributes({"routing.http.drop_invalid_header_fields.enabled": Value("enabled")}),
    shows=SHOWS,
    template={
        TemplateTool.CLOUDFORMATION: "set routing.http.drop_invalid_header_fields.enabled in LoadBalancerAttributes of "
        "AWS::ElasticLoadBalancingV2::LoadBalancer to true",
        TemplateTool.CDK: "set dropInvalidHeaderFields of ApplicationLoadBalancer to true",
        TemplateTool.TERRAFORM: "set drop_invalid_header_fields of aws_lb to true",
    },
)

"""Turn on cross-zone load balancing of a Network or Gateway Load Balancer.

What it does
------------
Sets the attribute ``load_balancing.cross_zone.enabled`` to ``true``: connections are distributed evenly over the
targets of all zones. Target groups with a setting of their own keep it. An Application Load Balancer always does this.

Why it matters
--------------
Without it, each zone's targets receive what clients send to that zone: the zone with the fewest targets is overloaded
first, and a zone without healthy targets does not answer.

What can break
--------------
Targets in zones with few of them get fewer connections than before, those in other zones more, and clients that rely
on answers from their own zone see a higher latency. AWS charges for data between zones.

Undo
----
Sets the attribute to ``false`` again.

References
----------
* Cross-zone load balancing of Network Load Balancers:
  https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-load-balancer-attributes.html
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
    id="elb-cross-zone",
    title="Turn on cross-zone load balancing of a Network or Gateway Load Balancer",
    disruption=Disruption.NONE,
    hazard="Load shifts between the targets of the zones, and AWS charges for data between zones.",
    undo_hazard="The load of each zone goes to the targets of that zone only.",
    reads=(DESCRIBED, replace(ATTRIBUTES, keep={"enabled": attribute("load_balancing.cross_zone.enabled")})),
    wanted={"enabled": "true"},
    guards=(only("network", "gateway"),),
    write=write_attributes({"load_balancing.cross_zone.enabled": Value("enabled")}),
    shows=SHOWS,
    template={
        TemplateTool.CLOUDFORMATION: "set load_balancing.cross_zone.enabled in LoadBalancerAttributes of "
        "AWS::ElasticLoadBalancingV2::LoadBalancer to true",
        TemplateTool.CDK: "set crossZoneEnabled of NetworkLoadBalancer to true",
        TemplateTool.TERRAFORM: "set enable_cross_zone_load_balancing of aws_lb to true",
    },
)

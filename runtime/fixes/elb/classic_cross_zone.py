"""Turn on cross-zone load balancing of a Classic Load Balancer.

What it does
------------
Turns on cross-zone load balancing: requests are distributed evenly over the instances of all zones. Other settings do
not change.

Why it matters
--------------
Without it, the zone with the fewest instances is overloaded first.

What can break
--------------
Instances in zones with many of them get more requests than before, those in zones with few get fewer. It costs
nothing: AWS does not charge Classic Load Balancers for data between zones.

Undo
----
Turns it off again.

References
----------
* Security Hub control ELB.9:
  https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-9
* ModifyLoadBalancerAttributes:
  https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_ModifyLoadBalancerAttributes.html
"""

from __future__ import annotations

from dataclasses import replace

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.elasticloadbalancing import (
    CLASSIC_ATTRIBUTES,
    CLASSIC_DESCRIBED,
    CLASSIC_LOAD_BALANCER,
    CLASSIC_SHOWS,
    write_classic_attributes,
)
from runtime.fixes.kinds.attributes import SetAttributes

FIX = SetAttributes(
    of=CLASSIC_LOAD_BALANCER,
    id="elb-classic-cross-zone",
    title="Turn on cross-zone load balancing of a Classic Load Balancer",
    disruption=Disruption.NONE,
    hazard="Load shifts between the instances of the zones.",
    undo_hazard="The load of each zone goes to the instances of that zone only.",
    reads=(
        CLASSIC_DESCRIBED,
        replace(CLASSIC_ATTRIBUTES, keep={"cross_zone": "CrossZoneLoadBalancing.Enabled"}),
    ),
    informs=("instances",),
    wanted={"cross_zone": True},
    write=write_classic_attributes(CrossZoneLoadBalancing={"Enabled": Value("cross_zone")}),
    shows=CLASSIC_SHOWS,
    template={
        TemplateTool.CLOUDFORMATION: "set CrossZone of AWS::ElasticLoadBalancing::LoadBalancer to true",
        TemplateTool.CDK: "set crossZone of CfnLoadBalancer to true",
        TemplateTool.TERRAFORM: "set cross_zone_load_balancing of aws_elb to true",
    },
)

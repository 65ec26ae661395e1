"""Turn on connection draining of a Classic Load Balancer.

What it does
------------
Turns on connection draining, with the timeout in the option ``timeout``. Other settings do not change.

Why it matters
--------------
Without it, requests in progress are cut off whenever an instance is deregistered.

What can break
--------------
Instances that are deregistered stay up to the timeout longer, and deployments take that much longer. It costs nothing.

Undo
----
Turns it off again, with the previous timeout.

References
----------
* Security Hub control ELB.7:
  https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-7
* ModifyLoadBalancerAttributes:
  https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_ModifyLoadBalancerAttributes.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.elasticloadbalancing import (
    CLASSIC_ATTRIBUTES,
    CLASSIC_DESCRIBED,
    CLASSIC_LOAD_BALANCER,
    CLASSIC_SHOWS,
    write_classic_attributes,
)
from runtime.fixes.kinds.attributes import Exactly, Option, SetAttributes
from runtime.fixes.kinds.declared import Look


class _Timeout(Exactly):
    """While draining is on, the timeout does not change."""

    def accepts(self, found: Any, look: Look) -> bool:
        return bool(look["draining.Enabled"]) or super().accepts(found, look)


FIX = SetAttributes(
    of=CLASSIC_LOAD_BALANCER,
    id="elb-classic-connection-draining",
    title="Turn on connection draining of a Classic Load Balancer",
    disruption=Disruption.NONE,
    hazard="Deregistered instances serve requests until these end or the time is over.",
    undo_hazard="Requests in progress are cut off when an instance is deregistered.",
    reads=(
        CLASSIC_DESCRIBED,
        replace(CLASSIC_ATTRIBUTES, keep={"draining": "ConnectionDraining"}),
    ),
    informs=("instances",),
    wanted={
        "draining.Enabled": True,
        "draining.Timeout": _Timeout(Option("timeout")),
    },
    write=write_classic_attributes(ConnectionDraining=Value("draining")),
    shows=CLASSIC_SHOWS,
    template={
        TemplateTool.CLOUDFORMATION: "set Enabled in ConnectionDrainingPolicy of "
        "AWS::ElasticLoadBalancing::LoadBalancer to true",
        TemplateTool.CDK: "set enabled in connectionDrainingPolicy of CfnLoadBalancer to true",
        TemplateTool.TERRAFORM: "set connection_draining of aws_elb to true",
    },
    options={
        "timeout": OptionSpec(
            schema={"type": "integer", "minimum": 1, "maximum": 3600},
            default=300,
            description="The draining timeout in seconds, if draining is off now.",
        )
    },
)

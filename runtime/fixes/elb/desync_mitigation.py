"""Keep requests that can be read in two ways from an Application or Classic Load Balancer's targets.

What it does
------------
Sets the desync mitigation mode to the option ``mode``, by default ``defensive``, if it is ``monitor``. A stricter mode
does not change.

Why it matters
--------------
In the mode ``monitor`` the load balancer forwards requests whose end it and the target may interpret differently.
Attackers use such requests to smuggle in, poison or steal the requests of others.

What can break
--------------
``defensive``, AWS's default, closes the connection of clients that send such requests, and refuses the most dangerous
ones. ``strictest`` refuses every request that does not comply with RFC 7230, such as those of some old clients. The
access logs show the class of each request beforehand. It costs nothing.

Undo
----
Restores the previous mode.

References
----------
* Security Hub controls ELB.12 and ELB.14:
  https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-12
* Desync mitigation mode:
  https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#desync-mitigation-mode
* ModifyLoadBalancerAttributes:
  https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyLoadBalancerAttributes.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.elasticloadbalancing import (
    ATTRIBUTES,
    CLASSIC_ATTRIBUTES,
    CLASSIC_DESCRIBED,
    CLASSIC_LOAD_BALANCER,
    CLASSIC_SHOWS,
    DESCRIBED,
    LOAD_BALANCER,
    SHOWS,
    attribute,
    only,
    write_attributes,
    write_classic_attributes,
)
from runtime.fixes.kinds.attributes import Exactly, Option, SetAttributes, chosen
from runtime.fixes.kinds.by_type import ByType
from runtime.fixes.kinds.declared import Look

_MODES = ("monitor", "defensive", "strictest")
_OF_CLASSIC = "elb.http.desyncmitigationmode"


@dataclass(frozen=True, slots=True)
class _AtLeast(Exactly):
    """A mode; a stricter one does not change. An unknown mode is not assumed to be stricter."""

    def accepts(self, found: Any, look: Look) -> bool:
        return found in _MODES[_MODES.index(chosen(self.value, look)) :]


_MODE = _AtLeast(Option("mode"))
_SAME: dict[str, Any] = {
    "id": "elb-desync-mitigation",
    "title": "Set the desync mitigation mode of an Application or Classic Load Balancer",
    "disruption": Disruption.DATA_PATH,
    "hazard": "Clients that send ambiguous requests are refused, or must reconnect.",
    "undo_hazard": "Ambiguous requests, which targets may understand differently, reach them.",
    "wanted": {"mode": _MODE},
    "options": {
        "mode": OptionSpec(
            schema={"type": "string", "enum": list(_MODES[1:])},
            default="defensive",
            description="The mode to set. The access logs show which requests the stricter mode would refuse.",
        )
    },
    "template": {
        TemplateTool.CLOUDFORMATION: "set routing.http.desync_mitigation_mode in LoadBalancerAttributes of "
        "AWS::ElasticLoadBalancingV2::LoadBalancer to defensive; AWS::ElasticLoadBalancing::LoadBalancer has no "
        "property for it",
        TemplateTool.CDK: "set desyncMitigationMode of ApplicationLoadBalancer to DesyncMitigationMode.DEFENSIVE; "
        "CfnLoadBalancer of a Classic Load Balancer has no property for it",
        TemplateTool.TERRAFORM: "set desync_mitigation_mode of aws_lb or aws_elb to defensive",
    },
}

FIX = ByType(
    fixes=(
        SetAttributes(
            of=LOAD_BALANCER,
            reads=(
                DESCRIBED,
                replace(
                    ATTRIBUTES, keep={"mode": attribute("routing.http.desync_mitigation_mode", default="defensive")}
                ),
            ),
            guards=(only("application"),),
            write=write_attributes({"routing.http.desync_mitigation_mode": Value("mode")}),
            shows=SHOWS,
            **_SAME,
        ),
        SetAttributes(
            of=CLASSIC_LOAD_BALANCER,
            reads=(
                CLASSIC_DESCRIBED,
                replace(
                    CLASSIC_ATTRIBUTES,
                    keep={"mode": f"AdditionalAttributes[?Key=='{_OF_CLASSIC}'].Value | [0] || 'defensive'"},
                ),
            ),
            informs=("instances",),
            write=write_classic_attributes(AdditionalAttributes=[{"Key": _OF_CLASSIC, "Value": Value("mode")}]),
            shows=CLASSIC_SHOWS,
            **_SAME,
        ),
    )
)

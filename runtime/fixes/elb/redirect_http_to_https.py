"""Redirect HTTP requests of an Application Load Balancer to HTTPS.

What it does
------------
Changes the default action of the load balancer's HTTP listener to a redirect (301) to the same address over HTTPS.
HTTPS listeners, certificates and target groups do not change.

It refuses a load balancer without an HTTPS listener on the port that the catalog entry names, one whose HTTP listener
has rules of its own, which would continue without TLS, and one with several HTTP listeners to redirect.

Why it matters
--------------
Data that is sent over HTTP, including passwords and cookies, can be read and changed in transit.

What can break
--------------
Clients that do not follow redirects fail, such as old devices, webhooks and some external health checks. Browsers
change a POST to a GET. If the security groups allow only port 80, no client can connect. Behind CloudFront, or another
proxy that terminates TLS and forwards over HTTP, clients get a redirect loop: configure the proxy to use HTTPS first.

Undo
----
Restores the previous default actions of the listener. Browsers may remember the redirect.

References
----------
* Security Hub control ELB.1: https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-1
* Redirect actions:
  https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
* ModifyListener: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Disruption, OptionSpec, Permission
from runtime.domain.plan import Compliant
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Pages, Read, Value, Write
from runtime.fixes.elasticloadbalancing import DESCRIBED, LOAD_BALANCER, SHOWS, only
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps, one_of

_MARKER = Pages(more="NextMarker", sent_as="Marker")
_OPEN = (
    "[?Protocol == 'HTTP' "
    "&& !(DefaultActions[0].Type == 'redirect' && DefaultActions[0].RedirectConfig.Protocol == 'HTTPS')]"
)
_MODIFY = "elbv2:ModifyListener"
_LISTENERS = {
    "action": "elasticloadbalancing:ModifyListener",
    "on": "arn:${partition}:elasticloadbalancing:${region}:${account_id}:listener/${name}/*",
}
_REDIRECT = Write(
    call=_MODIFY,
    **_LISTENERS,
    by={
        "ListenerArn": "${open_listener}",
        "DefaultActions": [
            {
                "Type": "redirect",
                "RedirectConfig": {"Protocol": "HTTPS", "Port": "${https_port}", "StatusCode": "HTTP_301"},
            }
        ],
    },
)
_BACK = Write(call=_MODIFY, **_LISTENERS, by={"ListenerArn": "${open_listener}", "DefaultActions": Value("actions")})


@dataclass(frozen=True, kw_only=True)
class Redirect(Declared):
    """The default actions of one listener of the load balancer."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return (_REDIRECT.permission,)

    def offending(self, look: Look) -> Found | Compliant:
        if look["open_listener"] is None:
            return Compliant(sentence=look.said("${subject} has no HTTP listener that does not redirect to HTTPS."))
        kinds = ", ".join(action["Type"] for action in look["actions"])
        return Found(f"HTTP listener: {kinds} → redirect to HTTPS")

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:  # noqa: ARG002  the contract's
        texts = {
            **look.texts,
            "open_listener": look["open_listener"],
            "https_port": str(look.options["https_port"]),
        }
        leaves = {"open_listener": None, "actions": None, "open_listeners": 0, "rules": None}
        return (_REDIRECT.change(texts, {}, leaves, whole=True),), (_BACK.change(texts, look.state),)


FIX = Redirect(
    of=LOAD_BALANCER,
    id="elb-redirect-http-to-https",
    title="Redirect HTTP requests of an Application Load Balancer to HTTPS",
    disruption=Disruption.DATA_PATH,
    hazard="Clients that do not follow redirects fail.",
    undo_hazard="HTTP requests can be read and changed in transit.",
    reads=(
        DESCRIBED,
        Read(
            call="elbv2:DescribeListeners",
            action="elasticloadbalancing:DescribeListeners",
            by={"LoadBalancerArn": "${arn}"},
            on="*",
            at="Listeners",
            keep={
                "open_listeners": f"length({_OPEN})",
                "open_listener": f"{_OPEN} | [0].ListenerArn",
                "actions": f"{_OPEN} | [0].DefaultActions",
                "https_ports": "[?Protocol == 'HTTPS'].Port",
            },
            or_none=("open_listener", "actions"),
            sets=("https_ports",),
            pages=_MARKER,
        ),
        Read(
            call="elbv2:DescribeRules",
            action="elasticloadbalancing:DescribeRules",
            by={"ListenerArn": "${open_listener}"},
            on="*",
            of="open_listener",
            at="Rules",
            keep={"rules": "length([?!IsDefault])"},
            pages=_MARKER,
        ),
    ),
    guards=(
        only("application"),
        Guard(
            holds=one_of("open_listeners", 1),
            because="${subject} has ${open_listeners} HTTP listeners that do not redirect: change its template.",
        ),
        Guard(
            holds=lambda look: look.options["https_port"] in look["https_ports"],
            because="${subject} has no HTTPS listener on the target port of the redirect.",
        ),
        Guard(
            holds=one_of("rules", 0),
            because="The HTTP listener of ${subject} has ${rules} rules, which would stay without TLS.",
        ),
    ),
    options={
        "https_port": OptionSpec(
            schema={"type": "integer", "minimum": 1, "maximum": 65535},
            default=443,
            description="The port of the HTTPS listener to redirect to.",
        )
    },
    shows=SHOWS,
    template={
        TemplateTool.CLOUDFORMATION: "set DefaultActions of the AWS::ElasticLoadBalancingV2::Listener for HTTP to a "
        "redirect",
        TemplateTool.CDK: "set defaultAction of the ApplicationListener for HTTP to ListenerAction.redirect",
        TemplateTool.TERRAFORM: "set default_action of the aws_lb_listener for HTTP to a redirect",
    },
)

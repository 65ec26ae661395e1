"""A load balancer and what its HTTP listener does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.load_balancers import load_balancer

FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "ContentType": "text/plain"}}
REDIRECT = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}


def _forward(clients: Clients, resource: Resource) -> dict[str, Any]:
    (found,) = clients("elbv2").describe_load_balancers(LoadBalancerArns=[resource.arn])["LoadBalancers"]
    (made,) = clients("elbv2").create_target_group(
        Name=f"for-{found['LoadBalancerName']}", Protocol="HTTP", Port=80, VpcId=found["VpcId"]
    )["TargetGroups"]
    arn = made["TargetGroupArn"]
    return {"Type": "forward", "TargetGroupArn": arn, "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": arn}]}}


def _listening(
    *actions: dict[str, Any] | None, https: int | None = 443, rules: int = 0
) -> Callable[[Clients], Resource]:
    """With a listener by HTTP for each action; ``None`` is to forward to targets."""

    def create(clients: Clients) -> Resource:
        resource, elb = load_balancer(clients), clients("elbv2")
        for port, action in enumerate(actions, 80):
            made = elb.create_listener(
                LoadBalancerArn=resource.arn,
                Protocol="HTTP",
                Port=port,
                DefaultActions=[_forward(clients, resource) if action is None else action],
            )
            for priority in range(rules):
                elb.create_rule(
                    ListenerArn=made["Listeners"][0]["ListenerArn"],
                    Priority=priority + 1,
                    Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}"]}],
                    Actions=[FIXED],
                )
        if https:
            certificate = clients("acm").request_certificate(DomainName="example.com")["CertificateArn"]
            elb.create_listener(
                LoadBalancerArn=resource.arn,
                Protocol="HTTPS",
                Port=https,
                Certificates=[{"CertificateArn": certificate}],
                DefaultActions=[FIXED],
            )
        return resource

    return create


def _answer_it_all(clients: Clients, resource: Resource) -> None:
    elb = clients("elbv2")
    for one in elb.describe_listeners(LoadBalancerArn=resource.arn)["Listeners"]:
        if one["Protocol"] == "HTTP":
            answer = {**FIXED["FixedResponseConfig"], "StatusCode": "503"}
            elb.modify_listener(
                ListenerArn=one["ListenerArn"], DefaultActions=[{**FIXED, "FixedResponseConfig": answer}]
            )


def read_back(clients: Clients, resource: Resource) -> Any:
    found = clients("elbv2").describe_listeners(LoadBalancerArn=resource.arn)["Listeners"]
    return sorted((one["Protocol"], one["Port"], _plainly(one["DefaultActions"][0])) for one in found)


def _plainly(action: dict[str, Any]) -> str:
    """An action without what AWS fills in."""
    redirect = action.get("RedirectConfig", {})
    return " ".join(
        [action["Type"], *(str(redirect[name]) for name in ("Protocol", "Port", "StatusCode") if name in redirect)]
    )


CASES = (
    Bad(
        name="whose HTTP listener forwards to targets",
        create=_listening(None),
        fixed=[("HTTP", 80, "redirect HTTPS 443 HTTP_301"), ("HTTPS", 443, "fixed-response")],
        disturb=_answer_it_all,
    ),
    Bad(
        name="whose HTTP listener answers itself, with HTTPS on another port",
        create=_listening(FIXED, https=8443),
        options={"https_port": 8443},
        fixed=[("HTTP", 80, "redirect HTTPS 8443 HTTP_301"), ("HTTPS", 8443, "fixed-response")],
        disturb=_answer_it_all,
    ),
    AlreadyCompliant(name="whose HTTP listener redirects", create=_listening(REDIRECT)),
    AlreadyCompliant(name="without an HTTP listener", create=_listening()),
    Refusal(name="without an HTTPS listener", create=_listening(FIXED, https=None), because="no HTTPS listener"),
    Refusal(
        name="whose HTTPS listener has another port",
        create=_listening(FIXED, https=8443),
        because="no HTTPS listener",
    ),
    Refusal(
        name="whose HTTP listener has a rule",
        create=_listening(FIXED, rules=1),
        because="rules, which would stay without TLS",
    ),
    Refusal(name="with two HTTP listeners", create=_listening(FIXED, FIXED), because="2 HTTP listeners"),
    Refusal(
        name="a Network Load Balancer", create=lambda clients: load_balancer(clients, "network"), because="is a network"
    ),
)

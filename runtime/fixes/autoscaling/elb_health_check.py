"""Have an Auto Scaling group replace instances that its load balancer reports as unhealthy.

What it does
------------
Adds ``ELB`` to the health checks of a group that has a load balancer or a target group. Its other health checks, such
as EBS, are kept. A shorter grace period than the catalog entry's is raised to that value: otherwise new instances
would be replaced while they start. A group without a load balancer is not changed.

It refuses a group with an instance that is not healthy in its load balancer now, as that one would be replaced at once;
one with several target groups or load balancers; one in which health checks, replacing or registering are suspended;
and one that Amazon EKS (a managed node group) or Elastic Beanstalk manages.

Why it matters
--------------
Without this, a group detects that an instance is gone, but not that its application failed: the load balancer removes
the instance, and it is not replaced.

What can break
--------------
From then on an instance that fails the load balancer's health check is terminated, with the data on it. If the check is
misconfigured, or all instances fail it because a database is unavailable, instance after instance is replaced. Review
the health check's path and thresholds first.

Undo
----
Restores the previous health checks and grace period. Terminated instances cannot be restored.

References
----------
* Security Hub control AutoScaling.1:
  https://docs.aws.amazon.com/securityhub/latest/userguide/autoscaling-controls.html#autoscaling-1
* Health checks: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
* UpdateAutoScalingGroup:
  https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.plan import Compliant
from runtime.domain.template import TemplateTool
from runtime.fixes.autoscaling import GROUP, GROUP_READ, SAME
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import AtLeast, Exactly, Option, SetAttributes
from runtime.fixes.kinds.declared import Found, Guard, Look, one_of

_TYPE, _GRACE = "HealthCheckType", "HealthCheckGracePeriod"


@dataclass(frozen=True, slots=True)
class Among(Exactly):
    """One of several health checks, which AWS returns as one text. ``EC2`` means that there are no others."""

    def accepts(self, found: Any, look: Look) -> bool:  # noqa: ARG002  others need it
        return self.value in found.split(",")

    def instead_of(self, found: Any, look: Look) -> Any:  # noqa: ARG002  others need it
        return ",".join([*(one for one in found.split(",") if one != "EC2"), self.value])


@dataclass(frozen=True, kw_only=True)
class CheckHealth(SetAttributes):
    """The grace period alone is no reason for a change."""

    def offending(self, look: Look) -> Found | Compliant:
        if Among("ELB").accepts(look[_TYPE], look):
            return Compliant(sentence=look.said("${subject} uses the health checks of its load balancer."))
        if not (look["target_groups"] or look["classic_load_balancers"] or look["traffic_sources"]):
            return Compliant(sentence=look.said("${subject} has no load balancer."))
        return super().offending(look)


def _attached_once(look: Look) -> bool:
    groups, classic = look["target_groups"], look["classic_load_balancers"]
    known = groups + classic
    return len(groups) <= 1 and len(classic) <= 1 and bool(known) and {*look["traffic_sources"]} <= {*known}


FIX = CheckHealth(
    of=GROUP,
    id="autoscaling-elb-health-check",
    title="Have an Auto Scaling group replace instances that its load balancer reports as unhealthy",
    disruption=Disruption.RESTART,
    hazard="Instances that the load balancer reports as unhealthy are terminated.",
    undo_hazard="Instances that the load balancer reports as unhealthy are kept.",
    reads=(
        replace(
            GROUP_READ,
            keep={
                _TYPE: _TYPE,
                _GRACE: f"{_GRACE} || `0`",
                "target_groups": "TargetGroupARNs || `[]`",
                "target_group": "TargetGroupARNs[0]",
                "classic_load_balancers": "LoadBalancerNames || `[]`",
                "classic_load_balancer": "LoadBalancerNames[0]",
                "traffic_sources": "TrafficSources[?Type == 'elb' || Type == 'elbv2'].Identifier || `[]`",
                "suspended": "SuspendedProcesses[?contains(['HealthCheck', 'ReplaceUnhealthy', 'Terminate', 'Launch', "
                "'AddToLoadBalancer'], ProcessName)].ProcessName || `[]`",
                "deleting": "Status",
                # The tags of groups that these services manage; nodes would be terminated without being drained first.
                # https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
                "operator": "Operator.Principal "
                "|| (Tags[?Key == 'eks:nodegroup-name'] | [0]) && 'Amazon EKS' "
                "|| (Tags[?Key == 'elasticbeanstalk:environment-id'] | [0]) && 'Elastic Beanstalk' || `null`",
                "instances": "length(Instances || `[]`)",
            },
            or_none=("target_group", "classic_load_balancer", "deleting", "operator"),
            sets=("target_groups", "classic_load_balancers", "traffic_sources", "suspended"),
        ),
        Read(
            call="elbv2:DescribeTargetHealth",
            action="elasticloadbalancing:DescribeTargetHealth",
            by={"TargetGroupArn": "${target_group}"},
            on="*",
            of="target_group",
            keep={
                "unhealthy_targets": "length(TargetHealthDescriptions[?TargetHealth.State != 'healthy' "
                "&& TargetHealth.State != 'draining'])"
            },
        ),
        Read(
            call="elb:DescribeInstanceHealth",
            action="elasticloadbalancing:DescribeInstanceHealth",
            by={"LoadBalancerName": "${classic_load_balancer}"},
            on="*",
            of="classic_load_balancer",
            keep={"unhealthy_instances": "length(InstanceStates[?State != 'InService'])"},
        ),
    ),
    informs=("instances", "unhealthy_targets", "unhealthy_instances"),
    wanted={_TYPE: Among("ELB"), _GRACE: AtLeast(Option("grace_period_seconds"))},
    options={
        "grace_period_seconds": OptionSpec(
            schema={"type": "integer", "minimum": 60, "maximum": 7200},
            default=300,
            description="The time in which a new instance is not replaced, in seconds. A longer value is kept.",
        )
    },
    guards=(
        SAME,
        Guard(holds=one_of("deleting", None), because="${subject} is being deleted."),
        Guard(holds=one_of("operator", None), because="${operator} manages ${subject}."),
        Guard(
            holds=lambda look: not look["suspended"],
            because="${subject} has suspended processes (${suspended}): somebody may be working on it.",
        ),
        Guard(
            holds=_attached_once,
            because=(
                "${subject} has several load balancers or target groups, or an unknown one: an instance that any of "
                "them reports as unhealthy would be replaced."
            ),
        ),
        Guard(
            holds=lambda look: not look["unhealthy_targets"] and not look["unhealthy_instances"],
            because=(
                "${subject} has instances that its load balancer does not report as healthy, which would be "
                "terminated at once."
            ),
        ),
    ),
    write=Write(
        call="autoscaling:UpdateAutoScalingGroup",
        by={
            "AutoScalingGroupName": "${name}",
            "HealthCheckType": Value(_TYPE),
            "HealthCheckGracePeriod": Value(_GRACE),
        },
    ),
    shows={
        "instances": lambda look: look["instances"],
        "load_balancers": lambda look: [*look["target_groups"], *look["classic_load_balancers"]],
    },
    template={
        TemplateTool.CLOUDFORMATION: "set HealthCheckType of AWS::AutoScaling::AutoScalingGroup to ELB, with a "
        "HealthCheckGracePeriod",
        TemplateTool.CDK: "set healthChecks of AutoScalingGroup to HealthChecks.withAdditionalChecks with ELB",
        TemplateTool.TERRAFORM: "set health_check_type of aws_autoscaling_group to ELB, with a "
        "health_check_grace_period",
    },
)

"""Amazon EC2 Auto Scaling."""

from __future__ import annotations

from runtime.fixes.calls import EMPTY_ANSWER, Read
from runtime.fixes.kinds.declared import Guard
from runtime.fixes.resource_type import ResourceType

GROUP_READ = Read(
    call="autoscaling:DescribeAutoScalingGroups",
    by={"AutoScalingGroupNames": ["${name}"]},
    on="*",
    at="AutoScalingGroups[0]",
)

GROUP = ResourceType(
    name="AWS::AutoScaling::AutoScalingGroup",
    noun="Auto Scaling group",
    arn="arn:${partition}:autoscaling:${region}:${account_id}:autoScalingGroup:${name}",
    # A name may contain *, ? and $, which are wildcards and variables in IAM: no policy could name only that group.
    id=r"[0-9a-f-]{36}:autoScalingGroupName/(?P<name>(?:(?![*?$:])[!-~]){1,255})",
    longest="0" * 36 + ":autoScalingGroupName/" + "g" * 255,
    called="id:autoScalingGroupName/name, without *, ? and $",
    gone=(EMPTY_ANSWER,),
    describe=GROUP_READ,
    identity="AutoScalingGroupARN",
    tags=Read(
        call="autoscaling:DescribeAutoScalingGroups",
        by={"AutoScalingGroupNames": ["${name}"]},
        on="*",
        at="AutoScalingGroups[0].Tags",
    ),
)

SAME = Guard(
    holds=lambda look: bool(look["identity"] == look.resource.arn),
    because="${subject} is not the group of the finding: it was created again with the same name.",
    first=True,
)
"""Calls identify a group by its name; its ARN also has an id."""

TYPES = (GROUP,)

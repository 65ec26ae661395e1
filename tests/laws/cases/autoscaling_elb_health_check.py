"""An Auto Scaling group and how it tells that an instance is not healthy."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from

NUMBERS = count(1)
TEMPLATE = "web"


def _group(
    *then: Callable[[Clients, str], object], targets: int = 1, classic: bool = False, **how: Any
) -> Callable[[Clients], Resource]:
    """Without an instance; ``targets`` are its target groups."""

    def create(clients: Clients) -> Resource:
        number, ec2, scaling = next(NUMBERS), clients("ec2"), clients("autoscaling")
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        if TEMPLATE not in [one["LaunchTemplateName"] for one in ec2.describe_launch_templates()["LaunchTemplates"]]:
            ec2.create_launch_template(LaunchTemplateName=TEMPLATE, LaunchTemplateData={"InstanceType": "t3.micro"})
        arns = [
            clients("elbv2").create_target_group(
                Name=f"targets-{number}-{index}", Protocol="HTTP", Port=80, VpcId=vpc_id
            )["TargetGroups"][0]["TargetGroupArn"]
            for index in range(targets)
        ]
        if classic:
            clients("elb").create_load_balancer(
                LoadBalancerName=f"front-{number}",
                Listeners=[{"Protocol": "http", "LoadBalancerPort": 80, "InstancePort": 80}],
                AvailabilityZones=[f"{REGION}a"],
            )
        name = f"web-{number}"
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            MinSize=0,
            MaxSize=1,
            VPCZoneIdentifier=subnet_id,
            LaunchTemplate={"LaunchTemplateName": TEMPLATE, "Version": "$Latest"},
            TargetGroupARNs=arns,
            LoadBalancerNames=[f"front-{number}"] if classic else [],
            **how,
        )
        for one in then:
            one(clients, name)
        (found,) = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return resource_from(found["AutoScalingGroupARN"])

    return create


def _suspend(process: str) -> Callable[[Clients, str], None]:
    def suspend(clients: Clients, name: str) -> None:
        clients("autoscaling").suspend_processes(AutoScalingGroupName=name, ScalingProcesses=[process])

    return suspend


def _tagged(key: str) -> Callable[[Clients], Resource]:
    return _group(Tags=[{"Key": key, "Value": "one", "PropagateAtLaunch": False}])


def _check_volumes(clients: Clients, resource: Resource) -> None:
    clients("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=resource.name,
        HealthCheckType="EBS,VPC_LATTICE",
        HealthCheckGracePeriod=77,
        LaunchTemplate={"LaunchTemplateName": TEMPLATE, "Version": "$Latest"},
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    (found,) = clients("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[resource.name])[
        "AutoScalingGroups"
    ]
    return found["HealthCheckType"], found["HealthCheckGracePeriod"], found["MaxSize"]


UNHEALTHY = {"TargetHealthDescriptions": [{"TargetHealth": {"State": "unhealthy"}}]}

CASES = (
    Bad(
        name="that looks at EC2 only, with a short grace period",
        create=_group(HealthCheckType="EC2", HealthCheckGracePeriod=10),
        fixed=("ELB", 300, 1),
        disturb=_check_volumes,
    ),
    Bad(
        name="that looks at volumes, with a long grace period, behind a Classic Load Balancer",
        create=_group(HealthCheckType="EBS", HealthCheckGracePeriod=900, targets=0, classic=True),
        fixed=("EBS,ELB", 900, 1),
        disturb=_check_volumes,
    ),
    AlreadyCompliant(name="that looks at its load balancer", create=_group(HealthCheckType="ELB")),
    AlreadyCompliant(name="without a load balancer", create=_group(targets=0)),
    Refusal(
        name="with a target that is not healthy",
        create=_group(),
        answers={"elbv2:DescribeTargetHealth": UNHEALTHY},
        because="has instances that its load balancer does not report as healthy, which would be terminated at once",
    ),
    Refusal(
        name="behind a Classic Load Balancer with an instance that is out of service",
        create=_group(targets=0, classic=True),
        answers={"elb:DescribeInstanceHealth": {"InstanceStates": [{"InstanceId": "i-1", "State": "OutOfService"}]}},
        because="has instances that its load balancer does not report as healthy, which would be terminated at once",
    ),
    Refusal(name="with two target groups", create=_group(targets=2), because="several load balancers"),
    Refusal(name="that somebody suspended", create=_group(_suspend("ReplaceUnhealthy")), because="suspended processes"),
    Refusal(
        name="whose new instances are not registered",
        create=_group(_suspend("AddToLoadBalancer")),
        because="suspended processes",
    ),
    Refusal(name="of a managed node group", create=_tagged("eks:nodegroup-name"), because="Amazon EKS manages"),
    Refusal(
        name="of an environment of Elastic Beanstalk",
        create=_tagged("elasticbeanstalk:environment-id"),
        because="Elastic Beanstalk manages",
    ),
)

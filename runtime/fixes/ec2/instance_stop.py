"""Stop an EC2 instance.

What it does
------------
Stops the instance gracefully, never by force, and never terminates it. The data on its EBS volumes is kept.

It refuses an instance of an Auto Scaling group, which would launch a replacement; one of an EC2 Fleet, of Amazon EMR or
of a Kubernetes cluster, which may then terminate it; a Spot instance; one with stop protection; one that boots from
instance store; and one with instance store volumes, whose data would be lost, unless the option
``lose_instance_store`` is set.

Why it matters
--------------
An instance that is compromised, or has had no owner for years, does no more harm once it is stopped, and can still be
examined.

What can break
--------------
Everything that runs on the instance. Its memory is lost, and so is a public address that was not an Elastic IP. Stopped
instances cost nothing; their volumes and Elastic IPs do.

Undo
----
Starts the instance again. It gets a new public address if it had one of Amazon's. If a volume is encrypted with a
customer's own key, starting needs a grant on it that this platform does not have, and lost instance store data cannot
be restored: the plan then says that it cannot be undone.

References
----------
* Stopping and starting: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Stop_Start.html
* StopInstances: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from runtime.domain.fix import Disruption, Options, OptionSpec, Permission
from runtime.domain.plan import State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.contract import Reader
from runtime.fixes.ec2 import (
    INSTANCE,
    INSTANCE_READ,
    MANAGED_BY,
    NOT_MANAGED,
    NOT_REPLACED,
    NOT_TERMINATED,
    REPLACED_BY,
)
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of


@dataclass(frozen=True, kw_only=True)
class StopInstance(SetAttributes):
    """The instance's type determines what stopping loses; the keys of its volumes, whether it can start again."""

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        state = dict(super().observe(aws, resource, options, only))
        if only:
            return state
        if "type" in state:
            found = aws.read("ec2", "DescribeInstanceTypes", InstanceTypes=[state["type"]]).get("InstanceTypes", ())
            for one in found:
                if "InstanceStorageSupported" in one:
                    state["has_instance_store"] = one["InstanceStorageSupported"]
        if "keys" in state:
            keys = [aws.read("kms", "DescribeKey", KeyId=key)["KeyMetadata"] for key in state["keys"]]
            state["own_keys"] = sorted(key["Arn"] for key in keys if key["KeyManager"] != "AWS")
        return state


FIX = StopInstance(
    of=INSTANCE,
    id="ec2-instance-stop",
    title="Stop an EC2 instance",
    disruption=Disruption.RESTART,
    hazard="All processes on the instance stop, and its memory and public address are lost.",
    undo_hazard="Starts the instance and its processes again.",
    reads=(
        replace(
            INSTANCE_READ,
            keep={
                "type": "InstanceType",
                "root_device": "RootDeviceType",
                "lifecycle": "InstanceLifecycle || 'on-demand'",
                "managed_by": MANAGED_BY,
                "replaced_by": REPLACED_BY,
                "auto_scaling_group": "Tags[?Key=='aws:autoscaling:groupName'].Value | [0] || ''",
                "public_ip_of_amazon": "NetworkInterfaces[?Association.IpOwnerId=='amazon'].Association.PublicIp",
            },
        ),
        Read(
            call="ec2:DescribeInstanceAttribute",
            by={"InstanceId": "${name}", "Attribute": "disableApiStop"},
            keep={"protected": "DisableApiStop.Value"},
        ),
        Read(
            call="ec2:DescribeVolumes",
            by={"Filters": [{"Name": "attachment.instance-id", "Values": ["${name}"]}]},
            on="*",
            keep={"keys": "Volumes[?Encrypted].KmsKeyId"},
            sets=("keys",),
        ),
    ),
    extra_reads=(
        Permission(action="ec2:DescribeInstanceTypes", operation="ec2:DescribeInstanceTypes", resource="*"),
        Permission(
            action="kms:DescribeKey",
            operation="kms:DescribeKey",
            resource="arn:${partition}:kms:${region}:*:key/*",
        ),
    ),
    # A transient status (stopping, pending) is waited for; it is the instance's own.
    wanted={"status": "stopped"},
    informs=("public_ip_of_amazon",),
    guards=(
        NOT_TERMINATED,
        NOT_MANAGED,
        Guard(
            holds=one_of("auto_scaling_group", ""),
            because="${subject} is in the Auto Scaling group ${auto_scaling_group}, which would launch a replacement.",
        ),
        NOT_REPLACED,
        Guard(holds=one_of("lifecycle", "on-demand"), because="${subject} is a ${lifecycle} instance."),
        Guard(
            holds=one_of("root_device", "ebs"), because="${subject} boots from ${root_device}, and cannot be stopped."
        ),
        Guard(holds=one_of("protected", False), because="${subject} has stop protection."),
        Guard(
            holds=lambda look: look["has_instance_store"] is False or bool(look.options["lose_instance_store"]),
            because="${subject} is of the type ${type}, whose instance store would be lost.",
        ),
    ),
    takes_back=(
        Guard(
            holds=lambda look: not look["own_keys"] and look["has_instance_store"] is False,
            because=(
                "It may not be reversible: data on an instance store is lost, and an instance with volumes under a "
                "customer's key starts only while that key is usable."
            ),
        ),
    ),
    write=Write(call="ec2:StopInstances", by={"InstanceIds": ["${name}"]}),
    back=Write(call="ec2:StartInstances", by={"InstanceIds": ["${name}"]}),
    shows={
        "public_addresses_lost": lambda look: look["public_ip_of_amazon"],
        "keys_of_volumes": lambda look: look["own_keys"],
        "instance_store": lambda look: look["has_instance_store"],
    },
    template={
        TemplateTool.CLOUDFORMATION: (
            "remove the AWS::EC2::Instance if nobody needs it; CloudFormation has no property for a stopped instance"
        ),
        TemplateTool.CDK: "remove the Instance if nobody needs it; the CDK has no property for a stopped instance",
        TemplateTool.TERRAFORM: "set state of the aws_ec2_instance_state of the instance to stopped",
    },
    options={
        "lose_instance_store": OptionSpec(
            schema={"type": "boolean"},
            default=False,
            description="Whether to stop an instance with instance store, whose data is lost.",
        )
    },
)

"""Require IMDSv2 on an EC2 instance.

What it does
------------
Sets ``HttpTokens`` of the instance's metadata options to ``required``: the metadata service then answers only requests
with a session token. With the option ``hop_limit`` it also raises the hop limit of the token, if it is lower now.

An instance whose metadata service is turned off is not changed: setting the option would turn the service on. Security
Hub continues to report such an instance.

Why it matters
--------------
With IMDSv1, one request that an application is tricked into making is enough to steal the credentials of the
instance's role.

What can break
--------------
Software that sends no token loses the role's credentials at once: old SDKs and agents, scripts with a plain ``curl``.
Containers get no token while the hop limit is 1; they need 2. CloudWatch's metric ``MetadataNoToken`` counts requests
without one: check it first. New instances of an Auto Scaling group use the options of its launch template.

Undo
----
Restores ``HttpTokens``, and the hop limit if it was changed. If the account or a policy of the organization enforces
IMDSv2, AWS refuses this; the change then cannot be undone, and the plan says so.

References
----------
* Security Hub control EC2.8:
  https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-8
* Metadata options of existing instances:
  https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-existing-instances.html
* ModifyInstanceMetadataOptions:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.ec2 import INSTANCE, INSTANCE_READ, MANAGED_BY, NOT_MANAGED, NOT_TERMINATED
from runtime.fixes.kinds.attributes import Exactly, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look


class _Tokens(Exactly):
    """Not required while the endpoint is disabled."""

    def accepts(self, found: Any, look: Look) -> bool:
        return bool(look["HttpEndpoint"] == "disabled") or super().accepts(found, look)


class _HopLimit(Exactly):
    """A higher limit is kept, and so is any limit if the option is not set."""

    def accepts(self, found: Any, look: Look) -> bool:
        wanted = look.options["hop_limit"]
        return wanted is None or look["HttpEndpoint"] == "disabled" or (isinstance(found, int) and found >= wanted)


FIX = SetAttributes(
    of=INSTANCE,
    id="ec2-instance-imdsv2",
    title="Require IMDSv2 on an EC2 instance",
    disruption=Disruption.DATA_PATH,
    hazard="Software on the instance that calls the metadata service without a token loses the role's credentials.",
    undo_hazard="The instance accepts requests to the metadata service without a token again.",
    reads=(
        replace(
            INSTANCE_READ,
            keep={
                "HttpTokens": "MetadataOptions.HttpTokens",
                "HttpEndpoint": "MetadataOptions.HttpEndpoint",
                "HttpPutResponseHopLimit": "MetadataOptions.HttpPutResponseHopLimit",
                "managed_by": MANAGED_BY,
                "role": "IamInstanceProfile.Arn",
                "auto_scaling_group": "Tags[?Key=='aws:autoscaling:groupName'].Value | [0]",
            },
            or_none=("role", "auto_scaling_group"),
        ),
        Read(
            call="ec2:GetInstanceMetadataDefaults",
            by={},
            on="*",
            at="AccountLevel",
            keep={"enforced": "HttpTokensEnforced || 'disabled'", "enforced_by": "ManagedBy || 'account'"},
        ),
    ),
    wanted={
        "HttpTokens": _Tokens("required"),
        "HttpPutResponseHopLimit": _HopLimit(lambda look: look.option("hop_limit")),
    },
    guards=(NOT_MANAGED, NOT_TERMINATED),
    takes_back=(
        Guard(
            holds=lambda look: (
                look["HttpTokens"] == "required" or (look["enforced"], look["enforced_by"]) == ("disabled", "account")
            ),
            because="It cannot be undone: the account, or a policy of its organization, enforces IMDSv2.",
        ),
    ),
    # AWS accepts HttpTokens only together with HttpEndpoint:
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-existing-instances.html
    write=Write(
        call="ec2:ModifyInstanceMetadataOptions",
        by={
            "InstanceId": "${name}",
            "HttpTokens": Value("HttpTokens"),
            "HttpEndpoint": "enabled",
            "HttpPutResponseHopLimit": Value("HttpPutResponseHopLimit"),
        },
    ),
    shows={
        "role": lambda look: look["role"],
        "hop_limit": lambda look: look["HttpPutResponseHopLimit"],
        "auto_scaling_group": lambda look: look["auto_scaling_group"],
    },
    template={
        TemplateTool.CLOUDFORMATION: (
            "set MetadataOptions.HttpTokens of the instance's AWS::EC2::LaunchTemplate to required"
        ),
        TemplateTool.CDK: "set requireImdsv2 of Instance or LaunchTemplate to true",
        TemplateTool.TERRAFORM: "set http_tokens in metadata_options of aws_instance, or of aws_launch_template, to "
        "required",
    },
    options={
        "hop_limit": OptionSpec(
            schema={"type": ["integer", "null"], "minimum": 1, "maximum": 64},
            default=None,
            description="The minimum hop limit of the token; containers need 2. null: unchanged.",
        )
    },
)

"""Require IMDSv2 on new EC2 instances by default, in an account and region.

What it does
------------
Sets ``HttpTokens`` of the account's defaults for the instance metadata service to ``required``. The default applies to
new instances whose launch does not set it. Existing instances and the other defaults are not changed.

It refuses an account whose organization sets the defaults by a declarative policy.

Why it matters
--------------
With IMDSv1, one request that an application is tricked into making is enough to steal the credentials of the
instance's role. A default also protects instances whose launch does not set the option.

What can break
--------------
Software on new instances that sends no token gets no credentials, and containers get none if the hop limit of the
token is 1. Launch templates that set ``optional`` are not affected. Auto Scaling groups launch new instances at any
time: check what they launch from first. It costs nothing.

Undo
----
Restores the previous default, or no preference if none was set. Instances launched meanwhile are not changed.

References
----------
* Defaults of an account:
  https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html
* ModifyInstanceMetadataDefaults:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataDefaults.html
* Declarative policies:
  https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_declarative.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of

_MODIFY = "ec2:ModifyInstanceMetadataDefaults"

FIX = SetAttributes(
    of=ACCOUNT,
    id="ec2-imdsv2-by-default",
    title="Require IMDSv2 on new EC2 instances by default, in an account and region",
    disruption=Disruption.DATA_PATH,
    hazard="Software on new instances that calls the metadata service without a token gets no credentials.",
    undo_hazard="New instances accept requests to the metadata service without a token, unless launched otherwise.",
    reads=(
        Read(
            call="ec2:GetInstanceMetadataDefaults",
            by={},
            on="*",
            # Empty if no default is set.
            at="AccountLevel",
            keep={
                "tokens": "HttpTokens",
                "hop_limit": "HttpPutResponseHopLimit",
                "manager": "ManagedBy || 'account'",
            },
            or_none=("tokens", "hop_limit"),
        ),
    ),
    wanted={"tokens": "required"},
    guards=(
        Guard(
            holds=one_of("manager", "account"),
            because="The organization of ${subject} sets this by a declarative policy.",
        ),
    ),
    write=Write(call=_MODIFY, by={"HttpTokens": Value("tokens")}, on="*"),
    unset=Write(call=_MODIFY, by={"HttpTokens": "no-preference"}, on="*"),
    shows={"tokens": lambda look: look["tokens"], "hop_limit": lambda look: look["hop_limit"]},
    template={
        TemplateTool.CLOUDFORMATION: "add a custom resource that calls ModifyInstanceMetadataDefaults; CloudFormation "
        "itself has no type for it",
        TemplateTool.CDK: "add an AwsCustomResource that calls ModifyInstanceMetadataDefaults; the CDK itself has no "
        "construct for it",
        TemplateTool.TERRAFORM: "set http_tokens of aws_ec2_instance_metadata_defaults to required",
    },
)

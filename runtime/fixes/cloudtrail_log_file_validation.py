"""Turn on log file validation for a CloudTrail trail.

What it does
------------
Turns on log file validation: from then on CloudTrail puts a signed digest file into the trail's bucket every hour.
Nothing else about the trail changes.

It refuses trails that cannot be changed from this account and region: copies of a trail whose home is another region,
and trails of another account. It refuses organization trails too: changing one concerns every account of the
organization, and needs permissions beyond the trail.

Why it matters
--------------
Whoever breaks into an account wants its logs to keep quiet. With digest files one can prove afterwards whether a log
file was changed, deleted or forged; without them one cannot, and it cannot be made up for later.

What can break
--------------
Nothing that reads log files looks at digest files. They lie in the same bucket under ``CloudTrail-Digest/``: a tool
that takes every object below ``AWSLogs/`` for a log file may stumble. Storing them costs next to nothing.

Undo
----
Turns log file validation off. The digest files that were written stay in the bucket.

References
----------
* Security Hub control CloudTrail.4:
  https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html#cloudtrail-4
* Log file integrity validation:
  https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
* UpdateTrail: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Disruption, FixSpec, Options, Permission, Stage
from runtime.domain.plan import Change, Compliant, Plan, Planned, Refused, State
from runtime.domain.resource import Resource, parse_arn
from runtime.domain.template import TemplateTool
from runtime.fixes.contract import Call, Reader

_EVIDENCE = ("TrailARN", "HomeRegion", "IsOrganizationTrail", "LogFileValidationEnabled")

SPEC = FixSpec(
    id="cloudtrail-log-file-validation",
    title="Turn on log file validation for a CloudTrail trail",
    resource_types=("AWS::CloudTrail::Trail",),
    reads=(Permission(action="cloudtrail:GetTrail", operation="cloudtrail:GetTrail"),),
    writes=(Permission(action="cloudtrail:UpdateTrail", operation="cloudtrail:UpdateTrail"),),
    reversible=True,
    stage=Stage.STABLE,
    disruption=Disruption.NONE,
    hazard="A tool that takes every object in the trail's bucket for a log file meets digest files.",
    template_properties={
        TemplateTool.CLOUDFORMATION: "set EnableLogFileValidation of AWS::CloudTrail::Trail to true",
        TemplateTool.CDK: "set enableFileValidation of Trail to true",
        TemplateTool.TERRAFORM: "set enable_log_file_validation of aws_cloudtrail to true",
    },
)


@dataclass(frozen=True, slots=True)
class CloudTrailLogFileValidation:
    spec: FixSpec = SPEC

    def calls(self, resource: Resource) -> tuple[Call, ...]:
        return (Call("cloudtrail", "GetTrail", {"Name": resource.arn}),)

    def observe(self, aws: Reader, resource: Resource) -> State:
        trail = aws.read("cloudtrail", "GetTrail", Name=resource.arn).get("Trail", {})
        return {name: trail[name] for name in _EVIDENCE if name in trail}

    def plan(self, resource: Resource, state: State, options: Options) -> Planned:  # noqa: ARG002  the contract's
        missing = [name for name in _EVIDENCE if name not in state]
        if missing:
            return Refused(sentence=f"Of the trail {resource.name} could not be read: {', '.join(missing)}.")
        owner = parse_arn(state["TrailARN"]).account_id
        if owner != resource.account_id:
            return Refused(sentence=f"The trail {resource.name} belongs to the account {owner}.")
        if state["HomeRegion"] != resource.region:
            return Refused(sentence=f"The home region of the trail {resource.name} is {state['HomeRegion']}.")
        if state["LogFileValidationEnabled"]:
            return Compliant(sentence=f"Log file validation is on for the trail {resource.name}.")
        if state["IsOrganizationTrail"]:
            return Refused(sentence=f"{resource.name} is an organization trail: it concerns more than this account.")
        return Plan(
            fix_id=SPEC.id,
            resource_arn=resource.arn,
            summary=f"Turn on log file validation for the trail {resource.name}.",
            before=state,
            changes=(_update(resource, enable=True),),
            undo=(_update(resource, enable=False),),
        )


def _update(resource: Resource, *, enable: bool) -> Change:
    return Change(
        service="cloudtrail",
        operation="UpdateTrail",
        parameters={"Name": resource.arn, "EnableLogFileValidation": enable},
    )

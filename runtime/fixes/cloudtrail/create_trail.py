"""Create a CloudTrail trail of all regions in an account that has none.

What it does
------------
Creates the trail ``suture-all-regions`` in the region of the finding and starts it. The trail records the management
events of all regions into the log bucket that the catalog entry names, and validates its log files. The bucket is
checked and not changed: it must be in the same account and region, use no KMS key, Object Lock or Requester Pays, and
its policy must allow ``cloudtrail.amazonaws.com`` access for this trail. The region of the bucket thus determines the
region of the trail.

An account with a trail of all regions that records every management event is not changed, even if it is an organization
trail. If the trail that this fix created is stopped, it is started again. The fix refuses an account with another trail
of all regions that is stopped or records less, and one with a trail of only one region: correct those, instead of
paying for two.

Why it matters
--------------
Without a trail, CloudTrail keeps 90 days of management events, separately for each region, and a later investigation
finds nothing.

What can break
--------------
Nothing. The first copy of management events is free, but storage is not; if trails of other regions already record
them, CloudTrail charges for this second copy.

Undo
----
Stops the trail and deletes it. Delivered log files are kept in the bucket.

References
----------
* Security Hub controls CloudTrail.1 and CloudTrail.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
* The bucket's policy:
  https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
* CreateTrail: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

from runtime.domain.fix import Disruption, Permission
from runtime.domain.plan import Compliant, Refused
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Write
from runtime.fixes.cloudtrail import RECORDS_ALL
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps, one_of
from runtime.fixes.kinds.destinations import Writer, log_bucket

_NAME = "suture-all-regions"
_TRAIL = f"arn:${{partition}}:cloudtrail:${{region}}:${{account_id}}:trail/{_NAME}"
# The home of a trail of all regions may be any region, and that of an organization trail another account.
_ANY_TRAIL = "arn:${partition}:cloudtrail:*:*:trail/*"

_CREATE = Write(
    call="cloudtrail:CreateTrail",
    by={
        "Name": _NAME,
        "S3BucketName": "${target_bucket}",
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "EnableLogFileValidation": True,
    },
    on=_TRAIL,
)
_START = Write(call="cloudtrail:StartLogging", by={"Name": _NAME}, on=_TRAIL)
_STOP = Write(call="cloudtrail:StopLogging", by={"Name": _NAME}, on=_TRAIL)
_DELETE = Write(call="cloudtrail:DeleteTrail", by={"Name": _NAME}, on=_TRAIL)


def _trail_arn(look: Look) -> str:
    return Template(_TRAIL).substitute(look.texts)


@dataclass(frozen=True, kw_only=True)
class MakeTrail(Declared):
    """Create and start one trail; undo: stop and delete it."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return tuple(write.permission for write in (_CREATE, _START, _STOP, _DELETE))

    def offending(self, look: Look) -> Found | Compliant | Refused:
        if look["trail"] is None:
            return Found(f"no trail of all regions → {_NAME}, into {look.option('target_bucket')}", (_CREATE, _START))
        if look["records"] and not look["partial"]:
            return Compliant(sentence=look.said("${subject} has a trail of all regions, ${trail}."))
        if look["trail"] == _trail_arn(look) and not look["partial"]:
            return Found(f"{_NAME}: stopped → started", (_START,))
        return Refused(
            sentence=look.said(
                "${subject} has a trail of all regions, ${trail}, that is stopped or does not record every management "
                "event: correct that trail."
            )
        )

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        # A new trail records all management events by default.
        made = {"trail": _trail_arn(look), "records": False, "partial": False}
        leaves = {_CREATE.call: made, _START.call: {**made, "records": True}}
        back = {_CREATE.call: _DELETE, _START.call: _STOP}
        return (
            tuple(step.change(look.texts, {}, leaves[step.call]) for step in found.detail),
            tuple(back[step.call].change(look.texts, {}) for step in found.detail),
        )


FIX = MakeTrail(
    of=ACCOUNT,
    id="cloudtrail-create-trail",
    title="Create a CloudTrail trail of all regions in an account that has none",
    disruption=Disruption.NONE,
    hazard="In regions with another trail, CloudTrail charges for the second copy of management events.",
    undo_hazard="Events of the account are kept for no longer than 90 days.",
    reads=(
        Read(
            call="cloudtrail:DescribeTrails",
            by={"includeShadowTrails": True},
            on="*",
            at="trailList",
            keep={
                "trail": "sort_by([?IsMultiRegionTrail], &TrailARN)[0].TrailARN",
                "trail_of_region": "sort_by([?!IsMultiRegionTrail], &TrailARN)[0].TrailARN",
            },
            or_none=("trail", "trail_of_region"),
        ),
        Read(
            call="cloudtrail:GetTrailStatus",
            by={"Name": "${trail}"},
            on=_ANY_TRAIL,
            of="trail",
            keep={"records": "IsLogging"},
        ),
        Read(
            call="cloudtrail:GetEventSelectors",
            by={"TrailName": "${trail}"},
            on=_ANY_TRAIL,
            of="trail",
            keep={"partial": f"length({RECORDS_ALL}) == `0`"},
        ),
    ),
    named=(
        log_bucket(
            Writer(
                service="cloudtrail.amazonaws.com",
                object_name=lambda look: f"AWSLogs/{look.resource.account_id}/",
                source_arn=_trail_arn,
                reads_acl=True,
            ),
            location=lambda look: look.resource.region,
        ),
    ),
    guards=(
        Guard(
            holds=one_of("trail_of_region", None),
            because="${subject} has a trail of one region, ${trail_of_region}: change it to record all regions.",
        ),
    ),
    template={
        TemplateTool.CLOUDFORMATION: "add an AWS::CloudTrail::Trail with IsMultiRegionTrail and IsLogging",
        TemplateTool.CDK: "add a Trail, which records all regions",
        TemplateTool.TERRAFORM: "add an aws_cloudtrail with is_multi_region_trail",
    },
)

"""Record the events of all regions in a CloudTrail trail.

What it does
------------
Makes the trail a multi-Region trail, and turns on the events of global services, which a multi-Region trail requires.
The events that it records do not change: a trail that excludes management events continues to do so.

It refuses organization trails and those of Control Tower, and changes a trail in its home region only.

Why it matters
--------------
An attacker in a region that no one uses leaves no trace in a trail of another region.

What can break
--------------
Nothing. In regions that have trails of their own, CloudTrail charges for this second copy of management events.

Undo
----
Makes it a trail of its home region again; CloudTrail removes its copies in the other regions. There is no undo for a
trail that did not include the events of global services, because CloudTrail may refuse to restore that.

References
----------
* Multi-Region trails:
  https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-multi-region-trails.html
* UpdateTrail: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.cloudtrail import HOME, NOT_OF_CONTROL_TOWER, OWN, TRAIL, read_trail, update_trail
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard

FIX = SetAttributes(
    of=TRAIL,
    id="cloudtrail-multi-region",
    title="Record the events of all regions in a CloudTrail trail",
    disruption=Disruption.NONE,
    hazard="In regions with another trail, CloudTrail charges for the second copy of management events.",
    undo_hazard="Events of other regions are not recorded.",
    reads=(read_trail("IsMultiRegionTrail", "IncludeGlobalServiceEvents"),),
    wanted={"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": True},
    guards=(HOME, OWN, NOT_OF_CONTROL_TOWER),
    write=update_trail(
        IsMultiRegionTrail=Value("IsMultiRegionTrail"),
        IncludeGlobalServiceEvents=Value("IncludeGlobalServiceEvents"),
    ),
    takes_back=(
        Guard(
            holds=lambda look: look["IncludeGlobalServiceEvents"] is True,
            because="It cannot be undone: CloudTrail does not accept both former settings in one call.",
        ),
    ),
    template={
        TemplateTool.CLOUDFORMATION: "set IsMultiRegionTrail and IncludeGlobalServiceEvents of "
        "AWS::CloudTrail::Trail to true",
        TemplateTool.CDK: "set isMultiRegionTrail and includeGlobalServiceEvents of Trail to true",
        TemplateTool.TERRAFORM: "set is_multi_region_trail and include_global_service_events of aws_cloudtrail to true",
    },
)

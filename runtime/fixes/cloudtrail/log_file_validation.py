"""Turn on log file validation for a CloudTrail trail.

What it does
------------
Turns on log file validation: from then on CloudTrail puts a signed digest file into the trail's bucket every hour.
Nothing else about the trail changes.

It refuses trails that cannot be changed from this account and region: copies of a trail whose home is another region,
and trails of another account. It also refuses organization trails, because a change affects every account of the
organization and needs permissions beyond the trail, and the trails of Control Tower, which would report drift.

Why it matters
--------------
An attacker in an account tries to hide from its logs. Digest files prove afterwards whether a log file was changed,
deleted or forged; without them there is no proof, and it cannot be added later.

What can break
--------------
Tools that read log files do not use digest files. These are in the same bucket under ``CloudTrail-Digest/``: a tool
that reads every object below ``AWSLogs/`` as a log file may fail. Storing them costs next to nothing.

Undo
----
Turns log file validation off. Existing digest files are kept in the bucket.

References
----------
* Security Hub control CloudTrail.4:
  https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html#cloudtrail-4
* Log file integrity validation:
  https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
* UpdateTrail: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, Stage
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.cloudtrail import HOME, NOT_OF_CONTROL_TOWER, OWN, TRAIL, read_trail, update_trail
from runtime.fixes.kinds.attributes import SetAttributes

FIX = SetAttributes(
    of=TRAIL,
    id="cloudtrail-log-file-validation",
    title="Turn on log file validation for a CloudTrail trail",
    stage=Stage.STABLE,
    disruption=Disruption.NONE,
    hazard="A tool that treats every object in the trail's bucket as a log file also gets digest files.",
    undo_hazard="A change or deletion of later log files cannot be detected.",
    reads=(read_trail("LogFileValidationEnabled"),),
    wanted={"LogFileValidationEnabled": True},
    guards=(HOME, OWN, NOT_OF_CONTROL_TOWER),
    write=update_trail(EnableLogFileValidation=Value("LogFileValidationEnabled")),
    template={
        TemplateTool.CLOUDFORMATION: "set EnableLogFileValidation of AWS::CloudTrail::Trail to true",
        TemplateTool.CDK: "set enableFileValidation of Trail to true",
        TemplateTool.TERRAFORM: "set enable_log_file_validation of aws_cloudtrail to true",
    },
)

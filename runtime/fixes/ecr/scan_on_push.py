"""Turn on scan on push of an ECR repository.

What it does
------------
Turns on scan on push for the repository. Existing images are not scanned. A repository that a rule of the registry
already scans is not changed.

It refuses a repository of a registry with enhanced scanning that no rule covers: there, only rules have an effect.

Why it matters
--------------
Known vulnerabilities of an image are found automatically, before it runs.

What can break
--------------
Nothing. Basic scanning costs nothing; findings are shown, and block nothing.

Undo
----
Turns scan on push off again. Findings are kept.

References
----------
* Security Hub control ECR.1: https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html#ecr-1
* Scanning images: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
* Which repositories a rule covers: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
* PutImageScanningConfiguration:
  https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes import policy_document
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.ecr import REPOSITORY, repository
from runtime.fixes.kinds.attributes import Exactly, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, one_of


def _covers(wanted: str, name: str) -> bool:
    """A filter without an asterisk covers every name that contains it."""
    return policy_document.covers(wanted, name) if "*" in wanted else wanted in name


@dataclass(frozen=True, slots=True)
class _UnlessARuleCovers(Exactly):
    def accepts(self, found: Any, look: Look) -> bool:
        covered = any(_covers(one, look.resource.name) for one in look["filters"])
        return covered or (look["scan_type"] != "ENHANCED" and Exactly.accepts(self, found, look))


FIX = SetAttributes(
    of=REPOSITORY,
    id="ecr-scan-on-push",
    title="Turn on scan on push of an ECR repository",
    disruption=Disruption.NONE,
    hazard="Existing images are not scanned.",
    undo_hazard="Later images are not scanned.",
    reads=(
        repository(scan_on_push="imageScanningConfiguration.scanOnPush"),
        Read(
            call="ecr:GetRegistryScanningConfiguration",
            by={},
            on="*",
            at="scanningConfiguration",
            keep={
                "scan_type": "scanType",
                "filters": "rules[?scanFrequency != 'MANUAL'].repositoryFilters[].filter || `[]`",
            },
            sets=("filters",),
        ),
    ),
    guards=(
        Guard(
            holds=one_of("scan_type", "BASIC"),
            because="The registry of ${subject} has enhanced scanning, and none of its rules covers the repository.",
        ),
    ),
    wanted={"scan_on_push": _UnlessARuleCovers(True)},
    write=Write(
        call="ecr:PutImageScanningConfiguration",
        by={"repositoryName": "${name}", "imageScanningConfiguration": {"scanOnPush": Value("scan_on_push")}},
    ),
    template={
        TemplateTool.CLOUDFORMATION: "set ScanOnPush in ImageScanningConfiguration of AWS::ECR::Repository to true",
        TemplateTool.CDK: "set imageScanOnPush of Repository to true",
        TemplateTool.TERRAFORM: "set scan_on_push in image_scanning_configuration of aws_ecr_repository to true",
    },
)

"""Require HTTPS from viewers of a CloudFront distribution.

What it does
------------
Sets ``ViewerProtocolPolicy`` of every cache behavior that is ``allow-all`` to the option ``policy``: by default
``redirect-to-https``, which answers requests over HTTP with a redirect. Behaviors that already redirect or refuse HTTP
do not change. CloudFront accepts only a whole configuration: everything else is sent back as it was read. It takes
minutes until the change is effective at every edge location.

It refuses

* a distribution that adds headers to its origin requests: their values are usually secrets, which the plan and the
  record would have to contain;
* one that runs Lambda@Edge functions, because CloudFront would require permissions on them;
* one that has parameters for its tenants: AWS marks their comments as sensitive;
* a staging distribution, and one that has one.

Settings that are newer than this release's AWS SDK are not read, and would be reset to their default: keep the release
current.

Why it matters
--------------
Over plain HTTP, what viewers send and receive can be read and changed in transit: cookies, forms, scripts.

What can break
--------------
Clients that do not follow redirects: old devices, health checks, webhooks. A ``POST`` over HTTP is redirected with 307,
and some clients do not send it again. If standard logging delivers to a bucket, CloudFront may require permissions on
its ACL, and the change is denied.

Undo
----
Restores the previous configuration. If the distribution was changed in the meantime, CloudFront refuses this.

References
----------
* Security Hub control CloudFront.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/cloudfront-controls.html#cloudfront-3
* Requiring HTTPS:
  https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-viewers-to-cloudfront.html
* UpdateDistribution: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.cloudfront._configuration import Configuration, EditConfiguration, behaviors
from runtime.fixes.kinds.declared import Look

_POLICY = "ViewerProtocolPolicy"
_OPEN = "allow-all"


def _edited(look: Look, configuration: Configuration) -> tuple[Configuration, str] | None:
    def closed(behavior: Mapping[str, Any]) -> dict[str, Any]:
        return {**behavior, _POLICY: look.options["policy"]} if behavior[_POLICY] == _OPEN else dict(behavior)

    paths = [one.get("PathPattern", "default") for one in behaviors(configuration) if one[_POLICY] == _OPEN]
    if not paths:
        return None
    edited = {**configuration, "DefaultCacheBehavior": closed(configuration["DefaultCacheBehavior"])}
    if items := configuration.get("CacheBehaviors", {}).get("Items"):
        edited["CacheBehaviors"] = {**configuration["CacheBehaviors"], "Items": [closed(one) for one in items]}
    return edited, f"{_POLICY} of {', '.join(paths)}: {_OPEN} → {look.options['policy']}"


FIX = EditConfiguration(
    id="cloudfront-viewer-https",
    title="Require HTTPS from viewers of a CloudFront distribution",
    disruption=Disruption.DATA_PATH,
    hazard="Clients that use HTTP and do not follow redirects can no longer connect.",
    undo_hazard="Viewers can use plain HTTP again.",
    options={
        "policy": OptionSpec(
            schema={"type": "string", "enum": ["redirect-to-https", "https-only"]},
            default="redirect-to-https",
            description="The new policy of a behavior that allows HTTP.",
        )
    },
    edited=_edited,
    shows={"aliases": lambda look: look["configuration"].get("Aliases", {}).get("Items", [])},
    template={
        TemplateTool.CLOUDFORMATION: "set ViewerProtocolPolicy of every cache behavior in DistributionConfig of "
        "AWS::CloudFront::Distribution to redirect-to-https",
        TemplateTool.CDK: "set viewerProtocolPolicy of every behavior of Distribution to REDIRECT_TO_HTTPS",
        TemplateTool.TERRAFORM: "set viewer_protocol_policy of every cache behavior of aws_cloudfront_distribution to "
        "redirect-to-https",
    },
)

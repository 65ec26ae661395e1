"""Set a default root object of a CloudFront distribution.

What it does
------------
Sets ``DefaultRootObject`` of a distribution that has none to the option ``object``, by default ``index.html``.
CloudFront then answers a request for ``/`` with that object instead of forwarding it to the origin. CloudFront accepts
only a whole configuration: everything else is sent back as it was read. It takes minutes until the change is effective
at every edge location.

It refuses a distribution whose default origin is not an S3 bucket, because another server handles ``/`` itself; and

* one that adds headers to its origin requests: their values are usually secrets, which the plan and the record would
  have to contain;
* one that runs Lambda@Edge functions, because CloudFront would require permissions on them;
* one that has parameters for its tenants: AWS marks their comments as sensitive;
* a staging distribution, and one that has one.

Settings that are newer than this release's AWS SDK are not read, and would be reset to their default: keep the release
current.

Why it matters
--------------
Without one, the response to a request for ``/`` may be a list of all objects in the bucket.

What can break
--------------
If the bucket has no such object, the response for ``/`` is 403 or 404; the fix does not check the bucket. If standard
logging delivers to a bucket, CloudFront may require permissions on its ACL, and the change is denied.

Undo
----
Restores the previous configuration. If the distribution was changed in the meantime, CloudFront refuses this.

References
----------
* Security Hub control CloudFront.1:
  https://docs.aws.amazon.com/securityhub/latest/userguide/cloudfront-controls.html#cloudfront-1
* Default root objects:
  https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DefaultRootObject.html
* UpdateDistribution: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.cloudfront._configuration import GUARDS, Configuration, EditConfiguration
from runtime.fixes.kinds.declared import Guard, Look


def _edited(look: Look, configuration: Configuration) -> tuple[Configuration, str] | None:
    if configuration.get("DefaultRootObject"):
        return None
    name = look.options["object"]
    return {**configuration, "DefaultRootObject": name}, f"DefaultRootObject: nothing → {name}"


def _is_of_a_bucket(look: Look) -> bool:
    configuration = look["configuration"]
    target = configuration["DefaultCacheBehavior"]["TargetOriginId"]
    return any(
        origin["Id"] == target and "CustomOriginConfig" not in origin and "VpcOriginConfig" not in origin
        for origin in configuration["Origins"]["Items"]
    )


FIX = EditConfiguration(
    id="cloudfront-default-root-object",
    title="Set a default root object of a CloudFront distribution",
    disruption=Disruption.NONE,
    hazard="If the bucket has no such object, requests for / return an error.",
    undo_hazard="Requests for / go to the bucket again, which may list its objects.",
    options={
        "object": OptionSpec(
            schema={"type": "string", "pattern": r"^[^/\s][^\s]{0,254}$"},
            default="index.html",
            description="The object to return for /, by its name in the bucket.",
        )
    },
    edited=_edited,
    guards=(
        *GUARDS,
        Guard(
            holds=_is_of_a_bucket,
            because="The default origin of ${subject} is not an S3 bucket: it handles / itself.",
        ),
    ),
    shows={"aliases": lambda look: look["configuration"].get("Aliases", {}).get("Items", [])},
    template={
        TemplateTool.CLOUDFORMATION: "set DefaultRootObject in DistributionConfig of AWS::CloudFront::Distribution",
        TemplateTool.CDK: "set defaultRootObject of Distribution",
        TemplateTool.TERRAFORM: "set default_root_object of aws_cloudfront_distribution",
    },
)

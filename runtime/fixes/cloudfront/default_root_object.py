"""Set a default root object of a CloudFront distribution.

What it does
------------
Sets ``DefaultRootObject`` of a distribution that has none to the option ``object``, by default ``index.html``. A
request for ``/`` is then answered with that object instead of being passed on to the origin. CloudFront takes a
configuration as a whole only: all else is sent back as it was read. It takes minutes until every edge location has it.

It refuses a distribution whose default origin is no S3 bucket: a server of its own answers ``/`` as it should; and

* one that adds headers to what it asks of its origins: their values are secrets mostly, and the plan and the record
  would have to hold them;
* one that runs Lambda@Edge functions, because CloudFront would ask for permissions on them;
* one that has parameters for its tenants: AWS marks what is said of them as sensitive;
* a staging distribution, and one that has one.

Settings that are newer than this release's AWS SDK are not read, and would be set to their default: keep the release
current.

Why it matters
--------------
Without one, a request for ``/`` may be answered with the list of everything in the bucket.

What can break
--------------
If there is no such object in the bucket, ``/`` is answered with 403 or 404; the fix does not look into the bucket.
Where standard logging goes to a bucket, CloudFront may ask for permissions on its ACL, and the change is denied.

Undo
----
Sends back the configuration as it was, unless somebody changed the distribution meanwhile: CloudFront refuses it then.

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

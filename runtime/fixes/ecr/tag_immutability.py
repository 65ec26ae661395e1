"""Turn on tag immutability of an ECR repository.

What it does
------------
Sets the repository's tags to immutable: once pushed, a tag cannot be moved to another image. A repository in which all
tags but a few are immutable is not changed. One in which all tags but a few are mutable is refused: the exceptions
were chosen on purpose.

Why it matters
--------------
The image that was tested under a tag is the image that runs under it: no one can replace it.

What can break
--------------
Every pipeline that pushes a tag again fails, such as one that moves ``latest``. Existing images do not change. It costs
nothing.

Undo
----
Makes the tags mutable again.

References
----------
* Security Hub control ECR.2: https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html#ecr-2
* Immutable tags: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
* PutImageTagMutability: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageTagMutability.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value, Write
from runtime.fixes.ecr import REPOSITORY, repository
from runtime.fixes.kinds.attributes import AnyOf, SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of

FIX = SetAttributes(
    of=REPOSITORY,
    id="ecr-tag-immutability",
    title="Turn on tag immutability of an ECR repository",
    disruption=Disruption.DATA_PATH,
    hazard="Every pipeline that pushes a tag again, such as latest, fails.",
    undo_hazard="Tags can be moved to other images.",
    reads=(repository(mutability="imageTagMutability"),),
    guards=(
        Guard(holds=one_of("mutability", "MUTABLE"), because="${subject} has exclusion filters for mutable tags."),
    ),
    wanted={"mutability": AnyOf("IMMUTABLE", ("IMMUTABLE_WITH_EXCLUSION",))},
    write=Write(
        call="ecr:PutImageTagMutability",
        by={"repositoryName": "${name}", "imageTagMutability": Value("mutability")},
    ),
    template={
        TemplateTool.CLOUDFORMATION: "set ImageTagMutability of AWS::ECR::Repository to IMMUTABLE",
        TemplateTool.CDK: "set imageTagMutability of Repository to TagMutability.IMMUTABLE",
        TemplateTool.TERRAFORM: "set image_tag_mutability of aws_ecr_repository to IMMUTABLE",
    },
)

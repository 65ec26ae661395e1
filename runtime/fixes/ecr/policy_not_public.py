"""Remove statements that allow everybody from the policy of an ECR repository.

What it does
------------
Removes each statement that allows everybody something without a condition that limits who can do it. If a statement
names other principals besides everybody, those are kept. Denials and all other statements do not change, including
Lambda's own. If nothing is left, the policy is deleted: the account's own users and roles need none.

It refuses a policy that allows everybody but a few, or with a condition that AWS does not regard as a limit; and one
that names a principal that no longer exists, because ECR would not accept it again. The registry's policy is separate.

Why it matters
--------------
Everybody with an AWS account can do what such a statement allows: pull the images and their contents, or push others
that then run.

What can break
--------------
Other accounts that pull or push without being named are denied. Running workloads continue to run.

Undo
----
Restores the policy exactly as it was.

References
----------
* Policies of repositories: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
* SetRepositoryPolicy: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
* DeleteRepositoryPolicy: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepositoryPolicy.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.ecr import REPOSITORY
from runtime.fixes.kinds.policies import POLICY, CloseToEverybody

_BY = {"repositoryName": "${name}"}

FIX = CloseToEverybody(
    of=REPOSITORY,
    id="ecr-policy-not-public",
    title="Remove statements that allow everybody from the policy of an ECR repository",
    disruption=Disruption.DATA_PATH,
    hazard="Other accounts that the policy does not name are denied.",
    reads=(
        Read(
            call="ecr:GetRepositoryPolicy",
            by=_BY,
            keep={POLICY: "policyText"},
            absent="RepositoryPolicyNotFoundException",
        ),
    ),
    # Without force: ECR refuses a policy that prevents its caller from setting another one.
    put=Write(call="ecr:SetRepositoryPolicy", by={**_BY, "policyText": Value(POLICY)}),
    delete=Write(call="ecr:DeleteRepositoryPolicy", by=_BY),
    # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
    limit_bytes=10240,
    template={
        TemplateTool.CLOUDFORMATION: "remove every Allow to everybody from RepositoryPolicyText of "
        "AWS::ECR::Repository",
        TemplateTool.CDK: "remove every addToResourcePolicy with AnyPrincipal from Repository",
        TemplateTool.TERRAFORM: "remove every Allow to everybody from policy of aws_ecr_repository_policy",
    },
)

"""A CloudFront distribution and how viewers may come to it."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad, Refusal
from tests.laws.cases.distributions import BUCKET, SERVER, behavior, changed, distribution, fixed, read_back

__all__ = ["CASES", "read_back"]

OPEN = behavior("allow-all")
SECRET = {"Quantity": 1, "Items": [{"HeaderName": "X-Origin-Secret", "HeaderValue": "not-a-secret"}]}
LAMBDA = {
    "Quantity": 1,
    "Items": [
        {
            "LambdaFunctionARN": "arn:aws:lambda:us-east-1:123456789012:function:edge:1",
            "EventType": "viewer-request",
        }
    ],
}

CASES = (
    Bad(
        name="over HTTP too",
        create=distribution(default=OPEN, origin=SERVER),
        fixed=fixed(default="redirect-to-https", origin="orders.example.com"),
        disturb=changed(Comment="somebody else's", DefaultCacheBehavior=OPEN),
    ),
    Bad(
        name="over HTTP too, to some paths",
        create=distribution(
            behavior("allow-all", PathPattern="/api/*"), behavior("redirect-to-https", PathPattern="/old/*")
        ),
        options={"policy": "https-only"},
        fixed=fixed(paths={"/api/*": "https-only", "/old/*": "redirect-to-https"}),
        disturb=changed(Comment="somebody else's", DefaultCacheBehavior=OPEN),
    ),
    AlreadyCompliant(name="only over HTTPS", create=distribution(behavior("redirect-to-https", PathPattern="/old/*"))),
    Refusal(
        name="with a secret for its origin",
        create=distribution(default=OPEN, origin={**BUCKET, "CustomHeaders": SECRET}),
        because="adds headers to its origin requests (X-Origin-Secret)",
    ),
    Refusal(
        name="with parameters for its tenants",
        create=distribution(default=OPEN),
        answers={
            "cloudfront:GetDistributionConfig": {
                "ETag": "E1",
                "DistributionConfig": {
                    "DefaultCacheBehavior": OPEN,
                    "Origins": {"Quantity": 1, "Items": [BUCKET]},
                    "TenantConfig": {"ParameterDefinitions": [{"Name": "tenant", "Definition": {"StringSchema": {}}}]},
                },
            }
        },
        because="has parameters for its tenants (tenant)",
    ),
    Refusal(
        name="with functions",
        create=distribution(default={**OPEN, "LambdaFunctionAssociations": LAMBDA}),
        answers={
            "cloudfront:GetDistributionConfig": {
                "ETag": "E1",
                "DistributionConfig": {
                    "DefaultCacheBehavior": {**OPEN, "LambdaFunctionAssociations": LAMBDA},
                    "Origins": {"Quantity": 1, "Items": [BUCKET]},
                },
            }
        },
        because="runs Lambda functions",
    ),
    Refusal(
        name="staged",
        create=distribution(default=OPEN),
        answers={
            "cloudfront:GetDistributionConfig": {
                "ETag": "E1",
                "DistributionConfig": {
                    "DefaultCacheBehavior": OPEN,
                    "Origins": {"Quantity": 1, "Items": [BUCKET]},
                    "Staging": True,
                },
            }
        },
        because="is a staging distribution",
    ),
    Refusal(
        name="staged by another one",
        create=distribution(default=OPEN),
        answers={
            "cloudfront:GetDistributionConfig": {
                "ETag": "E1",
                "DistributionConfig": {
                    "DefaultCacheBehavior": OPEN,
                    "Origins": {"Quantity": 1, "Items": [BUCKET]},
                    "ContinuousDeploymentPolicyId": "abc",
                },
            }
        },
        because="has a staging distribution",
    ),
)

"""An ECR repository and what its policy allows to everybody. Its statements name no resource: it is the repository."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.policies import DELETED, PARTNER, PolicyText, document
from tests.laws.cases.repositories import repository

PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUBLIC = {"Sid": "Public", "Effect": "Allow", "Principal": "*", "Action": PULL}
PARTNERS = {"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": PARTNER}, "Action": PULL}
OF_LAMBDA = {
    "Sid": "LambdaECRImageRetrievalPolicy",
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": PULL,
}


def _text(*statements: dict[str, Any]) -> str:
    return json.dumps(document(*statements), indent=1)


def _let_another_in(clients: Clients, resource: Resource) -> None:
    text = _text({**PUBLIC, "Sid": "Too"}, {**PARTNERS, "Sid": "Another"})
    clients("ecr").set_repository_policy(repositoryName=resource.name, policyText=text)


def read_back(clients: Clients, resource: Resource) -> Any:
    try:
        return PolicyText(clients("ecr").get_repository_policy(repositoryName=resource.name)["policyText"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "RepositoryPolicyNotFoundException":
            return "no policy"
        raise


CASES = (
    Bad(
        name="public and nothing else",
        create=repository(_text(PUBLIC)),
        fixed="no policy",
        disturb=_let_another_in,
    ),
    Bad(
        name="public besides Lambda and a partner",
        create=repository(_text(OF_LAMBDA, {**PUBLIC, "Principal": {"AWS": ["*", PARTNER]}})),
        fixed=document(OF_LAMBDA, {**PARTNERS, "Sid": "Public", "Principal": {"AWS": [PARTNER]}}),
        disturb=_let_another_in,
    ),
    AlreadyCompliant(name="without a policy", create=repository()),
    AlreadyCompliant(name="for a partner", create=repository(_text(PARTNERS))),
    AlreadyCompliant(
        name="for the organization",
        create=repository(
            _text({**PUBLIC, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}),
        ),
    ),
    Refusal(
        name="public but for a few",
        create=repository(
            _text({**PUBLIC, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "222222222222"}}}),
        ),
        because="Public allows nearly everybody",
    ),
    Refusal(
        name="public and for a principal that was deleted",
        create=repository(_text(PUBLIC, {**PARTNERS, "Principal": {"AWS": DELETED}})),
        because=DELETED,
    ),
)

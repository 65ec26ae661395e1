"""IAM users and roles for the cases. moto loads the policies that AWS manages only if told to, slowly."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import count

from moto.iam.models import AWSManagedPolicy, iam_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, Clients, resource_from

NUMBERS = count(1)
DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def know_policies_of_aws() -> None:
    for arn, effect in ((DENY_ALL, "Deny"), (ADMINISTRATOR, "Allow")):
        document = {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": "*", "Resource": "*"}]}
        data = {
            "Arn": arn,
            "Path": "/",
            "DefaultVersionId": "v1",
            "CreateDate": "2019-05-01T22:36:14+00:00",
            "UpdateDate": "2019-05-01T22:36:14+00:00",
            "Document": document,
        }
        policy = AWSManagedPolicy.from_data(arn.rpartition("/")[2], ACCOUNT_ID, "us-east-1", data)
        iam_backends[ACCOUNT_ID]["aws"].managed_policies[arn] = policy


def policy(clients: Clients) -> str:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn: str = clients("iam").create_policy(PolicyName=f"p-{next(NUMBERS)}", PolicyDocument=document)["Policy"]["Arn"]
    return arn


def user(clients: Clients, *policies: str) -> Resource:
    know_policies_of_aws()
    name = f"suspect-{next(NUMBERS)}"
    arn = clients("iam").create_user(UserName=name, Path="/services/")["User"]["Arn"]
    for one in policies:
        clients("iam").attach_user_policy(UserName=name, PolicyArn=one)
    return resource_from(arn, region="us-east-1")


def group(clients: Clients, *policies: str, members: int = 0) -> Resource:
    know_policies_of_aws()
    name = f"group-{next(NUMBERS)}"
    arn = clients("iam").create_group(GroupName=name, Path="/teams/")["Group"]["Arn"]
    for one in policies:
        clients("iam").attach_group_policy(GroupName=name, PolicyArn=one)
    for _ in range(members):
        clients("iam").add_user_to_group(GroupName=name, UserName=user(clients).name)
    return resource_from(arn, region="us-east-1")


def remaining(clients: Clients, name: str, *policies: str) -> None:
    """A role by which people go on administering the account, if it has the policy for that."""
    with suppress(clients("iam").exceptions.EntityAlreadyExistsException):
        role(clients, *policies, path="/aws-reserved/sso.amazonaws.com/", name=name)


def role(clients: Clients, *policies: str, path: str = "/", name: str = "") -> Resource:
    know_policies_of_aws()
    name = name or f"suspect-{next(NUMBERS)}"
    arn = clients("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    for one in policies:
        clients("iam").attach_role_policy(RoleName=name, PolicyArn=one)
    return resource_from(arn, region="us-east-1")

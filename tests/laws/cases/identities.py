"""IAM users and roles for the cases. moto loads the policies that AWS manages only if told to, slowly."""

from __future__ import annotations

import json
from itertools import count

from moto.iam.models import AWSManagedPolicy, iam_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, Clients, resource_from

NUMBERS = count(1)
DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def know_deny_all() -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    data = {
        "Arn": DENY_ALL,
        "Path": "/",
        "DefaultVersionId": "v1",
        "CreateDate": "2019-05-01T22:36:14+00:00",
        "UpdateDate": "2019-05-01T22:36:14+00:00",
        "Document": document,
    }
    policy = AWSManagedPolicy.from_data("AWSDenyAll", ACCOUNT_ID, "us-east-1", data)
    iam_backends[ACCOUNT_ID]["aws"].managed_policies[DENY_ALL] = policy


def policy(clients: Clients) -> str:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn: str = clients("iam").create_policy(PolicyName=f"p-{next(NUMBERS)}", PolicyDocument=document)["Policy"]["Arn"]
    return arn


def user(clients: Clients, *policies: str) -> Resource:
    know_deny_all()
    name = f"suspect-{next(NUMBERS)}"
    arn = clients("iam").create_user(UserName=name, Path="/services/")["User"]["Arn"]
    for one in policies:
        clients("iam").attach_user_policy(UserName=name, PolicyArn=one)
    return resource_from(arn, region="us-east-1")


def role(clients: Clients, *policies: str, path: str = "/", name: str = "") -> Resource:
    know_deny_all()
    name = name or f"suspect-{next(NUMBERS)}"
    arn = clients("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    for one in policies:
        clients("iam").attach_role_policy(RoleName=name, PolicyArn=one)
    return resource_from(arn, region="us-east-1")

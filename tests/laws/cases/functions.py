"""Lambda functions for the cases."""

from __future__ import annotations

import io
import json
import zipfile
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import Clients, resource_from

_NUMBERS = count(1)
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


def function(clients: Clients, **more: Any) -> Resource:
    number = next(_NUMBERS)
    role = clients("iam").create_role(RoleName=f"function-{number}", AssumeRolePolicyDocument=json.dumps(_TRUST))
    arn = clients("lambda").create_function(
        FunctionName=f"function-{number}",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="main.handler",
        Code={"ZipFile": _code()},
        **more,
    )["FunctionArn"]
    return resource_from(arn)


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...")
    return packed.getvalue()

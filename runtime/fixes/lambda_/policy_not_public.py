"""Remove statements that allow everybody from the policy of a Lambda function.

What it does
------------
Removes each statement that allows everybody something without a condition that limits who can do it, with or without
the function's URL. Statements for services, accounts and organizations do not change. Versions and aliases of the
function have policies of their own, which are not checked.

It refuses a policy in which such a statement has no ``Sid``, which Lambda requires to remove it, and a policy that
allows everybody but a few, or with a condition that AWS does not regard as a limit.

Lambda.1 also fails for a policy that allows S3 to invoke the function without a condition on ``aws:SourceAccount``.
This fix does not change that statement, and says so: the condition must be added by a person who knows the bucket.

Why it matters
--------------
Everybody with an AWS account can invoke the function, at its owner's expense and with any input; with a URL that
requires no signature, everybody on the internet can.

What can break
--------------
Callers that the policy does not name are denied: other accounts, and web pages and webhooks that call the function's
URL. AWS services that invoke it by a statement of their own are not affected.

Undo
----
Adds the same statements again. Lambda adds only statements of the form that ``AddPermission`` creates: if a removed
statement has another form, there is no undo, and the change needs approval.

References
----------
* Security Hub control Lambda.1:
  https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-1
* Policies of functions: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
* Who may call a function's URL: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
* AddPermission: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
* RemovePermission: https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption, Options, Permission
from runtime.domain.plan import Compliant, Refused, State, canonical_json
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes import policy_document
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.contract import Reader
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps
from runtime.fixes.lambda_ import FUNCTION
from runtime.fixes.policy_document import Statement

_STATEMENTS = "statements"

_REMOVE = Write(call="lambda:RemovePermission", by={"FunctionName": "${name}", "StatementId": Value("Sid")})
_ADD = Permission(action="lambda:AddPermission", operation="lambda:AddPermission")

_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "StringEquals lambda:FunctionUrlAuthType": ("FunctionUrlAuthType", {"AWS_IAM": "AWS_IAM", "NONE": "NONE"}),
    "Bool lambda:InvokedViaFunctionUrl": ("InvokedViaFunctionUrl", {"true": True, "false": False}),
}
"""The conditions of open statements that ``AddPermission`` can create, with its parameter and the values."""


@dataclass(frozen=True, kw_only=True)
class RemovePermissions(Declared):
    """Lambda adds and removes single statements. Added ones come last, so the order is not compared."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return _REMOVE.permission, _ADD

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        state = super().observe(aws, resource, options, only)
        if _STATEMENTS not in state:
            return state
        found = policy_document.statements(state[_STATEMENTS])
        return {**state, _STATEMENTS: found and sorted(map(_in_one_spelling, found), key=canonical_json)}

    def offending(self, look: Look) -> Found | Compliant | Refused:
        if look[_STATEMENTS] is None:
            return Refused(sentence=look.said("The policy of ${subject} is not valid or not supported."))
        if any(map(policy_document.is_nearly_open, look[_STATEMENTS])):
            return Refused(
                sentence=look.said(
                    "The policy of ${subject} allows nearly everybody with a condition, which a person must review."
                )
            )
        removed = list(filter(policy_document.is_open, look[_STATEMENTS]))
        if not removed:
            sentence = "The policy of ${subject} has no statement that allows everybody."
            if any(map(_is_for_every_bucket, look[_STATEMENTS])):
                sentence += " It allows S3 to invoke it for buckets of every account: limit that by aws:SourceAccount."
            return Compliant(sentence=look.said(sentence))
        if not all(statement.get("Sid") for statement in removed):
            return Refused(sentence=look.said("The policy of ${subject} has an open statement without Sid."))
        return Found(f"statements removed: {', '.join(one['Sid'] for one in removed)}", removed)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        texts, left, steps, undo = look.texts, look[_STATEMENTS], [], []
        for statement in found.detail:
            left = [one for one in left if one != statement]
            steps.append(_REMOVE.change(texts, statement, {_STATEMENTS: left}))
            parameters = _parameters(statement, look)
            if parameters is not None:
                add = Write(call=_ADD.operation, by={"FunctionName": "${name}", **parameters})
                undo.append(add.change(texts, {}))
        return tuple(steps), tuple(undo)


def _is_for_every_bucket(statement: Statement) -> bool:
    """Whether S3 can invoke the function for whoever owns a bucket of a name, or any bucket: its ARN has no account.

    https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-1
    """
    if statement["Effect"] != "Allow" or ("Service", "s3.amazonaws.com") not in policy_document.principals(statement):
        return False
    keys = {key.lower() for keys in statement.get("Condition", {}).values() for key in keys}
    return not keys & {"aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"}


def _in_one_spelling(statement: Statement) -> Statement:
    """Both spellings of everybody mean the same in an Allow: ``AddPermission`` creates one of them."""
    return {**statement, "Principal": "*"} if statement.get("Principal") == {"AWS": "*"} else statement


def _parameters(statement: Statement, look: Look) -> dict[str, Any] | None:
    """The parameters with which ``AddPermission`` creates exactly this statement; ``None`` if it cannot."""
    made = {name: statement.get(name) for name in ("Effect", "Principal", "Resource")}
    action, sid = statement.get("Action"), statement.get("Sid", "")
    if made != {"Effect": "Allow", "Principal": "*", "Resource": look.resource.arn} or not isinstance(action, str):
        return None
    if not re.fullmatch("[A-Za-z0-9_-]+", sid) or statement.keys() - {"Sid", "Action", "Condition", *made}:
        return None
    parameters = {"StatementId": sid, "Action": action, "Principal": "*"}
    for operator, keys in statement.get("Condition", {}).items():
        for key, value in keys.items():
            name, values = _PARAMETERS.get(f"{operator} {key}", ("", {}))
            if not isinstance(value, str) or value not in values:
                return None
            parameters[name] = values[value]
    return parameters


FIX = RemovePermissions(
    of=FUNCTION,
    id="lambda-policy-not-public",
    title="Remove statements that allow everybody from the policy of a Lambda function",
    disruption=Disruption.DATA_PATH,
    hazard="Callers that the policy does not name are denied.",
    undo_hazard="Re-opens the function: its policy allows everybody again.",
    reads=(
        Read(
            call="lambda:GetPolicy",
            by={"FunctionName": "${name}"},
            keep={_STATEMENTS: "Policy"},
            policies=(_STATEMENTS,),
            absent="ResourceNotFoundException",
        ),
        Read(
            call="lambda:GetFunctionUrlConfig",
            by={"FunctionName": "${name}"},
            keep={"url_auth_type": "AuthType"},
            absent="ResourceNotFoundException",
        ),
    ),
    informs=("url_auth_type",),
    takes_back=(
        Guard(
            holds=lambda look: all(
                _parameters(one, look) is not None for one in filter(policy_document.is_open, look[_STATEMENTS])
            ),
            because="It cannot be undone: Lambda does not accept a statement of this form.",
        ),
    ),
    shows={
        "statements": lambda look: [one["Sid"] for one in look.found.detail],
        "url_auth_type": lambda look: look["url_auth_type"],
    },
    template={
        TemplateTool.CLOUDFORMATION: 'remove every AWS::Lambda::Permission with the Principal "*" of the function',
        TemplateTool.CDK: "remove every addPermission and grantInvokeUrl with AnyPrincipal from Function",
        TemplateTool.TERRAFORM: 'remove every aws_lambda_permission with the principal "*" of the function',
    },
)

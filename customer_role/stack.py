"""The stacks a customer deploys, one for each pack: the role that Suture assumes, and what it may do.

They deploy with the caller's own credentials to an account that was never bootstrapped. Of CDK's synthesizers only the
legacy one asks for neither the bootstrap roles (as the bootstrapless one does) nor the bootstrap bucket (as the one
for CLI credentials does).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from aws_cdk import (
    Acknowledgment,
    CfnCondition,
    CfnOutput,
    CfnParameter,
    Environment,
    Fn,
    ICfnConditionExpression,
    LegacyStackSynthesizer,
    Stack,
    Validations,
)
from aws_cdk.aws_iam import CfnManagedPolicy, CfnRole
from constructs import Construct

from customer_role.grants import Grant, Pack, packed, policy_document, switch_name
from customer_role.guard_rails import guard_rails
from runtime.domain.access import (
    SESSION_NAME_PREFIX,
    SESSION_TAGS,
    TAG_FINDING,
    customer_role_name,
    execution_role_name,
)

MAX_SESSION_SECONDS = 3600
EXTERNAL_ID_LENGTH = 22
"""Characters, at least: 128 random bits in base64."""
MOST_OPERANDS = 10
"""Of one ``Fn::Or``.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html"""

_NOTHING = {"Ref": "AWS::NoValue"}


class PackStack(Stack):
    """One pack: a role, its guard rails, and a switch for each fix. The stack is named like the role.

    ``execution_role_arn`` and ``external_id`` become the defaults of the parameters of that name.
    Raises ``GrantTooLarge`` if the fixes need more than IAM's limits allow.
    """

    def __init__(
        self,
        scope: Construct,
        pack: Pack,
        *,
        execution_role_arn: str | None = None,
        external_id: str | None = None,
        env: Environment | None = None,
    ) -> None:
        self.role_name = customer_role_name(pack.service)
        super().__init__(
            scope,
            self.role_name,
            env=env,
            description=f"Suture: the role through which approved Wiz findings about {pack.title} are fixed in this "
            "account, one fix at a time",
            synthesizer=LegacyStackSynthesizer(),
            analytics_reporting=False,
            suppress_template_indentation=True,
        )
        trusted = CfnParameter(
            self,
            "ExecutionRoleArn",
            description="ARN of the one role that may assume this role: Suture's execution role",
            default=execution_role_arn,
            allowed_pattern=rf"arn:aws(-cn|-us-gov)?:iam::[0-9]{{12}}:role/{execution_role_name('[a-z0-9-]+')}",
            constraint_description="must be the ARN of Suture's execution role",
        )
        agreed = CfnParameter(
            self,
            "ExternalId",
            description="The external id that Suture generated for this account",
            default=external_id,
            allowed_pattern=r"[\w+=,.@:/-]+",
            min_length=EXTERNAL_ID_LENGTH,
            max_length=1224,
            constraint_description="must be the external id exactly as Suture gave it",
        )
        self._conditions: dict[str, CfnCondition] = {}
        switches = [self._switch(grant) for grant in pack.grants]
        role = CfnRole(
            self,
            "Role",
            role_name=self.role_name,
            description=f"Suture: fixes approved Wiz findings about {pack.title}, one at a time",
            max_session_duration=MAX_SESSION_SECONDS,
            assume_role_policy_document=_trust(trusted.value_as_string, agreed.value_as_string),
            policies=[
                CfnRole.PolicyProperty(
                    policy_name=f"{self.role_name}-limits", policy_document=_substituted(guard_rails(pack))
                )
            ],
        )
        for number, policy in enumerate(packed(pack.grants), start=1):
            self._attach(role, number, policy)
        self.template_options.metadata = _console_layout([trusted, agreed], pack, switches)
        CfnOutput(self, "RoleArn", description="What Suture assumes", value=role.attr_arn)

    def _switch(self, grant: Grant) -> CfnParameter:
        switch = CfnParameter(
            self,
            switch_name(grant.spec.id),
            description=grant.spec.hazard,
            default="true",
            allowed_values=["true", "false"],
        )
        on = Fn.condition_equals(switch.value_as_string, "true")
        self._conditions[grant.name] = CfnCondition(self, grant.name, expression=on)
        return switch

    def _attach(self, role: CfnRole, number: int, grants: Sequence[Grant]) -> None:
        """One managed policy, which is left out if all its fixes are off: IAM refuses a policy without a statement.

        Its name and description never change: CloudFormation would have to replace it, and cannot under its own name.
        """
        policy = CfnManagedPolicy(
            self,
            f"Fixes{number}",
            managed_policy_name=f"{self.role_name}-{number}",
            description="What Suture's fixes may do. Each statement belongs to the fix it is named after.",
            roles=[role.ref],
            policy_document=policy_document(
                {"Fn::If": [grant.name, _substituted(statement), _NOTHING]}
                for grant in grants
                for statement in grant.statements
            ),
        )
        conditions = [self._conditions[grant.name] for grant in grants]
        if len(conditions) > 1:
            any_of_them = CfnCondition(self, f"AnyOfFixes{number}", expression=_any(conditions))
        else:
            (any_of_them,) = conditions
            Validations.of(policy).acknowledge(
                Acknowledgment(
                    id="CloudFormation-Validate::W1028",
                    reason="The policy of one fix is there if the fix is on; of several, each statement has to ask.",
                )
            )
        policy.cfn_options.condition = any_of_them


def _trust(execution_role_arn: str, external_id: str) -> dict[str, Any]:
    """Who may open a session, and what it must say about itself.

    One statement for each action, because STS evaluates each on its own and a condition on a key that is not there
    denies: the external id and the session name belong to AssumeRole, the tag keys to TagSession, the source
    identity to SetSourceIdentity. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    """
    principal = {"AWS": execution_role_arn}
    names_a_finding = {f"aws:RequestTag/{TAG_FINDING}": "?*"}
    return policy_document(
        (
            {
                "Sid": "OpenASessionForOneFinding",
                "Effect": "Allow",
                "Principal": principal,
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"sts:ExternalId": external_id},
                    "StringLike": {"sts:RoleSessionName": f"{SESSION_NAME_PREFIX}*", **names_a_finding},
                },
            },
            {
                "Sid": "TagItWithTheFinding",
                "Effect": "Allow",
                "Principal": principal,
                "Action": "sts:TagSession",
                "Condition": {
                    "StringLike": names_a_finding,
                    "ForAllValues:StringEquals": {"aws:TagKeys": list(SESSION_TAGS)},
                },
            },
            {
                "Sid": "NameItsSource",
                "Effect": "Allow",
                "Principal": principal,
                "Action": "sts:SetSourceIdentity",
                "Condition": {"StringLike": {"sts:SourceIdentity": f"{SESSION_NAME_PREFIX}*"}},
            },
        )
    )


def _any(conditions: Iterable[CfnCondition]) -> ICfnConditionExpression:
    """Whether one of them holds, however many there are."""
    level = [cast("ICfnConditionExpression", condition) for condition in conditions]
    while len(level) > 1:
        groups = [level[start : start + MOST_OPERANDS] for start in range(0, len(level), MOST_OPERANDS)]
        level = [group[0] if len(group) == 1 else Fn.condition_or(*group) for group in groups]
    return level[0]


def _substituted(value: Any) -> Any:
    """``value`` with CloudFormation filling in the account and the partition."""
    match value:
        case str() if "${AWS::" in value:
            return {"Fn::Sub": value}
        case Mapping():
            return {key: _substituted(member) for key, member in value.items()}
        case list() | tuple():
            return [_substituted(member) for member in value]
        case _:
            return value


def _console_layout(access: Sequence[CfnParameter], pack: Pack, switches: Sequence[CfnParameter]) -> dict[str, Any]:
    """The parameters as the CloudFormation console shows them: each fix by its title."""
    groups = {"Who may assume the role": access, f"Fixes for {pack.title}": switches}
    return {
        "AWS::CloudFormation::Interface": {
            "ParameterGroups": [
                {"Label": {"default": label}, "Parameters": [parameter.logical_id for parameter in parameters]}
                for label, parameters in groups.items()
            ],
            "ParameterLabels": {
                switch.logical_id: {"default": grant.spec.title}
                for grant, switch in zip(pack.grants, switches, strict=True)
            },
        }
    }

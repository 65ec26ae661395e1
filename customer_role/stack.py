"""The stacks a customer deploys, one for each pack: the role that Suture assumes, and what it may do.

One more is for the role through which Suture's operators see that.

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
    CfnTag,
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
from customer_role.trust import EXECUTION_ROLE_ARN, EXTERNAL_ID, EXTERNAL_ID_LENGTH, MAX_SESSION_SECONDS, trust
from customer_role.verification import TEMPLATE_TAG, template_version, verification_policy, verification_trust
from runtime.domain.access import VERIFICATION, customer_role_name

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
            description=(
                f"Suture: the role for fixes of approved Wiz findings about {pack.title} in this account, one fix at a "
                "time"
            ),
            synthesizer=LegacyStackSynthesizer(),
            analytics_reporting=False,
            suppress_template_indentation=True,
        )
        trusted, agreed = _access(self, execution_role_arn, external_id)
        self._conditions: dict[str, CfnCondition] = {}
        switches = [self._switch(grant) for grant in pack.grants]
        role = CfnRole(
            self,
            "Role",
            role_name=self.role_name,
            description=f"Suture: fixes approved Wiz findings about {pack.title}, one at a time",
            max_session_duration=MAX_SESSION_SECONDS,
            assume_role_policy_document=trust(trusted.value_as_string, agreed.value_as_string),
            policies=[
                CfnRole.PolicyProperty(
                    policy_name=f"{self.role_name}-limits", policy_document=_substituted(guard_rails(pack))
                )
            ],
            tags=[CfnTag(key=TEMPLATE_TAG, value=template_version(pack))],
        )
        for number, policy in enumerate(packed(pack.grants), start=1):
            self._attach(role, number, policy)
        self.template_options.metadata = _console_layout([trusted, agreed], pack, switches)
        CfnOutput(self, "RoleArn", description="The role that Suture assumes", value=role.attr_arn)

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
            description="Permissions of Suture's fixes. Each statement belongs to the fix in its name.",
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


class VerificationStack(Stack):
    """The role through which ``suture accounts verify`` sees what the others may do. The parameters are the packs'."""

    def __init__(
        self,
        scope: Construct,
        packs: Iterable[Pack],
        *,
        execution_role_arn: str | None = None,
        external_id: str | None = None,
        env: Environment | None = None,
    ) -> None:
        self.role_name = customer_role_name(VERIFICATION)
        super().__init__(
            scope,
            self.role_name,
            env=env,
            description=(
                "Suture: the role with which its operators read the permissions of its other roles in this account"
            ),
            synthesizer=LegacyStackSynthesizer(),
            analytics_reporting=False,
            suppress_template_indentation=True,
        )
        trusted, agreed = _access(self, execution_role_arn, external_id)
        platform = Fn.select(4, Fn.split(":", trusted.value_as_string))
        root = Fn.join("", ["arn:", self.partition, ":iam::", platform, ":root"])
        role = CfnRole(
            self,
            "Role",
            role_name=self.role_name,
            description="Suture: reads the permissions of Suture's other roles, and nothing else",
            max_session_duration=MAX_SESSION_SECONDS,
            assume_role_policy_document=verification_trust(root, agreed.value_as_string),
            policies=[
                CfnRole.PolicyProperty(
                    policy_name=self.role_name, policy_document=_substituted(verification_policy(packs))
                )
            ],
        )
        CfnOutput(self, "RoleArn", description="The role that Suture's operators assume", value=role.attr_arn)


def _access(stack: Stack, execution_role_arn: str | None, external_id: str | None) -> tuple[CfnParameter, CfnParameter]:
    """The parameters that say who may assume the role; what is given becomes their defaults."""
    return (
        CfnParameter(
            stack,
            "ExecutionRoleArn",
            description="ARN of the only role that can assume this role: Suture's execution role",
            default=execution_role_arn,
            allowed_pattern=EXECUTION_ROLE_ARN,
            constraint_description="must be the ARN of Suture's execution role",
        ),
        CfnParameter(
            stack,
            "ExternalId",
            description="The external id that Suture generated for this account",
            default=external_id,
            allowed_pattern=EXTERNAL_ID,
            min_length=EXTERNAL_ID_LENGTH,
            max_length=1224,
            constraint_description="must be the external id exactly as Suture gave it",
        ),
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
    groups = {"Trust of the role": access, f"Fixes for {pack.title}": switches}
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

"""The stack a customer deploys: the role that Suture assumes, and what it may do.

It deploys with the caller's own credentials to an account that was never bootstrapped. Of CDK's synthesizers only the
legacy one asks for neither the bootstrap roles (as the bootstrapless one does) nor the bootstrap bucket (as the one
for CLI credentials does).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_cdk import (
    CfnCondition,
    CfnOutput,
    CfnParameter,
    Environment,
    Fn,
    ICfnConditionExpression,
    LegacyStackSynthesizer,
    Stack,
)
from aws_cdk.aws_iam import CfnManagedPolicy, CfnRole
from constructs import Construct

from customer_role.grants import (
    INLINE_POLICIES_LIMIT,
    Grant,
    GrantTooLarge,
    document_size,
    grant_for,
    packed,
    policy_document,
)
from runtime.domain.access import (
    CUSTOMER_ROLE_NAME,
    SESSION_NAME_PREFIX,
    SESSION_TAGS,
    TAG_FINDING,
    execution_role_name,
)
from runtime.domain.fix import FixSpec
from runtime.fixes.catalog import SPECS

DESCRIPTION = "Suture: the role through which approved Wiz findings are fixed in this account, one fix at a time"
MAX_SESSION_SECONDS = 3600
EXTERNAL_ID_LENGTH = 22
"""Characters, at least: 128 random bits in base64."""

_NOTHING = {"Ref": "AWS::NoValue"}


class CustomerRoleStack(Stack):
    """One role, its guard rails, and a switch for each fix.

    ``execution_role_arn`` and ``external_id`` become the defaults of the parameters of that name.
    Raises ``GrantTooLarge`` if the fixes need more than IAM's limits allow.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        execution_role_arn: str | None = None,
        external_id: str | None = None,
        env: Environment | None = None,
        specs: Iterable[FixSpec] = tuple(SPECS.values()),
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            description=DESCRIPTION,
            synthesizer=LegacyStackSynthesizer(),
            analytics_reporting=False,
            suppress_template_indentation=True,
        )
        grants = [grant_for(spec) for spec in specs]
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
        switches = [self._switch(grant) for grant in grants]
        role = CfnRole(
            self,
            "Role",
            role_name=CUSTOMER_ROLE_NAME,
            description=DESCRIPTION,
            max_session_duration=MAX_SESSION_SECONDS,
            assume_role_policy_document=_trust(trusted.value_as_string, agreed.value_as_string),
            policies=[
                CfnRole.PolicyProperty(
                    policy_name=f"{CUSTOMER_ROLE_NAME}-limits", policy_document=_substituted(_guard_rails(grants))
                )
            ],
        )
        for number, policy in enumerate(packed(grants), start=1):
            self._attach(role, number, policy)
        self.template_options.metadata = _console_layout([trusted, agreed], grants, switches)
        CfnOutput(self, "RoleArn", description="What Suture assumes", value=role.attr_arn)

    def _switch(self, grant: Grant) -> CfnParameter:
        switch = CfnParameter(
            self,
            f"Enable{grant.name}",
            description=grant.spec.hazard,
            default="true",
            allowed_values=["true", "false"],
        )
        CfnCondition(self, grant.name, expression=Fn.condition_equals(switch.value_as_string, "true"))
        return switch

    def _attach(self, role: CfnRole, number: int, grants: Sequence[Grant]) -> None:
        """One managed policy, which is left out if all its fixes are off: IAM refuses a policy without a statement.

        Its name and description never change: CloudFormation would have to replace it, and cannot under its own name.
        """
        policy = CfnManagedPolicy(
            self,
            f"Fixes{number}",
            managed_policy_name=f"{CUSTOMER_ROLE_NAME}-{number}",
            description="What Suture's fixes may do. Each statement belongs to the fix it is named after.",
            roles=[role.ref],
            policy_document=policy_document(
                {"Fn::If": [grant.name, _substituted(statement), _NOTHING]}
                for grant in grants
                for statement in grant.statements
            ),
        )
        policy.cfn_options.condition = CfnCondition(self, f"AnyOfFixes{number}", expression=_any(grants))


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


def _guard_rails(grants: Iterable[Grant]) -> dict[str, Any]:
    """What no session may do, whatever else is ever attached to the role or allowed by a resource's policy.

    Raises ``GrantTooLarge`` if the list of what the fixes do is longer than a role's inline policies may be.
    """
    own = "arn:${AWS::Partition}:iam::${AWS::AccountId}"
    document = policy_document(
        (
            {
                "Sid": "NothingThatNoFixDeclares",
                "Effect": "Deny",
                "NotAction": sorted(frozenset[str]().union(*(grant.actions for grant in grants))),
                "Resource": "*",
            },
            {
                "Sid": "NeverItself",
                "Effect": "Deny",
                "Action": "*",
                "Resource": [f"{own}:role/{CUSTOMER_ROLE_NAME}", f"{own}:policy/{CUSTOMER_ROLE_NAME}-*"],
            },
            {
                # The ARNs of buckets and snapshots name no account. Not every action says whose the resource is.
                "Sid": "NeverAnotherAccount",
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {
                    "Null": {"aws:ResourceAccount": "false"},
                    "StringNotEquals": {"aws:ResourceAccount": "${AWS::AccountId}"},
                },
            },
        )
    )
    if (size := document_size(document)) > INLINE_POLICIES_LIMIT:
        raise GrantTooLarge("inline policies of the role", size, INLINE_POLICIES_LIMIT)
    return document


def _any(grants: Sequence[Grant]) -> ICfnConditionExpression:
    on = [Fn.condition_equals(Fn.ref(f"Enable{grant.name}"), "true") for grant in grants]
    return on[0] if len(on) == 1 else Fn.condition_or(*on)


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


def _console_layout(
    access: Sequence[CfnParameter], grants: Sequence[Grant], switches: Sequence[CfnParameter]
) -> dict[str, Any]:
    """The parameters as the CloudFormation console shows them: grouped by service, each fix by its title."""
    groups = {"Who may assume the role": [parameter.logical_id for parameter in access]}
    for grant, switch in zip(grants, switches, strict=True):
        service = grant.spec.resource_types[0].split("::")[1]
        groups.setdefault(f"Fixes for {service}", []).append(switch.logical_id)
    return {
        "AWS::CloudFormation::Interface": {
            "ParameterGroups": [
                {"Label": {"default": label}, "Parameters": parameters} for label, parameters in groups.items()
            ],
            "ParameterLabels": {
                switch.logical_id: {"default": grant.spec.title} for grant, switch in zip(grants, switches, strict=True)
            },
        }
    }

"""A role that the customer names, for an AWS service to act with."""

from __future__ import annotations

from collections.abc import Callable

from runtime.domain.fix import OptionSpec, Permission
from runtime.fixes import policy_document
from runtime.fixes.calls import Read
from runtime.fixes.kinds.declared import Guard, Look, Named

_ROLE = "arn:${partition}:iam::${account_id}:role/${role}"


def role_arn(look: Look) -> str:
    """The ARN of the named role. Raises ``Unset``."""
    return f"arn:{look.resource.partition}:iam::{look.resource.account_id}:role/{look.option('role')}"


def pass_role(operation: str) -> Permission:
    """The permission to pass a role to a service: the session may pass only the named role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    return Permission(action="iam:PassRole", operation=operation, resource=_ROLE)


def _arn(look: Look) -> str:
    return look.resource.arn


def service_role(service: str, *, source_arn: Callable[[Look], str] = _arn) -> Named:
    """A role without a path, in the resource's account, that the service principal ``service`` may assume.

    ``source_arn`` is the source ARN that the service sends when it assumes the role.
    """

    def trusts_service(look: Look) -> bool:
        found = policy_document.statements(look["role_trust"])
        return found is not None and policy_document.allows(
            found,
            service,
            "sts:AssumeRole",
            "",
            {"aws:sourceaccount": look.resource.account_id, "aws:sourcearn": source_arn(look)},
        )

    return Named(
        option="role",
        spec=OptionSpec(
            schema={"anyOf": [{"type": "null"}, {"type": "string", "pattern": r"^[\w+=,.@-]{1,64}$"}]},
            default=None,
            description=(
                f"The name, without path, of the role for {service} in the account. If null, every resource is refused."
            ),
        ),
        reads=(
            Read(
                call="iam:GetRole",
                by={"RoleName": "${role}"},
                on=_ROLE,
                at="Role",
                keep={"role_arn": "Arn", "role_trust": "to_string(AssumeRolePolicyDocument)"},
                policies=("role_trust",),
                absent="NoSuchEntity",
            ),
        ),
        guards=(
            Guard(
                holds=lambda look: bool(look["role_arn"] == role_arn(look)),
                because="There is no role ${role} without a path in the account.",
            ),
            Guard(holds=trusts_service, because=f"The role ${{role}} does not trust {service}."),
        ),
    )

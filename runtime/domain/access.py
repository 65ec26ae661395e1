"""The access model: names, session tags and session policies, as pure data.

The platform stack, the customer's template and the runtime all use these definitions, so they cannot disagree. Each
customer role limits every session for its service; the session policy limits one session to one fix on one resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from runtime.domain.fix import FixSpec, Permission, resource_pattern
from runtime.domain.plan import canonical_json
from runtime.domain.resource import Resource

CUSTOMER_ROLE_PREFIX = "suture-remediation"
"""The name prefix of all customer roles, and of their policies."""

SESSION_NAME_PREFIX = "suture-"
TAG_FINDING = "suture:finding"
TAG_CORRELATION = "suture:correlation"
TAG_FIX = "suture:fix"
TAG_ACCESS = "suture:access"
SESSION_TAGS = (TAG_FINDING, TAG_CORRELATION, TAG_FIX, TAG_ACCESS)

SESSION_POLICY_LIMIT = 2048
"""Characters. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""

_NOT_IN_A_SESSION_NAME = re.compile(r"[^\w+=,.@-]", re.ASCII)
_NOT_IN_A_TAG = re.compile(r"[^\w .:/=+@-]", re.ASCII)


def execution_role_name(environment: str) -> str:
    """The fixed name of the platform's execution role in one environment. Customers trust its ARN."""
    return f"suture-{environment}-execution"


def service_of(resource_type: str, writes: Sequence[Permission] = ()) -> str:
    """The AWS service that names a fix's pack and role: that of the resource type or, for the account, that of the
    first write action."""
    return (resource_type.split("::")[1] or writes[0].action.partition(":")[0]).lower()


def services_of(specs: Iterable[FixSpec]) -> tuple[str, ...]:
    """The services that these fixes act on, in alphabetical order."""
    return tuple(sorted({service_of(name, spec.writes) for spec in specs for name in spec.resource_types}))


def customer_role_name(service: str) -> str:
    """The fixed name of the role for one service, in every customer account."""
    return f"{CUSTOMER_ROLE_PREFIX}-{service}"


VERIFICATION = "verification"
"""The role that may read the policies of Suture's roles, and nothing else. Its name is made like those for services."""


class Access(StrEnum):
    """The purpose of a session. A read-only session cannot write."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCheck:
    """STS's answer for the role of one service. ``refused`` is empty if it was assumed.

    ``wrong_external_id_refused`` is ``None`` if it was not tried, because the correct one is refused too.
    """

    service: str
    refused: str
    wrong_external_id_refused: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRequest:
    """The parameters of AssumeRole for one finding."""

    access: Access
    service: str
    account_id: str
    external_id: str
    partition: str
    name: str
    source_identity: str
    tags: Mapping[str, str]
    policy: str

    @property
    def role_arn(self) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:role/{customer_role_name(self.service)}"


def session_request(
    *,
    access: Access,
    resource: Resource,
    external_id: str,
    issue_id: str,
    correlation_id: str,
    fix_id: str,
    permissions: Iterable[Permission],
    service: str | None = None,
) -> SessionRequest:
    """The session for one finding's read or write access to one resource; ``service`` if its type has none.

    Raises ``ValueError`` if the session policy would be longer than STS allows.
    """
    policy = canonical_json(session_policy(permissions, resource))
    if len(policy) > SESSION_POLICY_LIMIT:
        raise ValueError(f"the session policy of {fix_id} has {len(policy)} characters, {SESSION_POLICY_LIMIT} at most")
    return SessionRequest(
        access=access,
        service=service or service_of(resource.type),
        account_id=resource.account_id,
        external_id=external_id,
        partition=resource.partition,
        name=_session_name(issue_id),
        source_identity=_session_name(correlation_id),
        tags={
            TAG_FINDING: _tag_value(issue_id),
            TAG_CORRELATION: _tag_value(correlation_id),
            TAG_FIX: fix_id,
            TAG_ACCESS: access.value,
        },
        policy=policy,
    )


def session_policy(permissions: Iterable[Permission], resource: Resource) -> dict[str, Any]:
    """An IAM policy document that allows exactly these permissions on exactly this resource."""
    actions: dict[str, set[str]] = {}
    for permission in permissions:
        actions.setdefault(resource_pattern(permission, resource), set()).add(permission.action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": sorted(names), "Resource": pattern}
            for pattern, names in sorted(actions.items())
        ],
    }


def _session_name(text: str) -> str:
    return (SESSION_NAME_PREFIX + _NOT_IN_A_SESSION_NAME.sub("-", text))[:64]


def _tag_value(text: str) -> str:
    return _NOT_IN_A_TAG.sub("-", text)[:256]

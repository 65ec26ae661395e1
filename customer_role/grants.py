"""What each fix may do in a customer's account, as IAM statements derived from the fix's own declaration.

Pure data. A string may hold ``${AWS::Partition}`` and ``${AWS::AccountId}``, for CloudFormation to fill in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

from runtime.domain.access import TAG_ACCESS, TAG_FIX, Access, service_of, services_of
from runtime.domain.fix import FixSpec, Permission, resource_pattern
from runtime.domain.resource import Resource
from runtime.fixes.catalog import types_by_name

MANAGED_POLICY_LIMIT = 6144
"""Characters of one managed policy, white space not counted.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

INLINE_POLICIES_LIMIT = 10240
"""Characters of all inline policies of one role, white space not counted."""

ATTACHED_POLICIES_LIMIT = 10
"""Managed policies on one role, as AWS sets it for a new account."""

_TITLES = {
    "access-analyzer": "AccessAnalyzer",
    "config": "Config",
    "guardduty": "GuardDuty",
    "logs": "Logs",
    "securityhub": "SecurityHub",
    "xray": "XRay",
}
"""Of services of which there are only fixes for an account as a whole."""

_LONGEST_VALUES = {"${AWS::Partition}": "aws-us-gov", "${AWS::AccountId}": "123456789012"}


class GrantTooLarge(ValueError):
    """What the fixes declare does not fit into IAM's limits. ``subject`` is the fix or the policy that does not."""

    def __init__(self, subject: str, size: int, limit: int) -> None:
        super().__init__(f"{subject}: {size}, {limit} at most")
        self.subject = subject
        self.size = size
        self.limit = limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """One action on one pattern of resources, for one fix. ``write`` if it is for sessions that write only."""

    permission: Permission
    resource: str
    write: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one fix may do to the resources of one service. ``name`` is the fix's id in CloudFormation's spelling."""

    name: str
    spec: FixSpec
    granted: tuple[Granted, ...]

    @property
    def actions(self) -> frozenset[str]:
        return frozenset(granted.permission.action for granted in self.granted)

    @property
    def statements(self) -> tuple[Mapping[str, Any], ...]:
        """What lets a session do this. Only a session that is tagged with this fix can use them, and only one that is
        tagged for writing can write: so the customer's own role, not only the platform's session policy, keeps
        sessions apart.
        """
        of_the_fix = {f"aws:PrincipalTag/{TAG_FIX}": self.spec.id}
        to_write = of_the_fix | {f"aws:PrincipalTag/{TAG_ACCESS}": Access.WRITE.value}
        reads = [granted for granted in self.granted if not granted.write]
        writes = [granted for granted in self.granted if granted.write]
        return (
            *_statements(f"{self.name}Read", reads, of_the_fix),
            *_statements(f"{self.name}Write", writes, to_write),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """All fixes of one AWS service: what one role may do, and what a customer takes or leaves as a whole."""

    service: str
    grants: tuple[Grant, ...]

    @property
    def title(self) -> str:
        """The service as CloudFormation spells it."""
        spelled = (name.split("::")[1] for grant in self.grants for name in grant.spec.resource_types)
        return ({name.lower(): name for name in spelled} | _TITLES)[self.service]

    @property
    def actions(self) -> frozenset[str]:
        """Everything that the role can ever do."""
        return frozenset[str]().union(*(grant.actions for grant in self.grants))


def packs_of(specs: Iterable[FixSpec]) -> tuple[Pack, ...]:
    """The fixes by the service that they act on. A fix that acts on several is in the pack of each, with its part."""
    specs = tuple(specs)
    return tuple(
        Pack(
            service=service,
            grants=tuple(grant_for(spec, service) for spec in specs if service in services_of([spec])),
        )
        for service in services_of(specs)
    )


def switch_name(fix_id: str) -> str:
    """The parameter with which a customer switches a fix off."""
    return f"Enable{_cloudformation_name(fix_id)}"


def grant_for(spec: FixSpec, service: str) -> Grant:
    """What ``spec`` declares, on any resource of its types of this service in the account."""
    granted = [
        Granted(permission=permission, resource=resource_pattern(permission, every_resource(name)), write=write)
        for name in spec.resource_types
        if service_of(name, spec.writes) == service
        for permissions, write in (((*spec.reads, *tag_permissions(name)), False), (spec.writes, True))
        for permission in permissions
    ]
    return Grant(name=_cloudformation_name(spec.id), spec=spec, granted=tuple(dict.fromkeys(granted)))


def every_resource(resource_type: str) -> Resource:
    """Stands for all resources of one type in the customer's account, in every region."""
    parts = {"partition": "${AWS::Partition}", "account_id": "${AWS::AccountId}", "region": "*", "name": "*"}
    return Resource(type=resource_type, arn=Template(arn_form(resource_type)).substitute(parts), **parts)


def arn_form(resource_type: str) -> str:
    """The ARN of any resource of a type, with its other parts as placeholders. Raises ``KeyError`` for one that is not
    declared.
    """
    kind = types_by_name()[resource_type]
    return kind.arn.replace("${name}", kind.pattern)


def tag_permissions(resource_type: str) -> tuple[Permission, ...]:
    """What reading the tags of a resource type takes. Raises ``KeyError`` for one that is not declared."""
    return types_by_name()[resource_type].tag_permissions


def packed(grants: Iterable[Grant]) -> tuple[tuple[Grant, ...], ...]:
    """The grants in as many managed policies as they need; a fix is never split.

    Each goes, in the order given, into the first policy with room: a fix added at the end moves no other.
    Raises ``GrantTooLarge`` for a fix that is larger than a policy, and if there would be too many policies.
    """
    policies: list[list[Grant]] = []
    for grant in grants:
        alone = policy_size([grant])
        if alone > MANAGED_POLICY_LIMIT:
            raise GrantTooLarge(grant.spec.id, alone, MANAGED_POLICY_LIMIT)
        for policy in policies:
            if policy_size([*policy, grant]) <= MANAGED_POLICY_LIMIT:
                policy.append(grant)
                break
        else:
            policies.append([grant])
    if len(policies) > ATTACHED_POLICIES_LIMIT:
        raise GrantTooLarge("managed policies of the role", len(policies), ATTACHED_POLICIES_LIMIT)
    return tuple(tuple(policy) for policy in policies)


def policy_size(grants: Sequence[Grant]) -> int:
    """Characters of one policy with every fix on, in the partition with the longest name."""
    return document_size(policy_document(statement for grant in grants for statement in grant.statements))


def policy_document(statements: Iterable[Any]) -> dict[str, Any]:
    """An IAM policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def document_size(document: Mapping[str, Any]) -> int:
    """Characters as IAM counts them, in the partition with the longest name."""
    text = json.dumps(document, separators=(",", ":"))
    for placeholder, value in _LONGEST_VALUES.items():
        text = text.replace(placeholder, value)
    return len(text)


def _cloudformation_name(fix_id: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in fix_id.split("-"))


def _statements(sid: str, granted: Iterable[Granted], tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """One statement for each set of resources, numbered from the second on; nothing is allowed that was not given."""
    actions: dict[str, set[str]] = {}
    for one in granted:
        actions.setdefault(one.resource, set()).add(one.permission.action)
    resources: dict[tuple[str, ...], list[str]] = {}
    for pattern in sorted(actions):
        resources.setdefault(tuple(sorted(actions[pattern])), []).append(pattern)
    return [
        {
            "Sid": sid if number == 1 else f"{sid}{number}",
            "Effect": "Allow",
            "Action": list(names),
            "Resource": patterns[0] if len(patterns) == 1 else patterns,
            "Condition": {"StringEquals": dict(tags)},
        }
        for number, (names, patterns) in enumerate(resources.items(), start=1)
    ]

"""Reads Suture's roles in an account, and asks IAM what each fix may do, through the account's role for that.

It changes nothing. IAM evaluates the role's own policies, its permissions boundary, and the organization's service
control policies but for those with conditions. Policies of resources (a bucket's, a key's) it does not see.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient

from cli.verification import DeniedBy, FixReport, FixState, Seen, Verification, report_on
from customer_role.grants import Grant, Pack, packs_of
from customer_role.request_parameters import RULES, Only
from runtime.aws.errors import platform_errors
from runtime.aws.threads import together
from runtime.domain.access import (
    SESSION_NAME_PREFIX,
    TAG_ACCESS,
    TAG_FIX,
    VERIFICATION,
    Access,
    RoleCheck,
    customer_role_name,
)
from runtime.domain.errors import PlatformCallFailed
from runtime.domain.facts import Account
from runtime.fixes.catalog import SPECS

if TYPE_CHECKING:
    from cli.deployment import Deployment
    from runtime.application.ports import Together


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleReader:
    """``iam`` has the credentials of the account's role for this; ``read`` is told of each fix."""

    iam: BaseClient
    account_id: str
    partition: str
    region: str
    read: Callable[[str], None]
    side_by_side: Together = together

    def see(self, pack: Pack) -> Seen | None:
        """A pack's role, and what each fix may do; ``None`` if that may not be looked at.

        Raises ``PlatformCallFailed``.
        """
        try:
            with platform_errors("iam", "GetRole"):
                role = self.iam.get_role(RoleName=customer_role_name(pack.service))["Role"]
        except PlatformCallFailed as error:
            match error.code:
                case "NoSuchEntity":
                    return Seen(role=None, fixes=())
                case "AccessDenied":  # the role for this is of a version that had no such pack
                    return None
                case _:
                    raise
        fixes = self.side_by_side(*(partial(self._fix, role["Arn"], grant) for grant in pack.grants))
        return Seen(role=role, fixes=tuple(fixes))

    def _fix(self, role_arn: str, grant: Grant) -> FixReport:
        """Raises ``PlatformCallFailed``."""
        try:
            return self._evaluated(role_arn, grant)
        except PlatformCallFailed as error:
            if error.code != "AccessDenied":
                raise
            return FixReport(fix_id=grant.spec.id, state=FixState.UNKNOWN)

    def _evaluated(self, role_arn: str, grant: Grant) -> FixReport:
        by_resource: dict[str, set[str]] = {}
        for one in grant.granted:
            by_resource.setdefault(one.resource, set()).add(one.permission.action)
        results = [
            result
            for resource, actions in by_resource.items()
            for result in self._simulate(role_arn, grant.spec.id, sorted(actions), self._example(resource))
        ]
        self.read(grant.spec.id)
        refused = [result for result in results if result["EvalDecision"] != "allowed"]
        if not refused:
            return FixReport(fix_id=grant.spec.id, state=FixState.COULD_RUN)
        by = _denied_by(refused)
        if by is DeniedBy.POLICY and all(result["EvalDecision"] == "implicitDeny" for result in results):
            return FixReport(fix_id=grant.spec.id, state=FixState.OFF)
        denied = tuple(sorted({result["EvalActionName"] for result in refused}))
        return FixReport(fix_id=grant.spec.id, state=FixState.DENIED, denied=denied, by=by)

    def _simulate(
        self, role_arn: str, fix_id: str, actions: Sequence[str], resource: str
    ) -> Iterator[Mapping[str, Any]]:
        """IAM's answers, as to a session that writes for this fix: that one may read, too."""
        tags = {f"aws:PrincipalTag/{TAG_FIX}": fix_id, f"aws:PrincipalTag/{TAG_ACCESS}": Access.WRITE.value}
        session = {**tags, "aws:ResourceAccount": self.account_id}
        for together_asked in _asked_at_once(actions):
            context = [
                {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
                for key, value in {**session, **_parameters_of(together_asked[0])}.items()
            ]
            pages = self.iam.get_paginator("simulate_principal_policy").paginate(
                PolicySourceArn=role_arn, ActionNames=together_asked, ResourceArns=[resource], ContextEntries=context
            )
            with platform_errors("iam", "SimulatePrincipalPolicy"):
                for page in pages:
                    yield from page["EvaluationResults"]

    def _example(self, pattern: str) -> str:
        """A resource that the pattern stands for."""
        text = pattern.replace("${AWS::Partition}", self.partition).replace("${AWS::AccountId}", self.account_id)
        if text == "*":
            return text
        parts = text.split(":", 5)
        parts[3] = parts[3].replace("*", self.region)
        parts[4] = parts[4].replace("*", self.account_id)
        return ":".join(parts).replace("*", "example")


def _asked_at_once(actions: Iterable[str]) -> Iterator[list[str]]:
    """Those whose calls always have a parameter are asked about singly: another may be denied for having it."""
    without = [action for action in actions if not _parameters_of(action)]
    if without:
        yield without
    yield from ([action] for action in actions if _parameters_of(action))


def _parameters_of(action: str) -> dict[str, str]:
    return {rule.key: rule.values[0] for rule in RULES.get(action, ()) if isinstance(rule, Only) and rule.always}


def _denied_by(refused: Iterable[Mapping[str, Any]]) -> DeniedBy:
    for result in refused:
        if not result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
            return DeniedBy.ORGANIZATION
        if not result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True):
            return DeniedBy.BOUNDARY
    return DeniedBy.POLICY


def verify_account(deployment: Deployment, account: Account, checks: Iterable[RoleCheck]) -> Verification:
    """All that is known of the roles that the platform has checked. Raises ``PlatformCallFailed``."""
    packs = {pack.service: pack for pack in packs_of(SPECS.values())}
    checked = [(check, packs[check.service]) for check in checks if check.service in packs]
    left = {fix for _, pack in checked for fix in (grant.spec.id for grant in pack.grants)}
    total = len(left)

    telling = Lock()

    def read(fix_id: str) -> None:
        with telling:  # several are read at the same time, and none is to say less than was said before
            left.discard(fix_id)
            deployment.tell(f"Asking IAM what each fix may do: {total - len(left)} of {total}")

    reader = open_reader(deployment, account, read=read)
    execution_role_arn = deployment.execution_role_arn()
    return Verification(
        packs=tuple(
            report_on(check, pack, account, execution_role_arn, None if isinstance(reader, str) else reader.see(pack))
            for check, pack in checked
        ),
        unseen=reader if isinstance(reader, str) else "",
    )


def open_reader(deployment: Deployment, account: Account, *, read: Callable[[str], None]) -> RoleReader | str:
    """Somebody who can look at the account's roles; or why nobody can, in sentences. Raises ``PlatformCallFailed``."""
    partition = deployment.caller().arn.split(":")[1]
    role_arn = f"arn:{partition}:iam::{account.id}:role/{customer_role_name(VERIFICATION)}"
    sts = deployment.client("sts")
    try:
        with platform_errors("sts", "AssumeRole"):
            answer = sts.assume_role(
                RoleArn=role_arn,
                RoleSessionName=f"{SESSION_NAME_PREFIX}{VERIFICATION}",
                ExternalId=account.external_id,
            )
    except PlatformCallFailed as error:
        if error.code != "AccessDenied":
            raise
        return (
            f"What the fixes may do could not be seen: {role_arn} cannot be assumed ({error.message}). It is the pack "
            "verification, which the account's owner deploys; your own role needs sts:AssumeRole for it, as operators "
            "have."
        )
    return RoleReader(
        iam=deployment.client_as(answer["Credentials"], "iam"),
        account_id=account.id,
        partition=partition,
        region=sts.meta.region_name,
        read=read,
    )

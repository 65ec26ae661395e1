"""The evaluator that the laws use agrees with the local AWS, which enforces the deployed roles.

The local AWS has none of the condition keys that calls' parameters make, so those are evaluated only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from customer_role.grants import packs_of, tag_permissions
from local.environment import LocalEnvironment, local_client
from local.scenes import Scene, Stage
from runtime.domain.access import TAG_ACCESS, TAG_FINDING, TAG_FIX, Access, service_of, session_request
from runtime.domain.fix import FixSpec, Permission
from runtime.domain.resource import Resource
from runtime.fixes.catalog import SPECS
from tests.authorization import Role, Session, question
from tests.e2e.accounts import CustomerAccount, onboard
from tests.e2e.policies import document
from tests.laws.cases import resource_from

EXECUTION_ROLE = "suture-probe-execution"
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One call on a resource, which may be made: it changes nothing that another one needs."""

    action: str
    operation: str
    parameters: Callable[[Resource], Mapping[str, Any]]


def bucket(resource: Resource) -> dict[str, str]:
    return {"Bucket": resource.name}


def snapshot(resource: Resource) -> dict[str, str]:
    return {"SnapshotId": resource.name, "Attribute": "createVolumePermission"}


PROBES: dict[str, tuple[Callable[[Stage], Scene], tuple[Probe, ...]]] = {
    "s3-block-public-access": (
        Stage.public_bucket,
        (
            Probe(action="s3:GetBucketPublicAccessBlock", operation="s3:GetPublicAccessBlock", parameters=bucket),
            Probe(action="s3:PutBucketPublicAccessBlock", operation="s3:DeletePublicAccessBlock", parameters=bucket),
            Probe(action="s3:GetBucketTagging", operation="s3:GetBucketTagging", parameters=bucket),
            Probe(action="s3:GetBucketPolicy", operation="s3:GetBucketPolicy", parameters=bucket),
            Probe(action="s3:DeleteBucketPolicy", operation="s3:DeleteBucketPolicy", parameters=bucket),
            Probe(action="s3:GetBucketVersioning", operation="s3:GetBucketVersioning", parameters=bucket),
        ),
    ),
    "ebs-snapshot-private": (
        Stage.public_snapshot,
        (
            Probe(action="ec2:DescribeSnapshots", operation="ec2:DescribeSnapshots", parameters=lambda _: {}),
            Probe(action="ec2:DescribeVolumes", operation="ec2:DescribeVolumes", parameters=lambda _: {}),
            Probe(
                action="ec2:DescribeSnapshotAttribute", operation="ec2:DescribeSnapshotAttribute", parameters=snapshot
            ),
            Probe(
                action="ec2:ModifySnapshotAttribute",
                operation="ec2:ModifySnapshotAttribute",
                parameters=lambda it: {**snapshot(it), "OperationType": "add", "GroupNames": ["all"]},
            ),
        ),
    ),
    "kms-key-rotation": (
        Stage.unrotated_key,
        (
            Probe(action="kms:DescribeKey", operation="kms:DescribeKey", parameters=lambda it: {"KeyId": it.name}),
            Probe(
                action="kms:EnableKeyRotation",
                operation="kms:EnableKeyRotation",
                parameters=lambda it: {"KeyId": it.name},
            ),
            Probe(
                action="kms:DisableKeyRotation",
                operation="kms:DisableKeyRotation",
                parameters=lambda it: {"KeyId": it.name},
            ),
        ),
    ),
    "rds-instance-not-public": (
        Stage.public_database,
        (
            Probe(
                action="rds:DescribeDBInstances",
                operation="rds:DescribeDBInstances",
                parameters=lambda it: {"DBInstanceIdentifier": it.name},
            ),
            Probe(
                action="rds:ModifyDBInstance",
                operation="rds:ModifyDBInstance",
                parameters=lambda it: {"DBInstanceIdentifier": it.name},
            ),
        ),
    ),
    "iam-access-key-deactivate": (
        Stage.exposed_access_key,
        (
            Probe(
                action="iam:ListAccessKeys", operation="iam:ListAccessKeys", parameters=lambda it: {"UserName": it.name}
            ),
            Probe(action="iam:GetUser", operation="iam:GetUser", parameters=lambda it: {"UserName": it.name}),
        ),
    ),
}
"""Some are of another fix of the same pack, or of none: most answers must be no."""


@pytest.fixture(scope="module")
def probed(local_aws: LocalEnvironment) -> CustomerAccount:
    """An account whose packs trust a role of its own, so that a test can open whatever session it wants."""
    account = onboard(local_aws, "373737373737")
    iam, root = account.client("iam"), {"AWS": f"arn:aws:iam::{account.id}:root"}
    trust = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=EXECUTION_ROLE, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    rights = {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}
    iam.put_role_policy(RoleName=EXECUTION_ROLE, PolicyName="assume", PolicyDocument=document(rights))
    account.deploy_packs(ExecutionRoleArn=arn)
    return account


def client(account: CustomerAccount, service: str, credentials: Mapping[str, str]) -> Any:
    environment = account.environment
    return local_client(
        service,
        endpoint=environment.endpoint,
        authority=environment.authority,
        region=environment.region,
        credentials=credentials,
    )


def credentials_of(account: CustomerAccount, session: Session) -> Mapping[str, str]:
    """Of a session of the deployed role, opened as the platform would."""
    executing = account.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account.id}:role/{EXECUTION_ROLE}", RoleSessionName="suture"
    )["Credentials"]
    opened: Mapping[str, str] = client(account, "sts", executing).assume_role(
        RoleArn=session.role.arn,
        RoleSessionName="suture-an-issue",
        ExternalId=account.external_id,
        SourceIdentity="suture-a-run",
        Tags=[{"Key": key, "Value": value} for key, value in session.tags.items()],
        **({} if session.policy is None else {"Policy": session.policy}),
    )["Credentials"]
    return opened


def sessions(spec: FixSpec, resource: Resource, account: CustomerAccount) -> Iterator[Session]:
    """Every kind of session: of this fix and of others, reading and writing, with the right session policy or none."""
    (pack,) = [pack for pack in packs_of(SPECS.values()) if pack.service == service_of(resource.type)]
    role = Role.of(pack, account_id=account.id)
    reads = (*spec.reads, *tag_permissions(resource.type))
    policies = [None, _policy(spec, resource, reads), _policy(spec, resource, spec.writes)]
    for fix_id, access, policy in product(("s3-deny-insecure-transport", spec.id), Access, policies):
        tags = {TAG_FINDING: "an-issue", TAG_FIX: fix_id, TAG_ACCESS: access.value}
        yield Session(role=role, tags=tags, policy=policy)


def _policy(spec: FixSpec, resource: Resource, permissions: tuple[Permission, ...]) -> str:
    return session_request(
        access=Access.READ,
        resource=resource,
        external_id="an-external-id",
        issue_id="an-issue",
        correlation_id="a-run",
        fix_id=spec.id,
        permissions=permissions,
    ).policy


def answer(account: CustomerAccount, credentials: Mapping[str, str], probe: Probe, resource: Resource) -> bool:
    """Whether the local AWS lets the call be made, whatever comes of it."""
    service, operation = probe.operation.split(":")
    try:
        getattr(client(account, service, credentials), xform_name(operation))(**probe.parameters(resource))
    except ClientError as error:
        return error.response["Error"]["Code"] not in DENIED
    return True


@pytest.mark.parametrize("fix_id", PROBES)
def test_the_evaluator_says_of_every_call_in_every_session_what_the_local_aws_answers(
    probed: CustomerAccount, fix_id: str
) -> None:
    build, probes = PROBES[fix_id]
    resource, neighbour = (
        _resource(probed, build(probed.stage(f"{kind}-{fix_id}"[:40])).resource_arn) for kind in ("probe", "other")
    )
    told: dict[bool, int] = {True: 0, False: 0}
    for session in sessions(SPECS[fix_id], resource, probed):
        credentials = credentials_of(probed, session)
        for probe, asked in product(probes, (resource, neighbour)):
            said = session.allows(question(probe.action, probe.operation, probe.parameters(asked), asked))
            assert said == answer(probed, credentials, probe, asked), (session, probe.operation, asked)
            told[said] += 1
    assert all(told.values())


def _resource(account: CustomerAccount, arn: str) -> Resource:
    found = resource_from(arn, region=account.environment.region)
    return Resource(
        type=found.type,
        arn=found.arn,
        name=found.name,
        account_id=account.id,
        region=found.region,
        partition=found.partition,
    )

"""IAM allows a fix exactly the calls it makes, in the session that is opened for them and in no other.

Law 9 has the local AWS enforce it for the scenes that run there; this evaluates the calls of every case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from customer_role.grants import packs_of
from customer_role.scp import service_control_policies
from runtime.domain.access import CUSTOMER_ROLE_PREFIX, TAG_ACCESS, TAG_FIX, Access, service_of, session_request
from runtime.domain.fix import Permission
from runtime.domain.resource import Resource, parse_arn
from runtime.fixes.catalog import FIX_BY_ID, SPECS
from runtime.fixes.contract import Fix
from tests.authorization import Question, Role, Session, keys_of, questions
from tests.laws.calls_made import CallsMade, calls_made, permissions_of

EVERY_FIX = [pytest.param(fix, id=fix.spec.id) for fix in FIX_BY_ID.values()]
PACKS = {pack.service: pack for pack in packs_of(SPECS.values())}
TAGGED = f'"aws:PrincipalTag/{TAG_FIX}": "([^"]+)"'
"""A condition in a role's policies that names a fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call of one case: what IAM is asked about it, in which session."""

    resource: Resource
    access: Access
    permissions: tuple[Permission, ...]
    operation: str
    parameters: Mapping[str, Any]
    question: Question


def asked_by(fix: Fix) -> tuple[Asked, ...]:
    """Every call of every case: observing, applying, undoing, and reading the tags. Of equal ones, the first."""
    return _asked_by(fix.spec.id)


@cache
def _asked_by(fix_id: str) -> tuple[Asked, ...]:
    fix = FIX_BY_ID[fix_id]
    found = [asked for made in calls_made(fix_id) for asked in _asked_in(fix, made)]
    return tuple({str((asked.access, asked.permissions, asked.question)): asked for asked in reversed(found)}.values())


def _asked_in(fix: Fix, made: CallsMade) -> Iterator[Asked]:
    resource = made.resource
    if parse_arn(resource.arn).account_id not in {"", resource.account_id}:
        return  # the decision rejects it before a session is opened
    if f":role/{CUSTOMER_ROLE_PREFIX}" in resource.arn:
        return  # its roles deny Suture even to look at them: tests/infra/test_customer_role.py
    for calls, access in (((*made.reads, *made.tag_reads), Access.READ), (made.writes, Access.WRITE)):
        permissions = permissions_of(fix, resource, access, made.options)
        declared = permissions_of(fix, resource, access)
        for operation, parameters in calls:
            for action in dict.fromkeys(it.action for it in declared if it.operation == operation):
                for put in questions(action, operation, parameters, resource):
                    yield Asked(
                        resource=resource,
                        access=access,
                        permissions=permissions,
                        operation=operation,
                        parameters=parameters,
                        question=put,
                    )


def session_for(fix: Fix, asked: Asked, *, role: Role | None = None, **other: Any) -> Session:
    """The session that the function opens for a call; ``other`` are tags that it would not give it."""
    request = session_request(
        access=asked.access,
        resource=asked.resource,
        external_id="an-external-id",
        issue_id="an-issue",
        correlation_id="a-run",
        fix_id=fix.spec.id,
        permissions=asked.permissions,
        service=service_of(asked.resource.type, fix.spec.writes),
    )
    role = role or role_of(request.service, asked.resource.account_id)
    assert request.role_arn == role.arn
    return Session(role=role, tags={**request.tags, **other}, policy=request.policy)


@cache
def role_of(service: str, account_id: str, *off: str) -> Role:
    """The role of a pack, made once: with every fix on, or with these off."""
    return Role.of(PACKS[service], account_id=account_id, off=off)


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_every_call_of_a_fix_is_allowed_by_the_role_and_the_session_policy(fix: Fix) -> None:
    calls = asked_by(fix)
    assert {asked.access for asked in calls} == set(Access)
    for asked in calls:
        assert session_for(fix, asked).allows(asked.question), asked


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_no_call_of_a_fix_that_is_switched_off_is_allowed(fix: Fix) -> None:
    for asked in asked_by(fix):
        service = service_of(asked.resource.type, fix.spec.writes)
        off = role_of(service, asked.resource.account_id, fix.spec.id)
        assert not session_for(fix, asked, role=off).allows(asked.question), asked


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_no_call_is_allowed_in_a_session_that_is_tagged_with_a_fix_that_does_not_make_it(fix: Fix) -> None:
    for asked in asked_by(fix):
        session = session_for(fix, asked)
        pack = PACKS[service_of(asked.resource.type, fix.spec.writes)]
        # To a role, the fixes of other packs are all alike: none of its policies names one.
        assert set(re.findall(TAGGED, json.dumps(session.role.allowed))) == {grant.spec.id for grant in pack.grants}
        others = [grant.spec.id for grant in pack.grants if asked.question.action not in grant.actions]
        for other in ("a-fix-of-another-pack", *others):
            tagged = replace(session, tags={**session.tags, TAG_FIX: other})
            assert not tagged.allows(asked.question), (asked, other)


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_no_write_is_allowed_in_a_session_that_reads_whatever_its_policy_says(fix: Fix) -> None:
    for asked in asked_by(fix):
        if asked.access is Access.WRITE:
            session = session_for(fix, asked, **{TAG_ACCESS: Access.READ.value})
            assert not session.allows(asked.question), asked


ANY_OF = {
    "cloudtrail-create-trail": {"cloudtrail trail"},
    "accessanalyzer-enable": {"iam role"},
    "cloudtrail-kms-encryption": {"kms key"},
    "cloudwatch-trail-alarm": {"cloudtrail trail"},
    "config-recorder-start": {"config configuration-recorder"},
    "ec2-default-security-group-closed": {"ec2 security-group-rule"},
    "ec2-instance-isolate": {"ec2 network-interface", "ec2 security-group", "ec2 subnet"},
    "ec2-instance-stop": {"kms key"},
    "ec2-security-group-rules-narrow": {"ec2 prefix-list", "ec2 security-group-rule"},
    "ec2-security-group-strip": {"ec2 security-group-rule"},
    "ec2-security-group-world-ingress": {"ec2 prefix-list", "ec2 security-group-rule"},
    "elasticache-auto-minor-version-upgrade": {"elasticache cluster"},
    "elb-redirect-http-to-https": {"elasticloadbalancing listener"},
    "vpc-flow-logs": {"ec2 vpc-flow-log"},
    "guardduty-enable": {"guardduty detector", "iam role"},
    "iam-user-inherited-policies-detach": {"iam group"},
    "kinesis-stream-encryption": {"kms key"},
    "rds-instance-require-tls": {"rds db", "rds pg"},
    "route53-query-logging": {"route53 queryloggingconfig"},
    "s3-default-encryption-kms": {"kms key"},
    "securityhub-enable": {"config configuration-recorder", "iam role"},
    "sns-topic-encryption": {"cloudwatch alarm", "kms key"},
    "vpc-internet-gateway-detach": {"ec2 vpc"},
    "xray-encryption": {"kms key"},
}
"""By fix: what a session for one resource may be about besides it, and of which it may be any: which one, AWS says only
in the answer to a call, or has not named yet. Whatever else a session may do, it may do to one resource alone."""

LISTED = {"rds-instance-require-tls": {"rds:DescribeDBInstances"}}
"""By fix: reading calls that are made without a name, too, to see who else would be affected. IAM allows listing on all
or not at all."""


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_no_call_is_allowed_on_a_neighbour_that_aws_tells_apart_but_for_what_only_aws_can_name(fix: Fix) -> None:
    also = set()
    for asked in asked_by(fix):
        if asked.question.resource != "*":
            # Of a log group, AWS asks with ":*" at the end.
            neighbour = replace(
                asked.question, resource=re.sub(r"(?<!alarm)(:\*)?\Z", r"x\1", asked.question.resource, count=1)
            )
            if session_for(fix, asked).allows(neighbour):
                listed = asked.operation in LISTED.get(fix.spec.id, ())
                assert asked.question.resource != asked.resource.arn or listed, asked
                _, _, service, _, _, rest = neighbour.resource.split(":", 5)
                also.add(f"{service} {re.split('[/:]', rest)[0]}")
    assert also == ANY_OF.get(fix.spec.id, set())


UNSENT = {
    "ec2:RevokeSecurityGroupIngress": {"TagSpecifications": [{"Tags": [{"Key": "a", "Value": "b"}]}]},
    "ec2:ModifySnapshotAttribute": {
        "Attribute": "createVolumePermission",
        "OperationType": "add",
        "UserIds": ["999999999999"],
    },
    "guardduty:CreateDetector": {"Tags": {"a": "b"}},
    "iam:AttachRolePolicy": {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    "iam:AttachUserPolicy": {"PolicyArn": "arn:aws:iam::123456789012:policy/AWSDenyAll"},
    "iam:DetachGroupPolicy": {"PolicyArn": "arn:aws:iam::aws:policy/AWSDenyAll"},
    "iam:DetachRolePolicy": {"PolicyArn": "arn:aws:iam::aws:policy/SecurityAudit"},
    "apigateway:UpdateStage": {
        "patchOperations": [{"path": "/accessLogSettings/destinationArn", "value": "arn:aws:firehose:us-east-1::a"}]
    },
    "eks:UpdateClusterConfig": {"accessConfig": {"authenticationMode": "API"}},
    "kms:EnableKeyRotation": {"RotationPeriodInDays": 90},
    "lambda:AddPermission": {"Principal": "222222222222"},
    "lambda:UpdateFunctionConfiguration": {"Layers": ["arn:aws:lambda:us-east-1:222222222222:layer:theirs:1"]},
    "rds:ModifyDBInstance": {"ManageMasterUserPassword": True},
    "s3:PutBucketAcl": {"ACL": "public-read"},
    "secretsmanager:DeleteSecret": {"ForceDeleteWithoutRecovery": True},
    "securityhub:EnableSecurityHub": {"Tags": {"a": "b"}},
}
"""Parameters that no fix sends, by the operation that has them."""


@pytest.mark.parametrize("operation", UNSENT)
def test_a_parameter_that_no_fix_sends_is_denied_even_without_a_session_policy(operation: str) -> None:
    fix = next(
        fix for fix in FIX_BY_ID.values() if operation in {permission.operation for permission in fix.spec.writes}
    )
    action = next(permission.action for permission in fix.spec.writes if permission.operation == operation)
    asked = next(it for it in asked_by(fix) if (it.operation, it.question.action) == (operation, action))
    role = session_for(fix, asked).role
    taken_over = Session(role=role, tags={TAG_FIX: fix.spec.id, TAG_ACCESS: Access.WRITE.value}, policy=None)
    assert taken_over.allows(asked.question)
    assert not taken_over.allows(replace(asked.question, keys=keys_of(operation, UNSENT[operation])))


@pytest.mark.parametrize(
    ("action", "key", "other"),
    [
        ("ec2:CreateTags", "ec2:CreateAction", "RunInstances"),
        ("iam:CreateServiceLinkedRole", "iam:AWSServiceName", "ecs.amazonaws.com"),
        ("iam:PassRole", "iam:PassedToService", "lambda.amazonaws.com"),
    ],
)
def test_what_aws_asks_about_on_behalf_of_a_call_is_denied_for_any_other_call_even_without_a_session_policy(
    action: str, key: str, other: str
) -> None:
    for fix in FIX_BY_ID.values():
        for asked in asked_by(fix) if action in {it.action for it in fix.spec.writes} else ():
            if asked.question.action == action:
                tags = {TAG_FIX: fix.spec.id, TAG_ACCESS: Access.WRITE.value}
                taken_over = Session(role=session_for(fix, asked).role, tags=tags, policy=None)
                assert taken_over.allows(asked.question)
                assert not taken_over.allows(replace(asked.question, keys={**asked.question.keys, key: other}))
                assert not taken_over.allows(replace(asked.question, keys={}))


def test_without_a_session_policy_a_session_still_makes_the_calls_of_one_fix_only() -> None:
    """What the platform's account could do if it were taken over, as docs/customer-roles.md says."""
    for fix in FIX_BY_ID.values():
        for asked in asked_by(fix):
            role = session_for(fix, asked).role
            tags = {TAG_FIX: fix.spec.id, TAG_ACCESS: Access.WRITE.value}
            taken_over = Session(role=role, tags=tags, policy=None)
            assert taken_over.allows(asked.question)
            for action in ("iam:CreateAccessKey", "s3:GetObject", "sts:AssumeRole", "kms:Decrypt"):
                assert not taken_over.allows(Question(action=action, resource="*"))


SCPS = service_control_policies(PACKS.values())


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_the_service_control_policies_deny_no_call_of_a_fix(fix: Fix) -> None:
    for asked in asked_by(fix):
        assert replace(session_for(fix, asked), scps=SCPS).allows(asked.question), asked


def test_the_service_control_policies_bound_a_role_whose_own_policies_somebody_widened() -> None:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    nothing = {"Version": "2012-10-17", "Statement": []}

    def may(role_name: str, action: str) -> bool:
        role = Role(arn=f"arn:aws:iam::111122223333:role/{role_name}", allowed=everything, limits=nothing)
        return Session(role=role, tags={}, policy=None, scps=SCPS).allows(Question(action=action, resource="*"))

    assert may("suture-remediation-s3", "s3:PutBucketPolicy")
    assert not may("suture-remediation-s3", "s3:GetObject")
    assert not may("suture-remediation-s3", "ec2:DescribeSnapshots")
    assert not may("suture-remediation", "s3:PutBucketPolicy")
    assert not may("suture-remediation-backdoor", "s3:PutBucketPolicy")
    assert may("somebody-elses", "s3:GetObject")

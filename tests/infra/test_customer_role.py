"""The customer's role: what its template grants, whom it trusts, and what it can never do.

What is compared are the documents as IAM gets them, after the template's functions are resolved for given parameters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from aws_cdk import App

from customer_role.app import build
from customer_role.grants import (
    ATTACHED_POLICIES_LIMIT,
    INLINE_POLICIES_LIMIT,
    MANAGED_POLICY_LIMIT,
    GrantTooLarge,
    every_resource,
    grant_for,
    packed,
    policy_size,
)
from customer_role.stack import CustomerRoleStack
from customer_role.template import render
from runtime.domain.access import CUSTOMER_ROLE_NAME, SESSION_TAGS, execution_role_name
from runtime.domain.fix import Disruption, FixSpec, Permission
from runtime.domain.template import TemplateTool
from runtime.fixes.catalog import FIX_BY_ID, types_by_name

SPECS = tuple(fix.spec for fix in FIX_BY_ID.values())
ACCOUNT = "123456789012"
EXECUTION_ROLE = f"arn:aws:iam::210987654321:role/{execution_role_name('prod')}"
EXTERNAL_ID = "a-generated-external-id-of-this-account"
TEMPLATE_BODY_LIMIT = 51_200
"""Bytes of a template that is sent with the request, without a bucket.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """One thing that one kind of session may do."""

    fix: str
    only_when_writing: bool
    action: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedRole:
    """The role as IAM gets it."""

    role: Mapping[str, Any]
    policies: Mapping[str, Mapping[str, Any]]

    @property
    def limits(self) -> Mapping[str, Any]:
        (policy,) = self.role["Policies"]
        document: Mapping[str, Any] = policy["PolicyDocument"]
        return document

    @property
    def allowed(self) -> set[Allowed]:
        return {
            Allowed(
                fix=tags["aws:PrincipalTag/suture:fix"],
                only_when_writing=tags.get("aws:PrincipalTag/suture:access") == "write",
                action=action,
                resource=resource,
            )
            for document in self.policies.values()
            for statement in document["Statement"]
            for tags in [statement["Condition"]["StringEquals"]]
            for action in statement["Action"]
            for resource in _listed(statement["Resource"])
        }


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _declared(spec: FixSpec) -> set[Allowed]:
    """What the fix's declaration says, for every resource of its types in the account."""

    def allowed(permission: Permission, resource_type: str, *, write: bool) -> Allowed:
        pattern = permission.resource.replace("${arn}", types_by_name()[resource_type].arn)
        for placeholder, value in {"partition": "aws", "account_id": ACCOUNT, "region": "*", "name": "*"}.items():
            pattern = pattern.replace(f"${{{placeholder}}}", value)
        return Allowed(fix=spec.id, only_when_writing=write, action=permission.action, resource=pattern)

    return {
        allowed(permission, resource_type, write=write)
        for resource_type in spec.resource_types
        for permissions, write in (
            (spec.reads, False),
            (types_by_name()[resource_type].tag_permissions, False),
            (spec.writes, True),
        )
        for permission in permissions
    }


@pytest.fixture(scope="module")
def text() -> str:
    return render()


@pytest.fixture(scope="module")
def template(text: str) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(text)
    return parsed


@pytest.fixture(scope="module")
def deploy(template: dict[str, Any]) -> Callable[..., DeployedRole]:
    """Resolves the template for the parameters given, as CloudFormation does."""

    def deployed(partition: str = "aws", **parameters: str) -> DeployedRole:
        return _deployed(
            template, partition, {"ExecutionRoleArn": EXECUTION_ROLE, "ExternalId": EXTERNAL_ID, **parameters}
        )

    return deployed


def _deployed(template: Mapping[str, Any], partition: str, parameters: Mapping[str, str]) -> DeployedRole:
    defaults = {name: it["Default"] for name, it in template["Parameters"].items() if "Default" in it}
    values = {**defaults, **parameters, "AWS::Partition": partition, "AWS::AccountId": ACCOUNT}
    nothing = object()

    def resolved(value: Any) -> Any:
        match value:
            case {"Ref": "AWS::NoValue"}:
                return nothing
            case {"Ref": "Role"}:
                return CUSTOMER_ROLE_NAME
            case {"Ref": name}:
                return values[name]
            case {"Fn::Sub": str(pattern)}:
                return re.sub(r"\$\{([A-Za-z:]+)\}", lambda placeholder: values[placeholder[1]], pattern)
            case {"Fn::Equals": [left, right]}:
                return resolved(left) == resolved(right)
            case {"Fn::Or": list(operands)}:
                assert 2 <= len(operands) <= 10
                return any(map(resolved, operands))
            case {"Fn::If": [condition, yes, no]}:
                return resolved(yes if resolved(template["Conditions"][condition]) else no)
            case dict():
                assert not any(key.startswith("Fn::") for key in value)
                return {key: resolved(member) for key, member in value.items()}
            case list():
                return [member for member in map(resolved, value) if member is not nothing]
            case _:
                return value

    existing = [
        resolved(resource["Properties"]) | {"Type": resource["Type"]}
        for resource in template["Resources"].values()
        if "Condition" not in resource or resolved(template["Conditions"][resource["Condition"]])
    ]
    (role,) = [resource for resource in existing if resource["Type"] == "AWS::IAM::Role"]
    policies = [resource for resource in existing if resource["Type"] == "AWS::IAM::ManagedPolicy"]
    assert all(policy["Roles"] == [role["RoleName"]] for policy in policies)
    assert all(policy["PolicyDocument"]["Statement"] for policy in policies)
    return DeployedRole(
        role=role, policies={policy["ManagedPolicyName"]: policy["PolicyDocument"] for policy in policies}
    )


def test_the_role_may_do_what_the_fixes_declare_and_nothing_else(deploy: Callable[..., DeployedRole]) -> None:
    assert deploy().allowed == set().union(*map(_declared, SPECS))


def test_all_that_is_allowed_is_allowed_to_a_session_of_one_fix_only(deploy: Callable[..., DeployedRole]) -> None:
    for document in deploy().policies.values():
        for statement in document["Statement"]:
            assert statement["Effect"] == "Allow"
            assert set(statement) == {"Sid", "Effect", "Action", "Resource", "Condition"}
            assert set(statement["Condition"]) == {"StringEquals"}
            assert statement["Condition"]["StringEquals"]["aws:PrincipalTag/suture:fix"] in {spec.id for spec in SPECS}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_a_fix_that_is_switched_off_is_allowed_nothing_and_the_others_lose_nothing(
    deploy: Callable[..., DeployedRole], spec: FixSpec
) -> None:
    switch = f"Enable{grant_for(spec).name}"
    others = [other for other in SPECS if other is not spec]
    assert deploy(**{switch: "false"}).allowed == set().union(*map(_declared, others))


def test_with_every_fix_off_no_policy_is_left_that_could_be_empty(
    deploy: Callable[..., DeployedRole], template: dict[str, Any]
) -> None:
    off = {name: "false" for name in template["Parameters"] if name.startswith("Enable")}
    assert len(off) == len(SPECS)
    assert deploy(**off).policies == {}


def test_a_bucket_pattern_covers_every_bucket_and_a_region_pattern_every_region_of_the_account() -> None:
    assert every_resource("AWS::S3::Bucket").arn == "arn:${AWS::Partition}:s3:::*"
    assert every_resource("AWS::RDS::DBInstance").arn == "arn:${AWS::Partition}:rds:*:${AWS::AccountId}:db:*"
    assert every_resource("AWS::EC2::Snapshot").arn == "arn:${AWS::Partition}:ec2:*::snapshot/*"


def test_the_role_is_assumed_by_one_role_with_the_external_id_and_in_the_name_of_a_finding(
    deploy: Callable[..., DeployedRole],
) -> None:
    role = deploy().role
    trust = role["AssumeRolePolicyDocument"]
    assert all(statement.pop("Principal") == {"AWS": EXECUTION_ROLE} for statement in trust["Statement"])
    assert all(statement.pop("Effect") == "Allow" and statement.pop("Sid") for statement in trust["Statement"])
    assert {statement.pop("Action"): statement.pop("Condition") for statement in trust["Statement"]} == {
        "sts:AssumeRole": {
            "StringEquals": {"sts:ExternalId": EXTERNAL_ID},
            "StringLike": {"sts:RoleSessionName": "suture-*", "aws:RequestTag/suture:finding": "?*"},
        },
        "sts:TagSession": {
            "StringLike": {"aws:RequestTag/suture:finding": "?*"},
            "ForAllValues:StringEquals": {"aws:TagKeys": list(SESSION_TAGS)},
        },
        "sts:SetSourceIdentity": {"StringLike": {"sts:SourceIdentity": "suture-*"}},
    }
    assert trust["Statement"] == [{}, {}, {}]
    assert role["MaxSessionDuration"] == 3600


def test_whatever_is_attached_to_the_role_it_does_nothing_that_no_fix_declares(
    deploy: Callable[..., DeployedRole],
) -> None:
    (statement,) = [it for it in deploy().limits["Statement"] if "NotAction" in it]
    assert {key: statement[key] for key in ("Effect", "Resource")} == {"Effect": "Deny", "Resource": "*"}
    assert "Condition" not in statement
    assert set(statement["NotAction"]) == {allowed.action for spec in SPECS for allowed in _declared(spec)}
    assert not [action for action in statement["NotAction"] if "*" in action or action.startswith("sts:")]


@pytest.mark.parametrize(
    "action",
    ["s3:GetObject", "dynamodb:GetItem", "kms:Decrypt", "logs:GetLogEvents", "rds-data:ExecuteStatement",
     "secretsmanager:GetSecretValue", "ssm:GetParameter", "iam:PassRole", "iam:CreateAccessKey", "iam:PutUserPolicy",
     "iam:AttachUserPolicy", "kms:PutKeyPolicy", "kms:CreateGrant"],
)  # fmt: skip
def test_no_fix_reads_what_the_customer_stores_or_gives_anybody_access(action: str) -> None:
    assert action not in {allowed.action for spec in SPECS for allowed in _declared(spec)}


def test_the_role_can_change_neither_itself_nor_its_policies(deploy: Callable[..., DeployedRole]) -> None:
    deployed = deploy()
    statement = next(it for it in deployed.limits["Statement"] if it["Sid"] == "NeverItself")
    assert statement == {
        "Sid": "NeverItself",
        "Effect": "Deny",
        "Action": "*",
        "Resource": [
            f"arn:aws:iam::{ACCOUNT}:role/{CUSTOMER_ROLE_NAME}",
            f"arn:aws:iam::{ACCOUNT}:policy/{CUSTOMER_ROLE_NAME}-*",
        ],
    }
    assert statement["Resource"][0].endswith(f":role/{deployed.role['RoleName']}")
    assert deployed.policies
    assert all(name.startswith(f"{CUSTOMER_ROLE_NAME}-") for name in deployed.policies)


def test_a_resource_that_belongs_to_another_account_is_out_of_reach(deploy: Callable[..., DeployedRole]) -> None:
    statement = next(it for it in deploy().limits["Statement"] if it["Sid"] == "NeverAnotherAccount")
    assert statement == {
        "Sid": "NeverAnotherAccount",
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {
            "Null": {"aws:ResourceAccount": "false"},
            "StringNotEquals": {"aws:ResourceAccount": ACCOUNT},
        },
    }


def test_the_template_is_plain_and_needs_no_bootstrap(text: str, template: dict[str, Any]) -> None:
    assert list(template) == [
        "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Conditions", "Resources", "Outputs",
    ]  # fmt: skip
    types = {resource["Type"] for resource in template["Resources"].values()}
    assert types == {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"}
    assert not [resource for resource in template["Resources"].values() if "Metadata" in resource]
    assert set(template["Metadata"]) == {"AWS::CloudFormation::Interface"}
    for word in ("Bootstrap", "cdk", "aws:asset"):
        assert word not in text


def test_the_cdk_app_deploys_with_the_callers_own_credentials_and_no_asset(tmp_path: Path) -> None:
    build(str(tmp_path)).synth()
    artifacts = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    (stack,) = [it for it in artifacts.values() if it["type"] == "aws:cloudformation:stack"]
    assert set(stack["properties"]) == {"templateFile", "terminationProtection", "validateOnSynth"}
    assert not [it for it in artifacts.values() if it["type"] == "cdk:asset-manifest"]


def test_the_template_is_the_same_each_time_it_is_rendered(text: str) -> None:
    assert render() == text


def test_the_template_of_todays_fixes_can_be_deployed_without_a_bucket(text: str) -> None:
    assert len(text.encode()) <= TEMPLATE_BODY_LIMIT


def test_the_console_shows_each_fix_by_its_title_and_what_it_may_break(template: dict[str, Any]) -> None:
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template["Parameters"])
    for spec in SPECS:
        switch = f"Enable{grant_for(spec).name}"
        assert interface["ParameterLabels"][switch] == {"default": spec.title}
        assert template["Parameters"][switch] == {
            "Type": "String",
            "Default": "true",
            "AllowedValues": ["true", "false"],
            "Description": spec.hazard,
        }


@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [
        ("ExecutionRoleArn", EXECUTION_ROLE, "arn:aws:iam::210987654321:root"),
        ("ExecutionRoleArn", EXECUTION_ROLE.replace("aws", "aws-us-gov"), "arn:aws:iam::210987654321:role/another"),
        ("ExecutionRoleArn", EXECUTION_ROLE, "*"),
        ("ExternalId", EXTERNAL_ID, "short"),
        ("ExternalId", EXTERNAL_ID, "any-value-with-a-wildcard-*"),
        ("ExternalId", EXTERNAL_ID, "a-policy-variable-${aws:username}"),
    ],
)
def test_a_trust_that_would_be_too_wide_is_refused_by_cloudformation(
    template: dict[str, Any], name: str, taken: str, refused: str
) -> None:
    parameter = template["Parameters"][name]

    def accepted(value: str) -> bool:
        long_enough = parameter.get("MinLength", 0) <= len(value)
        return long_enough and re.fullmatch(parameter["AllowedPattern"], value, re.ASCII) is not None

    assert accepted(taken)
    assert not accepted(refused)
    assert "Default" not in parameter


def test_what_the_stack_is_given_becomes_the_parameters_defaults(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    CustomerRoleStack(app, "Role", execution_role_arn=EXECUTION_ROLE, external_id=EXTERNAL_ID)
    parameters = app.synth().stacks[0].template["Parameters"]
    assert parameters["ExecutionRoleArn"]["Default"] == EXECUTION_ROLE
    assert parameters["ExternalId"]["Default"] == EXTERNAL_ID


def _synthetic(number: int, *, writes: int = 2) -> FixSpec:
    """A fix that shares no action with another, and so costs more than most real ones do."""
    names = [name for name in types_by_name() if name != "AWS::::Account"]
    resource_type = names[number % len(names)]
    service = resource_type.split("::")[1].lower()

    def permission(verb: str, resource: str = "${arn}") -> Permission:
        action = f"{service}:{verb}TheThingNumber{number:02d}"
        return Permission(action=action, operation=action, resource=resource)

    return FixSpec(
        id=f"{service}-synthetic-fix-number-{number:02d}",
        title=f"Put right what is wrong with thing number {number}",
        resource_types=(resource_type,),
        reads=(permission("Describe", "*"), permission("Get")),
        writes=tuple(permission(f"Put{index}") for index in range(writes)),
        reversible=True,
        disruption=Disruption.NONE,
        hazard="None.",
        template_properties=dict.fromkeys(TemplateTool, "None."),
    )


def _assert_within_the_limits(deployed: DeployedRole) -> None:
    def size(document: Mapping[str, Any]) -> int:
        return len(re.sub(r"\s", "", json.dumps(document)))

    assert 1 <= len(deployed.policies) <= ATTACHED_POLICIES_LIMIT == 10
    assert all(size(document) <= MANAGED_POLICY_LIMIT == 6144 for document in deployed.policies.values())
    assert size(deployed.limits) <= INLINE_POLICIES_LIMIT == 10240


def test_with_every_fix_on_the_role_is_within_the_limits_of_iam(deploy: Callable[..., DeployedRole]) -> None:
    _assert_within_the_limits(deploy(partition="aws-us-gov"))


def test_sixty_fixes_that_share_no_action_are_within_the_limits_of_iam_and_cloudformation(tmp_path: Path) -> None:
    # CDK's CloudFormation rules try combinations of conditions, which takes them 15 seconds with sixty.
    app = App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    specs = [_synthetic(number) for number in range(60)]
    CustomerRoleStack(app, "Role", execution_role_arn=EXECUTION_ROLE, external_id=EXTERNAL_ID, specs=specs)
    template = app.synth().stacks[0].template
    deployed = _deployed(template, "aws-us-gov", {})
    _assert_within_the_limits(deployed)
    assert {allowed.fix for allowed in deployed.allowed} == {spec.id for spec in specs}
    assert len(template["Parameters"]) <= 200


def test_a_fix_added_at_the_end_moves_no_other_to_another_policy() -> None:
    grants = [grant_for(_synthetic(number)) for number in range(30)]
    before = packed(grants[:-1])
    assert len(before) > 1
    for policy, later in zip(before, packed(grants), strict=False):
        assert later[: len(policy)] == policy


def test_a_fix_that_no_policy_can_hold_is_refused() -> None:
    with pytest.raises(GrantTooLarge) as refused:
        packed([grant_for(_synthetic(1, writes=200))])
    assert refused.value.subject == _synthetic(1).id
    assert refused.value.limit == MANAGED_POLICY_LIMIT


def test_more_fixes_than_ten_policies_hold_are_refused() -> None:
    grants = [grant_for(_synthetic(number)) for number in range(99)]
    assert sum(policy_size([grant]) for grant in grants) > ATTACHED_POLICIES_LIMIT * MANAGED_POLICY_LIMIT
    with pytest.raises(GrantTooLarge, match="managed policies of the role: "):
        packed(grants)


def test_more_actions_than_the_inline_limit_holds_are_refused(tmp_path: Path) -> None:
    specs = [_synthetic(number, writes=20) for number in range(20)]
    with pytest.raises(GrantTooLarge) as refused:
        CustomerRoleStack(App(outdir=str(tmp_path)), "Role", specs=specs)
    assert refused.value.limit == INLINE_POLICIES_LIMIT


def test_a_fix_for_two_resource_types_reads_the_tags_of_each_at_its_own_resources_only() -> None:
    spec = replace(_synthetic(0), resource_types=("AWS::S3::Bucket", "AWS::RDS::DBInstance"))
    tagging = {
        permission.action for name in spec.resource_types for permission in types_by_name()[name].tag_permissions
    }
    granted = {
        (action, resource)
        for statement in grant_for(spec).statements
        for action in statement["Action"]
        for resource in _listed(statement["Resource"])
        if action in tagging
    }
    aws = {"${AWS::Partition}": "aws", "${AWS::AccountId}": ACCOUNT}
    for placeholder, value in aws.items():
        granted = {(action, resource.replace(placeholder, value)) for action, resource in granted}
    assert granted == {(allowed.action, allowed.resource) for allowed in _declared(replace(spec, reads=(), writes=()))}

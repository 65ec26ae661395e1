"""The customer's roles: what their templates grant, whom they trust, and what they can never do.

What is compared are the documents as IAM gets them, after the templates' functions are resolved for given parameters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import yaml
from aws_cdk import App
from parliament import analyze_policy_string
from policy_sentry.querying.actions import get_action_data, get_actions_for_service

from customer_role import grants
from customer_role.app import build
from customer_role.grants import (
    ATTACHED_POLICIES_LIMIT,
    INLINE_POLICIES_LIMIT,
    MANAGED_POLICY_LIMIT,
    GrantTooLarge,
    Pack,
    every_resource,
    grant_for,
    packed,
    packs_of,
    policy_size,
    switch_name,
    tag_permissions,
)
from customer_role.guard_rails import guard_rails
from customer_role.request_parameters import NOT_PARAMETERS, NOT_PARAMETERS_OF, RULES, Only, denials
from customer_role.scp import SCP_LIMIT, service_control_policies
from customer_role.stack import PackStack
from customer_role.template import render, rendered, write
from customer_role.verification import template_version
from customer_role.worst_cases import WORST_CASES
from local.fix_pages import pages
from runtime.domain.access import SESSION_TAGS, VERIFICATION, customer_role_name, service_of
from runtime.domain.fix import Disruption, FixSpec, Permission
from runtime.domain.template import TemplateTool
from runtime.fixes.catalog import FIX_BY_ID, types_by_name
from tests.authorization import Question, Role, Session
from tests.infra.deployed_role import ACCOUNT, EXECUTION_ROLE, EXTERNAL_ID, Allowed, DeployedRole, deployed_role, listed

SPECS = tuple(fix.spec for fix in FIX_BY_ID.values())
PACKS = {pack.service: pack for pack in packs_of(SPECS)}
EVERY_PACK = pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.service)
EVERY_FIX = pytest.mark.parametrize(
    ("pack", "spec"),
    [pytest.param(pack, grant.spec, id=grant.spec.id) for pack in PACKS.values() for grant in pack.grants],
)
TEMPLATE_BODY_LIMIT = 51_200
"""Bytes of a template that is sent with the request, without a bucket.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


def _declared(spec: FixSpec, service: str) -> set[Allowed]:
    """What the fix's declaration says, for every resource of its types of one service in the account."""

    def allowed(permission: Permission, resource_type: str, *, write: bool) -> Allowed:
        kind = types_by_name()[resource_type]
        pattern = permission.resource.replace("${arn}", kind.arn.replace("${name}", kind.pattern))
        for placeholder, value in {"partition": "aws", "account_id": ACCOUNT, "region": "*", "name": "*"}.items():
            pattern = pattern.replace(f"${{{placeholder}}}", value)
        # The role is deployed before anybody chooses an option.
        for option in spec.options:
            pattern = pattern.replace(f"${{{option}}}", "*")
        return Allowed(fix=spec.id, only_when_writing=write, action=permission.action, resource=pattern)

    return {
        allowed(permission, resource_type, write=write)
        for resource_type in spec.resource_types
        if service_of(resource_type, spec.writes) == service
        for permissions, write in (
            (spec.reads, False),
            (types_by_name()[resource_type].tag_permissions, False),
            (spec.writes, True),
        )
        for permission in permissions
    }


def _declared_in(pack: Pack, specs: Iterable[FixSpec]) -> set[Allowed]:
    """What the declarations of these fixes say for one pack."""
    return set().union(*(_declared(spec, pack.service) for spec in specs))


def _specs(pack: Pack) -> list[FixSpec]:
    return [grant.spec for grant in pack.grants]


@pytest.fixture(scope="module")
def deploy(templates: dict[str, dict[str, Any]]) -> Callable[..., DeployedRole]:
    """Resolves a pack's template for the parameters given, as CloudFormation does."""

    def deployed(pack: Pack, partition: str = "aws", **parameters: str) -> DeployedRole:
        return deployed_role(
            templates[customer_role_name(pack.service)],
            partition,
            {"ExecutionRoleArn": EXECUTION_ROLE, "ExternalId": EXTERNAL_ID, **parameters},
        )

    return deployed


@EVERY_PACK
def test_the_role_may_do_what_the_fixes_declare_and_nothing_else(
    deploy: Callable[..., DeployedRole], pack: Pack
) -> None:
    assert deploy(pack).allowed == _declared_in(pack, SPECS)


@EVERY_PACK
def test_all_that_is_allowed_is_allowed_to_a_session_of_one_fix_only(
    deploy: Callable[..., DeployedRole], pack: Pack
) -> None:
    for document in deploy(pack).policies.values():
        for statement in document["Statement"]:
            assert statement["Effect"] == "Allow"
            assert set(statement) == {"Sid", "Effect", "Action", "Resource", "Condition"}
            assert set(statement["Condition"]) == {"StringEquals"}
            assert statement["Condition"]["StringEquals"]["aws:PrincipalTag/suture:fix"] in {
                spec.id for spec in _specs(pack)
            }


@EVERY_FIX
def test_a_fix_that_is_switched_off_is_allowed_nothing_and_the_others_lose_nothing(
    deploy: Callable[..., DeployedRole], pack: Pack, spec: FixSpec
) -> None:
    others = [other for other in SPECS if other is not spec]
    assert deploy(pack, **{switch_name(spec.id): "false"}).allowed == _declared_in(pack, others)


@EVERY_PACK
def test_with_every_fix_off_no_policy_is_left_that_could_be_empty(
    deploy: Callable[..., DeployedRole], templates: dict[str, dict[str, Any]], pack: Pack
) -> None:
    parameters = templates[customer_role_name(pack.service)]["Parameters"]
    off = {name: "false" for name in parameters if name.startswith("Enable")}
    assert len(off) == len(pack.grants)
    assert deploy(pack, **off).policies == {}


def test_every_fix_is_in_the_pack_of_each_service_that_it_acts_on_and_in_no_other() -> None:
    of_ec2 = FIX_BY_ID["ec2-security-group-world-ingress"].spec
    of_an_account = FIX_BY_ID["guardduty-enable"].spec
    twice = replace(of_ec2, resource_types=("AWS::S3::Bucket", "AWS::RDS::DBInstance"))
    assert {pack.service: _specs(pack) for pack in packs_of([twice, of_ec2, of_an_account])} == {
        "ec2": [of_ec2],
        "guardduty": [of_an_account],
        "rds": [twice],
        "s3": [twice],
    }
    assert {spec.id for pack in PACKS.values() for spec in _specs(pack)} == {spec.id for spec in SPECS}


@EVERY_PACK
def test_a_pack_has_the_name_of_its_service(pack: Pack) -> None:
    assert pack.title.lower() == pack.service.replace("-", "")


@EVERY_PACK
def test_what_the_laws_evaluate_is_what_the_template_deploys(deploy: Callable[..., DeployedRole], pack: Pack) -> None:
    deployed = deploy(pack)
    statements = [statement for document in deployed.policies.values() for statement in document["Statement"]]
    role = Role.of(pack, account_id=ACCOUNT)
    in_order = {"key": lambda statement: statement["Sid"]}
    assert sorted(statements, **in_order) == sorted(role.allowed["Statement"], **in_order)
    assert deployed.limits == role.limits


def test_a_bucket_pattern_covers_every_bucket_and_a_region_pattern_every_region_of_the_account() -> None:
    assert every_resource("AWS::S3::Bucket").arn == "arn:${AWS::Partition}:s3:::*"
    assert every_resource("AWS::RDS::DBInstance").arn == "arn:${AWS::Partition}:rds:*:${AWS::AccountId}:db:*"
    assert every_resource("AWS::EC2::Snapshot").arn == "arn:${AWS::Partition}:ec2:*::snapshot/*"


@EVERY_PACK
def test_the_role_is_assumed_by_one_role_with_the_external_id_and_in_the_name_of_a_finding(
    deploy: Callable[..., DeployedRole], pack: Pack
) -> None:
    role = deploy(pack).role
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
    assert role["RoleName"] == f"suture-remediation-{pack.service}"


@EVERY_PACK
def test_whatever_is_attached_to_the_role_it_does_nothing_that_no_fix_declares(
    deploy: Callable[..., DeployedRole], pack: Pack
) -> None:
    (statement,) = [it for it in deploy(pack).limits["Statement"] if "NotAction" in it]
    assert {key: statement[key] for key in ("Effect", "Resource")} == {"Effect": "Deny", "Resource": "*"}
    assert "Condition" not in statement
    assert set(statement["NotAction"]) == {allowed.action for allowed in _declared_in(pack, SPECS)}
    assert not [action for action in statement["NotAction"] if "*" in action or action.startswith("sts:")]


@pytest.mark.parametrize(
    "action",
    ["s3:GetObject", "dynamodb:GetItem", "kms:Decrypt", "logs:GetLogEvents", "rds-data:ExecuteStatement",
     "secretsmanager:GetSecretValue", "ssm:GetParameter", "iam:CreateAccessKey", "iam:PutUserPolicy",
     "iam:PutRolePolicy", "iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy",
     "kms:PutKeyPolicy", "kms:CreateGrant"],
)  # fmt: skip
def test_no_fix_reads_what_the_customer_stores_or_gives_anybody_access(action: str) -> None:
    assert action not in {allowed.action for pack in PACKS.values() for allowed in _declared_in(pack, SPECS)}


def test_only_five_fixes_pass_a_role_and_theirs_are_denied_to_pass_it_to_any_other_service() -> None:
    passing = {spec.id for spec in SPECS for it in spec.writes if it.action == "iam:PassRole"}
    assert passing == {
        "cloudtrail-cloudwatch-logs",
        "ec2-instance-profile",
        "rds-instance-enhanced-monitoring",
        "s3-replication",
        "vpc-flow-logs",
    }
    for pack in PACKS.values():
        denied = [
            it["Condition"]
            for it in guard_rails(pack)["Statement"]
            if it["Action" if "Action" in it else "Sid"] == ["iam:PassRole"]
        ]
        services = [
            "cloudtrail.amazonaws.com",
            "ec2.amazonaws.com",
            "ec2.amazonaws.com.cn",
            "monitoring.rds.amazonaws.com",
            "s3.amazonaws.com",
            "vpc-flow-logs.amazonaws.com",
        ]
        # Without ``Null``: what does not say to whom is denied as well.
        expected = [{"StringNotEquals": {"iam:PassedToService": services}}] if "iam:PassRole" in pack.actions else []
        assert denied == expected


MAY_BE = {
    "iam:AttachRolePolicy": ["AWSDenyAll"],
    "iam:AttachUserPolicy": ["AWSDenyAll"],
    "iam:DetachGroupPolicy": ["AdministratorAccess"],
    "iam:DetachRolePolicy": ["AWSDenyAll", "AdministratorAccess"],
}


@pytest.mark.parametrize("kind", ["Role", "User", "Group"])
@pytest.mark.parametrize("verb", ["Attach", "Detach"])
def test_the_only_policy_that_a_role_attaches_denies_everything_and_those_it_detaches_are_few_but_for_users(
    verb: str, kind: str
) -> None:
    action = f"iam:{verb}{kind}Policy"
    for pack in PACKS.values():
        denied = [it["Condition"] for it in guard_rails(pack)["Statement"] if action in it.get("Action", ())]
        if action not in pack.actions or action == "iam:DetachUserPolicy":
            assert not denied
        else:
            only = [f"arn:*:iam::aws:policy/{name}" for name in MAY_BE[action]]
            assert denied == [{"ArnNotLike": {"iam:PolicyARN": only}}]


@EVERY_PACK
def test_no_role_can_change_itself_its_policies_or_those_of_another_pack(
    deploy: Callable[..., DeployedRole], pack: Pack
) -> None:
    deployed = deploy(pack)
    statement = next(it for it in deployed.limits["Statement"] if it["Sid"] == "NeverARoleOfSuture")
    assert statement == {
        "Sid": "NeverARoleOfSuture",
        "Effect": "Deny",
        "Action": "*",
        "Resource": [
            f"arn:aws:iam::{ACCOUNT}:role/suture-remediation*",
            f"arn:aws:iam::{ACCOUNT}:policy/suture-remediation-*",
        ],
    }
    assert deployed.role["RoleName"].startswith("suture-remediation")
    assert deployed.policies
    assert all(name.startswith("suture-remediation-") for name in deployed.policies)


@EVERY_PACK
def test_a_resource_that_belongs_to_another_account_is_out_of_reach(
    deploy: Callable[..., DeployedRole], pack: Pack
) -> None:
    statement = next(it for it in deploy(pack).limits["Statement"] if it["Sid"] == "NeverAnotherAccount")
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


def test_the_role_that_verifies_sees_the_roles_of_suture_and_can_do_nothing_else(
    templates: dict[str, dict[str, Any]],
) -> None:
    parameters = {"ExecutionRoleArn": EXECUTION_ROLE, "ExternalId": EXTERNAL_ID}
    deployed = deployed_role(templates[customer_role_name(VERIFICATION)], "aws", parameters)
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    nothing: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}

    def may(action: str, role_name: str, attached: dict[str, Any] = nothing) -> bool:
        role = Role(
            arn=f"arn:aws:iam::{ACCOUNT}:role/{deployed.role['RoleName']}", allowed=attached, limits=deployed.limits
        )
        asked = Question(action=action, resource=f"arn:aws:iam::{ACCOUNT}:role/{role_name}")
        return Session(role=role, tags={}, policy=None).allows(asked)

    for service in PACKS:
        assert may("iam:GetRole", customer_role_name(service))
        assert may("iam:SimulatePrincipalPolicy", customer_role_name(service))
    for attached in (nothing, everything):
        assert not may("iam:GetRole", "somebody-elses", attached)
        assert not may("iam:PutRolePolicy", "suture-remediation-s3", attached)
        assert not may("sts:AssumeRole", "suture-remediation-s3", attached)


def test_the_role_that_verifies_is_assumed_by_the_platforms_people_with_the_external_id(
    templates: dict[str, dict[str, Any]],
) -> None:
    parameters = {"ExecutionRoleArn": EXECUTION_ROLE, "ExternalId": EXTERNAL_ID}
    role = deployed_role(templates[customer_role_name(VERIFICATION)], "aws", parameters).role
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Sid": "SeeWhatTheOthersMayDo",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"sts:ExternalId": EXTERNAL_ID},
                "StringLike": {"sts:RoleSessionName": "suture-*"},
            },
        }
    ]


@EVERY_PACK
def test_a_role_says_which_version_of_its_template_it_was_made_from(
    deploy: Callable[..., DeployedRole], pack: Pack
) -> None:
    assert deploy(pack).role["Tags"] == [{"Key": "suture:template", "Value": template_version(pack)}]


def test_another_template_has_another_version() -> None:
    pack = PACKS["s3"]
    less = replace(pack, grants=pack.grants[1:])
    assert template_version(less) != template_version(pack) == template_version(replace(pack))


@EVERY_PACK
def test_the_template_is_plain_and_needs_no_bootstrap(
    texts: Mapping[str, str], templates: dict[str, dict[str, Any]], pack: Pack
) -> None:
    name = customer_role_name(pack.service)
    template = templates[name]
    assert list(template) == [
        "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Conditions", "Resources", "Outputs",
    ]  # fmt: skip
    types = {resource["Type"] for resource in template["Resources"].values()}
    assert types == {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"}
    assert not [resource for resource in template["Resources"].values() if "Metadata" in resource]
    assert set(template["Metadata"]) == {"AWS::CloudFormation::Interface"}
    for word in ("Bootstrap", "cdk", "aws:asset"):
        assert word not in texts[name]


def test_the_cdk_app_deploys_with_the_callers_own_credentials_and_no_asset(tmp_path: Path) -> None:
    build(str(tmp_path)).synth()
    artifacts = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    stacks = {name: it for name, it in artifacts.items() if it["type"] == "aws:cloudformation:stack"}
    assert set(stacks) == {customer_role_name(service) for service in (*PACKS, VERIFICATION)}
    for stack in stacks.values():
        assert set(stack["properties"]) == {"templateFile", "terminationProtection", "validateOnSynth"}
    assert not [it for it in artifacts.values() if it["type"] == "cdk:asset-manifest"]


def test_the_templates_are_the_same_each_time_they_are_rendered(texts: Mapping[str, str]) -> None:
    assert render() == texts


def test_each_pack_has_a_template_that_can_be_deployed_without_a_bucket(texts: Mapping[str, str]) -> None:
    assert set(texts) == {customer_role_name(service) for service in (*PACKS, VERIFICATION)}
    assert {name: len(text.encode()) for name, text in texts.items() if len(text.encode()) > TEMPLATE_BODY_LIMIT} == {}


def test_what_is_handed_to_a_customer_is_written_as_files_of_their_own(
    texts: Mapping[str, str], tmp_path: Path
) -> None:
    written = write(tmp_path / "customer-role")
    assert {path.name: path.read_text(encoding="utf-8") for path in written if path.suffix == ".yaml"} == {
        f"{name}.yaml": text for name, text in texts.items()
    }
    scps = [path.read_text(encoding="utf-8").strip() for path in written if "-scp-" in path.name]
    assert scps == list(service_control_policies(PACKS.values()))


@EVERY_PACK
def test_the_console_shows_each_fix_by_its_title_and_what_it_may_break(
    templates: dict[str, dict[str, Any]], pack: Pack
) -> None:
    template = templates[customer_role_name(pack.service)]
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template["Parameters"])
    for spec in _specs(pack):
        switch = switch_name(spec.id)
        assert interface["ParameterLabels"][switch] == {"default": spec.title}
        assert template["Parameters"][switch] == {
            "Type": "String",
            "Default": "true",
            "AllowedValues": ["true", "false"],
            "Description": spec.hazard,
        }


@EVERY_FIX
def test_the_page_of_a_fix_names_its_pack_and_its_switch(pack: Pack, spec: FixSpec) -> None:
    (packs,) = (line for line in pages()[f"{spec.id}.md"].splitlines() if line.startswith("| customer's packs |"))
    assert f"`{pack.service}`" in packs
    assert f"`{switch_name(spec.id)}`" in pages()[f"{spec.id}.md"]


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
    templates: dict[str, dict[str, Any]], name: str, taken: str, refused: str
) -> None:
    for template in templates.values():
        parameter = template["Parameters"][name]

        def accepted(value: str, parameter: dict[str, Any] = parameter) -> bool:
            long_enough = parameter.get("MinLength", 0) <= len(value)
            return long_enough and re.fullmatch(parameter["AllowedPattern"], value, re.ASCII) is not None

        assert accepted(taken)
        assert not accepted(refused)
        assert "Default" not in parameter


def test_what_the_stack_is_given_becomes_the_parameters_defaults(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    PackStack(app, PACKS["s3"], execution_role_arn=EXECUTION_ROLE, external_id=EXTERNAL_ID)
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
        undo_hazard="None.",
        template_properties=dict.fromkeys(TemplateTool, "None."),
    )


def _assert_within_the_limits(deployed: DeployedRole) -> None:
    def size(document: Mapping[str, Any]) -> int:
        return len(re.sub(r"\s", "", json.dumps(document)))

    assert 1 <= len(deployed.policies) <= ATTACHED_POLICIES_LIMIT == 10
    assert all(size(document) <= MANAGED_POLICY_LIMIT == 6144 for document in deployed.policies.values())
    assert size(deployed.limits) <= INLINE_POLICIES_LIMIT == 10240


@EVERY_PACK
def test_with_every_fix_on_the_role_is_within_the_limits_of_iam(
    deploy: Callable[..., DeployedRole], pack: Pack
) -> None:
    _assert_within_the_limits(deploy(pack, partition="aws-us-gov"))


MOST_WANTED = {
    "EC2": 46, "IAM": 22, "RDS": 17, "S3": 11, "CloudTrail": 7, "ElasticLoadBalancingV2": 6, "Lambda": 4,
    "Redshift": 4, "CloudFront": 3, "DocDB": 3, "DynamoDB": 3, "Neptune": 3, "ApiGateway": 2, "KMS": 2,
    "AccessAnalyzer": 1, "Athena": 1, "AutoScaling": 1, "CloudFormation": 1, "CloudWatch": 1, "CodeBuild": 1,
    "Config": 1, "ECR": 1, "EKS": 1, "GuardDuty": 1, "Kinesis": 1, "KinesisFirehose": 1, "OpenSearchService": 1,
    "Route53": 1, "SNS": 1, "SQS": 1, "WAFv2": 1,
}  # fmt: skip
"""Of the 150 fixes that most of 26 open remediation tools ship (2026), how many there are for each service."""


def _a_hundred_and_fifty() -> list[FixSpec]:
    """Fixes like those there are, in turn: as many permissions, and texts as long. Two in a row that read the same
    share the action, which is less than fixes of one service share; no two share a write.
    """

    def like(spec: FixSpec, service: str, number: int) -> FixSpec:
        def renamed(permission: Permission) -> Permission:
            name = permission.action.partition(":")[2]
            of = number // 2 if permission in spec.reads else number
            action = f"{service.lower()}:{name[:-3]}{of:03d}"
            resource = "*" if permission.resource == "*" else "${arn}"
            return Permission(action=action, operation=action, resource=resource)

        return replace(
            spec,
            id=f"{spec.id[:-4]}-{number:03d}",
            resource_types=(f"AWS::{service}::SecurityGroup",),
            reads=tuple(map(renamed, spec.reads)),
            writes=tuple(map(renamed, spec.writes)),
        )

    services = [service for service, count in MOST_WANTED.items() for _ in range(count)]
    return [like(spec, *it) for spec, it in zip(cycle(SPECS), zip(services, range(150), strict=True), strict=False)]


@pytest.fixture(scope="module")
def hundred_and_fifty() -> dict[str, Pack]:
    """Their packs. Each type has the longest ARN there is today, and its tags take one more action to read."""

    def tags(resource_type: str) -> tuple[Permission, ...]:
        action = f"{service_of(resource_type)}:ListTagsForResource"
        return (Permission(action=action, operation=action),)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grants, "tag_permissions", tags)
        patch.setattr(
            grants,
            "arn_form",
            lambda name: f"arn:${{partition}}:{service_of(name)}:${{region}}:${{account_id}}:security-group/${{name}}",
        )
        specs = _a_hundred_and_fifty()
        assert len({spec.id for spec in specs}) == len(specs) == 150
        return {pack.service: pack for pack in packs_of(specs)}


def test_a_hundred_and_fifty_fixes_are_within_the_limits_of_iam_and_cloudformation(
    hundred_and_fifty: dict[str, Pack], tmp_path: Path
) -> None:
    # CDK's CloudFormation rules try combinations of conditions, which takes them minutes with so many.
    app = App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    for pack in hundred_and_fifty.values():
        PackStack(app, pack)
    texts = rendered(app)
    assert len(texts) == len(MOST_WANTED)
    fixes = set()
    for text in texts.values():
        template = yaml.safe_load(text)
        assert len(template["Parameters"]) <= 200
        deployed = deployed_role(
            template, "aws-us-gov", {"ExecutionRoleArn": EXECUTION_ROLE, "ExternalId": EXTERNAL_ID}
        )
        _assert_within_the_limits(deployed)
        fixes |= {allowed.fix for allowed in deployed.allowed}
    assert len(fixes) == 150
    sizes = {name: len(text.encode()) for name, text in texts.items()}
    # One pack of 46 fixes needs the upload that the guide describes; all others are sent with the request.
    assert [name for name, size in sizes.items() if size > TEMPLATE_BODY_LIMIT] == ["suture-remediation-ec2"]
    assert sizes["suture-remediation-ec2"] <= 1_000_000
    assert len(hundred_and_fifty["ec2"].grants) == 46


def test_of_a_policy_with_more_fixes_than_one_condition_can_name_each_single_one_can_stay_on(tmp_path: Path) -> None:
    small = [
        replace(_synthetic(number, writes=1), resource_types=("AWS::S3::Bucket",), reads=()) for number in range(12)
    ]
    (pack,) = packs_of(small)
    assert len(packed(pack.grants)) == 1
    app = App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    PackStack(app, pack, execution_role_arn=EXECUTION_ROLE, external_id=EXTERNAL_ID)
    template = app.synth().stacks[0].template
    off = {name: "false" for name in template["Parameters"] if name.startswith("Enable")}
    for spec in small:
        alone = deployed_role(template, "aws", {**off, switch_name(spec.id): "true"})
        assert {allowed.fix for allowed in alone.allowed} == {spec.id}


def test_the_service_control_policies_of_a_hundred_and_fifty_fixes_can_be_attached_at_two_levels(
    hundred_and_fifty: dict[str, Pack],
) -> None:
    documents = service_control_policies(hundred_and_fifty.values())
    assert all(len(document) <= SCP_LIMIT for document in documents)
    statements = [statement for document in documents for statement in json.loads(document)["Statement"]]
    assert len(statements) == 2 + len(hundred_and_fifty)
    # Five at each of root, unit and account, one of which is AWS's own that allows everything.
    # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
    assert len(documents) <= 4 + 4


def test_a_fix_added_at_the_end_moves_no_other_to_another_policy() -> None:
    every = [_grant(_synthetic(number)) for number in range(30)]
    before = packed(every[:-1])
    assert len(before) > 1
    for policy, later in zip(before, packed(every), strict=False):
        assert later[: len(policy)] == policy


def _grant(spec: FixSpec) -> grants.Grant:
    (resource_type,) = spec.resource_types
    return grant_for(spec, service_of(resource_type))


def test_a_fix_that_no_policy_can_hold_is_refused() -> None:
    with pytest.raises(GrantTooLarge) as refused:
        packed([_grant(_synthetic(1, writes=200))])
    assert refused.value.subject == _synthetic(1).id
    assert refused.value.limit == MANAGED_POLICY_LIMIT


def test_more_fixes_than_ten_policies_hold_are_refused() -> None:
    every = [_grant(_synthetic(number)) for number in range(99)]
    assert sum(policy_size([grant]) for grant in every) > ATTACHED_POLICIES_LIMIT * MANAGED_POLICY_LIMIT
    with pytest.raises(GrantTooLarge, match="managed policies of the role: "):
        packed(every)


def test_more_actions_than_the_inline_limit_holds_are_refused(tmp_path: Path) -> None:
    alike = [replace(_synthetic(number, writes=20), resource_types=("AWS::S3::Bucket",)) for number in range(20)]
    (pack,) = packs_of(alike)
    with pytest.raises(GrantTooLarge) as refused:
        PackStack(App(outdir=str(tmp_path)), pack)
    assert refused.value.limit == INLINE_POLICIES_LIMIT


def test_a_fix_for_two_resource_types_reads_the_tags_of_each_at_its_own_resources_only() -> None:
    spec = replace(_synthetic(0), resource_types=("AWS::EC2::SecurityGroup", "AWS::EC2::Snapshot", "AWS::S3::Bucket"))
    tagging = {permission.action for name in spec.resource_types for permission in tag_permissions(name)}
    for service, types in {"ec2": spec.resource_types[:2], "s3": spec.resource_types[2:]}.items():
        granted = {
            (action, re.sub(r"\$\{AWS::AccountId\}", ACCOUNT, resource.replace("${AWS::Partition}", "aws")))
            for statement in grant_for(spec, service).statements
            for action in statement["Action"]
            for resource in listed(statement["Resource"])
            if action in tagging
        }
        only_tags = replace(spec, reads=(), writes=())
        assert granted == {(allowed.action, allowed.resource) for allowed in _declared(only_tags, service)}
        assert {action for action, _ in granted} == {it.action for name in types for it in tag_permissions(name)}


# -- parameters that no fix sends ------------------------------------------------------------------------------------

EVERY_WRITE = pytest.mark.parametrize(
    "action", sorted({permission.action for spec in SPECS for permission in spec.writes})
)


def _condition_keys(action: str) -> set[str]:
    """Those that the Service Authorization Reference lists for an action."""
    service, name = action.split(":")
    rows = get_action_data(service, name)[service]
    return {key for row in rows if row["action"] == action for key in row["condition_keys"]}


@EVERY_WRITE
def test_of_every_condition_key_of_a_writing_action_it_is_said_whether_it_is_a_parameter_and_what_it_may_be(
    action: str,
) -> None:
    patterns = (*NOT_PARAMETERS, NOT_PARAMETERS_OF.get(action, "(?!)"))
    described = {key for key in _condition_keys(action) if any(re.fullmatch(it, key) for it in patterns)}
    parameters = [rule.key for rule in RULES.get(action, ())]
    assert len(parameters) == len(set(parameters))
    assert described.isdisjoint(parameters)
    assert described.union(parameters) == _condition_keys(action), "customer_role/request_parameters.py"


def test_no_parameter_is_ruled_for_an_action_that_no_fix_uses() -> None:
    assert {*RULES, *NOT_PARAMETERS_OF} <= {permission.action for spec in SPECS for permission in spec.writes}


def test_a_parameter_that_no_fix_sends_is_denied_whatever_else_is_attached() -> None:
    assert denials(["ec2:ModifySnapshotAttribute", "s3:PutBucketPolicy"])[3]["Condition"] == {
        "StringLike": {"ec2:Add/userId": "?*"}
    }
    for pack in PACKS.values():
        denied = {
            (action, key)
            for statement in guard_rails(pack)["Statement"]
            if statement["Sid"].startswith("ParameterThatNoFixSends")
            for action in statement["Action"]
            for keys in statement["Condition"].values()
            for key in keys
        }
        assert denied == {
            (action, rule.key)
            for action, rules in RULES.items()
            if action in pack.actions
            for rule in rules
            if "${" not in rule.key and not (isinstance(rule, Only) and not rule.values)
        }


# -- what others make of it ------------------------------------------------------------------------------------------


@EVERY_PACK
def test_parliament_finds_nothing_in_any_policy_of_a_role(deploy: Callable[..., DeployedRole], pack: Pack) -> None:
    deployed = deploy(pack)
    for document in (*deployed.policies.values(), deployed.limits):
        findings = [finding for finding in _findings(document) if not _explained(finding)]
        assert findings == []


def test_parliament_would_find_an_action_that_does_not_exist_and_a_resource_that_does_not_fit() -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetBucketTagging", "Resource": "arn:aws:ec2:*:*:snapshot/*"}
    assert _findings(grants.policy_document([statement]))
    assert _findings(grants.policy_document([{**statement, "Action": "s3:GetBucketTags", "Resource": "*"}]))


def _findings(document: Mapping[str, Any]) -> list[Any]:
    findings: list[Any] = analyze_policy_string(json.dumps(document)).findings
    return findings


NEWER_THAN_PARLIAMENT = {
    "athena:ListTagsForResource": "workgroup",
    "ec2:AuthorizeSecurityGroupEgress": "security-group-rule",
    "ec2:AuthorizeSecurityGroupIngress": "security-group-rule",
    "ec2:CreateFlowLogs": "vpc-flow-log",
    "ec2:ModifySecurityGroupRules": "security-group-rule",
    "es:ListTags": "domain",
    "redshift:DescribeClusters": "cluster",
}
"""Actions, and what they are about of which parliament's copy of the Service Authorization Reference knows nothing, or
which it wants in one statement with the other resources of the action; that calls are allowed, the laws show."""


def test_what_parliament_does_not_know_yet_is_in_the_reference() -> None:
    for action, kind in NEWER_THAN_PARLIAMENT.items():
        service, name = action.split(":")
        forms = {row["resource_arn_format"] for row in get_action_data(service, name)[service]}
        assert any(re.search(f":{kind}[:/]", form) for form in forms), action


def _explained(finding: Any) -> bool:
    """Whoever may write a bucket's policy, ACL or lifecycle may give away or delete its objects: the page says so."""
    if str(finding.issue) == "UNKNOWN_CONDITION_FOR_ACTION":
        # It does not find those of some resources where a statement is about every one.
        unknown = re.search(r"Unknown condition (\S+) for action (\S+):(\w+)", str(finding))
        assert unknown, finding
        key, service, name = unknown.groups()
        return any(key in row["condition_keys"] for row in get_action_data(service, name)[service])
    if str(finding.issue) == "RESOURCE_MISMATCH":
        return {it["action"] for it in finding.detail} <= set(NEWER_THAN_PARLIAMENT)
    return str(finding.issue) == "RESOURCE_POLICY_PRIVILEGE_ESCALATION" and any(
        action in finding.detail and "every object" in WORST_CASES[action].effect
        for action in ["s3:PutBucketPolicy", "s3:PutBucketAcl", "s3:PutLifecycleConfiguration"]
    )


@EVERY_PACK
def test_only_actions_that_aws_does_not_scope_are_allowed_on_everything(
    deploy: Callable[..., DeployedRole], pack: Pack
) -> None:
    for allowed in deploy(pack).allowed:
        service, name = allowed.action.split(":")
        rows = [row for row in get_action_data(service, name)[service] if row["action"] == allowed.action]
        assert rows
        scoped = any(row["resource_arn_format"] != "*" for row in rows)
        assert scoped != (allowed.resource == "*"), allowed


# -- what it could be used for ---------------------------------------------------------------------------------------


def test_of_every_writing_action_it_is_said_what_it_could_be_used_for_at_worst() -> None:
    assert set(WORST_CASES) == {permission.action for spec in SPECS for permission in spec.writes}


def test_the_service_control_policies_bound_each_role_and_deny_others_of_the_name_everything() -> None:
    documents = [json.loads(document) for document in service_control_policies(PACKS.values())]
    assert all(set(document) == {"Version", "Statement"} for document in documents)
    others, *bounds = [statement for document in documents for statement in document["Statement"]]
    assert all(re.fullmatch("[A-Za-z0-9]+", statement["Sid"]) for statement in (others, *bounds))
    assert all(statement["Effect"] == "Deny" for statement in (others, *bounds))
    roles = [f"arn:*:iam::*:role/{customer_role_name(service)}" for service in (*PACKS, VERIFICATION)]
    actions = [*(sorted(pack.actions) for pack in PACKS.values()), ["iam:GetRole", "iam:SimulatePrincipalPolicy"]]
    assert others["Condition"] == {
        "ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:role/suture-remediation*"},
        "ArnNotLike": {"aws:PrincipalArn": roles},
    }
    # In any order: each goes into the first document with room.
    assert sorted(((it["Condition"], it["NotAction"]) for it in bounds), key=str) == sorted(
        (({"ArnLike": {"aws:PrincipalArn": role}}, done) for role, done in zip(roles, actions, strict=True)),
        key=str,
    )


EC2_ACTIONS = sorted(get_actions_for_service("ec2"))
"""As the Service Authorization Reference has them."""


def _many_of_ec2(count: int) -> tuple[Pack, ...]:
    """The packs of so many fixes for EC2, each with three actions of its own."""
    actions = [Permission(action=action, operation=action) for action in EC2_ACTIONS if action != "ec2:DescribeTags"]
    specs = [
        replace(
            SPECS[0],
            id=f"ec2-fix-number-{number}",
            resource_types=("AWS::EC2::SecurityGroup",),
            reads=(actions[3 * number],),
            writes=tuple(actions[3 * number + 1 : 3 * number + 3]),
        )
        for number in range(count)
    ]
    return packs_of(specs)


def test_service_control_policies_are_within_the_limit_and_a_pack_that_fits_into_none_is_divided() -> None:
    assert all(len(document) <= SCP_LIMIT == 5120 for document in service_control_policies(PACKS.values()))
    (pack,) = packs = _many_of_ec2(150)
    assert len(pack.actions) >= 450
    documents = service_control_policies(packs)
    assert 1 < len(documents) <= 4
    assert all(len(document) <= SCP_LIMIT for document in documents)
    sids = [statement["Sid"] for document in documents for statement in json.loads(document)["Statement"]]
    assert sorted(sids) == [
        "NoOtherSutureRole",
        "SutureEC2",
        "SutureEC22",
        "SutureEC23",
        "SutureEC24",
        "SutureVerification",
    ]

    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    role = Role(arn=f"arn:aws:iam::{ACCOUNT}:role/{customer_role_name('ec2')}", allowed=everything, limits=everything)
    session = Session(role=role, tags={}, policy=None, scps=documents)
    for action in (*EC2_ACTIONS, *pack.actions, "ec2:", "ec2:De", "ec2:DescribeNothing", "s3:GetObject", "iam:GetRole"):
        assert session.allows(Question(action=action, resource="*")) == (action in pack.actions), action


def test_what_a_service_control_policy_says_of_a_pack_changes_with_that_pack_only() -> None:
    def statements(packs: Iterable[Pack]) -> set[str]:
        documents = map(json.loads, service_control_policies(packs))
        return {json.dumps(statement) for document in documents for statement in document["Statement"]}

    others = [pack for pack in PACKS.values() if pack.service != "ec2"]
    changed = statements([*others, *_many_of_ec2(150)]) ^ statements([*others, *_many_of_ec2(151)])
    assert changed
    assert all(customer_role_name("ec2") in statement for statement in changed)


def test_more_packs_than_one_statement_can_name_are_refused() -> None:
    with pytest.raises(GrantTooLarge) as refused:
        service_control_policies(replace(PACKS["s3"], service=f"service-{number}") for number in range(120))
    assert (refused.value.subject, refused.value.limit) == ("NoOtherSutureRole", SCP_LIMIT)

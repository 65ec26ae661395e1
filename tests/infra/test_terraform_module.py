"""The Terraform module grants exactly what the CloudFormation templates do: it is compared with them, policy by policy.

There is no Terraform here. Its expressions are few and known: each is resolved as Terraform would, and any other fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from customer_role.grants import Pack, packs_of
from customer_role.terraform import _filled_in, module
from customer_role.trust import EXECUTION_ROLE_ARN, EXTERNAL_ID_LENGTH
from customer_role.trust import EXTERNAL_ID as EXTERNAL_ID_FORM
from runtime.domain.access import VERIFICATION, customer_role_name
from runtime.fixes.catalog import SPECS
from tests.infra.deployed_role import ACCOUNT, EXECUTION_ROLE, EXTERNAL_ID, deployed_role

PACKS = {pack.service: pack for pack in packs_of(SPECS.values())}
EVERY_PACK = pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.service)


@pytest.fixture(scope="module")
def files() -> Mapping[str, Any]:
    """By the name of the file."""
    return {name: json.loads(text) for name, text in module(tuple(PACKS.values())).items()}


def _text(template: str, partition: str) -> str:
    """A text as Terraform fills it in. An expression that is not known fails."""
    values = {
        "data.aws_partition.current.partition": partition,
        "data.aws_caller_identity.current.account_id": ACCOUNT,
        "var.execution_role_arn": EXECUTION_ROLE,
        "var.external_id": EXTERNAL_ID,
        "local.platform_account_id": EXECUTION_ROLE.split(":")[4],
    }
    assert "%{" not in template.replace("%%{", "")
    filled = re.sub(r"(?<!\$)\$\{([^}]*)\}", lambda found: values[found[1]], template)
    return filled.replace("$${", "${").replace("%%{", "%{")


def _value(value: Any, partition: str) -> Any:
    match value:
        case str():
            return _text(value, partition)
        case dict():
            return {key: _value(member, partition) for key, member in value.items()}
        case list():
            return [_value(member, partition) for member in value]
        case _:
            return value


@pytest.fixture
def planned(files: Mapping[str, Any]) -> Callable[..., dict[str, Any]]:
    """The roles of a pack, and their policies, as Terraform would make them with these fixes switched off."""

    def planned(service: str, partition: str = "aws", off: frozenset[str] = frozenset()) -> dict[str, Any]:
        document = files[f"{service}.tf.json"]
        resources, local = document["resource"], document["locals"]
        role, inline = resources["aws_iam_role"][service], resources["aws_iam_role_policy"][service]
        assert role["count"] == f'${{contains(var.packs, "{service}") ? 1 : 0}}'
        assert (inline["count"], inline["role"]) == (
            f"${{length(aws_iam_role.{service})}}",
            f"${{aws_iam_role.{service}[0].id}}",
        )
        policies = {}
        for key, policy in resources.get("aws_iam_policy", {}).items():
            assert local[key] == (
                f"${{[for it in local.{key}_all : it.statement if !contains(var.disabled_fixes, it.fix)]}}"
            )
            assert policy["policy"] == f'${{jsonencode({{Version = "2012-10-17", Statement = local.{key}}})}}'
            assert policy["count"] == (f'${{contains(var.packs, "{service}") && length(local.{key}) > 0 ? 1 : 0}}')
            attachment = resources["aws_iam_role_policy_attachment"][key]
            assert attachment == {
                "count": f"${{length(aws_iam_policy.{key})}}",
                "role": f"${{aws_iam_role.{service}[0].name}}",
                "policy_arn": f"${{aws_iam_policy.{key}[0].arn}}",
            }
            statements = [it["statement"] for it in local[f"{key}_all"] if it["fix"] not in off]
            if statements:
                policies[policy["name"]] = _value({"Version": "2012-10-17", "Statement": statements}, partition)
        assert set(resources.get("aws_iam_role_policy_attachment", {})) == set(resources.get("aws_iam_policy", {}))
        return {
            "name": role["name"],
            "description": role["description"],
            "session": role["max_session_duration"],
            "tags": role["tags"],
            "trust": json.loads(_text(role["assume_role_policy"], partition)),
            "limits": (inline["name"], json.loads(_text(inline["policy"], partition))),
            "policies": policies,
        }

    return planned


def _by_cloudformation(template: Mapping[str, Any], partition: str, off: frozenset[str]) -> dict[str, Any]:
    switched_off = {
        name: "false" for name in template["Parameters"] if name.removeprefix("Enable").lower() in _switches(off)
    }
    assert len(switched_off) == len(off)
    parameters = {"ExecutionRoleArn": EXECUTION_ROLE, "ExternalId": EXTERNAL_ID, **switched_off}
    deployed = deployed_role(template, partition, parameters)
    (inline,) = deployed.role["Policies"]
    return {
        "name": deployed.role["RoleName"],
        "description": deployed.role["Description"],
        "session": deployed.role["MaxSessionDuration"],
        "tags": {tag["Key"]: tag["Value"] for tag in deployed.role.get("Tags", [])},
        "trust": deployed.role["AssumeRolePolicyDocument"],
        "limits": (inline["PolicyName"], inline["PolicyDocument"]),
        "policies": dict(deployed.policies),
    }


def _switches(off: frozenset[str]) -> set[str]:
    return {fix_id.replace("-", "") for fix_id in off}


@EVERY_PACK
@pytest.mark.parametrize("partition", ["aws", "aws-us-gov"])
def test_the_module_grants_what_the_template_grants(
    templates: Mapping[str, Any], planned: Callable[..., dict[str, Any]], pack: Pack, partition: str
) -> None:
    template = templates[customer_role_name(pack.service)]
    for off in (frozenset[str](), frozenset({pack.grants[0].spec.id}), frozenset(it.spec.id for it in pack.grants)):
        assert planned(pack.service, partition, off) == _by_cloudformation(template, partition, off)


def test_the_role_that_verifies_is_the_same_too(
    templates: Mapping[str, Any], planned: Callable[..., dict[str, Any]]
) -> None:
    template = templates[customer_role_name(VERIFICATION)]
    assert planned(VERIFICATION) == _by_cloudformation(template, "aws", frozenset())


def test_a_trust_that_would_be_too_wide_is_refused_by_terraform(files: Mapping[str, Any]) -> None:
    variables = files["variables.tf.json"]["variable"]
    arn, external_id = (variables[name]["validation"]["condition"] for name in ("execution_role_arn", "external_id"))
    assert arn == f'${{can(regex("^{EXECUTION_ROLE_ARN}$", var.execution_role_arn))}}'
    pattern = json.dumps(f"^{EXTERNAL_ID_FORM}$")
    assert external_id == (
        f"${{can(regex({pattern}, var.external_id)) && length(var.external_id) >= {EXTERNAL_ID_LENGTH}}}"
    )


def test_the_variables_know_every_pack_and_every_fix(files: Mapping[str, Any]) -> None:
    variables = files["variables.tf.json"]["variable"]

    def known(name: str) -> set[str]:
        found = re.search(r"contains\((\[.*?\]), name\)", variables[name]["validation"]["condition"])
        assert found is not None
        return set(json.loads(found[1]))

    assert known("packs") == {*PACKS, VERIFICATION}
    assert known("disabled_fixes") == set(SPECS)
    assert "default" not in variables["packs"]


def test_the_module_gives_out_every_role(files: Mapping[str, Any]) -> None:
    value = files["outputs.tf.json"]["output"]["role_arns"]["value"]
    assert re.findall(r"aws_iam_role\.([\w-]+)\[\*\]\.arn", value) == [*PACKS, VERIFICATION]


def test_what_terraform_would_take_for_an_expression_of_its_own_is_escaped() -> None:
    assert _filled_in(["${aws:username} in ${AWS::AccountId}", "%{if}"]) == [
        "$${aws:username} in ${data.aws_caller_identity.current.account_id}",
        "%%{if}",
    ]


def test_the_module_is_the_same_each_time_it_is_made() -> None:
    assert module(tuple(PACKS.values())) == module(tuple(PACKS.values()))

"""What a fix declares about itself is true, complete, and what AWS has."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from string import Template
from typing import Any

import jsonschema
import pytest
from policy_sentry.querying.actions import get_action_data

from infra.identifiers import identifiers_of, read_answers
from runtime.domain.access import SESSION_POLICY_LIMIT, session_policy
from runtime.domain.fix import FixSpec, Permission
from runtime.domain.plan import canonical_json
from runtime.domain.template import TemplateTool
from runtime.fixes.catalog import FIX_BY_ID, SPECS, page_of, types_by_name
from runtime.fixes.contract import Fix
from runtime.fixes.resource_type import ResourceType
from tests.laws.cases import resource_from
from tests.laws.customer_account import client

REPORTED_BY_NOBODY = frozenset(
    {
        "cloudtrail-start-logging",
        "ec2-instance-isolate",
        "ec2-instance-stop",
        "iam-role-quarantine",
        "iam-user-quarantine",
        "xray-encryption",
    }
)
"""Fixes for what somebody found out, such as a threat, or wants: no framework has an identifier for it."""

EVERY_FIX = [pytest.param(fix, id=fix.spec.id) for fix in FIX_BY_ID.values()]
EVERY_TYPE = [pytest.param(kind, id=name) for name, kind in types_by_name().items()]
SECTIONS = ["What it does", "Why it matters", "What can break", "Undo", "References"]


def permissions_of(spec: FixSpec) -> list[Permission]:
    tags = [permission for name in spec.resource_types for permission in types_by_name()[name].tag_permissions]
    return [*spec.reads, *tags, *spec.writes]


EVERY_PERMISSION = [
    pytest.param(permission, id=f"{permission.action} for {permission.operation}")
    for permission in dict.fromkeys(permission for fix in FIX_BY_ID.values() for permission in permissions_of(fix.spec))
]


def known_to_iam(action: str) -> list[dict[str, Any]]:
    """What the Service Authorization Reference says of an action: one row per resource type. Empty if it has none."""
    service, name = action.split(":")
    answer = get_action_data(service, name)
    return [row for row in answer[service] if row["action"] == action] if answer else []


def test_a_fix_is_found_by_its_id_only() -> None:
    assert all(fix.spec.id == fix_id and SPECS[fix_id] is fix.spec for fix_id, fix in FIX_BY_ID.items())
    for nothing in ("", "s3", "s3-", "kinds-declared", "s3-no-such-fix", "contract", "..", "s3.block-public-access"):
        assert FIX_BY_ID.get(nothing) is None


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_the_page_of_a_fix_has_the_five_sections_in_order_and_none_is_empty(fix: Fix) -> None:
    page = page_of(fix.spec.id)
    headings = re.findall(r"^(\S.*)\n-+$", page, flags=re.MULTILINE)
    assert headings == SECTIONS
    bodies = re.split(r"^\S.*\n-+$", page, flags=re.MULTILINE)[1:]
    assert all(body.strip() for body in bodies)
    assert re.search(r"https://docs\.aws\.amazon\.com/\S+", bodies[-1])


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_the_title_starts_with_a_verb_and_each_hazard_is_one_sentence(fix: Fix) -> None:
    first = fix.spec.title.split()[0]
    assert first[0].isupper()
    assert first[1:].islower()
    assert not first.endswith(("s", "ing", "ed"))
    assert not fix.spec.title.endswith(".")
    assert bool(fix.spec.undo_hazard) is fix.spec.reversible
    for hazard in filter(None, (fix.spec.hazard, fix.spec.undo_hazard)):
        assert re.fullmatch(r"[A-Z][^.!?]*(?:\.\d[^.!?]*)*\.", hazard)
    assert not re.search(r"\bundo", fix.spec.hazard, re.IGNORECASE), "that is the hazard of an undo"


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_a_fix_says_for_every_tool_what_to_change_in_the_template_as_the_end_of_a_sentence(fix: Fix) -> None:
    assert set(fix.spec.template_properties) == set(TemplateTool)
    for text in fix.spec.template_properties.values():
        assert re.fullmatch(r"(add|keep|leave|remove|set) \S.*[^\s.]", text)


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_the_resource_types_of_a_fix_are_known_and_it_says_which_identifiers_it_answers(fix: Fix) -> None:
    assert fix.spec.resource_types
    assert set(fix.spec.resource_types) <= types_by_name().keys()
    answered = [found for found, _ in identifiers_of(read_answers()[fix.spec.id])]
    assert bool(answered) is (fix.spec.id not in REPORTED_BY_NOBODY)
    assert len({(found.framework, found.id) for found in answered}) == len(answered)


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_the_defaults_of_a_fix_are_what_its_option_schemas_allow(fix: Fix) -> None:
    for name, option in fix.spec.options.items():
        jsonschema.Draft202012Validator.check_schema(option.schema)
        jsonschema.validate(option.default, option.schema)
        assert option.description, name


@pytest.mark.parametrize("permission", EVERY_PERMISSION)
def test_law_6_every_declared_action_exists_in_iam(permission: Permission) -> None:
    assert known_to_iam(permission.action)


@pytest.mark.parametrize("permission", EVERY_PERMISSION)
def test_every_declared_operation_exists_in_its_service(permission: Permission) -> None:
    service, operation = permission.operation.split(":")
    assert operation in client(service).meta.service_model.operation_names


@pytest.mark.parametrize("permission", EVERY_PERMISSION)
def test_a_permission_is_for_one_resource_wherever_iam_has_a_narrower_form_than_all(permission: Permission) -> None:
    narrower = any(row["resource_arn_format"] != "*" for row in known_to_iam(permission.action))
    assert (permission.resource != "*") == narrower


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_reads_are_reading_actions_and_writes_are_not(fix: Fix) -> None:
    reading = {"Read", "List"}
    for permission in fix.spec.writes:
        assert {row["access_level"] for row in known_to_iam(permission.action)}.isdisjoint(reading), permission
    for permission in {*permissions_of(fix.spec)} - {*fix.spec.writes}:
        assert {row["access_level"] for row in known_to_iam(permission.action)} <= reading, permission


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_the_session_policies_of_a_fix_fit_into_what_sts_takes(fix: Fix) -> None:
    for name in fix.spec.resource_types:
        kind = types_by_name()[name]
        resource = resource_from(longest_arn(kind), region="ap-southeast-1")
        for permissions in ((*fix.spec.reads, *kind.tag_permissions), fix.spec.writes):
            policy = canonical_json(session_policy(permissions, resource))
            assert len(policy) <= SESSION_POLICY_LIMIT


def longest_arn(kind: ResourceType) -> str:
    parts = {"partition": "aws", "region": "ap-southeast-1", "account_id": "123456789012", "name": kind.longest}
    return Template(kind.arn).substitute(parts)


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_the_longest_arn_of_a_type_is_recognised_as_of_that_type(kind: ResourceType) -> None:
    assert resource_from(longest_arn(kind), region="ap-southeast-1").type == kind.name


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_what_stands_for_all_names_of_a_type_covers_the_longest(kind: ResourceType) -> None:
    assert fnmatchcase(kind.longest, kind.pattern)


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_a_type_says_how_aws_tells_that_a_resource_does_not_exist(kind: ResourceType) -> None:
    assert kind.gone or kind.name == "AWS::::Account"
    assert kind.noun

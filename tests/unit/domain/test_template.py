"""Whose template a resource comes from, told from its tags."""

from __future__ import annotations

import pytest

from runtime.domain.template import TagMark, TemplateOwner, TemplateTool, parse_tag_mark, template_of

MARKS = {
    TemplateTool.CDK: (TagMark(key="aws-cdk:auto-delete-objects", value=None), TagMark(key="managed-by", value="cdk")),
    TemplateTool.TERRAFORM: (TagMark(key="managed-by", value="terraform"), TagMark(key="terraform", value=None)),
}
PROPERTIES = {tool: f"set it in {tool}" for tool in TemplateTool}
STACK = {"aws:cloudformation:stack-name": "ledger", "aws:cloudformation:logical-id": "Bucket1"}


def owner(tags: dict[str, str]) -> TemplateOwner | None:
    return template_of(tags, MARKS, PROPERTIES)


@pytest.mark.parametrize(
    ("tags", "tool", "name"),
    [
        pytest.param(STACK, TemplateTool.CLOUDFORMATION, "ledger Bucket1", id="a stack's"),
        pytest.param(
            {"aws:cloudformation:stack-name": "ledger"},
            TemplateTool.CLOUDFORMATION,
            "ledger",
            id="the stack's name only",
        ),
        pytest.param(
            {"aws:cloudformation:logical-id": "Bucket1"}, TemplateTool.CLOUDFORMATION, "Bucket1", id="its part only"
        ),
        pytest.param(
            {"Managed-By": "Terraform"}, TemplateTool.TERRAFORM, "Managed-By=Terraform", id="a value in any case"
        ),
        pytest.param({"TERRAFORM": ""}, TemplateTool.TERRAFORM, "TERRAFORM=", id="a key with whatever value"),
        pytest.param({"managed-by": "CDK"}, TemplateTool.CDK, "managed-by=CDK", id="the CDK's without a stack"),
        pytest.param(
            {**STACK, "managed-by": "cdk"}, TemplateTool.CDK, "ledger Bucket1", id="the CDK's, named after its stack"
        ),
        pytest.param(
            {**STACK, "terraform": "yes"}, TemplateTool.TERRAFORM, "terraform=yes", id="Terraform's over a stack's"
        ),
        pytest.param(
            {"terraform": "yes", "managed-by": "cdk"},
            TemplateTool.CDK,
            "managed-by=cdk",
            id="the CDK's over Terraform's",
        ),
    ],
)
def test_a_resource_is_known_to_come_from_a_template_by(tags: dict[str, str], tool: TemplateTool, name: str) -> None:
    assert owner(tags) == TemplateOwner(tool=tool, name=name, property=f"set it in {tool}")


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"owner": "terraform"},
        {"managed-by": "hand"},
        {"managed-by": "terraform-enterprise"},
        {"managed-by ": "cdk"},
        {"aws:cloudformation:stack-name": ""},
    ],
)
def test_nothing_else_is_a_sign_of_a_template(tags: dict[str, str]) -> None:
    assert owner(tags) is None


def test_without_marks_only_cloudformation_s_own_tags_tell() -> None:
    assert template_of({"terraform": "true"}, {}, PROPERTIES) is None
    found = template_of({**STACK, "managed-by": "cdk"}, {}, PROPERTIES)
    assert found is not None
    assert found.tool is TemplateTool.CLOUDFORMATION


def test_an_owner_says_its_tool_and_its_name() -> None:
    assert str(owner(STACK)) == "cloudformation (ledger Bucket1)"


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Terraform", TagMark(key="terraform", value=None)),
        ("Managed-By=Terraform", TagMark(key="managed-by", value="terraform")),
        ("terraform=", TagMark(key="terraform", value="")),
        ("a=b=c", TagMark(key="a", value="b=c")),
    ],
)
def test_a_mark_is_a_key_and_perhaps_a_value(text: str, mark: TagMark) -> None:
    assert parse_tag_mark(text) == mark

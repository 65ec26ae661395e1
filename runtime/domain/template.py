"""Whether a template owns a resource, and so would revert a change. Identified by tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

STACK_NAME_TAG = "aws:cloudformation:stack-name"
LOGICAL_ID_TAG = "aws:cloudformation:logical-id"
"""CloudFormation sets these tags on its resources, and nobody else can.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
"""


class TemplateTool(StrEnum):
    """Tools that own resources."""

    CLOUDFORMATION = "cloudformation"
    CDK = "cdk"
    TERRAFORM = "terraform"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOwner:
    """The template that owns a resource. ``name`` is its stack, or the identifying tag."""

    tool: TemplateTool
    name: str
    property: str
    """What to change in the template so that it agrees with the fix."""

    def __str__(self) -> str:
        return f"{self.tool} ({self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMark:
    """A tag that identifies a tool. ``value`` is ``None`` for any value. Not case-sensitive."""

    key: str
    value: str | None

    def marks(self, tags: Mapping[str, str]) -> str | None:
        """The tag that matches."""
        for key, value in tags.items():
            if key.casefold() == self.key and self.value in (None, value.casefold()):
                return f"{key}={value}"
        return None


def parse_tag_mark(text: str) -> TagMark:
    """Read ``key`` or ``key=value``."""
    key, equals, value = text.casefold().partition("=")
    return TagMark(key=key, value=value if equals else None)


def template_of(
    tags: Mapping[str, str], marks: Mapping[TemplateTool, Iterable[TagMark]], properties: Mapping[TemplateTool, str]
) -> TemplateOwner | None:
    """The template that owns a resource with these tags, or ``None``.

    ``marks`` are the policy's tags for the CDK and Terraform; ``properties`` are the fix's. The CDK comes first: its
    resources have CloudFormation's tags too.
    """
    stack = " ".join(filter(None, (tags.get(STACK_NAME_TAG), tags.get(LOGICAL_ID_TAG))))
    for tool in (TemplateTool.CDK, TemplateTool.TERRAFORM):
        for mark in marks.get(tool, ()):
            found = mark.marks(tags)
            if found is not None:
                name = stack if stack and tool is TemplateTool.CDK else found
                return TemplateOwner(tool=tool, name=name, property=properties[tool])
    if stack:
        tool = TemplateTool.CLOUDFORMATION
        return TemplateOwner(tool=tool, name=stack, property=properties[tool])
    return None

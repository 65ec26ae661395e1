"""Whether a resource is made from a template, and so would be put back by it. Told from its tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

STACK_NAME_TAG = "aws:cloudformation:stack-name"
LOGICAL_ID_TAG = "aws:cloudformation:logical-id"
"""CloudFormation puts these on what it makes, and nobody else can.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
"""


class TemplateTool(StrEnum):
    """What keeps a resource as its template says."""

    CLOUDFORMATION = "cloudformation"
    CDK = "cdk"
    TERRAFORM = "terraform"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOwner:
    """The template that a resource comes from. ``name`` is its stack, or the tag that told."""

    tool: TemplateTool
    name: str
    property: str
    """What to change in the template so that it agrees with the fix."""

    def __str__(self) -> str:
        return f"{self.tool} ({self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMark:
    """A tag by which a tool is known. ``value`` is ``None`` where any counts. Compared without regard to case."""

    key: str
    value: str | None

    def marks(self, tags: Mapping[str, str]) -> str | None:
        """The tag that it found."""
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
    """The template that a resource with these tags is made from, or ``None``.

    ``marks`` are the tags that the policy knows the CDK and Terraform by; ``properties`` are the fix's. The CDK comes
    first: what it deploys carries CloudFormation's tags too.
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

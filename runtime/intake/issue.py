"""The default body of a Wiz automation rule for issues, in both its known versions, and templates made from them.

The older version names the cloud configuration rule behind the control; the current one has ``updatedFields``,
``changedBy`` and ``risks`` instead. Both are user-editable, so keys can be missing or added.
"""

from __future__ import annotations

from typing import Any

from runtime.domain.finding import CLOSED_STATUSES, OPEN_STATUSES, SEVERITIES, Control, Dismissed, Finding
from runtime.intake.fields import ID_LIMIT, JsonObject, PayloadError, describe, parse_name, parse_word
from runtime.intake.others import dismiss_closed, dismiss_other_cloud

PROJECTS_LIMIT = 100
"""Projects of one issue. Their names go into the audit record, which DynamoDB limits to 400 KB."""


def is_issue(document: JsonObject) -> bool:
    return "issue" in document.members or (document.has_object("resource") and document.has_object("control"))


def parse_issue(document: JsonObject) -> Finding | Dismissed:
    """Read an issue of any status. Raises ``PayloadError`` if a required field is missing.

    For a closed issue no other field is required.
    """
    closed = dismiss_closed(document.peek("issue", "status"))
    try:
        result = _parse_any_issue(document)
    except PayloadError:
        if closed is None:
            raise
        return closed
    return closed if closed and isinstance(result, Dismissed) else result


def _parse_any_issue(document: JsonObject) -> Finding | Dismissed:
    # Templates for other clouds are seen with Wiz's own object, the entity snapshot, in the resource's place.
    if "resource" in document.members:
        entity, resource_id = document.object_or_empty("resource"), "id"
    else:
        entity, resource_id = document.object_or_empty("entitySnapshot"), "providerId"
    if dismissed := dismiss_other_cloud(entity.text_or_empty("cloudPlatform"), entity.members.get(resource_id)):
        return dismissed
    issue = document.object("issue")
    resource = document.object("resource")
    trigger = document.object_or_empty("trigger")
    return Finding(
        issue_id=issue.text("id", ID_LIMIT),
        status=parse_word(issue.text("status"), OPEN_STATUSES | CLOSED_STATUSES),
        severity=parse_word(issue.text("severity"), SEVERITIES),
        created_at=issue.text_or_empty("created"),
        projects=_parse_projects(issue.path_of("projects"), issue.members.get("projects")),
        control=_parse_control(document.object_or_empty("control")),
        resource_id=resource.text_or_empty("id"),
        resource_name=resource.name_or_empty("name"),
        native_type=resource.text_or_empty("type"),
        account_id=resource.account_id("subscriptionId"),
        region=resource.text_or_empty("region"),
        trigger=trigger.text_or_empty("type"),
        rule_name=trigger.name_or_empty("ruleName"),
    )


def _parse_control(control: JsonObject) -> Control:
    rule = control.object_or_empty("sourceCloudConfigurationRule")
    return Control(
        id=control.text_or_empty("id"),
        name=control.name_or_empty("name"),
        rule_id=(
            control.text_or_empty("sourceCloudConfigurationRuleId")
            or rule.text_or_empty("shortId")
            or rule.text_or_empty("id")
        ),
        rule_name=control.name_or_empty("sourceCloudConfigurationRuleName") or rule.name_or_empty("name"),
    )


def _parse_projects(path: str, value: Any) -> tuple[str, ...]:
    """The projects' names: one text with commas, also after the last; a list of texts; or of objects with a name."""
    match value:
        case None:
            names = []
        case str():
            names = [parse_name(path, name, ID_LIMIT) for name in value.split(",")]
        case list():
            names = [_parse_project(f"{path}[{index}]", project) for index, project in enumerate(value)]
        case _:
            raise PayloadError(path=path, found=describe(value), expected="a text or a list")
    found = tuple(name for name in names if name)
    if len(found) > PROJECTS_LIMIT:
        raise PayloadError(path=path, found=f"{len(found)} projects", expected=f"at most {PROJECTS_LIMIT}")
    return found


def _parse_project(path: str, project: Any) -> str:
    if isinstance(project, dict):
        return JsonObject(path=path, members=project).name("name", ID_LIMIT)
    return parse_name(path, project, ID_LIMIT)

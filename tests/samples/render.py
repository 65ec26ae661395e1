"""Bodies as Wiz would publish them, made by filling in the templates in ``wiz/``.

An importable module, not a fixture: unit, flow and end-to-end tests and the demonstration make their messages here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack, cast

import chevron  # type: ignore[import-untyped]

WIZ = Path(__file__).parent / "wiz"

CURRENT = "win_docs__issues_webhook__default_template.mustache"
OLDER = "axtongrams_tfprovider__sns_default_template.json"
CUSTOM = "nephosec__sns_action_template__custom_fields.json"
README = "README.md"
"""The body that the README has operators paste into Wiz, as a template beside those of ``wiz/``."""

TEMPLATES = (CURRENT, OLDER, README)
"""What issues are published by: both of Wiz's defaults, and this project's own."""

_VARIABLE = re.compile(r"{{([\w.]+)}}")


class Values(TypedDict, total=False):
    """What a test may choose about an issue. Names are this platform's, not Wiz's template variables."""

    issue_id: str
    status: str
    severity: str
    created_at: str
    projects: Sequence[str]
    resource_id: str
    resource_name: str
    native_type: str
    cloud_platform: str
    account_id: str
    account_name: str
    region: str
    control_id: str
    control_name: str
    control_description: str
    risks: Sequence[str]
    rule_id: str
    rule_name: str
    trigger_source: str
    trigger: str
    automation_rule: str
    changed_by: str


DEFAULTS: Values = {
    "issue_id": "6d2c8f0a-4b1e-4c37-9a55-0e7b1f2d3c48",
    "status": "OPEN",
    "severity": "HIGH",
    "created_at": "2026-03-14T08:21:09.482613Z",
    "projects": ("Payments", "Invoicing"),
    "resource_id": "arn:aws:s3:::acme-invoices",
    "resource_name": "acme-invoices",
    "native_type": "bucket",
    "cloud_platform": "AWS",
    "account_id": "111122223333",
    "account_name": "acme-payments",
    "region": "eu-central-1",
    "control_id": "64689a7d-7c2e-4bcb-b87a-60482041e3d8",
    "control_name": "S3 Bucket level Block Public Access should block public access through Policies",
    "control_description": "Tests whether the bucket's own settings block policies that make it public.",
    "risks": ("EXTERNAL_EXPOSURE",),
    "rule_id": "S3-900",
    "rule_name": "S3 Bucket level Block Public Access should block public access through Policies",
    "trigger_source": "ISSUE",
    "trigger": "Created",
    "automation_rule": "suture",
    "changed_by": "",
}
"""An open issue about a bucket. The rule's short id is made up: Wiz publishes no list of them."""


def sample(name: str) -> str:
    """The text of one file in ``wiz/``."""
    return (WIZ / name).read_text(encoding="utf-8")


def template(name: str) -> str:
    """The text of one of the templates."""
    if name != README:
        return sample(name)
    readme = (WIZ.parents[2] / README).read_text(encoding="utf-8")
    found = re.search(r"<!-- wiz-body -->\n```json\n(.+?)```", readme, re.DOTALL)
    assert found is not None, "the README has the body to paste"
    return found[1]


def render(template_name: str, **values: Unpack[Values]) -> str:
    """The text that Wiz would publish for a template: ``values`` over ``DEFAULTS``.

    Values go in as they are. Mustache would escape them for HTML, which cannot be what Wiz does: ``risks`` goes
    through the same kind of tag and is JSON. So a value with a quotation mark makes broken JSON.
    """
    unescaped = _VARIABLE.sub(r"{{{\1}}}", template(template_name))
    rendered: str = chevron.render(unescaped, _variables({**DEFAULTS, **values}))
    return rendered


def issue_body(form: Literal["current", "older"] = "current", **overrides: Unpack[Values]) -> dict[str, Any]:
    """A complete default body as a JSON object, for any values. Add keys to it, or take some out, as needed."""
    template_name = {"current": CURRENT, "older": OLDER}[form]
    body: dict[str, Any] = json.loads(render(template_name, **escaped({**DEFAULTS, **overrides})))
    return body


def escaped(values: Values) -> Values:
    """The values as they have to be for a body that is JSON whatever they hold."""
    # Risks stand outside quotation marks and are made into JSON as a whole.
    return cast(Values, {name: value if name == "risks" else _escape(value) for name, value in values.items()})


def values_of(document: dict[str, Any]) -> Values:
    """What a published object of any form says about an issue, as the variables of a template would have it.

    What it does not say is empty, as Mustache leaves it. Its longest texts become the control's description.
    """

    def first(*places: str) -> str:
        return next((str(found) for place in places if (found := _at(document, place)) is not None), "")

    projects = _at(document, "issue.projects") or _at(document, "resource.projects") or document.get("projects") or []
    names = projects.split(", ") if isinstance(projects, str) else [project["name"] for project in projects]
    return {
        "issue_id": first("issue.id", "threat.id", "variables.issueId", "data.updateIssue.issue.id", "id"),
        "status": first(
            "issue.status", "threat.status", "variables.patch.status", "data.updateIssue.issue.status", "status"
        ),
        "severity": first("issue.severity", "threat.severity", "severity"),
        "created_at": first("issue.created", "threat.created", "createdAt", "firstSeenAt"),
        "projects": [name for name in names if name],
        "resource_id": first(
            "resource.providerId", "entitySnapshot.providerId", "primaryResource.externalId", "resource.id"
        ),
        "resource_name": first("resource.name", "entitySnapshot.name", "primaryResource.name"),
        "native_type": first("resource.nativeType", "entitySnapshot.nativeType", "resource.type"),
        "cloud_platform": first(
            "resource.cloudPlatform", "resource.subscription.cloudProvider", "entitySnapshot.cloudPlatform"
        ),
        "account_id": first(
            "resource.subscriptionId", "resource.subscription.externalId", "entitySnapshot.subscriptionExternalId"
        ),
        "account_name": first("resource.subscriptionName", "resource.subscription.name"),
        "region": first("resource.region", "entitySnapshot.region", "primaryResource.region"),
        "control_id": first("control.id", "issue.control.id", "rule.id", "sourceRule.id"),
        "control_name": first("control.name", "issue.control.name", "rule.name", "sourceRule.name", "title"),
        "control_description": first("control.description", "rule.description", "sourceRule.controlDescription")
        + first("rule.remediationInstructions", "sourceRule.resolutionRecommendation"),
        "risks": (),
        "rule_id": first("control.sourceCloudConfigurationRuleId", "rule.shortId"),
        "rule_name": first("control.sourceCloudConfigurationRuleName", "rule.name"),
        "trigger_source": first("trigger.source"),
        "trigger": first("trigger.type"),
        "automation_rule": first("trigger.ruleName"),
        "changed_by": first("trigger.changedBy"),
    }


def _at(document: Any, place: str) -> Any:
    for key in place.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def notification_body(message: str, message_id: str = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324") -> str:
    """The message in the envelope that SNS puts around it where raw delivery is off."""
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": "arn:aws:sns:eu-central-1:444455556666:suture-findings",
            "Message": message,
            "Timestamp": "2026-03-14T08:21:12.004Z",
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-example.pem",
            "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
        }
    )


def _variables(chosen: Values) -> dict[str, Any]:
    return {
        "triggerSource": chosen["trigger_source"],
        "triggerType": chosen["trigger"],
        "ruleId": "9f1f6a52-31c4-4a0e-8b5d-2f8f6f1f0c11",
        "ruleName": chosen["automation_rule"],
        "changedBy": chosen["changed_by"],
        "changedFields": [],
        "issue": {
            "id": chosen["issue_id"],
            "status": chosen["status"],
            "severity": chosen["severity"],
            "createdAt": chosen["created_at"],
            "projects": [{"name": name} for name in chosen["projects"]],
            "entitySnapshot": {
                "providerId": chosen["resource_id"],
                "name": chosen["resource_name"],
                "nativeType": chosen["native_type"],
                "cloudPlatform": chosen["cloud_platform"],
                "subscriptionExternalId": chosen["account_id"],
                "subscriptionName": chosen["account_name"],
                "region": chosen["region"],
                "status": "Active",
                "cloudProviderURL": "https://console.aws.amazon.com/",
                "tags": {"Owner": "payments@example.com"},
            },
            "control": {
                "id": chosen["control_id"],
                "name": chosen["control_name"],
                "description": chosen["control_description"],
                "descriptionPlainText": chosen["control_description"],
                "severity": chosen["severity"],
                # Nothing where there are none: the template then writes an empty list itself.
                "risks": json.dumps(list(chosen["risks"])) if chosen["risks"] else "",
                "sourceCloudConfigurationRule": {"shortId": chosen["rule_id"], "name": chosen["rule_name"]},
            },
        },
    }


def _escape(value: Any) -> Any:
    if isinstance(value, str):
        return json.dumps(value)[1:-1]
    return [_escape(part) for part in value]

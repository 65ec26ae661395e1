"""Messages without an issue to decide: other objects of Wiz, its tests, and messages that are not from an automation
rule."""

from __future__ import annotations

from runtime.domain.excerpt import excerpt
from runtime.domain.finding import CLOSED_STATUSES, Dismissed
from runtime.domain.outcome import Outcome, Reason
from runtime.intake.fields import JsonObject, parse_word

MOCK_CONTROL_ID = "wtest-id-0000"
"""The control of Wiz's test issue. Its other fields look real."""

OTHER_CLOUDS = frozenset(
    {"AZURE", "AKS", "MICROSOFT_AZURE", "GCP", "GKE", "GOOGLE_CLOUD", "GOOGLE_CLOUD_PLATFORM", "OCI", "OKE"}
    | {"ORACLE_CLOUD", "ALIBABA", "ALIBABA_CLOUD", "VSPHERE", "LINODE", "KUBERNETES", "OPENSHIFT"}
)
"""Names of other platforms, by Wiz and by people. EKS is AWS: Wiz uses it for resources of a cluster. An unknown name
is ignored: the resource and the account decide."""

_THREAT_SOURCES = frozenset({"THREATS", "THREAT_DETECTION", "DETECTIONS"})
_THREAT_PARTS = ("threat", "detection", "primaryResource", "triggeringEvents")
_KEYS_NAMED = 10


def is_trial(document: JsonObject) -> bool:
    return document.peek("control", "id").lower() == MOCK_CONTROL_ID or document.members.keys() == {"text"}


def is_threat(document: JsonObject) -> bool:
    """An event, as opposed to a misconfiguration.

    An issue's template can have a threat's keys too; then only the trigger's source decides.
    """
    members = document.members
    if parse_word(document.peek("trigger", "source"), _THREAT_SOURCES) in _THREAT_SOURCES:
        return True
    if "issue" in members:
        return False
    if any(isinstance(members.get(key), dict | list) for key in _THREAT_PARTS):
        return True
    return document.peek("tdrId") != "" or document.peek("type") == "THREAT_DETECTION"


def is_configuration_finding(document: JsonObject) -> bool:
    return document.has_object("rule") and document.has_object("resource") and "result" in document.members


def dismiss_configuration_finding(document: JsonObject) -> Dismissed:
    platform = document.peek("resource", "cloudPlatform") or document.peek("resource", "subscription", "cloudProvider")
    finding = f"The configuration finding {excerpt(document.peek('id'))}"
    if parse_word(document.peek("result"), {"PASS"}) == "PASS":
        return _not_open(f"{finding} is resolved.")
    return (
        dismiss_closed(document.peek("status"), finding)
        or dismiss_other_cloud(platform, document.object("resource").members.get("providerId"))
        or _unsupported(
            f"{finding} is not an issue. In Wiz, let the rule {excerpt(document.peek('rule', 'name'))} function as a "
            "control, so that it creates issues, and publish those with an automation rule for ISSUES."
        )
    )


def is_api_issue(document: JsonObject) -> bool:
    return document.has_object("entitySnapshot") and (
        document.has_object("sourceRule") or "sourceRules" in document.members
    )


def dismiss_api_issue(document: JsonObject) -> Dismissed:
    entity = document.object("entitySnapshot")
    return (
        dismiss_closed(document.peek("status"))
        or dismiss_other_cloud(entity.peek("cloudPlatform"), entity.members.get("providerId"))
        or _unsupported(
            "The issue has the form of the Wiz API. Publish it with an automation rule for ISSUES and the default body."
        )
    )


def is_api_traffic(document: JsonObject) -> bool:
    members = document.members
    return "data" in members or "errors" in members or ("query" in members and "variables" in members)


def is_lambda_event(document: JsonObject) -> bool:
    return "Records" in document.members


def dismiss_unknown(document: JsonObject) -> Dismissed:
    keys = list(document.members)
    named = ", ".join(excerpt(key) for key in keys[:_KEYS_NAMED]) or "none"
    more = f" and {len(keys) - _KEYS_NAMED} more" if len(keys) > _KEYS_NAMED else ""
    return _unsupported(f"Unknown kind of message. Its keys: {named}{more}.")


def dismiss_closed(status: str, subject: str = "The issue") -> Dismissed | None:
    """``SKIP`` if the status is closed."""
    word = parse_word(status, CLOSED_STATUSES)
    return _not_open(f"{subject} is {word} in Wiz: there is nothing to fix.") if word in CLOSED_STATUSES else None


def dismiss_other_cloud(platform: str, resource_id: object) -> Dismissed | None:
    """``SKIP`` if a body is about another cloud, ``REJECT`` if it also has an ARN, which only AWS uses."""
    if parse_word(platform, OTHER_CLOUDS) not in OTHER_CLOUDS:
        return None
    said = f"the cloud platform {excerpt(platform)}"
    if isinstance(resource_id, str) and resource_id.strip().casefold().startswith("arn:"):
        return Dismissed(
            outcome=Outcome.REJECT,
            reason=Reason.CLOUD_MISMATCH,
            sentence=f"The payload says {said}, but its resource is {excerpt(resource_id, 160)}.",
        )
    return Dismissed(
        outcome=Outcome.SKIP,
        reason=Reason.NOT_AWS,
        sentence=f"The resource is on {said}; only AWS is supported.",
    )


def _not_open(sentence: str) -> Dismissed:
    return Dismissed(outcome=Outcome.SKIP, reason=Reason.ISSUE_NOT_OPEN, sentence=sentence)


def _unsupported(sentence: str) -> Dismissed:
    return Dismissed(outcome=Outcome.REJECT, reason=Reason.PAYLOAD_UNSUPPORTED, sentence=sentence)


TRIAL = Dismissed(
    outcome=Outcome.SKIP,
    reason=Reason.TEST_DELIVERY,
    sentence="The message is a test delivery from Wiz, without an issue.",
)
THREAT = Dismissed(
    outcome=Outcome.SKIP,
    reason=Reason.NOT_AN_ISSUE,
    sentence="The message is a threat or detection; only issues about a resource's configuration are supported.",
)
API_TRAFFIC = _unsupported("The message is a request to the Wiz API, or a response from it, instead of an issue.")
LAMBDA_EVENT = _unsupported("The message is a Lambda event with Records instead of one message's body; send the body.")
NESTED_NOTIFICATION = _unsupported(
    "The message is an SNS notification inside another one; only one envelope is supported."
)

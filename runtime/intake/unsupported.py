"""Wiz's other objects about a resource, and what is no message of an automation rule at all."""

from __future__ import annotations

from runtime.domain.finding import CLOSED_STATUSES, Dismissed
from runtime.domain.outcome import Outcome, Reason
from runtime.intake.fields import JsonObject, excerpt, parse_word
from runtime.intake.platform import dismiss_unless_aws

_KEYS_NAMED = 10


def is_configuration_finding(document: JsonObject) -> bool:
    return document.has_object("rule") and document.has_object("resource") and "result" in document.members


def dismiss_configuration_finding(document: JsonObject) -> Dismissed:
    platform = document.peek("resource", "cloudPlatform") or document.peek("resource", "subscription", "cloudProvider")
    if dismissed := dismiss_unless_aws(platform):
        return dismissed
    finding = f"The configuration finding {excerpt(document.peek('id'))}"
    if parse_word(document.peek("result")) == "PASS" or _is_closed(document):
        return _not_open(f"{finding} is resolved.")
    return _unsupported(
        f"{finding} is not an issue. In Wiz, let the rule {excerpt(document.peek('rule', 'name'))} function as a "
        "control, so that it makes issues, and publish those with an automation rule for ISSUES."
    )


def is_api_issue(document: JsonObject) -> bool:
    return document.has_object("entitySnapshot") and (
        document.has_object("sourceRule") or "sourceRules" in document.members
    )


def dismiss_api_issue(document: JsonObject) -> Dismissed:
    if dismissed := dismiss_unless_aws(document.peek("entitySnapshot", "cloudPlatform")):
        return dismissed
    if _is_closed(document):
        return _not_open("The issue is not open, says a body in the form of the Wiz API.")
    return _unsupported(
        "The issue has the form of the Wiz API. Publish it with an automation rule for ISSUES and the default body."
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
    return _unsupported(f"No known kind of message. Its keys: {named}{more}.")


def _is_closed(document: JsonObject) -> bool:
    return parse_word(document.peek("status")) in CLOSED_STATUSES


def _not_open(sentence: str) -> Dismissed:
    return Dismissed(outcome=Outcome.SKIP, reason=Reason.ISSUE_NOT_OPEN, sentence=sentence)


def _unsupported(sentence: str) -> Dismissed:
    return Dismissed(outcome=Outcome.REJECT, reason=Reason.PAYLOAD_UNSUPPORTED, sentence=sentence)


API_TRAFFIC = _unsupported("A request to the Wiz API, or an answer from it, arrived in place of an issue.")
LAMBDA_EVENT = _unsupported("A whole Lambda event with Records arrived in place of one message's body; send the body.")
NESTED_NOTIFICATION = _unsupported("An SNS notification inside another arrived; an envelope is opened only once.")

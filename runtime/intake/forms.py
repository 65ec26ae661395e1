"""The forms of a message, in the order of their checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from runtime.domain.finding import Dismissed, Finding
from runtime.domain.outcome import Outcome, Reason
from runtime.intake import others
from runtime.intake.envelope import is_notification
from runtime.intake.fields import JsonObject, PayloadError
from runtime.intake.issue import is_issue, parse_issue

type Answer = Dismissed | Callable[[JsonObject], Finding | Dismissed]
"""The result of a form of message: constant, or read from it, which may raise ``PayloadError``."""

FORMS: tuple[tuple[Callable[[JsonObject], bool], Answer], ...] = (
    (others.is_trial, others.TRIAL),  # first: it looks like an issue
    (others.is_threat, others.THREAT),
    (is_issue, parse_issue),
    (others.is_configuration_finding, others.dismiss_configuration_finding),
    (others.is_api_issue, others.dismiss_api_issue),
    (others.is_api_traffic, others.API_TRAFFIC),
    (others.is_lambda_event, others.LAMBDA_EVENT),
    (is_notification, others.NESTED_NOTIFICATION),
)

_ISSUE_ID_PATHS = (("issue", "id"), ("threat", "id"), ("threatId",), ("variables", "issueId"))
_ACCOUNT_ID_PATHS = (
    ("resource", "subscriptionId"),
    ("resource", "subscription", "externalId"),
    ("entitySnapshot", "subscriptionExternalId"),
    ("primaryResource", "cloudAccount", "externalId"),
)


def parse_form(document: JsonObject) -> Finding | Dismissed:
    """Read a message of any form. Raises nothing."""
    answer = next((answer for recognises, answer in FORMS if recognises(document)), others.dismiss_unknown)
    try:
        result = answer if isinstance(answer, Dismissed) else answer(document)
    except PayloadError as malformed:
        result = dismiss_malformed(malformed)
    match result:
        case Finding():
            return result
        case Dismissed():
            return replace(result, issue_id=_issue_id(document), account_id=_account_id(document))


def dismiss_malformed(malformed: PayloadError) -> Dismissed:
    return Dismissed(outcome=Outcome.REJECT, reason=Reason.PAYLOAD_MALFORMED, sentence=str(malformed))


def _issue_id(document: JsonObject) -> str:
    # The id of a configuration finding is no issue's id, and so is not looked for.
    paths = (("id",),) if others.is_api_issue(document) else _ISSUE_ID_PATHS
    return next((found for path in paths if (found := document.peek(*path))), "")


def _account_id(document: JsonObject) -> str:
    return next((found for path in _ACCOUNT_ID_PATHS if (found := document.peek_account_id(*path))), "")

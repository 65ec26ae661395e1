"""Parses the raw body of a queue message to a finding, or to the reason why there is none."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from runtime.domain.finding import Dismissed, Finding
from runtime.intake.broken import account_id_in, issue_id_in
from runtime.intake.document import check_size, encode, parse_document
from runtime.intake.envelope import is_notification, message_id_of
from runtime.intake.fields import PayloadError
from runtime.intake.forms import dismiss_malformed, parse_form


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The result of one body.

    ``correlation_id`` is the SNS message id, or ``None`` if the body has none (raw delivery): then the SQS message id
    is used. ``topic_arn`` is the topic in the envelope, empty if there is none. ``sha256`` is the raw body's digest in
    hexadecimal.
    """

    correlation_id: str | None
    topic_arn: str
    result: Finding | Dismissed
    sha256: str


def parse_message(body: str) -> Intake:
    """Read the body of a queue message, with or without the SNS envelope. Raises nothing for any text.

    Limits and quotes apply to the published body, not to the envelope.
    """
    correlation_id, topic_arn, published = None, "", body
    try:
        document = parse_document(body)
        if is_notification(document):
            correlation_id, topic_arn = message_id_of(document), document.peek("TopicArn")
            published = document.members["Message"]
            document = parse_document(published)
        check_size(published)
        result = parse_form(document)
    except PayloadError as malformed:
        result = replace(
            dismiss_malformed(malformed), issue_id=issue_id_in(published), account_id=account_id_in(published)
        )
    sha256 = hashlib.sha256(encode(body)).hexdigest()
    return Intake(correlation_id=correlation_id, topic_arn=topic_arn, result=result, sha256=sha256)

"""From the raw body of a queue message to a finding, or to the reason why there is none."""

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
    """What became of one body.

    ``correlation_id`` is the message id that SNS gave at publication, or ``None`` where the body does not carry one
    (raw delivery): then the queue's message id has to do. ``topic_arn`` is the topic that the envelope names, empty
    where there is none. ``sha256`` is the raw body's digest in hexadecimal.
    """

    correlation_id: str | None
    topic_arn: str
    result: Finding | Dismissed
    sha256: str


def parse_message(body: str) -> Intake:
    """Read the body of a queue message, with or without the envelope of SNS. Raises nothing, whatever the text.

    What is limited and what is quoted is what was published; the envelope is SNS's own.
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

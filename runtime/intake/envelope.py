"""The envelope that SNS puts around a message where the subscription does not ask for raw delivery.

https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtime.intake.fields import JsonObject

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """``message_id`` is the one SNS gave at publication, the same in every delivery; ``None`` if it is not a UUID."""

    message_id: str | None
    message: str


def is_notification(document: JsonObject) -> bool:
    """A body with an ``issue`` is Wiz's own, whatever other keys a template adds to it."""
    members = document.members
    return (
        members.get("Type") == "Notification"
        and isinstance(members.get("Message"), str)
        and not document.has_object("issue")
    )


def parse_notification(document: JsonObject) -> Notification:
    """Open an envelope that ``is_notification`` recognised."""
    message_id = document.peek("MessageId")
    return Notification(
        message_id=message_id if _UUID.fullmatch(message_id) else None,
        message=document.members["Message"],
    )

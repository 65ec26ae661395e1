"""The SNS envelope of a message without raw delivery.

https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
"""

from __future__ import annotations

import re

from runtime.intake.fields import JsonObject

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_notification(document: JsonObject) -> bool:
    """A body with an ``issue`` is from Wiz, whatever other keys a template adds."""
    members = document.members
    return (
        members.get("Type") == "Notification"
        and isinstance(members.get("Message"), str)
        and not document.has_object("issue")
    )


def message_id_of(document: JsonObject) -> str | None:
    """The SNS message id, the same in every delivery; ``None`` if it is not a UUID."""
    message_id = document.peek("MessageId")
    return message_id if _UUID.fullmatch(message_id) else None

"""A message for people: a subject, an e-mail, and a post in a chat channel.

Names, tags and texts of findings are untrusted. Each is on its own line after its label, and is never markup, a command
or a mention.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Any

from runtime.domain.excerpt import one_line
from runtime.domain.notice import Notice, Told

_LONGEST, _SHORT = 600, 300
"""Characters of a value, in an e-mail and in a post."""
_LONGEST_POST = 2500
"""Characters of a post's facts: Slack has 3,000 in a block. https://docs.slack.dev/reference/block-kit/blocks/section-block"""

_STEPS = {"approve": "approve, as an approver", "deny": "deny, as an approver", "show": "see the details"}
_STEPS |= {"undo": "undo, as an operator", "clear": "allow the fix here again, as an operator"}
_STEPS |= {"resume": "end the stop, as an operator", "retry": "retry, as an operator"}
_STEPS |= {"end": "end the run, as an operator", "dry_run": "see what would change, as an operator"}
_STEPS |= {"status": "list held runs"}


def subject_of(notice: Notice) -> str:
    """Printable ASCII, less than 100 characters. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    return re.sub(r"[^ -~]", "?", notice.told.headline)[:99]


def mail_of(notice: Notice) -> str:
    """The headline; then the facts, the next steps, and links."""
    told = notice.told
    facts, links = ([f"{label}: {one_line(value, _LONGEST)}" for label, value in part] for part in _parts(told))
    steps = [
        line
        for what, command in told.next_steps.items()
        for line in (f"To {_STEPS[what]}:", f"  {one_line(command, _LONGEST)}", "")
    ]
    return "\n".join([told.headline, "", *facts, "", *steps, *links, ""])


def chat_of(notice: Notice) -> dict[str, Any]:
    """https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html

    Buttons are shown by what is in ``additionalContext``: ``infra/chat.py``.
    """
    told, about = notice.told, notice.told.review_id or notice.told.correlation_id or notice.told.waiver_id
    action = next((one for one in ("approve", "undo") if one in told.next_steps), "")
    facts, links = _parts(told)
    lines = [f"*{label}:* {_code(value, _SHORT)}" for label, value in facts]
    until = accumulate(len(line) + 1 for line in lines)
    lines = [line for line, length in zip(lines, until, strict=True) if length <= _LONGEST_POST]
    lines += [f"*{label}:* {value}" for label, value in links]  # our own links, not markup from outside
    # Anything but a plain word would become a part of the button's command.
    pressed = {"action": f"{told.platform}-{action}", "id": about, "digest": told.plan_digest}
    may_be_pressed = action and re.fullmatch(r"[A-Za-z0-9-]{1,100}", about)
    return {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": _escaped(told.headline, r"[*_~`\[\]|\\@]"),
            "description": "\n".join(lines),
            "nextSteps": [f"To {_STEPS[what]}: {_code(command)}" for what, command in told.next_steps.items()],
            "keywords": [_code(word) for word in (told.outcome, told.severity, told.environment) if word],
        },
        "metadata": {
            "threadId": about,
            "summary": _escaped(told.headline, r"[*_~`\[\]|\\@]"),
            "eventType": notice.detail_type,
            "relatedResources": [told.resource_arn] if told.resource_arn else [],
            "additionalContext": pressed if may_be_pressed else {},
        },
    }


def _parts(told: Told) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The facts for the decision, in order; and links."""
    control, exception = told.control, told.exception
    facts = (
        ("Why", told.sentence),
        ("Plan", told.plan),
        *(("Change", change) for change in told.changes if change not in told.plan),
        ("May break", told.hazard),
        *((f"Blast radius, {name.replace('_', ' ')}", json.dumps(value)) for name, value in told.blast_radius.items()),
        ("Resource", told.resource_arn),
        ("Account", f"{told.account_name} {told.account_id}".strip()),
        ("Environment", told.environment),
        ("Owner", told.owner or "; ".join(("not found", *told.owner_path)) if told.issue_id else ""),
        ("Severity", told.severity),
        ("Rule", f"{control.rule_id} {control.rule_name}".strip() if control else ""),
        ("Control", f"{control.id} {control.name}".strip() if control else ""),
        ("Fix", told.fix_id),
        ("Run", told.correlation_id),
        ("Template", f"{told.template}: {told.template.property}" if told.template else ""),
        ("Exception", f"{exception.control} {exception.ticket} {exception.reason}" if exception else ""),
        ("Requested and approved by", f"{exception.requested_by}, {exception.approved_by}" if exception else ""),
        ("Approvals", f"{told.approvals} of {told.approvals_needed}" if told.approvals_needed else ""),
        ("Until", f"{told.until:%Y-%m-%d %H:%M} UTC" if told.until else ""),
    )
    runbook = told.runbook_url or f"{told.runbook}, in docs/runbooks of Suture's repository"  # NAME.md would be a link
    links = (("Wiz", told.wiz_url), ("Runbook", runbook))
    return [one for one in facts if one[1]], [one for one in links if one[1]]


def _escaped(text: str, markup: str, limit: int = _LONGEST) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text"""
    escaped = re.sub(markup, " ", one_line(text, limit))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _code(text: str, limit: int = _LONGEST) -> str:
    """A code span has no links and no mentions."""
    return f"`{_escaped(text, '`', limit)}`"

"""A Wiz finding as the rest of the runtime sees it, whatever body it arrived in.

Everything here is what the payload *says*. Nothing in it is trusted: the decision compares it with what is read.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.outcome import Outcome, Reason

OPEN_STATUSES = frozenset({"OPEN", "IN_PROGRESS"})
CLOSED_STATUSES = frozenset({"RESOLVED", "REJECTED", "IGNORED"})
"""Wiz prints IGNORED for REJECTED in some of its exports."""

SEVERITIES = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")
"""Least first."""

ACTIONABLE_SEVERITIES = ("HIGH", "CRITICAL")
"""The only ones from which anything is ever changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What found it. Empty where the payload does not say.

    ``rule_id`` is the short id (``S3-027``) or UUID of the cloud configuration rule behind the control; ``id`` is the
    control's own (``wc-id-613``, or a UUID).
    """

    id: str
    name: str
    rule_id: str
    rule_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One Wiz issue, as published. ``status`` and ``severity`` are upper case with underscores, otherwise untouched."""

    issue_id: str
    status: str
    severity: str
    created_at: str
    projects: tuple[str, ...]
    control: Control
    resource_id: str
    resource_name: str
    native_type: str
    account_id: str
    region: str
    trigger: str
    """The trigger's type (``Created``, ``Updated``, ``Manually Triggered`` …)."""
    rule_name: str
    """The automation rule that published it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissed:
    """A body that is no finding to decide on: understood, but nothing for this platform, or not understood at all.

    ``outcome`` is ``SKIP`` (nothing to do for anybody) or ``REJECT`` (somebody should look); ``issue_id`` and
    ``account_id`` are kept where the body had them, so that the record can be found.
    """

    outcome: Outcome
    reason: Reason
    sentence: str
    issue_id: str = ""
    account_id: str = ""

"""A Wiz finding, independent of the form of its body.

Everything here comes from the payload and is untrusted: the decision compares it with what is read.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.outcome import Outcome, Reason

OPEN_STATUSES = frozenset({"OPEN", "IN_PROGRESS"})
CLOSED_STATUSES = frozenset({"RESOLVED", "REJECTED", "IGNORED"})
"""Some exports of Wiz have IGNORED for REJECTED."""

SEVERITIES = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")
"""Least first."""

ACTIONABLE_SEVERITIES = ("HIGH", "CRITICAL")
"""Only findings with these severities lead to a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The control of a finding. Empty if the payload has none.

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
    """A body without a finding to decide: not for this platform, or invalid.

    ``outcome`` is ``SKIP`` (nothing to do) or ``REJECT`` (to be reviewed); ``issue_id`` and ``account_id`` are set if
    the body has them, so that the record can be found.
    """

    outcome: Outcome
    reason: Reason
    sentence: str
    issue_id: str = ""
    account_id: str = ""

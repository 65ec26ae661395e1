"""Which cloud a body is about."""

from __future__ import annotations

from runtime.domain.finding import Dismissed
from runtime.domain.outcome import Outcome, Reason
from runtime.intake.fields import excerpt

_AWS_PLATFORMS = frozenset({"", "AWS", "EKS"})
"""Wiz says EKS where it came to a thing through an EKS cluster; the account is still an AWS account. A body that does
not say goes on: its resource and account decide."""


def dismiss_unless_aws(platform: str) -> Dismissed | None:
    """``SKIP``, if the platform that a body names is not AWS."""
    if platform.upper() in _AWS_PLATFORMS:
        return None
    return Dismissed(
        outcome=Outcome.SKIP,
        reason=Reason.NOT_AWS,
        sentence=f"The resource is on the cloud platform {excerpt(platform)}; only AWS is handled here.",
    )

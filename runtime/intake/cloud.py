"""Which cloud a body is about."""

from __future__ import annotations

from runtime.domain.excerpt import excerpt
from runtime.domain.finding import Dismissed
from runtime.domain.outcome import Outcome, Reason
from runtime.intake.fields import parse_word

OTHER_CLOUDS = frozenset(
    {"AZURE", "AKS", "MICROSOFT_AZURE", "GCP", "GKE", "GOOGLE_CLOUD", "GOOGLE_CLOUD_PLATFORM", "OCI", "OKE"}
    | {"ORACLE_CLOUD", "ALIBABA", "ALIBABA_CLOUD", "VSPHERE", "LINODE", "KUBERNETES", "OPENSHIFT"}
)
"""Wiz's words for platforms that are not AWS, and how people write them. EKS is AWS: Wiz says it where it came to a
thing through a cluster. A word that is not here says nothing: then the resource and the account decide."""


def dismiss_other_cloud(platform: str, resource_id: object) -> Dismissed | None:
    """``SKIP`` if a body is about another cloud, ``REJECT`` if it says so beside an ARN, which only AWS has."""
    if parse_word(platform, OTHER_CLOUDS) not in OTHER_CLOUDS:
        return None
    said = f"the cloud platform {excerpt(platform)}"
    if isinstance(resource_id, str) and resource_id.strip().casefold().startswith("arn:"):
        return Dismissed(
            outcome=Outcome.REJECT,
            reason=Reason.CLOUD_MISMATCH,
            sentence=f"The payload says {said}, its resource is {excerpt(resource_id, 160)}.",
        )
    return Dismissed(
        outcome=Outcome.SKIP,
        reason=Reason.NOT_AWS,
        sentence=f"The resource is on {said}; only AWS is handled here.",
    )

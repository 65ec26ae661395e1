"""AWS Key Management Service."""

from __future__ import annotations

from runtime.fixes.calls import Pages, Read
from runtime.fixes.resource_type import ResourceType

KEY = ResourceType(
    name="AWS::KMS::Key",
    noun="KMS key",
    arn="arn:${partition}:kms:${region}:${account_id}:key/${name}",
    id="(?:mrk-)?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}",
    longest="mrk-" + "0" * 32,
    gone=("NotFoundException",),
    # A key's id is never reused: it is the identity.
    tags=Read(
        call="kms:ListResourceTags",
        by={"KeyId": "${name}"},
        at="Tags",
        pages=Pages(more="NextMarker", sent_as="Marker", cut="Truncated"),
    ),
)

TYPES = (KEY,)

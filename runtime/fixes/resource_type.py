"""A resource type, declared once, with all that is known of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from runtime.domain.fix import Permission, texts_of
from runtime.domain.plan import State
from runtime.domain.resource import Resource, ResourceForm
from runtime.fixes.calls import EMPTY_ANSWER, Read
from runtime.fixes.contract import Call, Reader

IDENTITY = "identity"
"""The part of a state that tells this very resource from a later one of the same name."""

STATUS = "status"
"""The part of a state that AWS calls the resource's status."""


@dataclass(frozen=True, kw_only=True)
class ResourceType(ResourceForm):
    """One AWS resource type.

    ``noun`` is what sentences call it ("DB instance"). ``gone`` are the error codes by which AWS says that the resource
    itself does not exist, not a part of it. ``describe`` proves that it exists; ``identity`` and ``status`` lead to
    those in what it answers, and ``passing`` are the statuses that end by themselves and in which AWS takes no change.
    ``tags`` reads its tags (in ``describe``'s own answer, if it is the same call); ``None`` for what cannot be tagged.
    ``handle`` reads what further calls name it by. ``pattern`` is what stands for all names where one ARN is to cover
    every resource of the type. Further groups of ``id`` are parts of the name that calls take one by one.
    """

    noun: str
    gone: tuple[str, ...]
    describe: Read | None = None
    identity: str = ""
    status: str = ""
    passing: frozenset[str] = frozenset()
    tags: Read | None = None
    handle: Read | None = None
    pattern: str = "*"

    @property
    def reads(self) -> tuple[Read, ...]:
        """What of the state is the same for every fix of this type."""
        paths = {name: path for name, path in ((IDENTITY, self.identity), (STATUS, self.status)) if path}
        described = (replace(self.describe, keep=paths),) if self.describe and paths else ()
        return (self.handle, *described) if self.handle else described

    @property
    def tag_reads(self) -> tuple[Read, ...]:
        """What reading the tags, and proving that the resource exists, takes."""
        return tuple(read for read in (self.handle, self.describe, self.tags) if read)

    @property
    def tag_permissions(self) -> tuple[Permission, ...]:
        return tuple(dict.fromkeys(read.permission for read in self.tag_reads))

    def tag_calls(self, resource: Resource) -> tuple[Call, ...]:
        """Those calls of ``read_tags`` that can be made side by side."""
        if self.handle:
            return (self.handle.calls(self.names(resource)),)
        calls = (read.calls(self.names(resource)) for read in self.tag_reads)
        return tuple({str(call): call for call in calls}.values())

    def names(self, resource: Resource) -> dict[str, str]:
        """What of the resource itself texts in parameters may stand for."""
        parts = re.fullmatch(self.id, resource.name)
        return (parts.groupdict() if parts else {}) | texts_of(resource)

    def texts(self, aws: Reader, resource: Resource) -> dict[str, str]:
        """What texts in parameters may stand for: the resource, and its handle. Raises an ``AwsError``."""
        names = self.names(resource)
        return names | (self.handle.state(aws, names) if self.handle else {})

    def texts_in(self, state: State, resource: Resource) -> dict[str, str]:
        """As ``texts``, with the handle as it stands in a state. Raises ``KeyError`` if it does not."""
        return self.names(resource) | {name: state[name] for name in (self.handle.paths if self.handle else ())}

    def read_tags(self, aws: Reader, resource: Resource) -> dict[str, str]:
        """All of its tags. Raises an ``AwsError`` where they cannot be read whole, or the resource does not exist."""
        texts = self.texts(aws, resource)
        if self.describe:
            self.describe.thing(aws, texts)
        return _tags(self.tags.thing(aws, texts)) if self.tags else {}

    def is_gone(self, code: str) -> bool:
        """Whether an error code says that the resource itself does not exist."""
        return code == EMPTY_ANSWER or code in self.gone


def _tags(found: Any) -> dict[str, str]:
    """Tags as services answer them: as an object, or as a list of keys and values, a value left out being empty."""
    if isinstance(found, Mapping):
        return dict(found)
    tags: dict[str, str] = {}
    for tag in found or ():
        key = next(tag[name] for name in ("Key", "TagKey", "key") if name in tag)
        tags[key] = next((tag[name] for name in ("Value", "TagValue", "value") if name in tag), "")
    return tags

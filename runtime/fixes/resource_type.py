"""A resource type, declared once."""

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
"""The part of a state that distinguishes this resource from a later one of the same name."""

STATUS = "status"
"""The part of a state that AWS calls the resource's status."""


@dataclass(frozen=True, kw_only=True)
class ResourceType(ResourceForm):
    """One AWS resource type.

    ``noun`` is its name in sentences ("DB instance"). ``gone`` are the error codes for a resource that does not exist,
    not for a part of it. ``describe`` proves that it exists; ``identity`` and ``status`` are paths in its answer, and
    ``passing`` are the transient statuses in which AWS accepts no change. ``tags`` reads its tags (in ``describe``'s
    own answer, if it is the same call); ``None`` if it cannot be tagged. ``handle`` reads the name that further calls
    use. ``pattern`` stands for all names if one ARN must cover every resource of the type. Further groups of ``id`` are
    parts of the name that calls take separately.
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
        """The parts of the state that every fix of this type has."""
        paths = {name: path for name, path in ((IDENTITY, self.identity), (STATUS, self.status)) if path}
        described = (replace(self.describe, keep=paths),) if self.describe and paths else ()
        return (self.handle, *described) if self.handle else described

    @property
    def tag_reads(self) -> tuple[Read, ...]:
        """The permissions to read the tags and to prove that the resource exists."""
        return tuple(read for read in (self.handle, self.describe, self.tags) if read)

    @property
    def tag_permissions(self) -> tuple[Permission, ...]:
        return tuple(dict.fromkeys(read.permission for read in self.tag_reads))

    def tag_calls(self, resource: Resource) -> tuple[Call, ...]:
        """Those calls of ``read_tags`` that can be made in parallel."""
        if self.handle:
            return (self.handle.calls(self.names(resource)),)
        calls = (read.calls(self.names(resource)) for read in self.tag_reads)
        return tuple({str(call): call for call in calls}.values())

    def names(self, resource: Resource) -> dict[str, str]:
        """The values of the resource itself that texts in parameters can name."""
        parts = re.fullmatch(self.id, resource.name)
        return (parts.groupdict() if parts else {}) | texts_of(resource)

    def texts(self, aws: Reader, resource: Resource) -> dict[str, str]:
        """The values that texts in parameters can name: the resource, and its handle. Raises an ``AwsError``."""
        names = self.names(resource)
        return names | (self.handle.state(aws, names) if self.handle else {})

    def texts_in(self, state: State, resource: Resource) -> dict[str, str]:
        """As ``texts``, with the handle from a state. Raises ``KeyError`` if it is not there."""
        return self.names(resource) | {name: state[name] for name in (self.handle.paths if self.handle else ())}

    def read_tags(self, aws: Reader, resource: Resource) -> dict[str, str]:
        """All of its tags. Raises an ``AwsError`` if they cannot be read completely, or the resource does not exist."""
        texts = self.texts(aws, resource)
        if self.describe:
            self.describe.thing(aws, texts)
        return _tags(self.tags.thing(aws, texts)) if self.tags else {}

    def is_gone(self, code: str) -> bool:
        """Whether an error code says that the resource itself does not exist."""
        return code == EMPTY_ANSWER or code in self.gone


def _tags(found: Any) -> dict[str, str]:
    """Tags as services return them: as an object, or as a list of keys and values; an omitted value is empty."""
    if isinstance(found, Mapping):
        return dict(found)
    tags: dict[str, str] = {}
    for tag in found or ():
        key = next(tag[name] for name in ("Key", "TagKey", "key") if name in tag)
        tags[key] = next((tag[name] for name in ("Value", "TagValue", "value") if name in tag), "")
    return tags

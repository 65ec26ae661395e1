"""One fix for several resource types with different calls."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

from runtime.domain.fix import FixSpec, Options
from runtime.domain.plan import Planned, State
from runtime.domain.resource import Resource
from runtime.fixes.contract import Call, Reader
from runtime.fixes.kinds.declared import Declared
from runtime.fixes.resource_type import ResourceType


@dataclass(frozen=True, kw_only=True)
class ByType:
    """``fixes`` has one for each resource type; they differ only in what they read and call."""

    fixes: tuple[Declared, ...]

    @cached_property
    def spec(self) -> FixSpec:
        specs = [fix.spec for fix in self.fixes]
        return replace(
            specs[0],
            resource_types=tuple(name for spec in specs for name in spec.resource_types),
            reads=tuple(dict.fromkeys(read for spec in specs for read in spec.reads)),
            writes=tuple(dict.fromkeys(write for spec in specs for write in spec.writes)),
        )

    def type_of(self, resource: Resource) -> ResourceType:
        return self._for(resource).type_of(resource)

    def calls(self, resource: Resource) -> tuple[Call, ...]:
        return self._for(resource).calls(resource)

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        return self._for(resource).observe(aws, resource, options, only)

    def plan(self, resource: Resource, state: State, options: Options) -> Planned:
        return self._for(resource).plan(resource, state, options)

    def _for(self, resource: Resource) -> Declared:
        return next(fix for fix in self.fixes if resource.type in fix.spec.resource_types)

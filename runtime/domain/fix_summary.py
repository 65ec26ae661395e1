"""Summaries of all fixes, for checking a policy without loading a fix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from runtime.domain.access import services_of
from runtime.domain.fix import Disruption, FixSpec, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class FixSummary:
    """The summary of a fix. ``options`` are the names of its options, and ``load`` returns the whole declaration."""

    id: str
    aliases: tuple[str, ...]
    resource_types: tuple[str, ...]
    services: tuple[str, ...]
    options: tuple[str, ...]
    reversible: bool
    disruption: Disruption
    stage: Stage
    load: Callable[[], FixSpec] = field(repr=False, compare=False)

    @property
    def spec(self) -> FixSpec:
        """The whole declaration. The first call imports the fix."""
        return self.load()


def summarize(spec: FixSpec) -> FixSummary:
    """The summary of a loaded fix."""
    return FixSummary(
        id=spec.id,
        aliases=spec.aliases,
        resource_types=spec.resource_types,
        services=services_of([spec]),
        options=tuple(spec.options),
        reversible=spec.reversible,
        disruption=spec.disruption,
        stage=spec.stage,
        load=lambda: spec,
    )


def by_name(summaries: Iterable[FixSummary]) -> Mapping[str, FixSummary]:
    """Fixes by id and by former id. A current id has precedence."""
    found = list(summaries)
    return {alias: one for one in found for alias in one.aliases} | {one.id: one for one in found}


def to_row(summary: FixSummary) -> dict[str, Any]:
    """The summary as stored in the index."""
    return {name: getattr(summary, name) for name in FixSummary.__dataclass_fields__ if name != "load"}


def from_row(row: Mapping[str, Any], specs: Mapping[str, FixSpec]) -> FixSummary:
    """The summary from the index, which is part of the bundle. ``specs`` load a fix on first use."""
    lists = {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
    kinds: dict[str, Any] = {"disruption": Disruption(row["disruption"]), "stage": Stage(row["stage"])}
    return FixSummary(**{**row, **lists, **kinds}, load=partial(specs.__getitem__, row["id"]))

"""What is known of every fix without loading it: what a policy is checked by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from runtime.domain.access import services_of
from runtime.domain.fix import Disruption, FixSpec, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class FixSummary:
    """A fix in short. ``options`` are the names of its options, and ``load`` gets all that it declares."""

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
        """All that it declares. The first time, it imports the fix."""
        return self.load()


def summarize(spec: FixSpec) -> FixSummary:
    """The summary of a fix that is loaded already."""
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
    """Fixes by their ids, and by those that they had. An id of today comes before one of the past."""
    found = list(summaries)
    return {alias: one for one in found for alias in one.aliases} | {one.id: one for one in found}


def to_row(summary: FixSummary) -> dict[str, Any]:
    """As the index holds it."""
    return {name: getattr(summary, name) for name in FixSummary.__dataclass_fields__ if name != "load"}


def from_row(row: Mapping[str, Any], specs: Mapping[str, FixSpec]) -> FixSummary:
    """Out of the index, which is part of the bundle. ``specs`` load a fix when it is asked for."""
    lists = {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
    kinds: dict[str, Any] = {"disruption": Disruption(row["disruption"]), "stage": Stage(row["stage"])}
    return FixSummary(**{**row, **lists, **kinds}, load=partial(specs.__getitem__, row["id"]))

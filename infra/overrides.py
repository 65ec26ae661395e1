"""What a deployer changes of the catalog that ships: ``config/overrides.yaml``, laid over it entry by entry.

An override's keys replace those of the entry with its id, with these exceptions: identifiers under ``match`` are added;
``options``, ``environments`` and ``max_blast_radius`` are replaced key by key, and ``null`` takes an environment or a
limit away. An environment that is not named keeps its mode. ``null`` for a whole entry takes that away, and an id that
the catalog does not have is an entry of the deployer's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.yaml_document import Place, YamlDocument

type Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The catalog as it is delivered: each entry, and where it stands in the catalog's file if it does."""

    file: YamlDocument
    overrides: YamlDocument
    content: list[Entry]
    origins: list[int | None]

    def problem(self, place: Place, sentence: str) -> str:
        """The sentence with the line that it is about: that of the override, if it says what is wrong."""
        match place:
            case (int(index), *rest):
                origin, key = self.origins[index], (self.content[index]["id"], *rest)
                if origin is None or key[:2] in self.overrides.lines:
                    return self.overrides.problem(key, sentence)
                return self.file.problem((origin, *rest), sentence)
            case _:
                return self.file.problem(place, sentence)


def apply_overrides(file: YamlDocument, overrides: YamlDocument, modes_of: Callable[[Entry], Entry]) -> Catalog:
    """The catalog's entries with the overrides. ``modes_of`` is what an entry without ``environments`` may do in each.

    Both files have the form of their schemas.
    """
    kept = list(_overridden(file, overrides.content, modes_of))
    return Catalog(
        file=file, overrides=overrides, content=[entry for _, entry in kept], origins=[origin for origin, _ in kept]
    )


def _overridden(
    file: YamlDocument, overrides: Mapping[str, Entry | None], modes_of: Callable[[Entry], Entry]
) -> Iterator[tuple[int | None, Entry]]:
    for index, entry in enumerate(file.content):
        override = overrides.get(entry["id"], {})
        if override is not None:
            yield index, _override(entry, override, modes_of)
    shipped = {entry["id"] for entry in file.content}
    for entry_id, own in overrides.items():
        if entry_id not in shipped and own is not None:
            yield None, _override({"id": entry_id}, own, modes_of)


def _override(entry: Entry, override: Entry, modes_of: Callable[[Entry], Entry]) -> Entry:
    result = {**entry, **override}
    if "match" in override and "match" in entry:
        kinds = dict.fromkeys([*entry["match"], *override["match"]])
        result["match"] = {
            kind: list(dict.fromkeys([*entry["match"].get(kind, ()), *override["match"].get(kind, ())]))
            for kind in kinds
        }
    if "options" in override:
        result["options"] = {**entry.get("options", {}), **override["options"]}
    if "max_blast_radius" in override:
        result["max_blast_radius"] = _without_null(entry.get("max_blast_radius", {}), override["max_blast_radius"])
    if "environments" in override:
        result["environments"] = _without_null(entry.get("environments") or modes_of(result), override["environments"])
    return result


def _without_null(base: Entry, override: Entry) -> Entry:
    return {name: value for name, value in {**base, **override}.items() if value is not None}

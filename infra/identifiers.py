"""What each fix answers: the identifiers of Wiz, Security Hub and others, from the YAML file beside the fix.

Tools read them: the catalog that ships, the documentation and the command line. The function does not. It has the
catalog, which is data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from infra.json_schema import Schema, closed_object, mapping
from infra.yaml_document import ConfigurationInvalid, read_yaml, schema_problems

FOLDER = Path(__file__).parents[1] / "runtime" / "fixes"

REFUSED = FOLDER / "refused.yaml"
"""What is refused on principle, without a fix: see ``infra.effects``."""


class Framework(StrEnum):
    """Whose identifiers they are. The value is the key in the files."""

    WIZ = "wiz"
    SECURITY_HUB = "security_hub"
    CONFIG = "config"
    PROWLER = "prowler"
    CIS_3 = "cis_3.0.0"
    CIS_5 = "cis_5.0.0"

    @property
    def title(self) -> str:  # type: ignore[override]  # not text's own
        return {
            Framework.WIZ: "Wiz",
            Framework.SECURITY_HUB: "Security Hub",
            Framework.CONFIG: "AWS Config",
            Framework.PROWLER: "Prowler",
            Framework.CIS_3: "CIS AWS Foundations 3.0.0",
            Framework.CIS_5: "CIS AWS Foundations 5.0.0",
        }[self]


class Confidence(StrEnum):
    """How well it is known what a rule of Wiz's is. Wiz publishes no list of them."""

    A = "A"
    """From several independent sources, or in Wiz's own words."""
    B = "B"
    """From one source that runs against a tenant."""
    C = "C"
    """From a paraphrase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One identifier. ``names`` are a rule's whole names, today's first; ``partly`` is what the fix leaves undone."""

    framework: Framework
    id: str
    names: tuple[str, ...] = ()
    confidence: Confidence | None = None
    partly: str = ""

    @property
    def text(self) -> str:
        return f"{self.framework.title} {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A fix with the options that some identifiers mean. ``id`` is that of its catalog entry."""

    id: str
    fix_id: str
    identifiers: tuple[Identifier, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    max_blast_radius: Mapping[str, int] = field(default_factory=dict)

    def of(self, framework: Framework) -> tuple[Identifier, ...]:
        return tuple(found for found in self.identifiers if found.framework is framework)


@cache
def read_answers(folder: Path = FOLDER) -> Mapping[str, tuple[Answer, ...]]:
    """What each fix answers, by the fix's id. Raises ``ConfigurationInvalid`` for a file with another form."""
    return {content["fix"]: tuple(_answers(content)) for content in _contents(folder)}


@cache
def read_rows(folder: Path = FOLDER) -> Mapping[str, tuple[tuple[int, Mapping[str, Any]], ...]]:
    """Which rows of ``infra/effects.tsv`` each fix answers, by the fix's id: a row, and the options that it means.

    Raises ``ConfigurationInvalid`` for a file with another form.
    """
    return {content["fix"]: tuple(_rows(content)) for content in _contents(folder)}


def _rows(content: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for part in (content, *content.get("without_entry", ()), *content["entries"]):
        for row in part.get("rows", ()):
            yield row, part.get("options", {})


@cache
def _contents(folder: Path) -> tuple[Mapping[str, Any], ...]:
    files = [read_yaml(path) for path in sorted(set(folder.rglob("*.yaml")) - {folder / REFUSED.name})]
    problems = [problem for file in files for problem in schema_problems(file, _SCHEMA)]
    if problems:
        raise ConfigurationInvalid(tuple(problems))
    return tuple(file.content for file in files)


def identifiers_of(answers: Iterable[Answer]) -> Iterator[tuple[Identifier, Answer]]:
    """Every identifier, with the answer that it is part of."""
    for answer in answers:
        for identifier in answer.identifiers:
            yield identifier, answer


def _answers(content: Mapping[str, Any]) -> Iterator[Answer]:
    for entry in content["entries"]:
        yield Answer(
            id=entry["id"],
            fix_id=content["fix"],
            identifiers=tuple(_identifiers(entry)),
            options=entry.get("options", {}),
            max_blast_radius=content.get("max_blast_radius", {}),
        )


def _identifiers(entry: Mapping[str, Any]) -> Iterator[Identifier]:
    partly = entry.get("partly", {})
    for rule in entry.get(Framework.WIZ, ()):
        yield Identifier(
            framework=Framework.WIZ,
            id=rule["id"],
            names=tuple([rule[name] for name in ("name",) if name in rule] + rule.get("former_names", [])),
            confidence=Confidence(rule["confidence"]),
            partly=partly.get(rule["id"], ""),
        )
    for framework in Framework:
        if framework is not Framework.WIZ:
            for found in entry.get(framework, ()):
                yield Identifier(framework=framework, id=found, partly=partly.get(found, ""))


def _schema() -> Schema:
    text = {"type": "string", "minLength": 1}
    texts = {"type": "array", "minItems": 1, "uniqueItems": True, "items": text}
    rule = closed_object(
        {
            "id": text,
            "confidence": {"type": "string", "enum": [one.value for one in Confidence]},
            "name": text,
            "former_names": texts,
        },
        optional=("name", "former_names"),
    )
    of_others = {one.value: texts for one in Framework if one is not Framework.WIZ}
    rows = {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "integer", "minimum": 1}}
    may_be_left_out = {
        "rows": rows,
        "options": {"type": "object"},
        Framework.WIZ.value: {"type": "array", "minItems": 1, "items": rule},
        **of_others,
        "partly": mapping("^.+$", text, "What the fix leaves undone of an identifier."),
    }
    entry = closed_object({"id": text, **may_be_left_out}, optional=may_be_left_out)
    limits = mapping("^[a-z][a-z0-9_]*$", {"type": "integer", "minimum": 0}, "As in a catalog entry.")
    return closed_object(
        {
            "fix": text,
            "rows": rows,
            "without_entry": {
                "type": "array",
                "minItems": 1,
                "items": closed_object({"rows": rows, "options": {"type": "object"}}),
            },
            "max_blast_radius": limits,
            "entries": {"type": "array", "minItems": 1, "items": entry},
        },
        optional=("max_blast_radius", "rows", "without_entry"),
    )


_SCHEMA = _schema()

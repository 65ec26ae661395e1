"""What the tools of the field change in AWS, row by row, and what answers each: fixes with options, or a refusal.

The rows stand in ``infra/effects.tsv``, by how many tools ship them. Which of them a fix answers stands in the YAML
file beside it, under ``rows`` (for an entry's options, in that entry), and what is refused in
``runtime/fixes/refused.yaml``. A row that neither has is not there yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.identifiers import FOLDER, REFUSED, read_rows
from infra.json_schema import Schema, closed_object
from infra.yaml_document import ConfigurationInvalid, read_yaml, schema_problems

FILE = Path(__file__).with_name("effects.tsv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A fix, with the options that a row means; none are its defaults, or what the customer names."""

    fix_id: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What is refused on principle, and the sentence that says why."""

    rows: tuple[int, ...]
    title: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One row. It has fixes or a refusal; neither if it is not there yet."""

    row: int
    service: str
    title: str
    fixes: tuple[Fixed, ...]
    refusal: Refusal | None


@cache
def read_effects() -> tuple[Effect, ...]:
    """Every row, in order. Raises ``ConfigurationInvalid`` for a file with another form."""
    fixed: dict[int, list[Fixed]] = {}
    for fix_id, rows in read_rows(FOLDER).items():
        for row, options in rows:
            fixed.setdefault(row, []).append(Fixed(fix_id=fix_id, options=options))
    refused = {row: refusal for refusal in read_refusals() for row in refusal.rows}
    return tuple(
        Effect(
            row=int(row),
            service=service,
            title=title,
            fixes=tuple(fixed.get(int(row), ())),
            refusal=refused.get(int(row)),
        )
        for row, service, title in (
            line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
        )
    )


@cache
def read_refusals(path: Path = REFUSED) -> tuple[Refusal, ...]:
    """What is refused. Raises ``ConfigurationInvalid`` for a file with another form."""
    file = read_yaml(path)
    if problems := tuple(schema_problems(file, _SCHEMA)):
        raise ConfigurationInvalid(problems)
    return tuple(
        Refusal(rows=tuple(one["rows"]), title=one["title"], because=one["because"].strip()) for one in file.content
    )


def _schema() -> Schema:
    text = {"type": "string", "minLength": 1}
    rows = {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "integer", "minimum": 1}}
    return {
        "type": "array",
        "minItems": 1,
        "items": closed_object({"rows": rows, "title": text, "because": text}, optional=()),
    }


_SCHEMA = _schema()

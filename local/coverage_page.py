"""docs/coverage.md, made from what the fixes answer and what is known: ``python -m local.coverage_page`` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.identifiers import Answer, Framework, Identifier, identifiers_of, read_answers
from local.fix_pages import code, options_of, table

FILE = Path(__file__).resolve().parent.parent / "docs" / "coverage.md"
KNOWN = Path(__file__).resolve().parent.parent / "infra" / "frameworks"

_HEAD = """\
<!-- Made from the fixes by `make docs`. Do not edit. -->

# Coverage

Which rules and controls have a fix. What is known of each framework stands in `infra/frameworks`, what a fix answers
in the YAML file beside it. *partly* says what the fix leaves undone. `suture fixes --control ID` finds one of them.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One identifier of a framework. ``refused`` says why no fix is wanted for it."""

    id: str
    title: str
    refused: str


def read_known(framework: Framework) -> Mapping[str, Known]:
    """What is known of a framework, in its order: tab-separated, an id, a title, and why no fix is wanted."""
    lines = (KNOWN / f"{framework}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [[*line.split("\t"), "", ""][:3] for line in lines if not line.startswith("#")]
    return {row[0]: Known(id=row[0], title=row[1], refused=row[2]) for row in rows}


def page() -> str:
    answered: dict[Framework, dict[str, tuple[Identifier, Answer]]] = {framework: {} for framework in Framework}
    for answers in read_answers().values():
        for found, answer in identifiers_of(answers):
            answered[found.framework][found.id] = (found, answer)
    return "\n".join([_HEAD, *(line for framework in Framework for line in _chapter(framework, answered[framework]))])


def _chapter(framework: Framework, answered: Mapping[str, tuple[Identifier, Answer]]) -> Iterator[str]:
    known = read_known(framework)
    refused = [one for one in known.values() if one.refused]
    none = [one.id for one in known.values() if one.id not in answered and not one.refused]
    yield from (f"## {framework.title}", "")
    yield f"{len(answered)} of {len(known)} have a fix, {len(refused)} are refused, {len(none)} have none."
    yield ""
    yield from table(
        ("identifier", "title", "fix", "options", "partly"),
        (
            (one.id, one.title, f"[{answer.fix_id}](fixes/{answer.fix_id}.md)", options_of(answer), found.partly)
            for one in known.values()
            if one.id in answered
            for found, answer in (answered[one.id],)
        ),
    )
    if refused:
        yield from ("", *table(("refused", "title", "why"), ((one.id, one.title, one.refused) for one in refused)))
    yield from ("", f"No fix: {code(none)}", "")


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")

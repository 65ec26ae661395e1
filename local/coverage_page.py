"""docs/coverage.md, made from what the fixes answer and what is known: ``python -m local.coverage_page`` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.framework_lists import read_known
from infra.identifiers import Answer, Framework, Identifier, identifiers_of, read_answers
from local.fix_pages import code, options_of, table

FILE = Path(__file__).resolve().parent.parent / "docs" / "coverage.md"

_HEAD = """\
<!-- Made from the fixes by `make docs`. Do not edit. -->

# Coverage

Rules and controls with a fix. `infra/frameworks` lists the rules and controls of each framework, the YAML file of a
fix lists those that it covers. *partly* names what the fix does not cover. `suture fixes --control ID` finds one.
"""


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

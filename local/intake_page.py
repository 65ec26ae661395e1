"""The tables of docs/intake.md, made from the cases of the tests: ``python -m local.intake_page`` writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.notice import Audience, told_of
from runtime.domain.outcome import Outcome, Reason
from tests.samples.bodies import CHAPTERS, Case

FILE = Path(__file__).resolve().parent.parent / "docs" / "intake.md"

_TABLES = re.compile(r"(?<=<!-- Made by `make docs`\. Do not edit\. -->\n).*?(?=\n<!-- End\. -->)", re.DOTALL)


def page() -> str:
    """The page with new tables; the rest is unchanged."""
    tables = "\n".join(_tables())
    text, replaced = _TABLES.subn(lambda _: tables, FILE.read_text(encoding="utf-8"))
    assert replaced == 1, "the page has one place for the tables"
    return text


def _tables() -> Iterator[str]:
    for chapter in CHAPTERS:
        yield from ("", f"### {chapter.title}", "")
        yield from ("| body | outcome | reason | notified |", "| --- | --- | --- | --- |")
        yield from map(_row, chapter.cases)
    yield ""


def _row(case: Case) -> str:
    ends = "continues | |" if case.ends is None else f"`{case.ends[0]}` | `{case.ends[1]}` | {_told(*case.ends)}"
    return f"| {case.what} | {ends} |"


def _told(outcome: Outcome, reason: Reason) -> str:
    """Who is notified besides the event bus, as the function decides it."""
    event = AuditEvent(
        correlation_id="",
        kind=EventKind.OUTCOME,
        at=datetime.min.replace(tzinfo=UTC),
        outcome=outcome,
        reason=reason,
        sentence="",
        actor="",
        code_version="",
        catalog_version="",
    )
    places = {Audience.REVIEW_QUEUE: "review queue", Audience.SECURITY: "security topic"}
    _, *told = told_of(event)
    return ", ".join(places[one] for one in told) or "nobody"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")

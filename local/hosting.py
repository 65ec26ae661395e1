"""Which fixes ministack cannot host. ``python -m local.hosting`` writes their table in docs/local-aws.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parent.parent / "docs" / "local-aws.md"

_TABLE = re.compile(r"(?<=<!-- Made by `make docs`\. Do not edit\. -->\n).*?(?=\n<!-- End\. -->)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHosted:
    """Fixes with another result on ministack than on AWS."""

    fixes: tuple[str, ...]
    because: str


def read_not_hosted() -> tuple[NotHosted, ...]:
    document = yaml.safe_load(Path(__file__).with_name("not_hosted.yaml").read_text(encoding="utf-8"))
    return tuple(NotHosted(**{**row, "fixes": tuple(row["fixes"])}) for row in document)


def page() -> str:
    """The page with a new table; the rest is unchanged."""
    table = "\n".join(_table())
    text, replaced = _TABLE.subn(lambda _: table, FILE.read_text(encoding="utf-8"))
    assert replaced == 1, "the page has one place for the table"
    return text


def _table() -> Iterator[str]:
    yield from ("", "| fixes | ministack |", "| --- | --- |")
    for row in read_not_hosted():
        fixes = ", ".join(f"[{fix_id}](fixes/{fix_id}.md)" for fix_id in sorted(row.fixes))
        yield f"| {fixes} | {row.because} |"
    yield ""


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")

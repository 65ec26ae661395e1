"""Wording that was replaced in the documentation and in what users read, and must not come back."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
INSTEAD = {
    r"the way of a finding": "life of a finding",
    r"what (?:it|this|that) comes to": "the result",
    r"lets? (?:it|them) go\b": "releases",
    r"counts? no more": "no longer counts, revoked",
    r"sees? to what\b": "the sweeper",
    r"nobody can be asked|say --\w+": "pass --yes to confirm",
    r"so many at most|only findings that ended so": "maximum number of rows, only findings with this outcome",
    r"what may be noticed by": "blast radius",
    r"asked because": "why",
    r"decided otherwise|end(?:s|ed)? otherwise": "would change, another outcome",
    r"takes? (?:it|them) back|(?:is|be|are|were) (?:taken|put) back\b": "undo, revert",
    r"put before (?:people|a person)": "needs approval",
    r"what could not be looked at": "what could not be checked",
    r"looks? after (?:GuardDuty|it)\b": "manages",
    r"lets? in (?:everybody|nearly|nobody)": "allows",
    r"stands? twice": "is duplicate",
}
"""Each with what to say instead."""
WORDS = re.compile("|".join(INSTEAD), re.IGNORECASE)
BETWEEN = re.compile(r' ?"\n\s*f?"|\s+(?:#\s+)?')
"""Space, or the end of a line of a comment or of a literal that goes on in the next."""
READ = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/*.md",
    "docs/runbooks/*.md",
    "runtime/**/*.py",
    "cli/**/*.py",
    "cli/**/*.html",
)
KEPT = ("runtime/fixes/", "docs/customer-roles.md")
"""The pages of the fixes, and what is generated from them, have wording of their own."""


def files() -> list[str]:
    paths = [f":(glob){pattern}" for pattern in READ]
    command = ["git", "ls-files", "--", *paths]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    return [file for file in listed.stdout.splitlines() if not file.startswith(KEPT)]


def found(text: str) -> list[str]:
    return WORDS.findall(BETWEEN.sub(" ", text))


def test_what_users_read_has_no_wording_that_was_replaced() -> None:
    read = files()
    assert {
        "README.md",
        "docs/cli.md",
        "cli/main.py",
        "runtime/domain/decision.py",
        "cli/web/templates/run.html",
    } <= set(read)
    assert {file: words for file in read if (words := found((REPOSITORY / file).read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "See what this comes to.",
        "# what it\n    # comes to",
        '"so many "\n    "at most"',
        'f"so many "\n  f"at most"',
        "Asked because",
    ],
)
def test_it_is_found_wherever_a_line_breaks(text: str) -> None:
    assert found(text)

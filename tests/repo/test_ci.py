"""CI runs what a developer runs, and the front door lists everything behind it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[2]
WORKFLOWS = REPOSITORY / ".github" / "workflows"


def workflow() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((WORKFLOWS / "ci.yml").read_text())
    return found


def steps() -> list[dict[str, Any]]:
    return [step for job in workflow()["jobs"].values() for step in job["steps"]]


def test_make_help_lists_every_target() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = {name for line in re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE) for name in line.split()}
    listed = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+) +\S", listed, re.MULTILINE)) == targets


def test_ci_runs_make_test_in_the_repository(tmp_path: Path) -> None:
    """With a `make` that only says how it was called."""
    fake = tmp_path / "make"
    fake.write_text('#!/bin/sh\necho "$PWD $* CI=$CI"; cat; exit 7\n')
    fake.chmod(0o755)
    ended = subprocess.run(
        [REPOSITORY / ".ci" / "run"],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        input="not for make",
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == f"{REPOSITORY} test CI=true\n"
    assert ended.returncode == 7


def test_the_workflow_runs_the_same_and_synthesises_every_environment() -> None:
    assert [step["run"] for step in steps() if "run" in step] == [".ci/run", "make synth"]


def test_every_action_is_pinned_to_a_commit() -> None:
    used = [line for file in WORKFLOWS.iterdir() for line in file.read_text().splitlines() if "uses:" in line]
    assert used
    for line in used:
        assert re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_the_workflow_can_only_read_the_repository() -> None:
    assert workflow()["permissions"] == {}
    assert all(job["permissions"] == {"contents": "read"} for job in workflow()["jobs"].values())
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert "pull_request_target" not in (WORKFLOWS / "ci.yml").read_text()

"""``python -m tests.laws.register`` adds to ``shipped_ids.yaml`` what is not in it yet. It changes no line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from infra.identifiers import read_answers
from runtime.fixes.catalog import SPECS

FILE = Path(__file__).with_name("shipped_ids.yaml")


def register() -> str:
    """The file's text with every fix and entry in it."""
    head, entries = FILE.read_text(encoding="utf-8").split("entries:\n")
    known: dict[str, dict[str, Any]] = yaml.safe_load(f"{head}entries:\n{entries}")
    for spec in SPECS.values():
        if spec.id not in known["fixes"]:
            writes = dict.fromkeys(permission.operation for permission in spec.writes)
            head += f"  {spec.id}:\n    resource_types: [{', '.join(f'"{name}"' for name in spec.resource_types)}]\n"
            head += f"    writes: [{', '.join(writes)}]\n"
    for answers in read_answers().values():
        for answer in answers:
            if answer.id not in known["entries"]:
                entries += f"  {answer.id}: {{ fix: {answer.fix_id}, options: {json.dumps(answer.options)} }}\n"
    return f"{head}entries:\n{entries}"


if __name__ == "__main__":
    FILE.write_text(register(), encoding="utf-8")

"""mypy reads only those modules of the CDK that ``pyproject.toml`` lists, and yet nothing of them becomes ``Any``."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
STACKS = [REPOSITORY / "app.py", *sorted(REPOSITORY.glob("infra/*.py")), *sorted(REPOSITORY.glob("customer_role/*.py"))]


def imported_by_the_stacks() -> Iterator[str]:
    """Whatever may be a module. ``import aws_cdk`` would reach all of them, and so is not allowed."""
    for file in STACKS:
        for found in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(found, ast.ImportFrom) and found.module is not None:
                yield found.module
                yield from (f"{found.module}.{name.name}" for name in found.names)
            elif isinstance(found, ast.Import):
                assert not [name.name for name in found.names if name.name.startswith("aws_cdk")], file


def source(name: str) -> Path:
    """The file of a module of the CDK; found without importing it, which starts Node.js."""
    top = find_spec("aws_cdk")
    assert top is not None
    assert top.origin is not None
    return Path(top.origin).parents[1].joinpath(*name.split("."), "__init__.py")


def test_mypy_follows_of_the_cdk_what_the_stacks_import_and_what_that_names_in_its_types() -> None:
    needed: set[str] = set()
    waiting = {name for name in imported_by_the_stacks() if name.startswith("aws_cdk") and source(name).is_file()}
    while waiting:
        module = waiting.pop()
        needed.add(module)
        names = re.findall(r"^    import (aws_cdk[\w.]*) as _", source(module).read_text("utf-8"), re.MULTILINE)
        waiting |= set(names) - needed
    overrides = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]["overrides"]
    (followed,) = (override["module"] for override in overrides if override.get("follow_imports") == "silent")
    assert sorted(set(followed) ^ needed) == []

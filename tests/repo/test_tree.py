"""What holds for every file of the repository."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CODE = ("runtime", "infra", "customer_role", "cli", "local")
LARGE = 200_000
"""Bytes of a file."""
PICTURES = {".png"}


def files() -> list[Path]:
    """The files that are, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [REPOSITORY / name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    for file in files():
        try:
            yield str(file.relative_to(REPOSITORY)), file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def places(pattern: str) -> list[str]:
    """Where a pattern is found; this file, which spells the patterns, is left out."""
    this = str(Path(__file__).relative_to(REPOSITORY))
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts()
        if name != this
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(pattern, line)
    ]


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert places(r"(?<![\w.$}])/(root|home/\w+|Users/\w+|work/\w+|tmp/lab)\b") == []


def test_no_file_holds_a_credential() -> None:
    # AKIAIOSFODNN7EXAMPLE and its like are AWS's own examples.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    assert places(r"\b(AKIA|ASIA)(?!\w*EXAMPLE)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY") == []


def test_no_file_is_a_binary_or_large() -> None:
    # What is downloaded, built or recorded is made again, and a clone stays small. A picture is a document.
    large = [
        f"{file.relative_to(REPOSITORY)}: {file.stat().st_size}" for file in files() if file.stat().st_size > LARGE
    ]
    known = {name for name, _ in texts()}
    binary = [str(file.relative_to(REPOSITORY)) for file in files() if str(file.relative_to(REPOSITORY)) not in known]
    assert large == []
    assert [name for name in binary if Path(name).suffix not in PICTURES] == []


def test_nothing_is_left_to_do() -> None:
    assert places(r"\b(TODO|FIXME|XXX|HACK)\b") == []


@pytest.mark.parametrize("package", CODE)
def test_no_function_is_a_stub(package: str) -> None:
    assert [stub for file in sorted((REPOSITORY / package).rglob("*.py")) for stub in stubs(file)] == []


def stubs(file: Path) -> Iterator[str]:
    """Functions that do nothing, or say that they are not implemented. A protocol's, and abstract ones, declare."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    declared = {
        id(member)
        for found in ast.walk(tree)
        if isinstance(found, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in found.bases)
        for member in found.body
    }
    for found in ast.walk(tree):
        if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) and id(found) not in declared:
            if any("abstractmethod" in ast.unparse(decorator) for decorator in found.decorator_list):
                continue
            body = found.body[1:] if ast.get_docstring(found) is not None else found.body
            if all(_does_nothing(statement) for statement in body):
                yield f"{file.relative_to(REPOSITORY)}:{found.lineno}: {found.name}"


def _does_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
        case _:
            return False

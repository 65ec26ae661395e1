"""The function's bundle."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import app
from infra import lambda_asset
from infra.lambda_asset import AssetInvalid, LambdaAsset, build_lambda_asset

UNCHECKED_HASH = 0b01
"""https://docs.python.org/3/reference/import.html#pyc-invalidation and PEP 552: a hash, and nobody looks at it."""


@pytest.fixture(scope="module")
def asset() -> LambdaAsset:
    return build_lambda_asset(app.REPOSITORY)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A small repository that needs no dependencies, and so no network."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    (runtime / "__init__.py").write_text('"""Small."""\n')
    (runtime / "requirements.txt").write_text("")
    return tmp_path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambda_asset, "_install", lambda requirements, folder: None)


def test_the_bundle_holds_the_runtime_and_its_dependencies_but_no_boto3(asset: LambdaAsset) -> None:
    found = {path.name for path in asset.path.iterdir()}
    assert {"runtime", "aws_lambda_powertools"} <= found
    assert not {"boto3", "botocore", "infra", "cli", "local", "tests", "bin"} & found


def test_the_bundle_is_pure_python(asset: LambdaAsset) -> None:
    assert not [path for path in asset.path.rglob("*") if path.suffix in {".so", ".pyd", ".dylib"}]


def test_every_module_is_compiled_and_its_bytecode_is_never_checked(asset: LambdaAsset) -> None:
    modules = list(asset.path.rglob("*.py"))
    assert modules
    for module in modules:
        bytecode = Path(importlib.util.cache_from_source(str(module))).read_bytes()
        assert int.from_bytes(bytecode[4:8], "little") == UNCHECKED_HASH, module


def test_nothing_in_the_bundle_names_the_machine_it_was_built_on(asset: LambdaAsset) -> None:
    here = str(app.REPOSITORY).encode()
    assert not [path for path in asset.path.rglob("*") if path.is_file() and here in path.read_bytes()]


def run_in_the_bundle(asset: LambdaAsset, code: str) -> None:
    """With nothing but the bundle and the standard library."""
    alone = f"import sys; sys.path[:0] = [{str(asset.path)!r}]; {code}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", alone], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_bundle_can_be_imported_on_its_own(asset: LambdaAsset) -> None:
    run_in_the_bundle(asset, "import runtime.domain.policy")


def test_the_bundle_knows_time_zones_where_the_machine_has_none(asset: LambdaAsset) -> None:
    run_in_the_bundle(asset, "import zoneinfo; zoneinfo.reset_tzpath(to=[]); zoneinfo.ZoneInfo('Europe/Berlin')")


@pytest.mark.usefixtures("no_network")
def test_the_digest_depends_on_content_only(repository: Path, tmp_path: Path) -> None:
    first = build_lambda_asset(repository)
    os.utime(repository / "runtime" / "__init__.py", (0, 0))
    (repository / "README.md").write_text("Not in the bundle.")
    shutil.rmtree(repository / "build")
    assert build_lambda_asset(repository).digest == first.digest
    (repository / "runtime" / "__init__.py").write_text('"""Other."""\n')
    assert build_lambda_asset(repository).digest != first.digest


@pytest.mark.usefixtures("no_network")
def test_what_was_built_once_is_not_built_again(repository: Path) -> None:
    first = build_lambda_asset(repository)
    mark = first.path / "mark"
    mark.touch()
    assert build_lambda_asset(repository) == first
    assert mark.exists()
    assert [path.name for path in first.path.parent.iterdir()] == [first.digest]


@pytest.mark.usefixtures("no_network")
def test_two_builds_at_once_do_not_meet(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assemble = lambda_asset._assemble

    def slowly(dependencies: Path, sources: list[Path], root: Path, folder: Path) -> None:
        monkeypatch.setattr(lambda_asset, "_assemble", assemble)
        build_lambda_asset(repository)
        assemble(dependencies, sources, root, folder)

    monkeypatch.setattr(lambda_asset, "_assemble", slowly)
    asset = build_lambda_asset(repository)
    assert (asset.path / "runtime" / "__init__.py").is_file()
    assert [path.name for path in asset.path.parent.iterdir()] == [asset.digest]


def test_a_compiled_dependency_is_refused(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        folder = Path(command[command.index("--target") + 1])
        (folder / "fast.cpython-313-aarch64-linux-gnu.so").touch()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(lambda_asset.subprocess, "run", install)
    with pytest.raises(AssetInvalid, match="not pure Python"):
        build_lambda_asset(repository)
    assert not list((repository / "build" / "lambda-dependencies").iterdir())


def test_a_dependency_without_a_known_hash_is_refused(repository: Path) -> None:
    (repository / "runtime" / "requirements.txt").write_text("jmespath==1.1.0\n")
    with pytest.raises(AssetInvalid, match=r"(?i)hash"):
        build_lambda_asset(repository)


@pytest.mark.usefixtures("no_network")
def test_source_that_does_not_compile_is_refused(repository: Path) -> None:
    (repository / "runtime" / "broken.py").write_text("def\n")
    with pytest.raises(AssetInvalid, match="does not compile"):
        build_lambda_asset(repository)

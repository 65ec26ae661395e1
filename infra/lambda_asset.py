"""The Lambda bundle: the runtime package and its locked dependencies, compiled. Built without Docker.

boto3 is not in it: AWS's Python runtime brings it, https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html.
"""

from __future__ import annotations

import compileall
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import mkdtemp

PYTHON = (3, 13)
"""The function's Python, for which the bytecode is."""

WHERE_LAMBDA_UNPACKS = "/var/task"
_RECIPE = "1"
"""Part of every digest: changed when the way of building changes what is built."""


class AssetInvalid(Exception):
    """The bundle cannot be built, or would not run everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaAsset:
    """A bundle on disk. ``digest`` depends on what went into it, and on nothing else."""

    path: Path
    digest: str

    @property
    def version(self) -> str:
        """What audit records call the code."""
        return self.digest[:12]


def build_lambda_asset(repository: Path) -> LambdaAsset:
    """Build the bundle under ``build/``, or find it there: built once, it needs neither time nor a network.

    Raises ``AssetInvalid`` if the Python in use is another one than the function's, if the dependencies cannot be
    installed, or if one of them is not pure Python.
    """
    if sys.version_info[:2] != PYTHON:
        raise AssetInvalid(f"the bundle is compiled for Python {PYTHON}; this is {sys.version_info[:2]}")
    requirements = repository / "runtime" / "requirements.txt"
    sources = sorted(path for path in (repository / "runtime").rglob("*.py"))
    locked = _digest([requirements], repository)
    digest = _digest([requirements, *sources], repository)
    dependencies = repository / "build" / "lambda-dependencies" / locked
    bundle = repository / "build" / "lambda" / digest
    if not dependencies.is_dir():
        _publish(dependencies, lambda folder: _install(requirements, folder))
    if not bundle.is_dir():
        _publish(bundle, lambda folder: _assemble(dependencies, sources, repository, folder))
    return LambdaAsset(path=bundle, digest=digest)


def _digest(paths: Iterable[Path], repository: Path) -> str:
    digest = hashlib.sha256(f"{_RECIPE} {PYTHON}".encode())
    for path in paths:
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(repository).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _install(requirements: Path, folder: Path) -> None:
    # Wheels are chosen for the function's platform, so a compiled one shows on every machine, not only on the same.
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--require-hashes", "--requirements", str(requirements), "--target", str(folder)]
    command += ["--python-platform", "aarch64-manylinux2014", "--python-version", ".".join(map(str, PYTHON))]
    command += ["--link-mode", "copy"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssetInvalid(f"the dependencies cannot be installed: {done.stderr.strip()}")
    # Programs name the Python that installed them; the function runs none.
    shutil.rmtree(folder / "bin", ignore_errors=True)
    (folder / ".lock").unlink(missing_ok=True)
    compiled = sorted(path.name for pattern in ("*.so", "*.pyd", "*.dylib") for path in folder.rglob(pattern))
    if compiled:
        raise AssetInvalid(f"not pure Python, so tied to one architecture: {', '.join(compiled)}")
    _compile(folder)


def _assemble(dependencies: Path, sources: Iterable[Path], repository: Path, folder: Path) -> None:
    shutil.copytree(dependencies, folder, dirs_exist_ok=True)
    for source in sources:
        target = folder / source.relative_to(repository)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    _compile(folder / "runtime", root=folder)


def _compile(folder: Path, root: Path | None = None) -> None:
    # Unchecked: in the zip every file has the same time, so a bytecode file that is checked by time is never used.
    done = compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=str(root or folder),
        prependdir=WHERE_LAMBDA_UNPACKS,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    if not done:
        raise AssetInvalid(f"{folder.name} does not compile")


def _publish(folder: Path, build: Callable[[Path], None]) -> None:
    """Build beside, then move into place whole: two builds at once do not meet, and half a build is never found."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(prefix="unfinished-", dir=folder.parent))
    try:
        build(unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    except OSError:
        # A directory that is not empty cannot be renamed over: somebody else was faster, with the same content.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)

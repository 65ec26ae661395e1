"""The Lambda bundle: the runtime package and what it uses of its locked dependencies, compiled. Built without Docker.

boto3 is not in it: AWS's Python runtime brings it, https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from infra.bytecode import compile_modules
from runtime.domain.fix_summary import summarize, to_row
from runtime.fixes.catalog import SPECS

PYTHON = (3, 13)
"""The function's Python, for which the bytecode is."""

WHERE_LAMBDA_UNPACKS = "/var/task"
_RECIPE = "4"
"""Part of every digest: changed when the way of building changes what is built."""

_LEFT_OUT = ("bin", ".lock", "*.dist-info", "jmespath")
"""Programs, what installing leaves behind, and what boto3 brings."""

_POWERTOOLS = "aws_lambda_powertools"
_KEPT = {
    _POWERTOOLS: (
        *("__init__.py", "exceptions", "logging", "metrics", "package_logger.py", "shared", "tracing", "utilities"),
        "warnings",
    ),
    f"{_POWERTOOLS}/utilities": ("__init__.py", "jmespath_utils"),
}
"""What is kept of a package that is mostly not used: Powertools is eight times as large as logs and metrics need."""

ROOTS = "runtime/entry/amazon_roots.pem"
"""Where the bundle has the roots of the certificates of AWS's endpoints: docs/decisions/0019."""

INDEX = "runtime/fixes/index.json"
"""Where the bundle has the summaries of all fixes, so that the function imports only those that it needs."""

AMAZON_ROOTS = (
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
)
"""All that Amazon Trust Services asks a trust store of one's own to have: https://www.amazontrust.com/repository/."""


VERSION_LENGTH = 12
"""Characters of a digest."""


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
        return self.digest[:VERSION_LENGTH]


def build_lambda_asset(repository: Path) -> LambdaAsset:
    """Build the bundle under ``build/``, or find it there: built once, it needs neither time nor a network.

    Raises ``AssetInvalid`` if the Python in use is another one than the function's, if the dependencies cannot be
    installed, if one of them is not pure Python, or if botocore no longer has one of Amazon's roots.
    """
    if sys.version_info[:2] != PYTHON:
        raise AssetInvalid(f"the bundle is compiled for Python {PYTHON}; this is {sys.version_info[:2]}")
    requirements, sources = _files(repository)
    made = _made()
    locked = _digest({"requirements": requirements.read_bytes()})
    digest = _bundle_digest(repository, made)
    dependencies = repository / "build" / "lambda-dependencies" / locked
    bundle = repository / "build" / "lambda" / digest
    if not dependencies.is_dir():
        _publish(dependencies, lambda folder: _install(requirements, folder))
    if not bundle.is_dir():
        _publish(bundle, lambda folder: _assemble(dependencies, sources, made, repository, folder))
    return LambdaAsset(path=bundle, digest=digest)


def checkout_version(repository: Path) -> str:
    """What ``LambdaAsset.version`` would be of a bundle that is built now. Raises ``AssetInvalid`` for its roots."""
    return _bundle_digest(repository, _made())[:VERSION_LENGTH]


def _files(repository: Path) -> tuple[Path, list[Path]]:
    """The list of dependencies, and the function's own code."""
    runtime = repository / "runtime"
    return runtime / "requirements.txt", sorted(runtime.rglob("*.py"))


def _made() -> Mapping[str, bytes]:
    """What is made for the bundle. Raises ``AssetInvalid`` for its roots."""
    return {ROOTS: read_amazon_roots(), INDEX: _index()}


def _bundle_digest(repository: Path, made: Mapping[str, bytes]) -> str:
    requirements, sources = _files(repository)
    contents = {path.relative_to(repository).as_posix(): path.read_bytes() for path in (requirements, *sources)}
    return _digest({**contents, **made})


def _digest(contents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(f"{_RECIPE} {PYTHON} {_LEFT_OUT} {_KEPT}".encode())
    for name, content in contents.items():
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def read_amazon_roots() -> bytes:
    """Amazon's roots, in PEM, out of those that the locked botocore trusts. Raises ``AssetInvalid`` if one is gone."""
    store = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    store.load_verify_locations(cafile=str(distribution("botocore").locate_file("botocore/cacert.pem")))
    found = {
        _common_name(described): ssl.DER_cert_to_PEM_cert(der)
        for described, der in zip(store.get_ca_certs(), store.get_ca_certs(binary_form=True), strict=True)
    }
    if missing := set(AMAZON_ROOTS) - found.keys():
        raise AssetInvalid(f"botocore's trust store no longer has {', '.join(sorted(missing))}")
    return "".join(found[name] for name in AMAZON_ROOTS).encode()


def _common_name(certificate: Mapping[str, Any]) -> object:
    # Names are sequences of sets of pairs; each set here has one.
    return {name: value for ((name, value),) in certificate["subject"]}.get("commonName", "")


def _install(requirements: Path, folder: Path) -> None:
    # Wheels are chosen for the function's platform, so a compiled one shows on every machine, not only on the same.
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--require-hashes", "--requirements", str(requirements), "--target", str(folder)]
    command += ["--python-platform", "aarch64-manylinux2014", "--python-version", ".".join(map(str, PYTHON))]
    command += ["--link-mode", "copy"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssetInvalid(f"the dependencies cannot be installed: {done.stderr.strip()}")
    _prune(folder)
    compiled = sorted(path.name for pattern in ("*.so", "*.pyd", "*.dylib") for path in folder.rglob(pattern))
    if compiled:
        raise AssetInvalid(f"not pure Python, so limited to one architecture: {', '.join(compiled)}")
    _compile(folder, folder)


def _prune(folder: Path) -> None:
    unused = [path for pattern in _LEFT_OUT for path in folder.glob(pattern)]
    unused += [path for parent, kept in _KEPT.items() for path in folder.glob(f"{parent}/*") if path.name not in kept]
    for path in unused:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _index() -> bytes:
    return json.dumps([to_row(summarize(spec)) for spec in SPECS.values()], separators=(",", ":")).encode()


def _assemble(
    dependencies: Path, sources: Iterable[Path], made: Mapping[str, bytes], repository: Path, folder: Path
) -> None:
    shutil.copytree(dependencies, folder, dirs_exist_ok=True)
    for source in sources:
        target = folder / source.relative_to(repository)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for name, content in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    compile_runtime(folder)


def compile_runtime(bundle: Path) -> None:
    """Compile the runtime package of a bundle as it stands. Raises ``AssetInvalid``."""
    _compile(bundle / "runtime", bundle)


def _compile(folder: Path, root: Path) -> None:
    try:
        compile_modules(folder, root, WHERE_LAMBDA_UNPACKS)
    except SyntaxError as broken:
        raise AssetInvalid(f"{folder.name} does not compile: {broken}") from broken


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

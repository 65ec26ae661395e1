"""The Python that the function runs in: like AWS's own runtime, Python 3.13 and boto3, and nothing else.

Without it the emulator runs the function in this repository's environment, where a dependency that was left out of the
asset would be found all the same.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included
"""

from __future__ import annotations

import venv
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

_RESOLVER = """
import socket

resolve = socket.getaddrinfo


def getaddrinfo(host, *rest, **options):
    return resolve("127.0.0.1" if str(host).endswith(".127.0.0.1") else host, *rest, **options)


socket.getaddrinfo = getaddrinfo
"""
"""On AWS, a host whose name begins with an account's id has an address like any other. S3 Control has such hosts."""


def create_lambda_python(folder: Path) -> Path:
    """Make a virtual environment with links to the installed boto3 and what it requires. Returns its interpreter."""
    venv.create(folder, with_pip=False, symlinks=True)
    site_packages = next(folder.glob("lib/python3*/site-packages"))
    for name in _with_requirements("boto3"):
        installed = distribution(name)
        top_levels = {file.parts[0] for file in installed.files or () if file.parts[0] not in {"..", "__pycache__"}}
        for top_level in top_levels:
            (site_packages / top_level).symlink_to(str(installed.locate_file(top_level)))
    (site_packages / "sitecustomize.py").write_text(_RESOLVER, encoding="utf-8")
    return folder / "bin" / "python"


def _with_requirements(name: str) -> set[str]:
    found = {name}
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found |= _with_requirements(requirement.name)
    return found

"""What is installed is exactly what was locked, and the locks are those of the lists beside them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "runtime/requirements.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    version: str
    hashes: tuple[str, ...]
    asked_for_in: frozenset[str]


def locked(lock: str) -> dict[str, Locked]:
    """The packages of a lock file as uv writes it: a pin, its hashes, and a comment that says who asked for it."""
    found = {}
    for block in re.split(r"\n(?=[a-z0-9])", (REPOSITORY / lock).read_text()):
        if pin := re.match(r"([a-z0-9][a-z0-9._-]*)(?:\[.+\])?==(\S+)", block):
            found[canonicalize_name(pin[1])] = Locked(
                version=pin[2],
                hashes=tuple(re.findall(r"--hash=sha256:[0-9a-f]{64}", block)),
                asked_for_in=frozenset(re.findall(r"-r (\S+\.in)", block)),
            )
    return found


def requirements(file: str) -> dict[str, Requirement]:
    """What one list asks for itself, without the lists that it includes."""
    lines = [line.split("#")[0].strip() for line in (REPOSITORY / file).read_text().splitlines()]
    asked = [Requirement(line) for line in lines if line and not line.startswith("-r ")]
    return {canonicalize_name(requirement.name): requirement for requirement in asked}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    packages = locked(lock)
    assert packages
    assert [name for name, package in packages.items() if not package.hashes] == []


@pytest.mark.parametrize(
    ("lock", "file"),
    [
        ("requirements.txt", "requirements.in"),
        (LOCKS[0], "runtime/requirements.in"),
        (LOCKS[1], "runtime/requirements.in"),
    ],
)
def test_a_lock_is_of_the_list_beside_it(lock: str, file: str) -> None:
    packages, asked = locked(lock), requirements(file)
    assert {name for name, package in packages.items() if file in package.asked_for_in} == asked.keys(), (
        "run `make lock`"
    )
    for name, requirement in asked.items():
        assert requirement.specifier.contains(packages[name].version), f"{name}: run `make lock`"


def test_the_function_is_tested_with_the_versions_it_is_deployed_with() -> None:
    everything = locked("requirements.txt")
    for name, package in locked("runtime/requirements.txt").items():
        assert everything[name].version == package.version


def test_boto3_is_not_bundled_because_the_functions_runtime_brings_it() -> None:
    assert not {"boto3", "botocore"} & locked("runtime/requirements.txt").keys()


def test_the_cdk_command_line_is_pinned_to_a_version_that_reads_todays_assemblies() -> None:
    """npm has a stray 3.0.0, older than it looks."""
    wanted = json.loads((REPOSITORY / "package.json").read_text())["devDependencies"]
    lock = json.loads((REPOSITORY / "package-lock.json").read_text())["packages"]
    assert re.fullmatch(r"2\.\d{4,}\.\d+", wanted["aws-cdk"])
    assert lock[""]["devDependencies"] == wanted
    assert lock["node_modules/aws-cdk"]["version"] == wanted["aws-cdk"]
    assert all(package["integrity"].startswith("sha512-") for path, package in lock.items() if path)


def test_no_lock_names_where_packages_come_from() -> None:
    """Each machine has its own registries; the hashes make them all alike."""
    for file in (*LOCKS, "package-lock.json", "requirements.in", "runtime/requirements.in"):
        assert not re.search(r"https?:|--(extra-)?index-url|--find-links|\"resolved\"", (REPOSITORY / file).read_text())

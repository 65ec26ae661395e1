"""What is written for a new fix: it can be imported, and the tests fail at each place that has to be filled."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from infra.prevention import read_prevention
from local import new_fix
from local.new_fix import KINDS, MARK, PREVENTION, REPOSITORY, SHIPPED, Refused, files_of
from runtime.fixes.catalog import FIX_BY_ID, types_by_name

ID, TYPE = "sqs-queue-made-up", "AWS::SQS::Queue"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of a fix of each kind, and of one for an account, in a service of its own."""
    root = tmp_path_factory.mktemp("repository")
    for file in (SHIPPED, PREVENTION):
        (root / file).parent.mkdir(parents=True)
        shutil.copy(REPOSITORY / file, root / file)
    of_kinds = [(kind, f"sqs-made-up-{kind}", TYPE) for kind in KINDS]
    for kind, fix_id, type_name in (*of_kinds, ("set-attributes", "newservice-made-up", "AWS::::Account")):
        for path, text in files_of(kind, fix_id, type_name, root).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return root


def modules_of(written: Path) -> list[Path]:
    return sorted(path for path in written.rglob("*.py") if path.name != "__init__.py")


def test_every_file_of_a_new_fix_has_marks_and_the_tests_fail_at_each(written: Path) -> None:
    files = [path for path in written.rglob("*made_up*") if path.is_file()]
    assert len(files) == 3 * (len(KINDS) + 1)
    for file in files:
        assert re.search(rf"\b{MARK}\b", file.read_text(encoding="utf-8")), file  # as tests/repo/test_tree.py looks
    assert (written / "runtime/fixes/newservice/__init__.py").exists()


def test_what_is_written_is_as_ruff_would_have_it(written: Path) -> None:
    for path in modules_of(written):
        for command in (["check", "--quiet"], ["format", "--check", "--quiet"]):
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "ruff",
                    *command,
                    "--no-cache",
                    "--stdin-filename",
                    path.relative_to(written),
                    "-",
                ],
                cwd=REPOSITORY,
                input=path.read_text(encoding="utf-8"),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout


def test_what_is_written_can_be_imported_and_declares_a_fix_with_its_id(written: Path) -> None:
    for path in modules_of(written):
        module = ModuleType(path.stem)
        sys.modules[path.stem] = module  # where dataclasses look their module up
        exec(compile(path.read_text(encoding="utf-8"), path, "exec"), vars(module))
        del sys.modules[path.stem]
        if "cases" in path.parts:
            assert len(module.CASES) == 3
        else:
            assert module.FIX.spec.id == f"{path.parent.name}-{path.stem.replace('_', '-')}"
            assert module.FIX.spec.writes


def test_the_identifiers_are_those_of_the_fix_and_none_yet(written: Path) -> None:
    for path in written.rglob("*.yaml"):
        if path not in (written / SHIPPED, written / PREVENTION):
            fix_id = f"{path.parent.name}-{path.stem.replace('_', '-')}"
            assert yaml.safe_load(path.read_text(encoding="utf-8")) == {"fix": fix_id, "entries": [{"id": fix_id}]}


def test_nothing_prevents_it_until_somebody_has_looked(written: Path) -> None:
    before, after = (read_prevention(root / PREVENTION) for root in (REPOSITORY, written))
    assert {fix_id: after[fix_id] for fix_id in before} == before
    for fix_id in after.keys() - before.keys():
        assert after[fix_id].because.startswith(MARK)
    assert len(after) == len(before) + len(KINDS) + 1


def test_a_kind_reads_the_resource_as_its_type_does(written: Path) -> None:
    files = files_of("set-attributes", "rds-made-up", "AWS::RDS::DBInstance", written)
    text = " ".join(files[written / "runtime/fixes/rds/made_up.py"].split())
    assert 'call="rds:DescribeDBInstances", by={"DBInstanceIdentifier": "${name}"}, at="DBInstances[0]"' in text
    assert "from runtime.fixes.rds import DB_INSTANCE" in text


@pytest.mark.parametrize(
    ("kind", "fix_id", "type_name", "sentence"),
    [
        ("set-attribute", ID, TYPE, "KIND 'set-attribute' is unknown. Did you mean set-attributes"),
        ("", ID, TYPE, "KIND '' is unknown"),
        ("unshare", "", TYPE, "ID '' is not the id of a fix"),
        ("unshare", "sqs", TYPE, "ID 'sqs' is not the id of a fix"),
        ("unshare", "SQS-queue", TYPE, "is not the id of a fix"),
        ("unshare", "sqs-../queue", TYPE, "is not the id of a fix"),
        ("unshare", "kinds-declared", TYPE, "kinds is no service"),
        ("unshare", "sqs-queue-encryption", TYPE, "ID 'sqs-queue-encryption' is taken"),
        ("unshare", "sqs-gone", TYPE, "ID 'sqs-gone' is taken"),
        ("unshare", ID, "AWS::SQS::Queues", "TYPE 'AWS::SQS::Queues' is unknown. Did you mean AWS::SQS::Queue"),
        ("unshare", "rds-made-up", "", "TYPE is needed: one of AWS::RDS::"),
        ("unshare", "newservice-made-up", "", "or one declared first in runtime/fixes/newservice"),
        ("unshare", "ec2-_empty", TYPE, "is not the id of a fix"),
        ("unshare", "sqs-there", TYPE, "runtime/fixes/sqs/there.py is there already"),
    ],
)
def test_what_cannot_be_a_new_fix_is_refused_with_the_reason(
    tmp_path: Path, kind: str, fix_id: str, type_name: str, sentence: str
) -> None:
    (tmp_path / SHIPPED).parent.mkdir(parents=True)
    (tmp_path / SHIPPED).write_text("fixes: { sqs-gone: {} }\nentries: {}\n", encoding="utf-8")
    (tmp_path / "runtime/fixes/sqs").mkdir(parents=True)
    (tmp_path / "runtime/fixes/sqs/there.py").touch()
    with pytest.raises(Refused) as refused:
        files_of(kind, fix_id, type_name, tmp_path)
    assert sentence in str(refused.value)


def test_the_only_type_of_a_service_need_not_be_named(written: Path) -> None:
    assert files_of("set-attributes", ID, "", written) == files_of("set-attributes", ID, TYPE, written)


def test_every_type_is_found_where_it_is_declared() -> None:
    for kind in types_by_name().values():
        module, constant = new_fix._declared_in(kind)
        assert getattr(sys.modules[module], constant) is kind


WRITTEN_BY_HAND = {"ByType", "CloseToTheWorld", "Quarantine"}
"""What joins declarations of several types, and what is for security groups, or for IAM identities, alone."""


def test_a_fix_of_every_kind_that_there_is_can_be_begun() -> None:
    kinds = {type(fix) for fix in FIX_BY_ID.values() if type(fix).__module__.startswith("runtime.fixes.kinds.")}
    assert {kind.__name__ for kind in kinds} - WRITTEN_BY_HAND <= {kind.name for kind in KINDS.values()}

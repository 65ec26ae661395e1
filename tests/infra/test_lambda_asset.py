"""The function's bundle."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import app
from infra import lambda_asset
from infra.lambda_asset import AMAZON_ROOTS, INDEX, ROOTS, AssetInvalid, LambdaAsset, build_lambda_asset
from infra.policy import load_policy
from local.lambda_python import create_lambda_python
from runtime.application.ports import Message, Table
from runtime.aws.mail import TOPICS
from runtime.domain.facts import Account
from runtime.entry import clients
from runtime.fixes import catalog
from runtime.fixes.catalog import SPECS, summaries
from runtime.items.accounts import put_account
from tests.flow.scene import FIX
from tests.flow.test_handler import VARIABLES, Context, record_of
from tests.samples.render import issue_body

ACCOUNT = "111122223333"

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


def test_the_bundle_holds_the_runtime_and_what_it_uses_but_nothing_that_boto3_brings(asset: LambdaAsset) -> None:
    found = {path.name for path in asset.path.iterdir()} - {"__pycache__"}
    assert found == {"runtime", "aws_lambda_powertools", "typing_extensions.py", "tzdata"}


def test_the_bundle_is_pure_python(asset: LambdaAsset) -> None:
    assert not [path for path in asset.path.rglob("*") if path.suffix in {".so", ".pyd", ".dylib"}]


def test_what_the_fixes_answer_is_left_to_the_tools_and_not_in_the_bundle(asset: LambdaAsset) -> None:
    assert not list(asset.path.rglob("*.yaml"))


def test_every_module_is_compiled_and_its_bytecode_is_never_checked(asset: LambdaAsset) -> None:
    modules = list(asset.path.rglob("*.py"))
    assert modules
    for module in modules:
        bytecode = Path(importlib.util.cache_from_source(str(module))).read_bytes()
        assert int.from_bytes(bytecode[4:8], "little") == UNCHECKED_HASH, module


def test_the_bytecode_has_assertions_but_no_docstrings(repository: Path, no_network: None) -> None:
    documented = (
        '"""A page."""\n\nclass Bare:\n    """A class."""\n\ndef check(x):\n    """A function."""\n    assert x\n'
    )
    (repository / "runtime" / "documented.py").write_text(documented)
    module = build_lambda_asset(repository).path / "runtime" / "documented.py"
    spec = importlib.util.spec_from_file_location("documented", module)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    assert [loaded.__doc__, loaded.Bare.__doc__, loaded.check.__doc__] == [None, None, None]
    with pytest.raises(AssertionError) as failed:
        loaded.check(False)
    assert failed.traceback[-1].lineno + 1 == 8  # of the source, docstrings and all


def test_nothing_in_the_bundle_names_the_machine_it_was_built_on(asset: LambdaAsset) -> None:
    here = str(app.REPOSITORY).encode()
    assert not [path for path in asset.path.rglob("*") if path.is_file() and here in path.read_bytes()]


@pytest.fixture(scope="module")
def lambda_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_lambda_python(tmp_path_factory.mktemp("python") / "lambda")


HANDLE_AND_FAIL = """
import json, sys
from runtime.entry.handler import handler

class Context:
    function_name, memory_limit_in_mb, aws_request_id = "suture-test", 512, "request-1"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:suture-test"

record = {"messageId": "1", "receiptHandle": "r", "body": "{}", "eventSourceARN": "a:findings"}
record["attributes"] = {"ApproximateReceiveCount": "1"}
print(json.dumps({"answer": handler({"Records": [record]}, Context()), "modules": sorted(sys.modules)}))
"""


def variables_of(asset: LambdaAsset, endpoint: str) -> dict[str, str]:
    """What the function's process is given."""
    return {
        **VARIABLES,
        **{f"SUTURE_{table.name}_TABLE": f"suture-test-{table}" for table in Table},
        "SUTURE_PEOPLE": '{"session_names":".+@example.com","operator_role_arns":[],"approver_role_arns":[]}',
        "SUTURE_FINDINGS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:findings",
        **{f"SUTURE_{one.name}_TOPIC_ARN": f"arn:aws:sns:us-east-1:123456789012:{one}" for one in TOPICS},
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "none",
        "PYTHONPATH": str(asset.path),
    }


@pytest.fixture(scope="module")
def handled(asset: LambdaAsset, lambda_python: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The log of a message that cannot be handled, as nothing can be reached; and the answer, and what was loaded."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        variables = variables_of(asset, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        command = [str(lambda_python), "-s", "-P", "-c", HANDLE_AND_FAIL]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *log, last = map(json.loads, done.stdout.splitlines())
    return log, last


def test_the_bundle_logs_counts_and_reports_a_failure_with_nothing_beside_it_but_boto3(
    handled: tuple[list[dict[str, Any]], dict[str, Any]],
) -> None:
    log, ended = handled
    assert ended["answer"] == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert [line["exception_name"] for line in log if "exception_name" in line] == ["PlatformCallFailed"] * 2
    assert [line["RETRY"] for line in log if "_aws" in line] == [[1.0]]


def test_handling_a_message_loads_neither_boto3_nor_a_part_of_powertools_for_something_else(
    handled: tuple[list[dict[str, Any]], dict[str, Any]],
) -> None:
    loaded = {module.partition(".")[0] for module in handled[1]["modules"]}
    assert "botocore" in loaded
    assert not {"boto3", "s3transfer", "asyncio", "multiprocessing"} & loaded


def test_every_part_of_powertools_that_is_kept_is_needed(
    asset: LambdaAsset, handled: tuple[list[dict[str, Any]], dict[str, Any]]
) -> None:
    loaded = set(handled[1]["modules"])
    for folder in ("aws_lambda_powertools", "aws_lambda_powertools/utilities"):
        kept = {path.stem for path in (asset.path / folder).iterdir()} - {"__init__", "__pycache__"}
        assert kept == {name for name in kept if f"{folder.replace('/', '.')}.{name}" in loaded}


HANDLE_A_FINDING = """
import json, sys
from io import BytesIO
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from runtime.entry.handler import handler

def fixes_loaded():
    return sorted(name for name in sys.modules if name.startswith("runtime.fixes."))

at_start = fixes_loaded()

context, policy, record, account = json.load(sys.stdin)
calls = []
answers = {
    "StartConfigurationSession": {"InitialConfigurationToken": "1"},
    "GetLatestConfiguration": {"NextPollConfigurationToken": "2", "Configuration": BytesIO(policy.encode())},
    "BatchGetItem": {"Responses": {"suture-test-registry": [account]}},
    "Query": {"Items": []},
    "AssumeRole": {"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T"}},
    "GetPublicAccessBlock": {"PublicAccessBlockConfiguration": {"BlockPublicAcls": False, "IgnorePublicAcls": False,
        "BlockPublicPolicy": False, "RestrictPublicBuckets": False}},
    "GetBucketPolicyStatus": {"PolicyStatus": {"IsPublic": False}},
    "GetBucketTagging": {"TagSet": []},
    "PutEvents": {"FailedEntryCount": 0},
}

def answer(client, operation, parameters):
    calls.append(operation)
    if operation == "GetBucketWebsite":
        raise ClientError({"Error": {"Code": "NoSuchWebsiteConfiguration"}}, operation)
    return dict(answers.get(operation, {}))

BaseClient._make_api_call = answer
answered = handler({"Records": [record]}, type("Context", (), context))
print(json.dumps({"answer": answered, "calls": calls, "at_start": at_start, "at_end": fixes_loaded()}))
"""


def test_a_finding_imports_its_own_fix_and_type_and_no_other(asset: LambdaAsset, lambda_python: Path) -> None:
    policy = json.loads(load_policy(app.CONFIG, SPECS))
    assert len({entry["fix"] for entry in policy["catalog"]}) > 20
    arn = "arn:aws:s3:::a-bucket"
    (rule, *_) = next(entry["match"]["rules"] for entry in policy["catalog"] if entry["fix"] == FIX)
    body = issue_body("older", rule_id=rule, severity="CRITICAL", resource_id=arn, account_id=ACCOUNT)
    kept = put_account(Account(id=ACCOUNT, name="a", environment="dev", owner="a@example.com", external_id="x"))
    attributes = {"partition": kept.key.partition, "item": kept.key.item, **kept.item}
    given = [
        vars(Context()),
        json.dumps(policy),
        record_of(Message(id="1", body=json.dumps(body), sender_id="")),
        {name: {"S": value} for name, value in attributes.items()},
    ]
    command = [str(lambda_python), "-s", "-P", "-c", HANDLE_A_FINDING]
    variables = variables_of(asset, "http://127.0.0.1:9")
    done = subprocess.run(command, env=variables, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout.splitlines()[-1])
    assert ended["answer"] == {"batchItemFailures": []}, done.stdout
    assert {"GetPublicAccessBlock", "TransactWriteItems"} <= set(ended["calls"])  # it was planned, and recorded
    assert not set(ended["at_start"]) & NEEDED, "a fix or its type was imported before any finding came"
    assert set(ended["at_end"]) - set(ended["at_start"]) == NEEDED


NEEDED = {
    f"runtime.fixes.{name}" for name in ("kinds", "kinds.attributes", "kinds.declared", "s3", "s3.block_public_access")
}
"""What the fix of a bucket is made of."""


def test_the_bundle_has_a_summary_of_every_fix(asset: LambdaAsset, monkeypatch: pytest.MonkeyPatch) -> None:
    here = summaries()
    monkeypatch.setattr(catalog, "INDEX", asset.path / INDEX)
    bundled = summaries.__wrapped__()
    assert bundled == here
    assert {fix.spec.id for fix in bundled.values()} == set(SPECS)


def sequences(der: bytes) -> Iterator[bytes]:
    """Everything in a certificate that could be an ASN.1 sequence, its public key's information among it."""
    for start in (index for index, byte in enumerate(der) if byte == 0x30):
        size, more = der[start + 1], 0
        if size >= 0x80:
            more = size - 0x80
            size = int.from_bytes(der[start + 2 : start + 2 + more])
        yield der[start : start + 2 + more + size]


def test_the_bundle_trusts_the_keys_that_amazon_publishes_and_no_other(asset: LambdaAsset) -> None:
    """https://www.amazontrust.com/repository/ lists SHA-256 over each root's subject public key information."""
    store = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    store.load_verify_locations(cafile=str(asset.path / ROOTS))
    published = [
        "fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2",
        "7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461",
        "36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9",
        "f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5",
        "2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92",
    ]
    for der, key in zip(store.get_ca_certs(binary_form=True), published, strict=True):
        assert key in {hashlib.sha256(part).hexdigest() for part in sequences(der)}


def test_the_decision_says_until_when_each_root_is_valid(asset: LambdaAsset) -> None:
    store = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    store.load_verify_locations(cafile=str(asset.path / ROOTS))
    text = (app.REPOSITORY / "docs" / "decisions" / "0019-amazons-own-roots.md").read_text(encoding="utf-8")
    for name, root in zip(AMAZON_ROOTS, store.get_ca_certs(), strict=True):
        ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(root["notAfter"])), UTC)
        assert f"| {name} | {ends:%Y-%m-%d} |" in text


def test_the_bundle_s_roots_are_where_the_function_looks_for_them() -> None:
    assert app.REPOSITORY / ROOTS == clients.AMAZON_ROOTS


def test_a_trust_store_without_one_of_amazon_s_roots_builds_no_bundle(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_asset, "AMAZON_ROOTS", (*AMAZON_ROOTS, "Amazon Root CA 5"))
    with pytest.raises(AssetInvalid, match="no longer has Amazon Root CA 5"):
        build_lambda_asset(repository)


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
def test_the_digest_depends_on_content_only(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build_lambda_asset(repository)
    os.utime(repository / "runtime" / "__init__.py", (0, 0))
    (repository / "README.md").write_text("Not in the bundle.")
    shutil.rmtree(repository / "build")
    assert build_lambda_asset(repository).digest == first.digest
    (repository / "runtime" / "__init__.py").write_text('"""Other."""\n')
    other = build_lambda_asset(repository).digest
    assert other != first.digest
    monkeypatch.setattr(lambda_asset, "AMAZON_ROOTS", AMAZON_ROOTS[1:])
    assert build_lambda_asset(repository).digest not in {first.digest, other}


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

    def slowly(*arguments: Any) -> None:
        monkeypatch.setattr(lambda_asset, "_assemble", assemble)
        build_lambda_asset(repository)
        assemble(*arguments)

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

"""The front door: help, exit codes, and what is not imported."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cli import main
from cli.advice import explain
from cli.errors import ExitCode
from cli.main import app
from runtime.domain.errors import PlatformCallFailed
from tests.unit.cli.command import EXAMPLE, PAYLOAD, suture
from tests.unit.cli.conftest import Session

ROOT = Path(__file__).parents[3]


def commands_of(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of a command, and of everything under it."""
    yield path
    for name, part in getattr(command, "commands", {}).items():
        yield from commands_of(part, (*path, name))


COMMANDS = tuple(commands_of(get_command(app)))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(command: tuple[str, ...]) -> None:
    result = suture(*command, "--help")
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert "\n    suture " in result.stdout


def test_every_exit_code_is_explained_in_the_help_and_in_the_documentation() -> None:
    shown, documented = suture("--help").stdout, (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"\n    {code:d}  " in shown
        assert f"\n| {code:d} | " in documented


@pytest.mark.parametrize("command", COMMANDS[1:], ids=" ".join)
def test_every_command_is_documented(command: tuple[str, ...]) -> None:
    documented = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"suture {' '.join(command)}" in documented


def test_the_version_is_the_one_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert suture("--version").stdout == f"suture {project['version']}\n"


SLOW = ("aws_cdk", "boto3", "botocore", "jsii", "pydantic", "rich")
READS_FILES = ("jsonschema", "yaml")
WHAT_COMMANDS_NEED = ("cli.commands", "runtime.domain.audit", "runtime.domain.decision", "runtime.fixes")


def _imported(*arguments: str, **environment: str) -> set[str]:
    """The modules that have been imported when ``suture ARGUMENTS`` ends."""
    program = (
        "import sys\n"
        "from cli.main import main\n"
        f"sys.argv[1:] = {list(arguments)!r}\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert end.code in (None, 0, 4), end.code\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    variables = {**os.environ, **environment}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "slow"),
    [
        (("--help",), (*SLOW, *READS_FILES, *WHAT_COMMANDS_NEED)),
        (("--version",), (*SLOW, *READS_FILES, *WHAT_COMMANDS_NEED)),
        (("fixes",), (*SLOW, "runtime.domain.audit")),
        (("simulate", str(PAYLOAD), "--config", str(EXAMPLE)), tuple({*SLOW} - {"pydantic"})),
        (("audit", "--help"), (*SLOW, *READS_FILES)),
        (("approve", "--help"), (*SLOW, *READS_FILES)),
        (("exceptions", "add", "--help"), (*SLOW, *READS_FILES)),
        (("stop", "--help"), (*SLOW, *READS_FILES)),
        (("replay", "--help"), (*SLOW, *READS_FILES)),
        (("accounts", "--help"), (*SLOW, *READS_FILES)),
        (("accounts", "verify", "--help"), (*SLOW, *READS_FILES)),
        (("doctor", "--help"), (*SLOW, *READS_FILES, *WHAT_COMMANDS_NEED[1:])),
        (("fixes", "--help"), (*SLOW, "jsonschema")),
    ],
    ids=lambda words: " ".join(map(str, words)) if "--help" in words or "fixes" in words else None,
)
def test_what_does_not_need_it_imports_nothing_slow(arguments: tuple[str, ...], slow: tuple[str, ...]) -> None:
    assert not set(slow) & _imported(*arguments)


@pytest.mark.parametrize(
    ("words", "slow"),
    [
        ("suture au", (*SLOW, *READS_FILES, *WHAT_COMMANDS_NEED)),
        ("suture audit li", (*SLOW, *READS_FILES)),
        ("suture stop --", (*SLOW, *READS_FILES)),
        ("suture audit list --fix", (*SLOW, *READS_FILES)),
        ("suture stop --environment", (*SLOW, "jsonschema")),
    ],
)
def test_completion_imports_nothing_slow(words: str, slow: tuple[str, ...]) -> None:
    cword = str(len(words.split()) - 1)
    imported = _imported(_SUTURE_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=cword)
    assert "cli.main" in imported
    assert not set(slow) & imported


def test_every_command_has_a_summary_that_fits_on_a_line() -> None:
    assert all(one.summary.endswith(".") and len(one.summary) <= 60 for one in main.COMMANDS)


@pytest.mark.parametrize(
    "command",
    [
        ("audit", "list"),
        ("audit", "show", "x"),
        ("accounts", "list"),
        ("review", "list"),
        ("undo", "x", "--reason", "x"),
        ("exceptions", "list"),
        ("stop", "--all", "--reason", "x"),
        ("status",),
    ],
    ids=" ".join,
)
def test_a_command_that_needs_an_environment_says_how_to_name_it(command: tuple[str, ...]) -> None:
    result = suture(*command)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "suture --environment NAME" in result.stderr
    assert "SUTURE_ENVIRONMENT" in result.stderr


def test_a_name_that_no_environment_can_have_is_refused() -> None:
    result = suture("-e", "Prod!", "audit", "list")
    assert result.exit_code == 2
    assert "'Prod!'" in result.stderr


def test_an_option_that_does_not_exist_is_a_usage_error() -> None:
    result = suture("fixes", "--jsno")
    assert result.exit_code == 2
    assert "--jsno" in result.stderr


def test_without_a_region_the_command_says_where_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    result = suture("-e", "test", "audit", "list")
    assert result.exit_code == 3
    assert "NoRegionError" in result.stderr
    assert "AWS_REGION" in result.stderr


def test_without_credentials_the_command_says_how_to_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    result = suture("-e", "test", "accounts", "list")
    assert result.exit_code == 3
    assert result.stderr.startswith("There are no AWS credentials (NoCredentialsError).")
    assert "answered" not in result.stderr
    assert "aws sso login" in result.stderr


@pytest.mark.usefixtures("account")
def test_a_table_that_is_not_there_leads_to_the_environment_and_the_region() -> None:
    result = suture("-e", "staging", "audit", "list")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "ResourceNotFoundException" in result.stderr
    assert "Nothing is deployed as environment 'staging' in this account and region." in result.stderr


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "command",
    [
        ("audit", "list"),
        ("stop", "--all", "--reason", "x"),
        ("approve", "x", "--reason", "x", "--yes"),
        ("exceptions", "list"),
        ("status",),
    ],
    ids=" ".join,
)
def test_an_environment_that_is_not_deployed_here_is_answered_with_those_that_there_are(
    command: tuple[str, ...],
) -> None:
    result = suture("-e", "staging", *command)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Nothing is deployed as environment 'staging' in this account and region." in result.stderr
    assert "config/deployments has dev, local, production, staging." in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("audit", "list"),
        ("report", "--since", "2026-11-01"),
        ("doctor",),
        ("stop", "--all", "--reason", "x"),
        ("approve", "x", "--reason", "x", "--yes"),
        ("accounts", "add", "111122223333", "--name", "x"),
    ],
    ids=" ".join,
)
def test_an_environment_that_there_is_not_is_refused_without_credentials_with_those_that_there_are(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable)
    result = suture("-e", "produktion", *command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "There is not an environment 'produktion'. Did you mean production?" in result.stderr
    assert "config/deployments has dev, local, production, staging. Nothing was sent." in result.stderr
    assert "SUTURE_CONFIG" in result.stderr


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("UnrecognizedClientException", "AWS does not accept these credentials"),  # a key that does not exist, DynamoDB
        ("InvalidSignatureException", "AWS does not accept these credentials"),  # a wrong secret, DynamoDB
        ("InvalidClientTokenId", "AWS does not accept these credentials"),  # STS
        ("ExpiredTokenException", "The AWS credentials have expired"),
        ("UnauthorizedSSOTokenError", "The AWS credentials have expired"),
        ("PartialCredentialsError", "The AWS credentials cannot be read"),
    ],
)
def test_credentials_that_are_no_use_lead_to_logging_in(code: str, said: str) -> None:
    error = PlatformCallFailed(service="dynamodb", operation="Query", code=code, message="no")
    explained = explain(error, "production")
    assert explained.startswith(f"{said} ({code})")
    assert "aws sso login" in explained
    assert "answered" not in explained


def test_what_is_denied_names_the_environment_that_was_asked() -> None:
    error = PlatformCallFailed(service="dynamodb", operation="Query", code="AccessDeniedException", message="no")
    assert "this was 'staging'" in explain(error, "staging")


@pytest.mark.usefixtures("dynamodb")
def test_the_region_comes_from_the_variable_of_the_aws_command_line(
    monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    asked: list[object] = []
    make = session.client
    monkeypatch.setattr(session, "client", lambda service, **options: asked.append(options) or make(service, **options))
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert suture("-e", "test", "accounts", "list").exit_code == 0
    assert {options["region_name"] for options in asked} == {"us-east-1"}


def test_another_folder_of_configuration_has_its_own_environments(tmp_path: Path) -> None:
    (tmp_path / "deployments").mkdir()
    (tmp_path / "deployments" / "blue.yaml").touch()
    done = subprocess.run(
        [sys.executable, "-c", "from cli.main import main; main()", "-e", "green", "audit", "list"],
        cwd=ROOT,
        env={**os.environ, "SUTURE_CONFIG": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"There is not an environment 'green'. {tmp_path / 'deployments'} has blue." in done.stderr


@pytest.mark.usefixtures("dynamodb")
def test_the_environment_can_come_from_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUTURE_ENVIRONMENT", "test")
    assert suture("accounts", "list").exit_code == 0


CHANGE = {
    *("add", "approve", "clear", "deny", "dry-run", "end", "remove", "reopen", "resume", "retry", "revoke", "stop"),
    "undo",
}
CHANGES_SOMETHING = [command for command in COMMANDS[1:] if command[-1] in CHANGE]


@pytest.mark.parametrize("command", CHANGES_SOMETHING, ids=" ".join)
def test_every_command_that_changes_something_takes_yes(command: tuple[str, ...]) -> None:
    assert "--yes" in suture(*command, "--help").stdout


def test_what_only_shows_has_no_yes() -> None:
    for command in set(COMMANDS) - set(CHANGES_SOMETHING):
        assert "--yes" not in suture(*command, "--help").stdout, command


def test_without_an_environment_those_that_there_are_are_named() -> None:
    assert "config/deployments has dev, local, production, staging" in suture("audit", "list").stderr

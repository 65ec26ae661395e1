"""The command at a real terminal: what is followed, and how it ends; tables at 80 columns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.environment import LocalEnvironment
from local.people import OPERATOR, person
from local.player import Player
from local.scenes import Stage
from tests.e2e.terminal import COLUMNS, run_at_terminal


@pytest.fixture
def stage(local_aws: LocalEnvironment) -> Stage:
    return Stage.of(local_aws, "terminal")


def test_what_is_followed_is_shown_as_it_comes_until_somebody_presses_ctrl_c(
    local_aws: LocalEnvironment, player: Player, stage: Stage
) -> None:
    with run_at_terminal(person(local_aws, OPERATOR, "olga"), "audit", "list", "--follow") as terminal:
        terminal.read_until("Waiting for new outcomes. Ctrl-C ends this.")
        run = player.publish(stage.open_security_group().body)
        terminal.read_until(run)
        assert terminal.interrupt() == 0
    waiting, first, *others = terminal.lines
    assert waiting == "Waiting for new outcomes. Ctrl-C ends this."
    assert first.startswith(f"{run}  REMEDIATE  ")
    assert others
    assert max(map(len, terminal.lines)) <= COLUMNS
    assert "Traceback" not in terminal.text
    assert "Reading" not in terminal.text


def test_what_takes_long_says_how_far_it_is_on_standard_error_and_its_answer_is_nothing_but_that(
    local_aws: LocalEnvironment, tmp_path: Path
) -> None:
    olga, answer = person(local_aws, OPERATOR, "olga"), tmp_path / "answer"
    with answer.open("wb") as file:
        arguments = ("accounts", "verify", local_aws.customer_account, "--json")
        with run_at_terminal(olga, *arguments, stdout=file.fileno()) as terminal:
            assert terminal.end() == 0
    assert "Asking IAM what each fix may do: " in terminal.text
    assert terminal.lines == [""], "it is taken away in the end"
    assert json.loads(answer.read_bytes())["account_id"] == local_aws.customer_account


def test_a_list_at_a_terminal_is_as_wide_as_that_and_says_what_it_left_out(
    local_aws: LocalEnvironment, player: Player, stage: Stage
) -> None:
    run = player.publish(stage.public_bucket().body)
    player.await_outcome(run)
    with run_at_terminal(person(local_aws, OPERATOR, "olga"), "audit", "list") as terminal:
        assert terminal.end() == 0
    assert max(map(len, terminal.lines)) <= COLUMNS
    assert run in [line.split("  ")[0] for line in terminal.lines]
    assert "Omitted, because the terminal is too narrow: " in terminal.text

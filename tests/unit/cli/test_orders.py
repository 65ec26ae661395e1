"""How every command reaches the platform, how long one waits for it, and what is said meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cli.orders import POLL_SECONDS
from runtime.domain.audit import AuditEvent, EventKind, Evidence
from runtime.domain.command import LONGEST_TEXT, DryRun, Order, UndoChange
from runtime.domain.followup import RunCommand, run_id
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.principal import Principal
from tests.unit.cli.command import EXAMPLE, operate, operate_json
from tests.unit.cli.conftest import Clock, LogIn
from tests.unit.cli.live_platform import COMMANDS, LivePlatform
from tests.unit.domain.cases import FINDING

ASK = ("dry-run", "run-1")
DRY_RUN = DryRun(target_id="run-1")
UNDO = UndoChange(target_id="run-1", reason="x", dry_run=False)


type Happening = Callable[[], object]


@pytest.fixture
def happenings(platform: LivePlatform, clock: Clock) -> list[Happening]:
    """What comes to pass while the command waits, one in each sleep. The platform does nothing by itself."""
    happenings: list[Happening] = []

    def next_happening() -> None:
        if happenings:
            happenings.pop(0)()

    clock.meanwhile = next_happening
    return happenings


def _event(correlation_id: str, **changes: object) -> AuditEvent:
    event = AuditEvent(
        correlation_id=correlation_id,
        kind=EventKind.OUTCOME,
        at=datetime.now(UTC),
        outcome=Outcome.DRY_RUN,
        reason=Reason.DRY_RUN_BY_COMMAND,
        sentence="Nothing was changed.",
        actor="suture-test",
        code_version="0",
        catalog_version="1",
    )
    return replace(event, **changes)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def on_record(platform: LivePlatform) -> None:
    """The run that is asked about."""
    platform.trail.append(_event("run-1", evidence=Evidence(finding=FINDING)))


def _accept(platform: LivePlatform, command: DryRun | UndoChange = DRY_RUN) -> str:
    """The platform takes a command, and accepts it. Returns the run that it begins."""
    (message,) = platform.sent(COMMANDS)
    order = Order(command=command, principal=Principal(arn="arn", user_id="id"))
    accepted = _event(
        message.id,
        outcome=Outcome.DONE,
        reason=Reason.DRY_RUN_ACCEPTED,
        sentence="It is decided again.",
        evidence=Evidence(order=order),
    )
    platform.trail.append(accepted)
    return run_id(RunCommand(command_id=message.id))


def test_a_command_is_sent_in_the_name_of_whoever_is_logged_in(platform: LivePlatform, log_in: LogIn) -> None:
    olga = log_in("olga")
    answer = operate_json(*ASK, "--no-wait")
    (message,) = platform.sent(COMMANDS)
    assert json.loads(message.body) == {
        "kind": "DryRun",
        "target_id": "run-1",
        "principal": {"arn": olga.arn, "user_id": olga.user_id},
    }
    assert answer == {
        "state": "sent",
        "outcome": None,
        "reason": None,
        "sentence": f"Sent as {message.id}. `suture audit show {message.id}` shows the result.",
        "command_id": message.id,
        "run_id": "",
        "command": None,
        "run": None,
    }


@pytest.mark.parametrize("name", ["botocore-session-1764072000", "AWSCLI-Session"])
def test_a_session_whose_commands_the_platform_would_not_take_sends_none(
    platform: LivePlatform, log_in: LogIn, name: str
) -> None:
    log_in(name)
    result = operate(*ASK, "--no-wait")
    assert result.exit_code == 2
    assert "Nothing was sent" in result.stderr
    assert "role_session_name" in result.stderr
    assert platform.commands_sent == 0


def test_a_stop_is_announced_whatever_the_session_is_called(platform: LivePlatform, log_in: LogIn) -> None:
    log_in("AWSCLI-Session")
    assert operate_json("stop", "--all", "--reason", "an incident")["state"] == "done"
    assert platform.commands_sent == 1


def test_who_does_not_wait_is_told_where_to_look(platform: LivePlatform, clock: Clock) -> None:
    result = operate(*ASK, "--no-wait")
    assert result.exit_code == 0
    (message,) = platform.sent(COMMANDS)
    assert f"suture audit show {message.id}" in result.stdout
    assert clock.seconds == 0


@pytest.mark.usefixtures("happenings")
def test_a_command_that_the_platform_does_not_take_in_time_may_still_be_carried_out(
    platform: LivePlatform, clock: Clock
) -> None:
    result = operate(*ASK, "--timeout", "7")
    assert result.exit_code == 5
    assert result.stdout == ""
    assert clock.seconds == 7
    (message,) = platform.sent(COMMANDS)
    assert f"{message.id} has not ended after 7 seconds, and still may" in result.stderr
    assert f"suture audit show {message.id}" in result.stderr
    assert operate_json(*ASK, "--timeout", "7", exit_code=5)["state"] == "unknown"


@pytest.mark.usefixtures("happenings")
def test_by_default_it_waits_for_five_minutes(clock: Clock) -> None:
    assert operate(*ASK).exit_code == 5
    assert clock.seconds == 300


def test_a_run_that_does_not_end_in_time_is_named(platform: LivePlatform, happenings: list[Happening]) -> None:
    begun: list[str] = []
    happenings.append(lambda: begun.append(_accept(platform)))
    answer = operate_json(*ASK, "--timeout", "3", exit_code=5)
    assert answer["run_id"] == begun[0]
    assert begun[0] in answer["sentence"]
    assert (answer["state"], answer["outcome"], answer["run"]) == ("unknown", None, None)
    assert answer["command"]["reason"] == "DRY_RUN_ACCEPTED"


def test_it_waits_no_longer_than_the_run_takes_and_tells_how_it_goes(
    platform: LivePlatform, clock: Clock, happenings: list[Happening]
) -> None:
    begun: list[str] = []

    def record(**changes: object) -> Happening:
        return lambda: platform.trail.append(_event(begun[0], **changes))

    happenings += [
        lambda: begun.append(_accept(platform)),
        record(kind=EventKind.INTENT),
        lambda: None,
        record(kind=EventKind.PENDING, attempt=1),
        record(sentence="It is done."),
    ]
    result = operate(*ASK)
    assert result.exit_code == 0
    assert clock.seconds == 5 * POLL_SECONDS
    assert "DRY_RUN, DRY_RUN_BY_COMMAND: It is done." in result.stdout
    told = ("Sent as", "It is decided again.", "about to be made", "not taken effect yet")
    places = [result.stderr.index(part) for part in told]
    assert places == sorted(places)
    assert all(result.stderr.count(part) == 1 for part in told)


@pytest.mark.parametrize(
    ("command", "outcome", "exit_code"),
    [
        (DRY_RUN, Outcome.NOTIFY, 0),
        (DRY_RUN, Outcome.FAILED, 1),
        (UNDO, Outcome.UNDO, 0),
        (UNDO, Outcome.NOTIFY, 1),
        (UNDO, Outcome.FAILED, 1),
    ],
)
def test_any_decision_answers_a_dry_run_and_everything_else_must_be_done(
    platform: LivePlatform,
    happenings: list[Happening],
    command: DryRun | UndoChange,
    outcome: Outcome,
    exit_code: int,
) -> None:
    happenings.append(lambda: platform.trail.append(_event(_accept(platform, command), outcome=outcome)))
    answer = operate_json(*ASK, exit_code=exit_code)
    assert (answer["state"], answer["outcome"]) == (("done", "not-done")[exit_code], outcome)


def test_a_run_that_is_held_just_before_its_write_waits(platform: LivePlatform, happenings: list[Happening]) -> None:
    def hold() -> None:
        begun = _accept(platform)
        platform.trail.append(_event(begun, kind=EventKind.INTENT))
        stopped = {"reason": Reason.STOPPED, "sentence": "It is stopped.", "attempt": 1}
        platform.trail.append(_event(begun, kind=EventKind.HELD, **stopped))

    happenings.append(hold)
    answer = operate_json(*ASK, exit_code=5)
    assert (answer["state"], answer["reason"]) == ("waits", "STOPPED")


def test_a_refusal_is_a_no_and_says_why(platform: LivePlatform) -> None:
    add = ("exceptions", "add", "--control", "bucket-not-public", "--id", "EX-1", "--config", EXAMPLE)
    why = ("--reason", "x", "--ticket", "T-1", "--expires", (datetime.now(UTC) + timedelta(days=1)).isoformat())
    platform.policy["catalog"][0]["id"] = "bucket-not-public"  # type: ignore[index]  # as the example's
    assert operate(*add, *why).exit_code == 0
    result = operate(*add, *why)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Refused, COMMAND_INVALID: the command is invalid: exception_id 'EX-1' exists already" in result.stderr
    answer = operate_json(*add, *why, exit_code=1)
    assert (answer["state"], answer["outcome"], answer["reason"]) == ("refused", "REJECT", "COMMAND_INVALID")
    assert platform.outcome(answer["command_id"]).reason is Reason.COMMAND_INVALID


def test_without_its_queue_it_says_what_may_be_wrong(platform: LivePlatform) -> None:
    sqs = platform.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=COMMANDS)["QueueUrl"])
    result = operate(*ASK)
    assert result.exit_code == 3
    assert "sqs:GetQueueUrl answered" in result.stderr
    assert "Nothing is deployed as environment 'test'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("deny", "run-1", "--reason", " "), "--reason must say something"),
        (("deny", "run-1", "--reason", "REASON"), "--reason is the placeholder REASON of the message: replace it"),
        (("deny", "run-1", "--reason", "x" * (LONGEST_TEXT + 1)), f"--reason has {LONGEST_TEXT + 1} characters"),
        (("dry-run", "\udc80"), "RUN_ID holds half of a surrogate pair"),
        (("dry-run", "x", "--timeout", "0"), "--timeout"),
    ],
    ids=["blank", "the word of the message", "too long", "no text", "timeout"],
)
def test_what_the_platform_could_not_record_is_not_sent(
    platform: LivePlatform, arguments: tuple[str, ...], said: str
) -> None:
    result = operate(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert platform.commands_sent == 0

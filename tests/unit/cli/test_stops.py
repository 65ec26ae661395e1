"""``suture stop``, ``resume`` and ``status``: a stop is in effect at once, whatever becomes of its announcement."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.application.ports import ConditionFailed, Key, Put, Store
from runtime.domain.audit import EventKind
from runtime.domain.guardrails import Stop, StopScope
from runtime.domain.hold import MOST_RELEASES, Hold
from runtime.domain.outcome import Outcome, Reason
from runtime.items.codec import put_all
from runtime.items.holds import held, holds_of, noted
from runtime.items.stops import IN_EFFECT, MOST_STOPS, SWITCHES, Resumption, Switch, put_resumption, put_stop
from tests.unit.cli.command import EXAMPLE, operate, operate_json
from tests.unit.cli.conftest import LogIn
from tests.unit.cli.live_platform import CLOSED, COMMANDS, CUSTOMER, FIX, HOLDS, REGISTRY, LivePlatform

WHY = ("--reason", "an incident")


def _switch(platform: LivePlatform) -> Switch:
    """The only one there is."""
    (switch,) = platform.switches()
    return switch


def _delete_queue(platform: LivePlatform) -> None:
    sqs = platform.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=COMMANDS)["QueueUrl"])


# -- stop -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "scope", "value"),
    [
        (("--all",), StopScope.EVERYTHING, ""),
        (("--account", CUSTOMER), StopScope.ACCOUNT, CUSTOMER),
        (("--fix", FIX), StopScope.FIX, FIX),
        (("--environment", "production"), StopScope.ENVIRONMENT, "production"),
    ],
    ids=[scope.value for scope in StopScope],
)
def test_a_stop_is_put_into_the_registry_and_announced(
    platform: LivePlatform, log_in: LogIn, options: tuple[str, ...], scope: StopScope, value: str
) -> None:
    olga = log_in("olga")
    answer = operate_json("stop", *options, *WHY, "--config", EXAMPLE)
    (stop,) = platform.stops()
    assert (stop.scope, stop.value) == (scope, value)
    assert (stop.reason, stop.stopped_by) == ("an incident", olga.arn)
    assert re.fullmatch(r"STOP-[0-9a-f]{8}", stop.id)
    assert abs((datetime.now(UTC) - stop.at).total_seconds()) < 600
    assert (answer["state"], answer["reason"], answer["stop_id"]) == ("done", "STOP_ANNOUNCED", stop.id)
    assert "an incident" in answer["sentence"]
    assert platform.outcome(answer["command_id"]).reason is Reason.STOP_ANNOUNCED


def test_people_are_told_the_stops_id_before_it_is_announced(platform: LivePlatform) -> None:
    result = operate("stop", "--all", *WHY)
    assert result.exit_code == 0
    stop_id = _switch(platform).stop.id
    assert result.stderr.startswith(f"{stop_id} is in effect: everything is stopped.\n")
    assert stop_id in result.stdout


def test_a_stop_is_in_effect_before_anybody_takes_the_announcement(platform: LivePlatform) -> None:
    operate_json("stop", "--all", *WHY, "--no-wait")
    held = platform.find(platform.bucket())
    assert platform.history(held).events[-1].kind is EventKind.HELD
    assert len(platform.sent(COMMANDS)) == 1


def test_a_stop_that_cannot_be_announced_is_in_effect_and_says_so(platform: LivePlatform) -> None:
    _delete_queue(platform)
    answer = operate_json("stop", "--all", *WHY, exit_code=3)
    (stop,) = platform.stops()
    assert answer["stop_id"] == stop.id
    assert answer["state"] == "not-announced"
    text = operate("stop", "--all", *WHY)
    assert text.exit_code == 3
    assert "is in effect" in text.stderr
    assert "holds" in text.stderr
    assert len(platform.stops()) == 2


def test_a_stop_whose_write_is_tried_again_is_one_stop(platform: LivePlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_and_lose_the_answer(store: Store, stop: Stop) -> None:
        put_stop(store, stop)
        put_stop(store, stop)

    monkeypatch.setattr("cli.stops.put_stop", write_and_lose_the_answer)
    assert operate("stop", "--all", *WHY).exit_code == 0
    assert len(platform.stops()) == 1


def test_a_stop_that_others_keep_from_being_written_is_not_said_to_be_in_effect(
    platform: LivePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(store: Store, stop: Stop) -> None:
        raise ConditionFailed({IN_EFFECT: None})

    monkeypatch.setattr("cli.stops.put_stop", conflict)
    result = operate("stop", "--all", *WHY)
    assert result.exit_code == 1
    assert "Nothing was stopped: try again." in result.stderr
    assert "in effect" not in result.stderr
    assert platform.commands_sent == 0


def test_more_stops_than_are_kept_in_effect_are_refused(platform: LivePlatform) -> None:
    at = datetime.now(UTC)
    stops = [
        Stop(id=f"STOP-{number}", scope=StopScope.FIX, value=FIX, reason="x", stopped_by="arn", at=at)
        for number in range(MOST_STOPS)
    ]
    platform.store.commit([put_all(IN_EFFECT, "stops", stops, None)])
    result = operate("stop", "--all", *WHY)
    assert result.exit_code == 1
    assert f"{MOST_STOPS} stops are in effect: end some first. Nothing was stopped." in result.stderr
    assert platform.commands_sent == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "one of --all, --account, --fix and --environment"),
        (("--all", "--fix", FIX), "one of --all, --account, --fix and --environment"),
        (("--account", "acme"), "--account 'acme' is not an AWS account id"),
        (("--fix", "s3"), "--fix 's3' is unknown. Did you mean s3-"),
        (("--environment", "qa"), "'qa' is unknown. Known are dev, production"),
        (("--all", "--reason", ""), "--reason must say something"),
    ],
    ids=["nothing", "two", "account", "fix", "environment", "reason"],
)
def test_what_is_not_there_is_not_stopped(platform: LivePlatform, options: tuple[str, ...], said: str) -> None:
    result = operate("stop", *WHY, "--config", EXAMPLE, *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert platform.switches() == []
    assert platform.commands_sent == 0


def test_without_a_policy_the_environment_is_stopped_and_the_person_told(
    platform: LivePlatform, tmp_path: Path
) -> None:
    result = operate("stop", "--environment", "sandbox", *WHY, "--config", tmp_path)
    assert result.exit_code == 0
    assert "not checked" in result.stderr
    assert _switch(platform).stop.value == "sandbox"


# -- resume -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def stopped(platform: LivePlatform) -> str:
    """The id of a stop of everything."""
    return str(operate_json("stop", "--all", *WHY)["stop_id"])


def test_what_waited_goes_on_when_the_stop_ends(platform: LivePlatform, stopped: str, log_in: LogIn) -> None:
    bucket = platform.bucket()
    run = platform.find(bucket)
    assert platform.block(bucket) is None
    olga = log_in("olga")
    answer = operate_json("resume", stopped, "--reason", "it is over", "--yes")
    assert (answer["state"], answer["reason"], answer["stop_id"]) == ("done", "RESUME_ANNOUNCED", stopped)
    resumed = _switch(platform).resumed
    assert resumed is not None
    assert (resumed.by, resumed.reason) == (olga.arn, "it is over")
    assert platform.outcome(run).outcome is Outcome.REMEDIATE
    assert platform.block(bucket) == CLOSED
    assert platform.held() == []


@pytest.mark.parametrize("option", [(), ("--json",)], ids=["without a terminal", "with --json"])
def test_resuming_needs_confirmation(platform: LivePlatform, stopped: str, option: tuple[str, ...]) -> None:
    result = operate("resume", stopped, "--reason", "over", *option)
    assert result.exit_code == 2
    assert ("an incident" in result.stdout) is not bool(option)
    assert "--yes" in result.stderr
    assert _switch(platform).resumed is None


@pytest.mark.usefixtures("terminal")
def test_resuming_asks_at_a_terminal(platform: LivePlatform, stopped: str) -> None:
    assert operate("resume", stopped, "--reason", "over", text="n\n").exit_code == 1
    assert _switch(platform).resumed is None
    assert operate("resume", stopped, "--reason", "over", text="y\n").exit_code == 0
    assert _switch(platform).resumed is not None


def test_a_stop_ends_once(platform: LivePlatform, stopped: str) -> None:
    assert operate("resume", stopped, "--reason", "over", "--yes").exit_code == 0
    before = _switch(platform)
    again = operate("resume", stopped, "--reason", "again", "--yes")
    assert again.exit_code == 1
    assert "/ann ended" in again.stderr
    assert "over" in again.stderr
    unknown = operate("resume", "STOP-none", "--reason", "over", "--yes", "--json")
    assert unknown.exit_code == 1
    assert unknown.stdout == ""
    assert "There is no stop 'STOP-none'" in unknown.stderr
    assert _switch(platform) == before


@pytest.mark.parametrize(("reason", "exit_code"), [("over", 0), ("mine", 1)], ids=["this call", "somebody else"])
def test_a_resumption_that_is_there_already_counts_if_it_is_this_one(
    platform: LivePlatform, stopped: str, monkeypatch: pytest.MonkeyPatch, reason: str, exit_code: int
) -> None:
    """AWS's client sends a write again whose answer was lost."""

    def write_and_conflict(store: Store, stop_id: str, resumption: Resumption) -> None:
        put_resumption(store, stop_id, Resumption(by=resumption.by, reason=reason, at=resumption.at))
        raise ConditionFailed({})

    monkeypatch.setattr("cli.stops.put_resumption", write_and_conflict)
    result = operate("resume", stopped, "--reason", "over", "--yes")
    assert result.exit_code == exit_code
    assert ("Somebody else ended" in result.stderr) is bool(exit_code)


def test_a_stop_that_others_keep_from_being_ended_is_not_said_to_have_ended(
    platform: LivePlatform, stopped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(store: Store, stop_id: str, resumption: Resumption) -> None:
        raise ConditionFailed({IN_EFFECT: None})

    monkeypatch.setattr("cli.stops.put_resumption", conflict)
    result = operate("resume", stopped, "--reason", "over", "--yes")
    assert result.exit_code == 1
    assert "Nothing was changed: try again." in result.stderr
    assert len(platform.stops()) == 1


def test_a_resumption_that_cannot_be_announced_holds(platform: LivePlatform, stopped: str) -> None:
    bucket = platform.bucket()
    run = platform.find(bucket)
    _delete_queue(platform)
    result = operate("resume", stopped, "--reason", "over", "--yes")
    assert result.exit_code == 3
    assert "is not in effect any more" in result.stderr
    assert platform.stops() == ()
    platform.tick()
    assert platform.outcome(run).outcome is Outcome.REMEDIATE


# -- status -----------------------------------------------------------------------------------------------------------


def test_the_status_has_the_stops_what_waits_and_what_is_to_be_approved(platform: LivePlatform) -> None:
    platform.onboard("production")
    bucket = platform.bucket()
    for reviewed in (bucket, platform.bucket("acme-orders"), bucket):
        platform.find(reviewed)
    ended = operate_json("stop", "--fix", FIX, *WHY)["stop_id"]
    operate_json("resume", ended, "--reason", "over", "--yes")
    stopped = operate_json("stop", "--account", CUSTOMER, *WHY)["stop_id"]
    platform.onboard("dev")
    run = platform.find(bucket)
    status = operate_json("status")
    assert [stop["id"] for stop in status["stops"]] == [stopped]
    (hold,) = status["held"]
    assert (hold["correlation_id"], hold["reason"], hold["until"]) == (run, "STOPPED", None)
    assert (hold["account_id"], hold["environment"], hold["fix_id"]) == (CUSTOMER, "dev", FIX)
    assert status["pending_reviews"] == 2
    shown = operate("status").stdout
    for part in (stopped, f"account {CUSTOMER}", "an incident", run, "STOPPED", "approval: 2", "suture review list"):
        assert part in shown
    assert ended not in shown


def test_where_nothing_is_stopped_and_nothing_waits_the_status_says_so(platform: LivePlatform) -> None:
    assert operate_json("status") == {"stops": [], "held": [], "pending_reviews": 0}
    shown = operate("status").stdout
    assert shown.count(": none") == 3


@pytest.mark.parametrize("command", [("status",), ("resume", "STOP-1", "--reason", "over", "--yes")])
def test_half_a_stop_is_reported_and_not_passed_over(platform: LivePlatform, command: tuple[str, ...]) -> None:
    for half in (IN_EFFECT, Key(*SWITCHES, "STOP-1#1-stop")):
        platform.store.commit([Put(half, {"id": "STOP-1"})])
    result = operate(*command)
    assert result.exit_code == 3
    assert f"An item of {REGISTRY} cannot be read" in result.stderr


def _held_again(platform: LivePlatform, run: str, **changes: object) -> Hold:
    """Somebody has done something about a held run, as its item says."""
    (held,) = (hold for hold in platform.held() if hold.correlation_id == run)
    changed = replace(held, **changes)  # type: ignore[arg-type]
    platform.store.commit([noted(held, changed)])
    return changed


def test_a_run_that_does_not_end_however_often_it_is_released_is_shown_as_stuck(platform: LivePlatform) -> None:
    operate_json("stop", "--all", *WHY)
    stuck, released, waiting = (platform.find(platform.bucket(name)) for name in ("one", "two", "three"))
    at = datetime.now(UTC)
    _held_again(platform, stuck, releases=MOST_RELEASES + 1, released_at=at)
    _held_again(platform, released, releases=2, released_at=at)
    listed = {one["correlation_id"]: one for one in operate_json("status")["held"]}
    assert [listed[run]["stuck"] for run in (stuck, released, waiting)] == [True, False, False]
    assert [listed[run]["releases"] for run in (stuck, released, waiting)] == [MOST_RELEASES + 1, 2, 0]
    assert (listed[released]["released_at"], listed[waiting]["released_at"]) == (at.isoformat(), None)
    shown = operate("status").stdout
    assert "Runs that are stuck: 1" in shown
    assert f"suture retry {stuck} --reason TEXT" in shown
    assert f"suture end {stuck} --reason TEXT" in shown
    assert f"2x, {at:%Y-%m-%d %H:%M:%SZ}" in shown
    assert f"suture retry {released}" not in shown


def test_the_status_counts_by_account_and_can_be_asked_for_one(platform: LivePlatform) -> None:
    operate_json("stop", "--all", *WHY)
    run = platform.find(platform.bucket())
    other = replace(*platform.held(), account_id="333333333333", correlation_id="other")
    platform.store.commit(held(other))
    assert {one["correlation_id"] for one in operate_json("status")["held"]} == {run, "other"}
    assert "Of them stuck" in operate("status").stdout
    assert [one["correlation_id"] for one in operate_json("status", "--account", CUSTOMER)["held"]] == [run]
    assert "Of them stuck" not in operate("status", "--account", CUSTOMER).stdout
    assert operate("status", "--account", "acme").exit_code == 2


def test_a_held_run_that_cannot_be_read_is_reported_beside_the_others(platform: LivePlatform) -> None:
    operate_json("stop", "--all", *WHY)
    run = platform.find(platform.bucket())
    platform.store.commit([Put(Key(*holds_of(CUSTOMER), "half"), {"correlation_id": "half"})])
    result = operate("status", "--json")
    assert result.exit_code == 3
    assert [one["correlation_id"] for one in json.loads(result.stdout)["held"]] == [run]
    assert f"cannot be read in {HOLDS}" in result.stderr
    assert "half" in result.stderr

"""``suture undo``, ``clear``, ``dry-run``, ``retry`` and ``end``: about one earlier run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from runtime.domain.audit import AuditEvent, EventKind, Evidence
from runtime.domain.errors import RoleNotAssumable
from runtime.domain.hold import MOST_RELEASES
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Change, Plan
from runtime.items.holds import noted
from tests.memory.account import MemoryAccounts
from tests.unit.cli.command import operate, operate_json
from tests.unit.cli.conftest import LogIn
from tests.unit.cli.live_platform import CLOSED, FIX, LivePlatform

UNDO = ("--reason", "it broke the website")


@pytest.fixture
def bucket(platform: LivePlatform) -> str:
    """An open bucket. Its ARN."""
    return platform.bucket()


@pytest.fixture
def fixed(platform: LivePlatform, bucket: str) -> str:
    """The run that closed it."""
    return platform.find(bucket)


def _record(platform: LivePlatform, **changes: object) -> None:
    """Put a run on record that made two changes."""
    plan = Plan(
        fix_id=FIX,
        resource_arn="arn:aws:s3:::acme",
        summary="Change two things.",
        before={"a": 1},
        changes=tuple(
            Change(service="s3", operation=name, parameters={}, leaves={"a": left})
            for name, left in (("PutFirst", 1.5), ("PutSecond", 2))
        ),
        undo=tuple(Change(service="s3", operation=name, parameters={}) for name in ("DeleteFirst", "DeleteSecond")),
    )
    event = AuditEvent(
        correlation_id="two-changes",
        kind=EventKind.OUTCOME,
        at=datetime.now(UTC),
        outcome=Outcome.REMEDIATE,
        reason=Reason.ELIGIBLE,
        sentence="",
        actor="suture-test",
        code_version="0",
        catalog_version="1",
        fix_id=FIX,
        evidence=Evidence(plan=plan, after={"a": 2}),
    )
    event = replace(event, **changes)  # type: ignore[arg-type]
    if event.kind is EventKind.OUTCOME and event.outcome is Outcome.REMEDIATE:
        platform.trail.append(replace(event, kind=EventKind.INTENT))
        event = replace(event, number=2)
    platform.trail.append(event)


# -- undo -------------------------------------------------------------------------------------------------------------


def test_an_undo_restores_what_was_there_in_the_name_of_whoever_asked(
    platform: LivePlatform, bucket: str, fixed: str
) -> None:
    assert platform.block(bucket) == CLOSED
    answer = operate_json("undo", fixed, *UNDO, "--yes")
    assert platform.block(bucket) is None
    assert (answer["state"], answer["outcome"], answer["reason"]) == ("done", "UNDO", "UNDO_REQUESTED")
    undone = platform.outcome(answer["run_id"])
    assert undone.evidence.target_id == fixed
    assert undone.evidence.order is not None
    assert undone.evidence.order.principal.arn.endswith("/ann")
    assert "it broke the website" in undone.sentence


def test_how_it_would_be_undone_is_shown_the_last_change_first(platform: LivePlatform) -> None:
    _record(platform)
    result = operate("undo", "two-changes", *UNDO)
    assert result.exit_code == 2
    parts = ("Change two things.", "a  2", "a  1", "s3:DeleteSecond", "s3:DeleteFirst")
    places = [result.stdout.index(part) for part in parts]
    assert places == sorted(places)
    assert "Put" not in result.stdout
    assert "--yes" in result.stderr
    assert platform.commands_sent == 0


@pytest.mark.usefixtures("terminal")
def test_it_asks_before_it_undoes(platform: LivePlatform, bucket: str, fixed: str) -> None:
    refused = operate("undo", fixed, *UNDO, text="\n")
    assert refused.exit_code == 1
    assert f"Undo this on {bucket}?" in refused.stderr
    assert platform.commands_sent == 0
    assert operate("undo", fixed, *UNDO, text="y\n").exit_code == 0
    assert platform.block(bucket) is None


def test_json_without_yes_undoes_nothing(platform: LivePlatform, fixed: str) -> None:
    result = operate("undo", fixed, *UNDO, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert platform.commands_sent == 0


def test_whether_it_can_be_undone_can_be_asked_without_undoing_it(
    platform: LivePlatform, bucket: str, fixed: str
) -> None:
    result = operate("undo", fixed, *UNDO, "--dry-run")
    assert result.exit_code == 0
    assert "It would be undone by s3:DeletePublicAccessBlock. Nothing was changed." in result.stdout
    assert "s3:PutBucketPublicAccessBlock" in result.stdout
    assert platform.block(bucket) == CLOSED
    assert operate_json("undo", fixed, *UNDO, "--dry-run")["outcome"] == "DRY_RUN"


def test_an_undo_that_needs_approval_waits_for_it_and_has_not_failed(
    platform: LivePlatform, log_in: LogIn, bucket: str, fixed: str
) -> None:
    platform.policy["environments"]["dev"]["undo_approvers"] = 1
    asked = operate_json("undo", fixed, *UNDO, "--yes", exit_code=6)
    assert (asked["state"], asked["outcome"]) == ("needs-approval", "APPROVE")
    assert asked["reason"] == "UNDO_NEEDS_APPROVAL"
    assert f"suture review show {asked['run_id']}" in asked["sentence"]
    assert platform.block(bucket) == CLOSED
    log_in("olga")
    operate_json("approve", asked["run_id"], "--reason", "agreed", "--yes")
    assert platform.block(bucket) is None


@pytest.mark.parametrize("how", ["--yes", "--dry-run"])
def test_an_undo_is_refused_with_both_states_and_what_differs(
    platform: LivePlatform, bucket: str, fixed: str, how: str
) -> None:
    platform.set_block(bucket, BlockPublicPolicy=False)
    result = operate("undo", fixed, *UNDO, how)
    assert result.exit_code == 1
    assert "FAILED, STALE_STATE" in result.stderr
    _, found = result.stdout.split("State expected")
    assert found.index('"BlockPublicPolicy": true') < found.index("State found instead")
    assert found.index("State found instead") < found.index('"BlockPublicPolicy": false')
    assert "  configuration.BlockPublicPolicy was true and is false\n" in found
    answer = operate_json("undo", fixed, *UNDO, how, exit_code=1)
    assert (answer["state"], answer["reason"]) == ("not-done", "STALE_STATE")
    evidence = answer["run"]["evidence"]
    assert evidence["expected"]["configuration"] == CLOSED
    assert evidence["after"]["configuration"] == {**CLOSED, "BlockPublicPolicy": False}
    assert platform.block(bucket) == {**CLOSED, "BlockPublicPolicy": False}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outcome": Outcome.FAILED}, "ended as FAILED"),
        ({"outcome": Outcome.DRY_RUN}, "ended as DRY_RUN"),
        ({"evidence": Evidence()}, "ended as REMEDIATE"),
        ({"kind": EventKind.INTENT}, "has not ended yet"),
        ({"correlation_id": "another"}, "The run 'two-changes' in suture-test-audit does not exist"),
    ],
    ids=["failed", "dry run", "changed nothing", "under way", "unknown"],
)
def test_what_changed_nothing_that_is_on_record_is_not_undone(
    platform: LivePlatform, changes: dict[str, object], said: str
) -> None:
    _record(platform, **changes)
    result = operate("undo", "two-changes", *UNDO, "--yes")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert said in result.stderr
    assert platform.commands_sent == 0


def test_what_cannot_be_undone_is_not_asked_for(platform: LivePlatform) -> None:
    change = Change(service="s3", operation="PutFirst", parameters={}, leaves={"a": 2})
    plan = Plan(fix_id=FIX, resource_arn="arn", summary="", before={}, changes=(change,), undo=())
    _record(platform, evidence=Evidence(plan=plan, after={}))
    result = operate("undo", "two-changes", *UNDO, "--yes")
    assert result.exit_code == 1
    assert f"cannot be undone ({FIX})" in result.stderr
    assert platform.commands_sent == 0


# -- clear ------------------------------------------------------------------------------------------------------------


def test_what_was_undone_is_fixed_again_once_it_is_cleared(platform: LivePlatform, bucket: str, fixed: str) -> None:
    operate_json("undo", fixed, *UNDO, "--yes")
    left_alone = platform.outcome(platform.find(bucket))
    assert left_alone.reason is Reason.UNDONE_BEFORE
    asked = operate("clear", left_alone.correlation_id, "--reason", "moved")
    assert asked.exit_code == 2
    assert f"Allow {FIX} on {bucket} again?" in asked.stderr
    assert platform.commands_sent == 1  # the undo
    answer = operate_json("clear", left_alone.correlation_id, "--reason", "moved", "--yes")
    assert (answer["state"], answer["reason"]) == ("done", "BLOCK_CLEARED")
    assert platform.outcome(platform.find(bucket)).outcome is Outcome.REMEDIATE
    assert platform.block(bucket) == CLOSED


def test_a_run_that_waits_can_be_named_too(platform: LivePlatform, bucket: str) -> None:
    operate_json("stop", "--all", "--reason", "an incident")
    held = platform.find(bucket)
    assert platform.history(held).outcome is None
    assert operate_json("clear", held, "--reason", "moved", "--yes")["reason"] == "BLOCK_CLEARED"


def test_only_a_fix_on_a_resource_is_cleared(platform: LivePlatform) -> None:
    command = operate_json("stop", "--all", "--reason", "an incident")["command_id"]
    for run, said in ((command, "is not about a fix"), ("nothing", "The run 'nothing' in")):
        result = operate("clear", run, "--reason", "moved", "--yes")
        assert result.exit_code == 1
        assert said in result.stderr
    assert platform.commands_sent == 1  # the stop's announcement


# -- dry run ----------------------------------------------------------------------------------------------------------


def test_a_dry_run_shows_what_would_be_done_and_changes_nothing(
    platform: LivePlatform, bucket: str, fixed: str
) -> None:
    platform.set_block(bucket, BlockPublicAcls=False)
    result = operate("dry-run", fixed)
    assert result.exit_code == 0
    for part in ("Plan: ", '"BlockPublicAcls": false', "s3:PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"):
        assert part in result.stdout
    assert "DRY_RUN, DRY_RUN_BY_COMMAND" in result.stdout
    assert "Checks" not in result.stdout
    assert platform.block(bucket) == {**CLOSED, "BlockPublicAcls": False}
    answer = operate_json("dry-run", fixed)
    assert platform.outcome(answer["run_id"]).evidence.plan is not None


def test_a_dry_run_that_would_not_act_says_at_which_check(platform: LivePlatform, bucket: str, fixed: str) -> None:
    operate_json("undo", fixed, *UNDO, "--yes")
    result = operate("dry-run", fixed)
    assert result.exit_code == 0
    assert "NOTIFY, UNDONE_BEFORE" in result.stdout
    assert "not-undone-before" in result.stdout
    assert platform.block(bucket) is None


def test_a_dry_run_that_could_not_look_is_a_no(
    platform: LivePlatform, fixed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RoleNotAssumable(pack="s3", account_id="111122223333", code="AccessDenied", message="no")

    monkeypatch.setattr(MemoryAccounts, "open", refuse)
    result = operate("dry-run", fixed)
    assert result.exit_code == 1
    assert "FAILED, ROLE_NOT_ASSUMABLE" in result.stderr


# -- retry and end ----------------------------------------------------------------------------------------------------


@pytest.fixture
def stop(platform: LivePlatform) -> str:
    """The id of a stop of everything."""
    return str(operate_json("stop", "--all", "--reason", "an incident")["stop_id"])


@pytest.fixture
def held(platform: LivePlatform, bucket: str, stop: str) -> str:
    """A run that is held by it."""
    return platform.find(bucket)


def test_a_stuck_run_is_released_again_once_somebody_retries_it(
    platform: LivePlatform, bucket: str, stop: str, held: str
) -> None:
    (hold,) = platform.held()
    platform.store.commit([noted(hold, replace(hold, releases=MOST_RELEASES + 1, released_at=datetime.now(UTC)))])
    operate_json("resume", stop, "--reason", "over", "--yes")
    assert platform.history(held).outcome is None
    answer = operate_json("retry", held, "--reason", "the role is back", "--yes")
    assert (answer["state"], answer["reason"]) == ("done", "RETRY_ACCEPTED")
    assert platform.outcome(held).outcome is Outcome.REMEDIATE
    assert platform.block(bucket) == CLOSED
    assert platform.held() == []


def test_a_held_run_is_ended_and_nothing_is_changed_for_it(platform: LivePlatform, bucket: str, held: str) -> None:
    answer = operate_json("end", held, "--reason", "the bucket is gone", "--yes")
    assert (answer["state"], answer["reason"]) == ("done", "RUN_ENDED")
    ended = platform.outcome(held)
    assert (ended.outcome, ended.reason) == (Outcome.FAILED, Reason.ENDED_BY_OPERATOR)
    assert "/ann ended this run while it was held: the bucket is gone" in ended.sentence
    assert platform.block(bucket) is None
    assert platform.held() == []


@pytest.mark.parametrize(("command", "asked"), [("retry", "let it change {} if"), ("end", "and leave {} as it is?")])
def test_what_a_run_is_held_for_is_shown_and_asked_about(
    platform: LivePlatform, bucket: str, held: str, command: str, asked: str
) -> None:
    result = operate(command, held, "--reason", "why")
    assert result.exit_code == 2
    for part in (held, "STOPPED", "an incident", bucket, FIX):
        assert part in result.stdout
    assert asked.format(bucket) in result.stderr
    assert "--yes" in result.stderr
    quiet = operate(command, held, "--reason", "why", "--json")
    assert (quiet.exit_code, quiet.stdout) == (2, "")
    assert platform.commands_sent == 1  # the stop
    assert platform.history(held).outcome is None


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("command", ["retry", "end"])
def test_whoever_says_no_leaves_a_held_run_as_it_is(platform: LivePlatform, held: str, command: str) -> None:
    assert operate(command, held, "--reason", "why", text="n\n").exit_code == 1
    assert platform.commands_sent == 1  # the stop
    assert len(platform.held()) == 1


@pytest.mark.parametrize("command", ["retry", "end"])
def test_a_run_that_is_not_held_is_neither_retried_nor_ended(platform: LivePlatform, fixed: str, command: str) -> None:
    for run, said in (
        (fixed, "is not held: `suture status` lists"),
        ("nothing", "The run 'nothing' in"),
    ):
        result = operate(command, run, "--reason", "why", "--yes", "--json")
        assert result.exit_code == 1
        assert result.stdout == ""
        assert said in result.stderr
    assert platform.commands_sent == 0

"""Approving, denying and undoing by filters: the list is shown first, and confirmed once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cli import bulk
from runtime.domain.outcome import Outcome, Reason
from tests.unit.cli.command import operate, operate_json
from tests.unit.cli.conftest import LogIn
from tests.unit.cli.live_platform import CLOSED, CUSTOMER, FIX, LivePlatform

NAMES = ("acme-one", "acme-two", "other")


@pytest.fixture
def buckets(platform: LivePlatform) -> dict[str, str]:
    """Open buckets, ARNs by name."""
    return {name: platform.bucket(name) for name in NAMES}


@pytest.fixture
def reviews(platform: LivePlatform, buckets: dict[str, str]) -> dict[str, str]:
    """The reviews of the buckets' plans, by the buckets' names."""
    platform.onboard("production")
    return {name: platform.find(arn) for name, arn in buckets.items()}


ACME = ("--resource", "arn:aws:s3:::acme-*")


@pytest.mark.usefixtures("terminal")
def test_the_plans_that_filters_leave_are_shown_and_approved_with_one_confirmation(
    platform: LivePlatform, buckets: dict[str, str], reviews: dict[str, str]
) -> None:
    result = operate("approve", *ACME, "--reason", "seen", text="y\n")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("[y/N]") == 1
    assert "Approve these 2 plans?" in result.stderr
    assert "What it may break" in result.stdout
    listed = result.stdout.split("What it may break")[0]
    assert reviews["acme-one"] in listed
    assert reviews["other"] not in result.stdout
    assert {name: platform.block(arn) == CLOSED for name, arn in buckets.items()} == {
        "acme-one": True, "acme-two": True, "other": False,
    }  # fmt: skip


@pytest.mark.usefixtures("terminal")
def test_whoever_does_not_confirm_sends_nothing(platform: LivePlatform, reviews: dict[str, str]) -> None:
    for command in (("approve",), ("deny",)):
        result = operate(*command, "--fix", FIX, "--reason", "x", text="n\n")
        assert result.exit_code == 1
    assert platform.commands_sent == 0


def test_a_script_has_to_confirm_with_yes_and_gets_a_result_for_each(
    platform: LivePlatform, reviews: dict[str, str]
) -> None:
    refused = operate("deny", "--account", CUSTOMER, "--reason", "x", "--json")
    assert (refused.exit_code, refused.stdout) == (2, "")
    found = operate_json("deny", "--account", CUSTOMER, "--reason", "x", "--yes")
    assert {one["about"] for one in found} == set(reviews.values())
    assert {(one["state"], one["reason"]) for one in found} == {("done", Reason.REVIEW_DENIED)}
    assert operate_json("review", "list") == []


def test_if_one_is_refused_the_others_are_done_and_it_ends_with_1(
    platform: LivePlatform, buckets: dict[str, str], reviews: dict[str, str]
) -> None:
    platform.set_block(buckets["acme-one"], BlockPublicAcls=True)  # so that another plan would be made
    result = operate("approve", *ACME, "--reason", "seen", "--yes")
    assert result.exit_code == 1
    assert "Of 2: " in result.stderr
    assert "1 done" in result.stderr
    assert platform.block(buckets["acme-two"]) == CLOSED


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("approve", "--reason", "x"), "Which?"),
        (("deny", "--reason", "x"), "Which?"),
        (("undo", "--reason", "x"), "Which?"),
        (("undo", "--reason", "x", "--since", "2026-03-01"), "Which?"),
        (("undo", "--reason", "x", "--fix", FIX), "With filters, --since has to say"),
        (("undo", "run-1", "--reason", "x", "--since", "2026-03-01"), "not with an ID"),
        (("approve", "run-1", "--reason", "x", "--fix", FIX), "not both"),
        (("approve", "--digest", "x", "--reason", "x", "--fix", FIX), "--digest is of one plan"),
        (("approve", "--reason", "x", "--fix", "nope"), "nope"),
    ],
)
def test_neither_everything_nor_something_unclear_can_be_meant(
    platform: LivePlatform, arguments: tuple[str, ...], said: str
) -> None:
    result = operate(*arguments, "--yes")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert platform.commands_sent == 0


def test_filters_that_leave_nothing_or_too_much_send_nothing(
    platform: LivePlatform, reviews: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert operate("approve", "--owner", "nobody", "--reason", "x", "--yes").exit_code == 1
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 2)
    result = operate("approve", "--fix", FIX, "--reason", "x", "--yes")
    assert result.exit_code == 2
    assert "narrow the filters" in result.stderr
    assert platform.commands_sent == 0


@pytest.fixture
def changed(platform: LivePlatform, buckets: dict[str, str]) -> dict[str, str]:
    """The runs that closed the buckets, by the buckets' names."""
    runs = {name: platform.find(arn) for name, arn in buckets.items()}
    assert {platform.outcome(run).outcome for run in runs.values()} == {Outcome.REMEDIATE}
    return runs


SINCE = ("--since", f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}")


@pytest.mark.usefixtures("terminal")
def test_the_changes_that_filters_leave_are_taken_back_with_one_confirmation(
    platform: LivePlatform, buckets: dict[str, str], changed: dict[str, str]
) -> None:
    result = operate("undo", *ACME, *SINCE, "--reason", "it broke them", text="y\n")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("[y/N]") == 1
    assert "Undo these 2 changes?" in result.stderr
    assert changed["other"] not in result.stdout
    assert {name: platform.block(arn) == CLOSED for name, arn in buckets.items()} == {
        "acme-one": False, "acme-two": False, "other": True,
    }  # fmt: skip


def test_what_was_undone_already_is_not_asked_about_again(
    platform: LivePlatform, log_in: LogIn, changed: dict[str, str]
) -> None:
    assert operate("undo", changed["acme-one"], "--reason", "x", "--yes").exit_code == 0
    found = operate_json("undo", "--fix", FIX, *SINCE, "--reason", "x", "--yes")
    assert {one["about"] for one in found} == {changed["acme-two"], changed["other"]}
    assert operate("undo", "--fix", FIX, *SINCE, "--reason", "x", "--yes").exit_code == 1


def test_with_dry_run_the_platform_is_only_asked_and_nobody_confirms(
    platform: LivePlatform, buckets: dict[str, str], changed: dict[str, str]
) -> None:
    result = operate("undo", *ACME, *SINCE, "--reason", "x", "--dry-run")
    assert result.exit_code == 0, result.output
    assert platform.block(buckets["acme-one"]) == CLOSED

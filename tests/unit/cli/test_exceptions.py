"""``suture exceptions``: one person asks, another approves, and people see which there are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtime.application.ports import Key, Put, Table, Write
from runtime.domain.command import order_from_json
from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step
from runtime.domain.facts import Account, WaiverStatus
from runtime.domain.outcome import Outcome
from runtime.domain.principal import Principal
from runtime.items import exceptions
from runtime.items.accounts import put_account
from tests.unit.cli.command import EXAMPLE, operate, operate_json
from tests.unit.cli.conftest import LogIn
from tests.unit.cli.live_platform import APPROVALS, COMMANDS, CUSTOMER, FIX, LEDGER, LivePlatform

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
WHY = ("--reason", "serves the download page", "--ticket", "SEC-1")
ADD = ("exceptions", "add", "--account", CUSTOMER, *WHY, "--expires", TOMORROW, "--config", EXAMPLE)


def _register(
    platform: LivePlatform, exception_id: str, account_id: str = CUSTOMER, *, expires_in: timedelta = timedelta(days=1)
) -> None:
    """Register a request without a command."""
    now = datetime.now(UTC)
    step = Step(principal=Principal(arn="arn", user_id="id"), reason="why", at=now, command_id="c")
    request = ExceptionRequest(
        id=exception_id,
        control=f"RULE-{FIX}",
        account_id=account_id,
        resource="",
        environment="",
        ticket="SEC-1",
        expires_at=now + expires_in,
        requested=step,
    )
    platform.store.commit(exceptions.requested(request))


def _registered(platform: LivePlatform, exception_id: str, account_id: str = CUSTOMER) -> RegisteredException:
    exception = exceptions.find_exception(platform.store, exception_id, account_id)
    assert exception is not None
    return exception


def _sent(platform: LivePlatform, queue: str = COMMANDS) -> object:
    (message,) = platform.sent(queue)
    return order_from_json(json.loads(message.body)).command


# -- add --------------------------------------------------------------------------------------------------------------


def test_what_is_asked_for_is_registered_and_waits(platform: LivePlatform, log_in: LogIn) -> None:
    olga = log_in("olga")
    platform.policy["catalog"][0]["match"]["rules"].append("S3-900")  # type: ignore[index]  # as the example's
    scope = ("--control", "S3-900", "--resource", "arn:aws:s3:::acme-*", "--environment", "dev", "--id", "EX-web")
    answer = operate_json(*ADD, *scope)
    assert (answer["state"], answer["reason"]) == ("done", "EXCEPTION_REQUESTED")
    exception = _registered(platform, "EX-web")
    request = exception.request
    assert exception.status is WaiverStatus.PENDING
    assert (request.control, request.resource, request.environment) == ("S3-900", "arn:aws:s3:::acme-*", "dev")
    assert (request.ticket, request.requested.reason) == ("SEC-1", "serves the download page")
    assert request.requested.principal == olga
    assert request.expires_at == datetime.fromisoformat(TOMORROW).replace(tzinfo=UTC) + timedelta(days=1)


def test_without_an_id_one_is_made_up(platform: LivePlatform) -> None:
    ids = {operate_json(*ADD)["exception_id"] for _ in range(2)}
    assert len(ids) == 2
    for exception_id in ids:
        assert re.fullmatch(r"EX-[0-9a-f]{8}", exception_id)
        assert _registered(platform, exception_id).request.id == exception_id
    told = operate(*ADD).stdout
    assert re.search(r"EX-[0-9a-f]{8}", told)


def test_a_time_is_taken_as_it_is(platform: LivePlatform) -> None:
    operate_json(*ADD, "--id", "EX-1", "--expires", f"{TOMORROW}T18:00:00+01:00")
    assert _registered(platform, "EX-1").request.expires_at.isoformat() == f"{TOMORROW}T17:00:00+00:00"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--account", "acme"), "--account 'acme' is not an AWS account id"),
        (("--environment", "qa"), "'qa' is unknown. Known are dev, production"),
        (("--ticket", " "), "--ticket must say something"),
        (("--expires", "soon"), "--expires 'soon' is neither a day nor a time"),
        (("--account", CUSTOMER[:-1] + "3"), f"is unknown. Did you mean {CUSTOMER}?"),
        (("--control", "S3-9O0"), "The control 'S3-9O0' is unknown. Did you mean s3-900?"),
        (("--expires", "2020-01-01"), "Its expiry, 2020-01-02T00:00:00+00:00, has passed. Nothing was sent."),
        (("--expires", "2099-01-01"), "is more than 180 days away, which is the maximum. Nothing was sent."),
        (("--id", "EX 1"), "The id 'EX 1' should be letters, digits and hyphens, 64 at most. Nothing was sent."),
    ],
    ids=["account", "environment", "ticket", "expires", "unknown", "control", "past", "long", "id"],
)
def test_a_value_that_cannot_be_used_is_refused_before_anything_is_sent(
    platform: LivePlatform, options: tuple[str, ...], said: str
) -> None:
    result = operate(*ADD, *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert platform.commands_sent == 0


def test_an_exception_without_a_scope_is_refused_before_anything_is_sent(platform: LivePlatform) -> None:
    result = operate("exceptions", "add", *ADD[4:])
    assert result.exit_code == 2
    assert "needs a scope: a control, an account, a resource or an environment" in result.stderr
    assert platform.commands_sent == 0


def test_without_a_policy_the_environment_is_taken_and_the_person_told(platform: LivePlatform, tmp_path: Path) -> None:
    result = operate(*ADD, "--config", tmp_path, "--environment", "sandbox")
    assert result.exit_code == 0
    assert "not checked" in result.stderr


def test_what_only_the_platforms_policy_does_not_allow_is_a_no(platform: LivePlatform, tmp_path: Path) -> None:
    result = operate(*ADD, "--expires", (datetime.now(UTC) + timedelta(days=91)).date(), "--config", tmp_path)
    assert result.exit_code == 1
    assert "more than 90 days away" in result.stderr
    assert exceptions.list_exceptions(platform.store) == ()


# -- approve and revoke -----------------------------------------------------------------------------------------------


def test_an_exception_counts_once_somebody_else_has_approved_it_until_it_is_revoked(
    platform: LivePlatform, log_in: LogIn
) -> None:
    bucket = platform.bucket()
    operate_json(*ADD, "--id", "EX-1")
    approve = ("exceptions", "approve", "EX-1", "--reason", "reviewed")
    assert operate_json(*approve, exit_code=1)["reason"] == "SAME_PERSON"
    bob = log_in("bob")
    result = operate(*approve)
    assert result.exit_code == 0
    assert "serves the download page" in result.stdout
    approved = _registered(platform, "EX-1").approved
    assert approved is not None
    assert (approved.principal, approved.reason) == (bob, "reviewed")
    assert platform.outcome(platform.find(bucket)).outcome is Outcome.SKIP
    answer = operate_json("exceptions", "revoke", "EX-1", "--reason", "moved", "--yes")
    assert (answer["reason"], answer["exception_id"]) == ("EXCEPTION_REVOKED", "EX-1")
    assert platform.outcome(platform.find(bucket)).outcome is Outcome.REMEDIATE


def test_an_exception_is_approved_and_revoked_in_the_account_of_its_scope(platform: LivePlatform) -> None:
    _register(platform, "EX-any", "")
    operate("exceptions", "approve", "EX-any", "--reason", "x", "--no-wait")
    assert getattr(_sent(platform, APPROVALS), "account_id", None) == ""
    _register(platform, "EX-1")
    operate("exceptions", "revoke", "EX-1", "--reason", "x", "--yes", "--no-wait")
    assert getattr(_sent(platform), "account_id", None) == CUSTOMER


@pytest.mark.parametrize("option", [(), ("--json",)], ids=["without a terminal", "with --json"])
def test_revoking_needs_confirmation(platform: LivePlatform, option: tuple[str, ...]) -> None:
    _register(platform, "EX-1")
    result = operate("exceptions", "revoke", "EX-1", "--reason", "moved", *option)
    assert result.exit_code == 2
    assert ("EX-1" in result.stdout) is not bool(option)
    assert "--yes" in result.stderr
    assert platform.commands_sent == 0


@pytest.mark.usefixtures("terminal")
def test_revoking_asks_at_a_terminal(platform: LivePlatform) -> None:
    _register(platform, "EX-1")
    revoke = ("exceptions", "revoke", "EX-1", "--reason", "moved")
    assert operate(*revoke, text="n\n").exit_code == 1
    assert _registered(platform, "EX-1").revoked is None
    assert operate(*revoke, text="y\n").exit_code == 0
    assert _registered(platform, "EX-1").revoked is not None


# -- list and show ----------------------------------------------------------------------------------------------------


@pytest.fixture
def several(platform: LivePlatform) -> LivePlatform:
    """A platform with an exception in each state, and some for other accounts."""
    now, key = datetime.now(UTC), exceptions.in_force_key(CUSTOMER)
    step = Step(principal=Principal(arn="bob", user_id="b"), reason="ok", at=now, command_id="c")

    def decide(exception_id: str, how: Callable[..., Sequence[Write]]) -> None:
        found = platform.store.read([key]).item(key)
        platform.store.commit(how(_registered(platform, exception_id), step, found, now))

    _register(platform, "pending", expires_in=timedelta(days=5))
    _register(platform, "in-force", expires_in=timedelta(days=3))
    decide("in-force", exceptions.approved)
    _register(platform, "ended", expires_in=timedelta(days=-1))
    decide("ended", exceptions.approved)
    _register(platform, "revoked", expires_in=timedelta(days=4))
    decide("revoked", exceptions.approved)
    decide("revoked", exceptions.revoked)
    _register(platform, "any", "", expires_in=timedelta(days=6))
    _register(platform, "other", "333333333333", expires_in=timedelta(days=7))
    return platform


def _listed(*options: str) -> dict[str, str]:
    return {one["id"]: one["state"] for one in operate_json("exceptions", "list", *options)}


def test_what_counts_or_may_yet_is_listed_the_first_to_end_first(several: LivePlatform) -> None:
    listed = _listed()
    assert listed == {"in-force": "in force", "pending": "pending", "any": "pending", "other": "pending"}
    assert list(listed) == ["in-force", "pending", "any", "other"]
    assert _listed("--all") == listed | {"ended": "ended", "revoked": "revoked"}
    shown = operate("exceptions", "list").stdout
    for text in ("in-force", "in force", f"RULE-{FIX}", CUSTOMER, "(any)", "SEC-1"):
        assert text in shown


def test_an_accounts_list_has_those_that_may_concern_it(several: LivePlatform) -> None:
    assert list(_listed("--account", CUSTOMER)) == ["in-force", "pending", "any"]
    another = Account(id="444444444444", name="another", environment="", owner="", external_id="e")
    several.store.commit([put_account(another)])
    assert list(_listed("--account", "444444444444")) == ["any"]
    result = operate("exceptions", "list", "--account", "acme")
    assert result.exit_code == 2
    assert "12 digits" in result.stderr


def test_an_empty_list_is_an_answer(platform: LivePlatform) -> None:
    assert operate_json("exceptions", "list") == []
    assert "suture exceptions add" in operate("exceptions", "list").stderr


def test_an_exception_is_shown_with_everybody_who_had_a_part_in_it(several: LivePlatform) -> None:
    shown = operate_json("exceptions", "show", "revoked")
    assert shown["state"] == "revoked"
    assert [shown[name]["by"] for name in ("requested", "approved", "revoked")] == ["arn", "bob", "bob"]
    assert operate_json("exceptions", "show", "pending")["approved"] is None
    text = operate("exceptions", "show", "in-force").stdout
    for part in ("Exception in-force: in force", "by bob: ok", "by arn: why", "SEC-1", "(any)"):
        assert part in text


def test_an_id_that_several_accounts_have_needs_the_account(platform: LivePlatform) -> None:
    _register(platform, "EX-1")
    _register(platform, "EX-1", "", expires_in=timedelta(days=2))
    result = operate("exceptions", "show", "EX-1")
    assert result.exit_code == 2
    assert f"say --account, one of {CUSTOMER}, any" in result.stderr
    assert operate_json("exceptions", "show", "EX-1", "--account", CUSTOMER)["account_id"] == CUSTOMER
    assert operate_json("exceptions", "show", "EX-1", "--account", "any")["account_id"] == ""


@pytest.mark.parametrize("account", [(), ("--account", "333333333333")], ids=["anywhere", "in an account"])
@pytest.mark.parametrize("command", [("show",), ("approve", "--reason", "x"), ("revoke", "--reason", "x", "--yes")])
def test_an_exception_that_there_is_not_is_a_no(
    platform: LivePlatform, command: tuple[str, ...], account: tuple[str, ...]
) -> None:
    _register(platform, "EX-1")
    result = operate("exceptions", command[0], "EX-1" if account else "EX-2", *command[1:], *account)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "There is no exception 'EX-" in result.stderr


@pytest.mark.parametrize("command", [("list",), ("show", "EX-1"), ("show", "EX-1", "--account", CUSTOMER)])
def test_half_an_exception_is_reported_and_not_shown(platform: LivePlatform, command: tuple[str, ...]) -> None:
    _register(platform, "EX-1")
    half = Key(Table.LEDGER, f"exceptions#{CUSTOMER}", "EX-1#1-request")
    platform.store.commit([Put(half, {"id": "EX-1"})])
    result = operate("exceptions", *command)
    assert result.exit_code == 3
    assert f"An item of {LEDGER} cannot be read" in result.stderr

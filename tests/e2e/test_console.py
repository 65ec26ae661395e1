"""The console and the report on the deployed stacks, under IAM: with no more rights than each person has anyway."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from cli.console.site import NAVIGATION
from local.console_process import start_console, stop_console
from local.demo import show_afterwards
from local.environment import LocalEnvironment
from local.people import APPROVER, OPERATOR, person
from local.player import Player
from local.scenes import Stage
from local.stacks import write_config
from runtime.domain.outcome import Outcome


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A folder as the local AWS has one. The console that is served in it ends with the test."""
    write_config(tmp_path / "config")
    yield tmp_path
    stop_console(tmp_path)


@pytest.fixture(scope="module")
def review(local_aws: LocalEnvironment, player: Player) -> str:
    """A plan that waits for approval."""
    stage = Stage.of(local_aws, "console")
    outcome = player.await_outcome(player.publish(stage.restricted_production().body)).outcome
    assert outcome is not None
    assert outcome.outcome is Outcome.APPROVE
    return outcome.correlation_id


@pytest.mark.parametrize("role", [OPERATOR, APPROVER])
def test_every_page_is_shown_to_operators_and_approvers(
    local_aws: LocalEnvironment, state: Path, review: str, role: str
) -> None:
    address = start_console(state, person(local_aws, role, "ann"))
    with httpx2.Client(base_url=address.partition("/enter")[0], timeout=60) as browser:
        assert browser.get(address).status_code == 303
        for path in ("/waiting", *(path for path, _ in NAVIGATION if path != "/deployment")):
            answer = browser.get(path)
            assert answer.status_code == 200, (path, answer.text)
        assert f"/reviews/{review}" in browser.get("/reviews").text
        assert "Approve" in browser.get(f"/reviews/{review}").text
        deployment = browser.get("/deployment")
        if role == OPERATOR:
            assert "The function has" in deployment.text
        else:
            assert deployment.status_code == 502
            assert "cloudformation:DescribeStacks" in deployment.text


def test_an_operator_verifies_an_account_in_the_console(local_aws: LocalEnvironment, state: Path) -> None:
    address = start_console(state, person(local_aws, OPERATOR, "olga"))
    account = f"/accounts/{local_aws.customer_account}"
    with httpx2.Client(base_url=address.partition("/enter")[0], timeout=120) as browser:
        browser.get(address)
        token = re.search(r'name="form_token" value="([^"]+)"', browser.get(account).text)
        assert token is not None
        origin = {"Origin": str(browser.base_url).rstrip("/")}
        sent = browser.post(f"{account}/verify", data={"form_token": token[1]}, headers=origin)
        assert sent.status_code == 303, sent.text
        deadline = time.monotonic() + 60
        while not (verified := browser.get(f"{sent.headers['location']}/result").headers.get("hx-redirect")):
            assert time.monotonic() < deadline
            time.sleep(1)
        page = browser.get(verified).text
    assert "<summary>s3</summary>" in page
    assert ">assumed</span>" in page


def test_another_console_takes_the_place_of_the_one_that_is_served(local_aws: LocalEnvironment, state: Path) -> None:
    operator = person(local_aws, OPERATOR, "olga")
    first = start_console(state, operator)
    second = start_console(state, operator)
    assert first != second
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(first)
    assert httpx2.get(second).status_code == 303
    stop_console(state)
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(second)


def test_the_demonstration_ends_with_a_report_and_a_console(
    local_aws: LocalEnvironment, state: Path, review: str
) -> None:
    report, address = show_afterwards(local_aws, state)
    assert "APPROVAL_REQUIRED" in report.read_text() or "RESTRICTED_PRODUCTION" in report.read_text()
    assert httpx2.get(address).status_code == 303


@pytest.mark.parametrize("role", [OPERATOR, APPROVER])
def test_operators_and_approvers_can_make_the_report(local_aws: LocalEnvironment, review: str, role: str) -> None:
    found = json.loads(person(local_aws, role, "ann").suture("report", "--since", "2026-01-01", "--format", "json"))
    (case,) = [case for case in found["cases"] if case["run_id"] == review]
    assert (case["result"], case["reason"]) == ("waiting for people", "RESTRICTED_PRODUCTION")


def test_the_dashboard_is_deployed(local_aws: LocalEnvironment) -> None:
    name = f"suture-{local_aws.environment}"
    body = json.loads(local_aws.platform("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])
    (results,) = [one for one in body["widgets"] if one["properties"].get("title") == "Results"]
    labels = {options.get("label") for *_, options in results["properties"]["metrics"]}
    assert {"fixed", "undone", "waiting for people"} <= labels

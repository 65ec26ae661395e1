"""The console's pages: what they show, and that what they change is changed by the same commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, EndpointConnectionError

from cli.console.site import NAVIGATION
from cli.console.site import path as path_of
from runtime.domain.audit import EventKind
from runtime.domain.guardrails import Stop, StopScope
from runtime.domain.outcome import Outcome
from runtime.items.stops import put_stop
from tests.unit.cli.command import operate_json
from tests.unit.cli.conftest import LogIn
from tests.unit.cli.console_browser import Browser, failing, text_of
from tests.unit.cli.live_platform import APPROVALS, CLOSED, CUSTOMER, FIX, LivePlatform

PAGES = tuple(path for path, _ in NAVIGATION)
NAME = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
"""As far as a finding may be named: with a control character it is refused before it is anything else."""
HOSTILE = f"{NAME}\u202e\x1b[31m{{{{ 7*7 }}}}"


@pytest.fixture
def browser(platform: LivePlatform, no_stack: None) -> Browser:
    return Browser()


@pytest.fixture
def review(platform: LivePlatform) -> str:
    """The id of a review."""
    platform.onboard("production")
    return platform.find(platform.bucket())


def result_of(browser: Browser, platform: LivePlatform, page: str) -> str:
    """What the page that follows a command says, once the platform has taken it."""
    assert "The platform has not taken it yet" in browser.page(page)
    platform.work()
    return text_of(browser.page(page))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_and_says_where_it_is(browser: Browser, path: str) -> None:
    page = browser.page(path)
    assert page.count('aria-current="page"') == 1
    assert len(re.findall(r"<h1>", page)) == 1
    assert "With the credentials of arn:aws:sts::" in page


def test_findings_are_listed_newest_first_and_lead_to_their_run(browser: Browser, platform: LivePlatform) -> None:
    first = platform.find(platform.bucket("acme-one"), hours_ago=5 * 24)
    second = platform.find(platform.bucket("acme-two"))
    page = browser.page("/")
    assert 0 < page.index(f"/runs/{second}") < page.index(f"/runs/{first}")
    run = text_of(browser.page(f"/runs/{first}"))
    for said in ("REMEDIATE", "arn:aws:s3:::acme-one", "Changed", "Undo"):
        assert said in run
    assert f"/runs/{second}" in browser.page("/latest")


def test_what_waits_is_counted_beside_the_findings(browser: Browser, platform: LivePlatform, review: str) -> None:
    assert text_of(browser.page("/waiting")).startswith("1 plan waits for approval 0 runs are held")


def test_a_review_shows_the_difference_the_impact_and_the_evidence(browser: Browser, review: str) -> None:
    assert f"/reviews/{review}" in browser.page("/reviews")
    page = text_of(unescape(browser.page(f"/reviews/{review}")))
    for said in (
        "APPROVAL_REQUIRED",
        "BlockPublicAcls",
        "s3:PutPublicAccessBlock",
        "can be undone yes",
        "disruption",
        "Checks that were made",
        "s3:PutBucketPublicAccessBlock",
        "owner-found",
    ):
        assert said in page


def test_an_approved_plan_is_carried_out_in_the_callers_name(
    browser: Browser, platform: LivePlatform, review: str, log_in: LogIn
) -> None:
    bucket = platform.outcome(review).resource_arn
    digest = platform.outcome(review).plan_digest
    page = browser.carry_out(f"/reviews/{review}/approve", digest=digest, reason="seen with the owner")
    said = result_of(browser, platform, page)
    assert "APPROVED, PLAN_APPROVED" in said
    assert platform.block(bucket) == CLOSED
    (vote,) = platform.history(review).approvals
    assert (vote.sentence, vote.actor) == ("seen with the owner", vote.evidence.order.principal.arn)  # type: ignore[union-attr]
    assert vote.actor.endswith("/ann")
    assert "approved" in text_of(browser.page(f"/reviews/{review}"))


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_a_plan_that_was_not_shown_is_not_approved(
    browser: Browser, platform: LivePlatform, review: str, digest: str
) -> None:
    answer = browser.send(f"/reviews/{review}/approve", digest=digest, reason="agreed")
    assert answer.status_code in (400, 409)
    assert "Nothing was sent" in answer.text
    assert platform.sent(APPROVALS) == []


def test_nothing_is_sent_without_a_reason(browser: Browser, platform: LivePlatform, review: str) -> None:
    digest = platform.outcome(review).plan_digest
    for path in (f"/reviews/{review}/approve", f"/reviews/{review}/deny"):
        answer = browser.send(path, digest=digest, reason="  ")
        assert answer.status_code == 400
        assert "The reason is empty" in answer.text
    assert platform.commands_sent == 0


def test_a_denied_plan_is_not_carried_out_and_can_be_reopened(
    browser: Browser, platform: LivePlatform, review: str
) -> None:
    said = result_of(browser, platform, browser.carry_out(f"/reviews/{review}/deny", reason="a website"))
    assert "a website" in text_of(browser.page(f"/reviews/{review}"))
    assert said
    assert "No plan waits" in browser.page("/reviews")
    assert "denied" in text_of(browser.page("/reviews?all=yes"))
    assert browser.send(f"/reviews/{review}/deny", reason="again").status_code == 409
    result_of(browser, platform, browser.carry_out(f"/reviews/{review}/reopen", reason="it has moved"))
    assert operate_json("review", "list")[0]["status"] == "pending"


def test_a_stop_is_in_effect_before_anything_else_and_says_what_it_would_hold(
    browser: Browser, platform: LivePlatform
) -> None:
    platform.find(platform.bucket())
    page = text_of(browser.page("/stops"))
    assert "1 change like it was made within the last 24 hours" in page
    assert FIX in page
    followed = browser.carry_out("/stops", scope="everything", reason="an incident")
    (stop,) = platform.stops()
    assert (stop.scope, stop.reason) == (StopScope.EVERYTHING, "an incident")
    assert stop.stopped_by.endswith("/ann")
    for page_with_it in ("/", "/latest"):
        assert "1 stop in effect: everything" in text_of(browser.page(page_with_it))
    assert "STOP" in result_of(browser, platform, followed)
    held = platform.find(platform.bucket("acme-two"))
    assert f"/runs/{held}" in browser.page("/held")
    followed = browser.carry_out(f"/stops/{stop.id}/resume", reason="it is over")
    assert platform.stops() == ()
    result_of(browser, platform, followed)
    assert platform.outcome(held).outcome is Outcome.REMEDIATE


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"scope": "account", "account": "999999999999"}, "999999999999"),
        ({"scope": "account", "account": "acme"}, "12 digits"),
        ({"scope": "account", "account": ""}, "Nothing was stopped"),
        ({"scope": "fix", "fix": "nope"}, "nope"),
        ({"scope": "environment", "environment": "nope"}, "nope"),
        ({"scope": "all"}, "Set what to stop"),
        ({}, "Set what to stop"),
    ],
)
def test_a_stop_of_what_there_is_not_is_refused(
    browser: Browser, platform: LivePlatform, form: dict[str, str], said: str
) -> None:
    answer = browser.send("/stops", **form, reason="an incident")
    assert answer.status_code == 400
    assert said in answer.text
    assert platform.stops() == ()


def test_what_a_stop_would_hold_follows_what_is_chosen(browser: Browser, platform: LivePlatform) -> None:
    platform.find(platform.bucket())
    for query, said in (
        (f"scope=account&account={CUSTOMER}", "1 change like it was made"),
        ("scope=account&account=999999999999", "no changes like it"),
        ("scope=fix&fix=", "say which fix"),
        ("scope=environment&environment=dev", "1 change like it was made"),
    ):
        assert said in text_of(browser.page(f"/stops/would-hold?{query}"))


def test_a_stop_whose_announcement_fails_is_said_to_be_in_effect(browser: Browser, platform: LivePlatform) -> None:
    sqs = platform.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="suture-test-commands")["QueueUrl"])
    answer = browser.send("/stops", scope="everything", reason="an incident")
    (stop,) = platform.stops()
    assert answer.status_code == 502
    assert f"{stop.id} is in effect" in answer.text


def test_what_only_an_answer_or_the_state_before_tells_is_shown_in_words(
    browser: Browser, platform: LivePlatform
) -> None:
    made = platform.outcome(platform.find(platform.bucket()))
    plan = made.evidence.plan
    assert plan
    parameters = {"Policy": {"$before": "policy"}, "Ids": [{"$answer": [0, "Rule.Id"]}]}
    before = {**plan.before, "policy": "its text"}
    plan = replace(plan, before=before, undo=(replace(plan.undo[0], parameters=parameters),))
    evidence = replace(made.evidence, plan=plan, answers=({"Rule": {"Id": "r-1"}},))
    other = replace(made, correlation_id="other", evidence=evidence)
    platform.trail.append(replace(other, kind=EventKind.INTENT, number=1))
    platform.trail.append(replace(other, number=2))
    page = unescape(browser.page("/runs/other/undo"))
    assert '{"Policy": "<policy as before>", "Ids": ["<Rule.Id of the answer to change 1>"]}' in page


def test_a_change_is_taken_back_after_it_was_shown_how(browser: Browser, platform: LivePlatform) -> None:
    bucket = platform.bucket()
    run = platform.find(bucket)
    page = text_of(browser.page(f"/runs/{run}/undo"))
    for said in ("What would change", "s3:DeletePublicAccessBlock", bucket):
        assert said in page
    tried = result_of(browser, platform, browser.carry_out(f"/runs/{run}/undo", reason="it broke", dry_run="yes"))
    assert "DRY_RUN" in tried
    assert platform.block(bucket) == CLOSED
    assert "UNDO" in result_of(browser, platform, browser.carry_out(f"/runs/{run}/undo", reason="it broke"))
    assert platform.block(bucket) is None
    again = platform.find(bucket)
    assert platform.outcome(again).reason == "UNDONE_BEFORE"
    cleared = browser.carry_out(f"/runs/{again}/clear", reason="the website has moved")
    assert "BLOCK_CLEARED" not in browser.page(cleared)
    platform.work()
    assert (platform.find(bucket) and platform.block(bucket) is None) or platform.block(bucket) == CLOSED


def test_a_held_run_is_ended_or_released(browser: Browser, platform: LivePlatform) -> None:
    stop = Stop(id="STOP-1", scope=StopScope.EVERYTHING, value="", reason="x", stopped_by="me", at=datetime.now(UTC))
    put_stop(platform.store, stop)
    run = platform.find(platform.bucket())
    page = browser.page(f"/runs/{run}")
    assert f'action="/runs/{run}/retry"' in page
    assert f'action="/runs/{run}/end"' in page
    result_of(browser, platform, browser.carry_out(f"/runs/{run}/end", reason="the bucket is gone"))
    assert platform.outcome(run).reason == "ENDED_BY_OPERATOR"
    assert browser.send(f"/runs/{run}/end", reason="again").status_code == 409


def test_a_finding_is_decided_again_without_changing_anything(
    browser: Browser, platform: LivePlatform, review: str
) -> None:
    assert "DRY_RUN" in result_of(browser, platform, browser.carry_out(f"/runs/{review}/dry-run"))
    assert platform.block(platform.outcome(review).resource_arn) is None


def test_an_exception_is_asked_for_by_one_and_approved_by_another(
    browser: Browser, platform: LivePlatform, log_in: LogIn
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    form = {"environment": "dev", "expires": tomorrow, "ticket": "SEC-1", "reason": "a trial"}
    result_of(browser, platform, browser.carry_out("/exceptions", **form))
    (exception,) = operate_json("exceptions", "list")
    page = f"/exceptions/{exception['id']}"
    assert f'href="{page}?account=any"' in browser.page("/exceptions")
    same = result_of(browser, platform, browser.carry_out(f"{page}/approve", account="any", reason="me"))
    assert "SAME_PERSON" in same
    log_in("bob")
    other = Browser()
    result_of(other, platform, other.carry_out(f"{page}/approve", account="any", reason="reviewed"))
    assert "in force" in text_of(other.page(page))
    result_of(other, platform, other.carry_out(f"{page}/revoke", account="any", reason="over"))
    assert "revoked" in text_of(other.page("/exceptions?all=yes"))
    assert "There is none" in other.page("/exceptions")


def test_an_exception_that_the_platform_would_refuse_is_not_sent(browser: Browser, platform: LivePlatform) -> None:
    for form, said in (
        ({"expires": "2099-01-01", "environment": "dev"}, "the maximum"),
        ({"expires": "", "environment": "dev"}, "needs a last day"),
        ({"expires": "2026-99-99", "environment": "dev"}, "neither a day"),
        ({"expires": "2099-01-01"}, "scope"),
    ):
        answer = browser.send("/exceptions", ticket="SEC-1", reason="a trial", **form)
        assert answer.status_code == 400
        assert said in answer.text
    assert platform.commands_sent == 0


def test_an_account_is_shown_with_its_findings(browser: Browser, platform: LivePlatform) -> None:
    run = platform.find(platform.bucket())
    assert f"/accounts/{CUSTOMER}" in browser.page("/accounts")
    page = browser.page(f"/accounts/{CUSTOMER}")
    assert f"/runs/{run}" in page
    assert browser.get("/accounts/999999999999").status_code == 409


def test_the_audit_trail_is_searched_by_each_filter(browser: Browser, platform: LivePlatform) -> None:
    run, other = platform.find(platform.bucket()), platform.find(platform.bucket("acme-other"), severity="LOW")
    today = datetime.now(UTC).date().isoformat()
    for query in (
        "outcome=REMEDIATE",
        f"account={CUSTOMER}&reason=eligible",
        "resource=acme-invoices",
        f"fix={FIX}&since={today}&until={today}&outcome=REMEDIATE",
    ):
        page = browser.page(f"/audit?{query}")
        assert f"/runs/{run}" in page, query
        assert f"/runs/{other}" not in page, query
    for query in ("outcome=nope", "account=acme", "reason=nope", "fix=nope", "since=nope", "after=nope"):
        assert browser.get(f"/audit?{query}").status_code == 400, query


def test_a_run_or_an_issue_is_found_by_its_id(browser: Browser, platform: LivePlatform) -> None:
    run = platform.find(platform.bucket(), issue_id="issue-1")
    for given in (run, run[:8]):
        found = browser.get(f"/find?id={given}")
        assert (found.status_code, found.headers["location"]) == (303, f"/runs/{run}")
    assert f"/runs/{run}" in browser.page("/find?id=issue-1")
    assert browser.get("/find?id=nothing").status_code == 409
    assert browser.get("/find?id=").status_code == 400


def test_what_there_is_not_is_said_and_offers_a_way_back(browser: Browser) -> None:
    for path, status in (("/nothing", 404), ("/runs/nothing", 409), ("/reviews/nothing", 409), ("/held?first=x", 400)):
        answer = browser.get(path)
        assert answer.status_code == status, path
        assert 'href="/"' in answer.text


def test_a_hostile_name_is_text_on_every_page(browser: Browser, platform: LivePlatform) -> None:
    platform.onboard("production")
    review = platform.find(platform.bucket(), issue_id=NAME, control_name=NAME)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    browser.carry_out("/exceptions", environment="dev", expires=tomorrow, ticket=HOSTILE, reason=HOSTILE)
    browser.carry_out(f"/reviews/{review}/deny", reason=HOSTILE)
    put_stop(
        platform.store,
        Stop(id="STOP-1", scope=StopScope.FIX, value=HOSTILE, reason=HOSTILE, stopped_by=HOSTILE, at=datetime.now(UTC)),
    )
    platform.work()
    (exception,) = operate_json("exceptions", "list")
    shown = 0
    for path in (*PAGES, f"/reviews/{review}", f"/runs/{review}", f"/exceptions/{exception['id']}", "/reviews?all=yes"):
        page = browser.page(path)
        assert "<script>alert" not in page, path
        assert "<img" not in page, path
        assert "\u202e" not in page, path
        assert "\x1b" not in page, path
        assert "49" not in re.findall(r"31m(\S*)", page), path
        shown += page.count("&lt;script&gt;alert(1)")
    assert shown > 10


PARTS = ("/latest", "/waiting", "/stops/would-hold?scope=everything", "/orders/never-sent/result")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("ThrottlingException", "dynamodb:Query answered ThrottlingException: so it is"),
        ("ExpiredTokenException", "The AWS credentials have expired (ExpiredTokenException). Log in"),
        (EndpointConnectionError(endpoint_url="https://dynamodb"), "AWS could not be reached"),
    ],
    ids=["throttled", "expired", "no network"],
)
def test_a_part_that_is_loaded_again_says_why_it_could_not_be_and_is_there_once_it_can(
    browser: Browser, platform: LivePlatform, part: str, error: str | BotoCoreError, said: str
) -> None:
    browser.page("/")
    with failing(platform.client("dynamodb"), error):
        answer = browser.get(part, hx_request="true")
        assert answer.status_code == 502
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.text.startswith(said)
        assert "<html" in browser.get(part).text  # for whoever opens it by hand
    assert browser.get(part, hx_request="true").status_code == 200


def test_what_aws_says_of_a_part_has_no_control_characters(browser: Browser, platform: LivePlatform) -> None:
    with failing(platform.client("dynamodb"), "\u202e\x1b[31m"):
        assert r"\u202e\x1b[31m" in browser.get("/latest", hx_request="true").text


@pytest.mark.parametrize(("error", "said"), [("ExpiredTokenException", True), ("ThrottlingException", False)])
@pytest.mark.parametrize("from_variables", [True, False])
def test_credentials_in_variables_are_said_to_need_another_console(
    browser: Browser,
    platform: LivePlatform,
    monkeypatch: pytest.MonkeyPatch,
    error: str,
    said: bool,
    from_variables: bool,
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    if from_variables:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    with failing(platform.client("dynamodb"), error):
        for page in (browser.get("/latest", hx_request="true").text, browser.get("/").text):
            assert ("run `suture console` again" in page) is (said and from_variables)


def test_whoever_logs_in_after_a_failure_is_named_on_the_next_page(
    browser: Browser, platform: LivePlatform, log_in: LogIn
) -> None:
    log_in("ann")
    assert "/ann. Times" in browser.page("/stops")
    with failing(platform.client("dynamodb"), "ExpiredTokenException"):
        assert "/ann. Times" in browser.get("/stops").text
    log_in("bob")
    assert "/bob. Times" in browser.page("/stops")


@contextmanager
def counted(client: BaseClient) -> Iterator[list[dict[str, Any]]]:
    """What is asked of DynamoDB meanwhile."""
    asked: list[dict[str, Any]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        asked.append({"operation": model.name, **params})

    client.meta.events.register("provide-client-params.dynamodb", note, unique_id="counted")
    yield asked
    client.meta.events.unregister("provide-client-params.dynamodb", unique_id="counted")


class LargeIndex:
    """In place of ``by-day``, which moto would look through as a whole: so many rows for each of the last days."""

    def __init__(self, client: BaseClient, rows: int) -> None:
        self._client = client
        self._rows = rows
        self.limits: list[int] = []
        self.given = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_paginator(self, operation: str) -> Any:
        assert operation == "query"
        return self

    def paginate(self, **query: Any) -> Iterator[dict[str, Any]]:
        """Page after page, as DynamoDB gives them, down from the newest."""
        assert (query["IndexName"], query["ScanIndexForward"]) == ("by-day", False)
        self.limits.append(query["Limit"])
        day = query["ExpressionAttributeValues"][":key"]["S"]
        number = (
            int(start["correlation_id"]["S"].rpartition("-")[2])
            if (start := query.get("ExclusiveStartKey"))
            else self._rows
        )
        while number:
            page = range(number - 1, max(-1, number - 1 - query["Limit"]), -1)
            number = page[-1]
            self.given += len(page)
            yield {"Items": [self._row(day, one) for one in page]}

    @staticmethod
    def _row(day: str, number: int) -> dict[str, dict[str, str]]:
        row = {
            "correlation_id": f"run-{day}-{number}",
            "sequence": "0003",
            "at": f"{day}T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}+00:00",
            "kind": "outcome",
            "outcome": "NOTIFY",
            "reason": "SEVERITY_BELOW_FLOOR",
            "resource_arn": f"arn:aws:s3:::acme-{number}",
            "account_id": CUSTOMER,
        }
        return {name: {"S": value} for name, value in row.items()}


@pytest.mark.parametrize("path", ["/", "/latest", "/audit", "/audit?owner=nobody"])
def test_a_page_costs_the_same_however_many_records_there_are(
    browser: Browser, platform: LivePlatform, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    connection = browser.client.app.state.site.connection  # type: ignore[attr-defined]
    client = connection.client("dynamodb")
    cost = {}
    for rows_a_day in (700, 100_000):
        index = LargeIndex(client, rows_a_day)
        monkeypatch.setitem(connection._clients, "dynamodb", index)
        browser.page(path)  # what is made once: clients, templates
        index.limits, index.given = [], 0
        with counted(client) as asked:
            page = browser.page(path)
        assert page.count('id="run-') == (0 if "nobody" in path else 50)
        cost[rows_a_day] = (index.limits, index.given, sorted(one["operation"] for one in asked))
    (limits, given, others), large = cost.values()
    assert (limits, given, others) == large
    assert set(limits) == {51}
    assert len(limits) == 1
    assert given <= (51 if "nobody" not in path else 561)
    assert "Scan" not in others


def test_a_path_may_be_made_of_anything() -> None:
    assert path_of("runs", "a/../b?c#d e\r\n") == "/runs/a%2F..%2Fb%3Fc%23d%20e%0D%0A"


def test_pages_follow_each_other_without_a_gap_or_a_row_twice(browser: Browser, platform: LivePlatform) -> None:
    runs = [platform.find(platform.bucket(f"acme-{number}"), severity="LOW") for number in range(120)]
    for start in ("/", "/audit", "/audit?outcome=NOTIFY", f"/audit?account={CUSTOMER}"):
        seen: list[str] = []
        path = start
        while path:
            page = browser.page(path)
            seen += re.findall(r'id="run-([^"]+)"', page)
            more = re.search(r'href="([^"]+)" rel="next"', page)
            path = unescape(more[1]) if more else ""
        assert seen == runs[::-1], start

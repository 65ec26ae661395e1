"""Who is told of what."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from runtime.aws.outbox import (
    COMMAND_TYPE,
    EVENT_SOURCE,
    EXCEPTION_TYPE,
    HELD_TYPE,
    OUTCOME_TYPE,
    Outbox,
    summary_of,
)
from runtime.domain.audit import EventKind, Evidence
from runtime.domain.command import DryRun, Order
from runtime.domain.errors import DeliveryFailed, PlatformCallFailed
from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step
from runtime.domain.followup import Approved, GoOn, Ordered, Run, Verify, parse_follow_up, parse_run, run_id
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.principal import Principal
from runtime.domain.template import TemplateOwner, TemplateTool
from tests.unit.domain.cases import BUCKET_ARN, EVENT, NOW, PLAN

TOLD = replace(
    EVENT,
    outcome=Outcome.NOTIFY,
    reason=Reason.OWNER_MISSING,
    sentence="Nobody is known to own it.",
    issue_id="issue-1",
    resource_arn=BUCKET_ARN,
    evidence=Evidence(plan=PLAN, owner_path=("resource tags: none", "account: none")),
)


@dataclass
class Post:
    """An outbox, and what left it: per call its service, operation and parameters."""

    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    event_answer: dict[str, Any] = field(default_factory=lambda: {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]})
    denied: str = ""

    def outbox(self) -> Outbox:
        return Outbox(
            client=cache(self._client),
            follow_up_queue_url="https://sqs.us-east-1.amazonaws.com/111111111111/follow-up",
            runs_queue_url="https://sqs.us-east-1.amazonaws.com/111111111111/runs.fifo",
            review_queue_url="https://sqs.us-east-1.amazonaws.com/111111111111/review",
            security_topic_arn="arn:aws:sns:us-east-1:111111111111:security",
            event_bus="suture",
        )

    def _client(self, service: str) -> Any:
        client = boto3.client(service)
        stub = Stubber(client)
        operation, answer = {
            "sqs": ("send_message", {}),
            "sns": ("publish", {"MessageId": "m"}),
            "events": ("put_events", self.event_answer),
        }[service]
        if self.denied == service:
            stub.add_client_error(operation, "AccessDenied")
        else:
            stub.add_response(operation, answer)
        client.meta.events.register(
            f"provide-client-params.{service}.*", lambda params, **_: self.sent.append((service, params))
        )
        stub.activate()
        return client


@pytest.mark.parametrize(
    ("outcome", "services"),
    [
        (Outcome.REMEDIATE, ["events"]),
        (Outcome.APPROVED, ["events"]),
        (Outcome.UNDO, ["events"]),
        (Outcome.DRY_RUN, ["events"]),
        (Outcome.SKIP, ["events"]),
        (Outcome.NOTIFY, ["sns", "events"]),
        (Outcome.APPROVE, ["sqs", "events"]),
        (Outcome.REJECT, ["sqs", "events"]),
        (Outcome.FAILED, ["sqs", "events"]),
    ],
)
def test_each_outcome_is_told_to_those_it_concerns_and_put_on_the_bus_last(
    outcome: Outcome, services: list[str]
) -> None:
    post = Post()
    post.outbox().tell(replace(TOLD, outcome=outcome))
    assert [service for service, _ in post.sent] == services


def test_every_outcome_has_somebody_to_be_told() -> None:
    for outcome in Outcome:
        post = Post()
        post.outbox().tell(replace(TOLD, outcome=outcome))
        assert post.sent[-1][0] == "events"


def test_the_event_on_the_bus_says_what_happened_to_what() -> None:
    post = Post()
    post.outbox().tell(replace(TOLD, outcome=Outcome.SKIP))
    ((_, parameters),) = post.sent
    (entry,) = parameters["Entries"]
    detail = json.loads(entry.pop("Detail"))
    assert entry == {
        "EventBusName": "suture",
        "Source": EVENT_SOURCE,
        "DetailType": OUTCOME_TYPE,
        "Time": NOW,
        "Resources": [BUCKET_ARN],
    }
    assert detail == summary_of(replace(TOLD, outcome=Outcome.SKIP))
    assert (detail["correlation_id"], detail["outcome"], detail["plan"]) == ("c-1", "SKIP", PLAN.summary)
    assert detail["owner_path"] == ["resource tags: none", "account: none"]


def test_an_outcome_without_a_resource_names_none() -> None:
    post = Post()
    post.outbox().tell(replace(EVENT, outcome=Outcome.SKIP))
    assert post.sent[0][1]["Entries"][0]["Resources"] == []
    assert summary_of(EVENT)["plan"] == ""


def test_a_reviewer_gets_the_summary_in_the_review_queue() -> None:
    post = Post()
    failed = replace(TOLD, outcome=Outcome.FAILED)
    post.outbox().tell(failed)
    parameters = post.sent[0][1]
    assert parameters["QueueUrl"].endswith("/review")
    assert json.loads(parameters["MessageBody"]) == summary_of(failed)


def test_the_security_team_gets_the_path_by_which_an_owner_was_looked_for() -> None:
    post = Post()
    post.outbox().tell(TOLD)
    parameters = post.sent[0][1]
    assert parameters["TopicArn"] == "arn:aws:sns:us-east-1:111111111111:security"
    assert parameters["Subject"] == "Suture: OWNER_MISSING (issue-1)"
    assert json.loads(parameters["Message"])["owner_path"] == ["resource tags: none", "account: none"]


@pytest.mark.parametrize("issue_id", ["x" * 256, "Prüfung №1", "line\nbreak\x07", "\U0001f512"])
def test_a_subject_is_legal_for_any_issue(issue_id: str) -> None:
    """Printable ASCII, less than 100 characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    post = Post()
    post.outbox().tell(replace(TOLD, issue_id=issue_id))
    subject = post.sent[0][1]["Subject"]
    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
    assert subject.startswith("Suture: OWNER_MISSING (")


def test_an_event_that_the_bus_did_not_take_is_an_error() -> None:
    post = Post(event_answer={"FailedEntryCount": 1, "Entries": [{"ErrorCode": "Full", "ErrorMessage": "no room"}]})
    with pytest.raises(DeliveryFailed) as failed:
        post.outbox().tell(TOLD)
    assert (failed.value.target, failed.value.detail) == ("suture", "Full: no room")
    assert failed.value.retryable


@pytest.mark.parametrize(
    ("denied", "outcome"), [("sqs", Outcome.REJECT), ("sns", Outcome.NOTIFY), ("events", Outcome.SKIP)]
)
def test_whoever_could_not_be_told_is_an_error(denied: str, outcome: Outcome) -> None:
    post = Post(denied=denied)
    with pytest.raises(PlatformCallFailed, match=f"{denied}:"):
        post.outbox().tell(replace(TOLD, outcome=outcome))


@pytest.mark.parametrize(("delay_seconds", "sent"), [(0, 0), (30, 30), (900, 900), (901, 900), (10_000, 900)])
def test_a_message_to_the_function_itself_waits_at_most_as_long_as_sqs_lets_it(delay_seconds: int, sent: int) -> None:
    post = Post()
    verify = Verify(correlation_id="c-1", attempt=3)
    post.outbox().follow_up(verify, delay_seconds=delay_seconds)
    ((service, parameters),) = post.sent
    assert (service, parameters["DelaySeconds"]) == ("sqs", sent)
    assert parameters["QueueUrl"].endswith("/follow-up")
    assert parse_follow_up(parameters["MessageBody"]) == verify


def test_a_message_to_the_function_itself_that_was_not_taken_is_an_error() -> None:
    with pytest.raises(PlatformCallFailed, match="sqs:SendMessage"):
        Post(denied="sqs").outbox().follow_up(Verify(correlation_id="c-1", attempt=1), delay_seconds=0)


def test_a_client_is_made_only_for_what_is_sent() -> None:
    made: list[str] = []
    post = Post()
    inner: Callable[[str], Any] = cache(post._client)

    def client(service: str) -> Any:
        made.append(service)
        return inner(service)

    replace(post.outbox(), client=client).tell(replace(TOLD, outcome=Outcome.SKIP))
    assert set(made) == {"events"}


TEMPLATE = TemplateOwner(tool=TemplateTool.TERRAFORM, name="terraform=yes", property="aws_x.y = true")
ORDER = Order(
    command=DryRun(target_id="c-0"),
    principal=Principal(arn="arn:aws:sts::111111111111:assumed-role/people/ann", user_id="AROA:ann"),
)


@pytest.mark.parametrize("outcome", [Outcome.REMEDIATE, Outcome.APPROVED])
def test_the_owner_of_a_template_is_told_what_to_change_in_it(outcome: Outcome) -> None:
    post = Post()
    post.outbox().tell(replace(TOLD, outcome=outcome, evidence=Evidence(template=TEMPLATE)))
    assert [service for service, _ in post.sent] == ["sns", "events"]
    told = json.loads(post.sent[0][1]["Message"])["template"]
    assert told == {"tool": "terraform", "name": "terraform=yes", "change": "aws_x.y = true"}


def test_the_outcome_of_a_dry_run_that_somebody_asked_for_goes_to_the_bus_only() -> None:
    for outcome in (Outcome.NOTIFY, Outcome.REJECT, Outcome.FAILED):
        post = Post()
        post.outbox().tell(
            replace(TOLD, outcome=outcome, evidence=Evidence(order=ORDER, command_id="m-1", target_id="c-0"))
        )
        assert [service for service, _ in post.sent] == ["events"]


@pytest.mark.parametrize(
    ("outcome", "reason", "services"),
    [
        (Outcome.DONE, Reason.DRY_RUN_ACCEPTED, ["events"]),
        (Outcome.DONE, Reason.STOP_ANNOUNCED, ["sns", "events"]),
        (Outcome.DONE, Reason.RESUME_ANNOUNCED, ["sns", "events"]),
        (Outcome.REJECT, Reason.NOTHING_RECORDED, ["events"]),
        (Outcome.REJECT, Reason.IDENTITY_MISMATCH, ["sqs", "events"]),
        (Outcome.REJECT, Reason.COMMAND_INVALID, ["sqs", "events"]),
    ],
)
def test_a_commands_outcome_troubles_people_only_where_it_should(
    outcome: Outcome, reason: Reason, services: list[str]
) -> None:
    post = Post()
    post.outbox().tell(replace(EVENT, outcome=outcome, reason=reason, evidence=Evidence(order=ORDER)))
    assert [service for service, _ in post.sent] == services
    assert post.sent[-1][1]["Entries"][0]["DetailType"] == COMMAND_TYPE


def test_a_run_that_waits_is_announced_with_what_it_waits_for() -> None:
    post = Post()
    held = replace(TOLD, kind=EventKind.HELD, reason=Reason.OUTSIDE_CHANGE_WINDOW, attempt=1, expires_at=NOW)
    post.outbox().announce(held)
    ((_, parameters),) = post.sent
    (entry,) = parameters["Entries"]
    assert entry["DetailType"] == HELD_TYPE
    assert json.loads(entry["Detail"])["until"] == NOW.isoformat()


def test_the_end_of_an_exception_is_told_to_people_and_put_on_the_bus() -> None:
    step = Step(principal=ORDER.principal, reason="a website", at=NOW, command_id="m-1")
    request = ExceptionRequest(
        id="EX-1",
        control="RULE-1",
        account_id="",
        resource="",
        environment="",
        ticket="SEC-1",
        expires_at=NOW + timedelta(days=3),
        requested=step,
    )
    post = Post()
    post.outbox().warn_of_end(RegisteredException(request=request, approved=step), NOW)
    (_, published), (_, put) = post.sent
    assert published["Subject"] == "Suture: exception EX-1 ends on 2026-11-26"
    assert put["Entries"][0]["DetailType"] == EXCEPTION_TYPE
    assert json.loads(put["Entries"][0]["Detail"])["ticket"] == "SEC-1"


@pytest.mark.parametrize(
    ("run", "group", "duplicate"),
    [
        (GoOn(correlation_id="c-1", attempt=2), "222222222222", "c-1/2"),
        (Approved(review_id="c-1"), None, None),
        (Ordered(command_id="m-1"), None, None),
    ],
)
def test_a_run_is_sent_in_order_and_arrives_once(run: Run, group: str | None, duplicate: str | None) -> None:
    post = Post()
    post.outbox().run(run, in_order_with=group or "")
    ((_, parameters),) = post.sent
    assert parameters["MessageGroupId"] == (group or run_id(run))
    assert parameters["MessageDeduplicationId"] == (duplicate or run_id(run))
    assert parameters["QueueUrl"].endswith("/runs.fifo")
    assert parse_run(parameters["MessageBody"]) == run

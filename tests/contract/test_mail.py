"""Mail: what is sent where, and which deliveries are known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from unittest import mock

import pytest
from moto import mock_aws

from runtime.application.ports import Mail, Message, RunMessage
from runtime.aws.mail import TOPICS, AwsMail
from runtime.aws.threads import together
from runtime.domain.audit import Evidence
from runtime.domain.command import DryRun, Order
from runtime.domain.errors import MessageNotConfirmed
from runtime.domain.followup import Approved, ResumeHeld, RunCommand, Verify, parse_follow_up, parse_run
from runtime.domain.hold import Hold
from runtime.domain.notice import (
    COMMAND_TYPE,
    EVENT_SOURCE,
    EXCEPTION_TYPE,
    HELD_TYPE,
    OUTCOME_TYPE,
    REMINDER_TYPE,
    STUCK_TYPE,
    Audience,
)
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.rendering import subject_of
from tests.contract.over_moto import ACCOUNT_ID, REGION, client
from tests.memory.calls import Watched
from tests.memory.mail import MemoryMail
from tests.unit.domain.cases import ACCOUNT_ID as CUSTOMER
from tests.unit.domain.cases import ALICE, BUCKET_ARN, EVENT, NOW, PLAN
from tests.unit.domain.test_notice import CHANGED, HELD, SENDER, TEMPLATE, TOLD, exception, reminder, sender

ORDER = Order(command=DryRun(target_id="c-0"), principal=ALICE)
HOLD = Hold(
    correlation_id="c-1",
    since=NOW,
    attempt=1,
    issue_id="issue-1",
    account_id="222222222222",
    environment="dev",
    fix_id="fake-fix",
    resource_arn=BUCKET_ARN,
    reason=Reason.STOPPED,
    sentence="It waits.",
    until=None,
    releases=5,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBus:
    """An event as the bus has it."""

    detail_type: str
    detail: Mapping[str, Any]
    resources: tuple[str, ...] = ()


class PostOffice(Protocol):
    """The port that is tested, and a look at what came of what it sent. Each look is at what came since the last."""

    mail: Mail

    def review(self) -> list[Mapping[str, Any]]: ...

    def told(self, who: Audience) -> list[tuple[str, Mapping[str, Any]]]:
        """Subjects and documents that were published to them."""
        ...

    def bus(self) -> list[OnBus]: ...

    def follow_ups(self) -> list[tuple[str, int]]:
        """Bodies, and the seconds after which they are delivered."""
        ...

    def runs(self) -> list[tuple[str, str]]:
        """Bodies, and what each is in order with."""
        ...

    def delivered(self) -> Message:
        """A message as the function is invoked with it."""
        ...

    def handled(self) -> Message:
        """One that was handled, and is gone."""
        ...


class PostInMemory:
    def __init__(self) -> None:
        self.mail = self._there = MemoryMail(calls=Watched())

    def review(self) -> list[Mapping[str, Any]]:
        return self._there.review

    def told(self, who: Audience) -> list[tuple[str, Mapping[str, Any]]]:
        return [(subject_of(one), json.loads(one.event)) for one in self._there.notices if who in one.to]

    def bus(self) -> list[OnBus]:
        return [
            OnBus(
                detail_type=one.detail_type,
                detail=json.loads(one.event),
                resources=(one.told.resource_arn,) if one.told.resource_arn else (),
            )
            for one in self._there.notices
        ]

    def follow_ups(self) -> list[tuple[str, int]]:
        return self._there.follow_ups

    def runs(self) -> list[tuple[str, str]]:
        return self._there.runs

    def delivered(self) -> Message:
        return Message(id="m-1", body="{}", receipt="a receipt of theirs", queue="findings")

    def handled(self) -> Message:
        message = replace(self.delivered(), receipt="one that is gone")
        self._there.unknown_receipts.add(message.receipt)
        return message


@dataclass
class PostInMoto:
    """The bus is listened to at the client: moto hands events on only with a library that is not installed here."""

    put: list[Mapping[str, Any]] = field(default_factory=list)
    later: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        sqs, sns = client("sqs"), client("sns")
        self._urls = {
            name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("findings", "follow-up", "review")
        }
        fifo = {"FifoQueue": "true"}
        self._urls["runs"] = sqs.create_queue(QueueName="runs.fifo", Attributes=fifo)["QueueUrl"]
        topics = {one: sns.create_topic(Name=one)["TopicArn"] for one in TOPICS}
        for name, topic_arn in topics.items():
            self._urls[name] = sqs.create_queue(QueueName=name)["QueueUrl"]
            sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}")
        client("events").create_event_bus(Name="suture")
        self.mail = AwsMail(
            client=self._client,
            together=together,
            queues={"findings": self._urls["findings"]},
            follow_up_queue_url=self._urls["follow-up"],
            runs_queue_url=self._urls["runs"],
            review_queue_url=self._urls["review"],
            topic_arns=topics,
            event_bus="suture",
            retry_seconds=30,
        )

    def _client(self, service: str) -> Any:
        if service == "sqs":
            return mock.Mock(wraps=client(service), send_message=self._send_message)
        return mock.Mock(wraps=client(service), put_events=self._put_events) if service == "events" else client(service)

    def _send_message(self, **parameters: Any) -> Any:
        if "DelaySeconds" in parameters:
            self.later.append((parameters["MessageBody"], parameters["DelaySeconds"]))
        return client("sqs").send_message(**parameters)

    def _put_events(self, **parameters: Any) -> Any:
        answer = client("events").put_events(**parameters)
        self.put.extend(parameters["Entries"])
        return answer

    def _received(self, name: str) -> list[Mapping[str, Any]]:
        """Each is deleted: a queue in order hands out what comes after it only then."""
        received: list[Mapping[str, Any]] = []
        while batch := self._delivery(name):
            received += batch
            for one in batch:
                client("sqs").delete_message(QueueUrl=self._urls[name], ReceiptHandle=one["ReceiptHandle"])
        return received

    def _delivery(self, name: str) -> list[Mapping[str, Any]]:
        answer = client("sqs").receive_message(
            QueueUrl=self._urls[name], MaxNumberOfMessages=10, AttributeNames=["All"]
        )
        delivered: list[Mapping[str, Any]] = answer.get("Messages", [])
        return delivered

    def review(self) -> list[Mapping[str, Any]]:
        return [json.loads(one["Body"]) for one in self._received("review")]

    def told(self, who: Audience) -> list[tuple[str, Mapping[str, Any]]]:
        published = [json.loads(one["Body"]) for one in self._received(who)]
        return [(one["Subject"], json.loads(one["Message"])) for one in published]

    def bus(self) -> list[OnBus]:
        assert all((entry["EventBusName"], entry["Source"]) == ("suture", EVENT_SOURCE) for entry in self.put)
        return [
            OnBus(
                detail_type=entry["DetailType"],
                detail=json.loads(entry["Detail"]),
                resources=tuple(entry["Resources"]),
            )
            for entry in self.put
        ]

    def follow_ups(self) -> list[tuple[str, int]]:
        url = self._urls["follow-up"]
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
        there = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        assert sum(map(int, there.values())) == len(self.later)
        return self.later

    def runs(self) -> list[tuple[str, str]]:
        return [(one["Body"], one["Attributes"]["MessageGroupId"]) for one in self._received("runs")]

    def delivered(self) -> Message:
        sent = client("sqs").send_message(QueueUrl=self._urls["findings"], MessageBody="{}")
        (received,) = self._delivery("findings")
        return Message(id=sent["MessageId"], body="{}", receipt=received["ReceiptHandle"], queue="findings")

    def handled(self) -> Message:
        message = self.delivered()
        client("sqs").delete_message(QueueUrl=self._urls["findings"], ReceiptHandle=message.receipt)
        return message


@pytest.fixture
def post(port: str) -> PostOffice:
    return PostInMemory() if port == "memory" else PostInMoto()


# -- outcomes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome.REMEDIATE, {Audience.OWNER}),
        (Outcome.APPROVED, {Audience.OWNER}),
        (Outcome.UNDO, {Audience.SECURITY, Audience.OWNER}),
        (Outcome.DRY_RUN, set()),
        (Outcome.SKIP, set()),
        (Outcome.NOTIFY, {Audience.SECURITY}),
        (Outcome.APPROVE, {Audience.REVIEW_QUEUE, Audience.REVIEWERS}),
        (Outcome.REJECT, {Audience.REVIEW_QUEUE}),
        (Outcome.FAILED, {Audience.REVIEW_QUEUE, Audience.REVIEWERS}),
    ],
)
def test_each_outcome_is_put_on_the_bus_and_told_to_those_it_concerns(
    post: PostOffice, outcome: Outcome, told: set[Audience]
) -> None:
    event = replace(TOLD, outcome=outcome, reason=Reason.APPROVAL_REQUIRED, expires_at=NOW)
    notice = sender(accounts={CUSTOMER: "a@example.com"}).of_outcome(event)
    post.mail.tell([notice])
    assert [one.detail for one in post.bus()] == [json.loads(notice.event)]
    assert post.review() == ([json.loads(notice.event)] if Audience.REVIEW_QUEUE in told else [])
    for who in TOPICS:
        assert post.told(who) == ([(subject_of(notice), json.loads(notice.event))] if who in told else [])


def test_an_event_says_of_what_kind_it_is_and_about_which_resource(post: PostOffice) -> None:
    post.mail.tell([SENDER.of_outcome(replace(TOLD, outcome=Outcome.SKIP))])
    post.mail.tell([SENDER.of_outcome(replace(EVENT, outcome=Outcome.DONE, evidence=Evidence(order=ORDER)))])
    assert [(one.detail_type, one.resources) for one in post.bus()] == [
        (OUTCOME_TYPE, (BUCKET_ARN,)),
        (COMMAND_TYPE, ()),
    ]


def test_the_security_team_gets_a_subject_and_the_path_by_which_an_owner_was_looked_for(post: PostOffice) -> None:
    post.mail.tell([SENDER.of_outcome(TOLD)])
    ((subject, document),) = post.told(Audience.SECURITY)
    assert subject == "Suture NOTIFY: CRITICAL ledger OWNER_MISSING (payments-dev, production)"
    assert document["owner_path"] == ["resource tags: none", "account: none"]
    assert document["plan"] == PLAN.summary


def test_the_security_team_is_told_what_to_change_in_a_template(post: PostOffice) -> None:
    fixed = replace(TOLD, outcome=Outcome.REMEDIATE, evidence=Evidence(template=TEMPLATE))
    post.mail.tell([SENDER.of_outcome(fixed)])
    ((_, document),) = post.told(Audience.SECURITY)
    assert document["template"] == {"tool": "terraform", "name": "terraform=yes", "property": "aws_x.y = true"}


def test_an_event_that_is_told_again_is_told_again(post: PostOffice) -> None:
    """Nobody knows whether it was told before a crash. Each carries its run's id."""
    for _ in range(2):
        post.mail.tell([SENDER.of_outcome(replace(TOLD, outcome=Outcome.REJECT))])
    assert [document["correlation_id"] for document in post.review()] == ["c-1", "c-1"]


def test_an_owner_who_has_a_topic_of_their_own_is_not_told_by_the_owners_topic() -> None:
    """Over AWS only: in memory there are no topics."""
    with mock_aws():
        post = PostInMoto()
        own = client("sns").create_topic(Name="payments")["TopicArn"]
        post.mail.tell([sender(accounts={CUSTOMER: own}).of_outcome(CHANGED)])
        assert post.told(Audience.OWNER) == post.told(Audience.SECURITY) == []


def test_what_the_topic_of_an_owner_does_not_take_the_security_team_gets() -> None:
    """Over AWS only: in memory there are no topics."""
    with mock_aws():
        post, gone = PostInMoto(), f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:gone"
        notice = sender(accounts={CUSTOMER: gone}).of_outcome(CHANGED)
        post.mail.tell([notice])
        assert post.told(Audience.SECURITY) == [(subject_of(notice), json.loads(notice.event))]


# -- what waits, and what ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("until", [NOW, None])
def test_a_run_that_waits_is_announced_on_the_bus_only(post: PostOffice, until: Any) -> None:
    post.mail.tell([SENDER.of_hold(replace(HELD, expires_at=until))])
    (event,) = post.bus()
    assert (event.detail_type, event.resources) == (HELD_TYPE, (BUCKET_ARN,))
    assert event.detail["until"] == (NOW.isoformat() if until else None)
    assert post.review() == [told for who in TOPICS for told in post.told(who)] == []


def test_people_are_told_of_a_held_run_that_does_not_end_and_what_to_do(post: PostOffice) -> None:
    post.mail.tell([SENDER.of_stuck(HOLD, NOW)])
    ((_, document),) = post.told(Audience.SECURITY)
    assert (document["correlation_id"], document["releases"]) == ("c-1", 5)
    assert document["next_steps"]["retry"] == "suture -e test retry c-1 --reason REASON"
    assert [one.detail_type for one in post.bus()] == [STUCK_TYPE]
    assert post.review() == []


@pytest.mark.parametrize("number", [0, 1, 12])
def test_the_end_of_each_exception_is_told_to_people_and_put_on_the_bus(post: PostOffice, number: int) -> None:
    post.mail.tell([SENDER.of_exception(exception(f"EX-{one}"), NOW) for one in range(number)])
    told = [document["waiver_id"] for _, document in post.told(Audience.SECURITY)]
    assert sorted(told) == sorted(f"EX-{one}" for one in range(number))
    assert [one.detail_type for one in post.bus()] == [EXCEPTION_TYPE] * number


def test_reviewers_are_reminded_and_the_last_time_the_security_team_with_them(post: PostOffice) -> None:
    first, last = reminder(36), reminder(48)
    post.mail.tell([first, last])
    by_subject = sorted((subject_of(one), json.loads(one.event)) for one in (first, last))
    assert sorted(post.told(Audience.REVIEWERS)) == by_subject
    assert post.told(Audience.SECURITY) == [(subject_of(last), json.loads(last.event))]
    assert [one.detail_type for one in post.bus()] == [REMINDER_TYPE] * 2


# -- messages to itself -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("delay_seconds", "sent"), [(0, 0), (30, 30), (900, 900), (901, 900), (10_000, 900)])
def test_a_message_to_the_function_itself_waits_at_most_as_long_as_sqs_lets_it(
    post: PostOffice, delay_seconds: int, sent: int
) -> None:
    verify = Verify(correlation_id="c-1", attempt=3)
    post.mail.look_later(verify, delay_seconds=delay_seconds)
    ((body, delay),) = post.follow_ups()
    assert (parse_follow_up(body), delay) == (verify, sent)


def test_runs_are_sent_in_order_and_one_that_is_sent_again_arrives_once(post: PostOffice) -> None:
    runs = [
        RunMessage(run=ResumeHeld(correlation_id="c-1", attempt=2), once="c-1/2/1", in_order_with="a-bucket"),
        RunMessage(run=Approved(review_id="c-2"), once="c-2", in_order_with="c-2"),
        RunMessage(run=RunCommand(command_id="m-1"), once="m-1", in_order_with="m-1"),
    ]
    post.mail.start(runs)
    post.mail.start(runs[:2])
    post.mail.start([replace(runs[0], once="c-1/2/2")])
    arrived = [(parse_run(body), group) for body, group in post.runs()]
    # Between those that are in order with different things there is no order.
    assert sorted(arrived, key=str) == sorted([(one.run, one.in_order_with) for one in (*runs, runs[0])], key=str)


def test_runs_of_one_resource_arrive_in_the_order_in_which_they_were_sent(post: PostOffice) -> None:
    numbers = range(25)
    runs = [
        RunMessage(run=Approved(review_id=f"{number}"), once=f"{number}", in_order_with="a-bucket")
        for number in numbers
    ]
    post.mail.start(runs)
    assert [parse_run(body) for body, _ in post.runs()] == [one.run for one in runs]


def test_no_run_is_started_if_there_is_none(post: PostOffice) -> None:
    post.mail.start([])
    assert post.runs() == []


# -- deliveries -------------------------------------------------------------------------------------------------------


def test_a_message_that_waits_to_be_handled_is_confirmed_however_often(post: PostOffice) -> None:
    message = post.delivered()
    for _ in range(2):
        post.mail.confirm(message)


def test_a_message_that_was_handled_is_not_confirmed(post: PostOffice) -> None:
    message = post.handled()
    with pytest.raises(MessageNotConfirmed) as unknown:
        post.mail.confirm(message)
    assert unknown.value.message_id == message.id
    assert unknown.value.retryable


def test_a_message_that_sqs_never_delivered_is_not_confirmed() -> None:
    """Over AWS only: in memory every receipt is known that a test does not declare unknown."""
    with mock_aws():
        post = PostInMoto()
        for receipt in ("", "invented"):
            with pytest.raises(MessageNotConfirmed):
                post.mail.confirm(replace(post.delivered(), receipt=receipt))

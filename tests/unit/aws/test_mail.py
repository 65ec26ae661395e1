"""Mail over AWS: what is sent, and what becomes of each answer. What it promises is in ``tests/contract``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from threading import Lock
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from runtime.application.ports import Message, RunMessage
from runtime.application.verification import LONGEST_DELAY_SECONDS
from runtime.aws.mail import BATCH, TOPICS, VISIBILITY_SECONDS, AwsMail
from runtime.aws.threads import together
from runtime.domain.errors import DeliveryFailed, MessageNotConfirmed, PlatformCallFailed
from runtime.domain.followup import Approved, Verify
from runtime.domain.hold import Hold
from runtime.domain.notice import CONTACT_ATTRIBUTE, EVENT_SOURCE, OUTCOME_TYPE, Notice
from runtime.domain.outcome import Outcome
from runtime.domain.rendering import chat_of, mail_of, subject_of
from tests.unit.domain.cases import ACCOUNT_ID, BUCKET_ARN, NOW
from tests.unit.domain.test_notice import ASKED, CHANGED, HELD, SENDER, TOLD, exception, sender

MESSAGE = Message(id="m-1", body="{}", receipt="a-receipt", queue="findings")
FINDINGS = "https://sqs.us-east-1.amazonaws.com/111111111111/findings"
ANSWERS: dict[str, Any] = {
    "SendMessage": {},
    "SendMessageBatch": {"Successful": [], "Failed": []},
    "ChangeMessageVisibility": {},
    "Publish": {"MessageId": "m"},
    "PutEvents": {"FailedEntryCount": 0, "Entries": []},
}


@dataclass
class Post:
    """Mail, and what left it: per call its operation and parameters.

    ``answers`` replace those that say that all is well: an answer, or the code of an error.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)

    @property
    def mail(self) -> AwsMail:
        return AwsMail(
            client=cache(self._client),
            together=together,
            queues={"findings": FINDINGS},
            follow_up_queue_url="https://sqs.us-east-1.amazonaws.com/111111111111/follow-up",
            runs_queue_url="https://sqs.us-east-1.amazonaws.com/111111111111/runs.fifo",
            review_queue_url="https://sqs.us-east-1.amazonaws.com/111111111111/review",
            topic_arns={one: f"arn:aws:sns:us-east-1:111111111111:{one}" for one in TOPICS},
            event_bus="suture",
            retry_seconds=30,
        )

    def parameters(self, operation: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.sent if name == operation]

    def _client(self, service: str) -> Any:
        self.clients.append(service)
        return _Client(service, self)


class _Client:
    """botocore checks what is sent, and gives the errors."""

    def __init__(self, service: str, post: Post) -> None:
        self._made, self._post = _client_of(service), post

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return partial(self._call, method)

    def _call(self, method: str, **parameters: Any) -> Any:
        operation = self._made.meta.method_to_api_mapping[method]
        answer = self._post.answers.get(operation, ANSWERS[operation])
        with _one_at_a_time, Stubber(self._made) as stub:
            if isinstance(answer, str):
                stub.add_client_error(method, answer, "said AWS")
            else:
                stub.add_response(method, answer)
            self._post.sent.append((operation, parameters))
            return getattr(self._made, method)(**parameters)


_one_at_a_time = Lock()
"""A client may be shared between threads; its stub may not."""


@cache
def _client_of(service: str) -> Any:
    return boto3.client(service, aws_access_key_id="testing", aws_secret_access_key="testing")


# -- telling ----------------------------------------------------------------------------------------------------------


def test_an_event_on_the_bus_says_what_happened_to_what() -> None:
    post = Post()
    skipped = SENDER.of_outcome(replace(TOLD, outcome=Outcome.SKIP))
    post.mail.tell([skipped])
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
    assert detail == json.loads(skipped.event)


def published_to(post: Post) -> list[str]:
    return [one["TopicArn"].rpartition(":")[2] for one in post.parameters("Publish")]


def test_whoever_is_asked_to_approve_is_told_and_what_they_are_asked_waits_in_the_review_queue() -> None:
    post, asked = Post(), SENDER.of_outcome(ASKED)
    post.mail.tell([asked])
    (review,) = post.parameters("SendMessage")
    assert review["QueueUrl"].endswith("/review")
    assert json.loads(review["MessageBody"]) == json.loads(asked.event)
    assert published_to(post) == ["reviewers"]


@pytest.mark.parametrize("notice", [SENDER.of_outcome(TOLD), SENDER.of_outcome(ASKED)])
def test_what_is_published_is_text_for_mail_a_post_for_chat_and_the_event_for_programs(notice: Notice) -> None:
    post = Post()
    post.mail.tell([notice])
    (published,) = post.parameters("Publish")
    assert (published["Subject"], published["MessageStructure"]) == (subject_of(notice), "json")
    forms = json.loads(published["Message"])
    assert forms.pop("default") == mail_of(notice)
    assert {name: json.loads(form) for name, form in forms.items()} == {
        "https": chat_of(notice),
        "sqs": json.loads(notice.event),
        "lambda": json.loads(notice.event),
    }


def test_an_owner_is_told_by_the_owners_topic_of_what_is_theirs() -> None:
    post = Post()
    post.mail.tell([sender(accounts={ACCOUNT_ID: "a@example.com"}).of_outcome(CHANGED)])
    (published,) = post.parameters("Publish")
    assert published_to(post) == ["owner"]
    assert published["MessageAttributes"] == {CONTACT_ATTRIBUTE: {"DataType": "String", "StringValue": "a@example.com"}}


OWN_TOPIC = sender(accounts={ACCOUNT_ID: "arn:aws:sns:us-east-1:333333333333:payments"}).of_outcome(CHANGED)


def test_an_owner_whose_contact_is_a_topic_is_told_there() -> None:
    post = Post()
    post.mail.tell([OWN_TOPIC])
    assert published_to(post) == ["payments"]


@pytest.mark.parametrize("code", ["AuthorizationError", "NotFound", "InvalidParameter"])
def test_what_an_owners_topic_does_not_take_the_security_team_has(code: str) -> None:
    post = Post(answers={"Publish": code})
    with pytest.raises(PlatformCallFailed, match=code):
        post.mail.tell([OWN_TOPIC])
    assert published_to(post) == ["payments", "security"]


def test_a_topic_that_cannot_be_reached_for_now_is_tried_again() -> None:
    post = Post(answers={"Publish": "Throttled"})
    with pytest.raises(PlatformCallFailed, match="Throttled"):
        post.mail.tell([OWN_TOPIC])
    assert published_to(post) == ["payments"]


@pytest.mark.parametrize(
    ("denied", "outcome"),
    [("SendMessage", Outcome.REJECT), ("Publish", Outcome.NOTIFY), ("PutEvents", Outcome.SKIP)],
)
def test_whoever_could_not_be_told_is_an_error(denied: str, outcome: Outcome) -> None:
    post = Post(answers={denied: "AccessDenied"})
    with pytest.raises(PlatformCallFailed, match=f":{denied} failed with AccessDenied: said AWS") as failed:
        post.mail.tell([SENDER.of_outcome(replace(TOLD, outcome=outcome))])
    assert failed.value.retryable


@pytest.mark.parametrize("denied", ["SendMessage", "PutEvents"])
def test_that_one_could_not_be_told_keeps_nothing_from_the_others(denied: str) -> None:
    post = Post(answers={denied: "AccessDenied"})
    with pytest.raises(PlatformCallFailed):
        post.mail.tell([SENDER.of_outcome(replace(TOLD, outcome=Outcome.REJECT))])
    assert {operation for operation, _ in post.sent} == {"SendMessage", "PutEvents"}


def test_an_event_that_the_bus_did_not_take_is_an_error() -> None:
    refused = {
        "FailedEntryCount": 1,
        "Entries": [{"EventId": "e"}, {"ErrorCode": "Full", "ErrorMessage": "no room"}],
    }
    for notice in (SENDER.of_outcome(TOLD), SENDER.of_hold(HELD)):
        with pytest.raises(DeliveryFailed) as failed:
            Post(answers={"PutEvents": refused}).mail.tell([notice])
        assert (failed.value.target, failed.value.detail) == ("suture", "Full: no room")
        assert failed.value.retryable


def test_a_client_is_made_only_for_what_is_sent() -> None:
    post = Post()
    post.mail.tell([SENDER.of_outcome(replace(TOLD, outcome=Outcome.SKIP))])
    assert post.clients == ["events"]


def test_events_are_put_ten_at_a_time() -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""
    post = Post()
    post.mail.tell([SENDER.of_exception(exception(f"EX-{number}"), NOW) for number in range(BATCH * 2 + 1)])
    batches = [put["Entries"] for put in post.parameters("PutEvents")]
    assert sorted(map(len, batches)) == [1, BATCH, BATCH]
    assert len(post.parameters("Publish")) == BATCH * 2 + 1


@pytest.mark.parametrize("denied", ["Publish", "PutEvents"])
def test_a_warning_that_reached_nobody_is_an_error(denied: str) -> None:
    post = Post(answers={denied: "Throttled"})
    with pytest.raises(PlatformCallFailed, match=denied):
        post.mail.tell([SENDER.of_exception(exception("EX-1"), NOW)])


def test_a_warning_of_a_held_run_that_reached_nobody_is_an_error(hold: Hold) -> None:
    with pytest.raises(PlatformCallFailed, match="sns:Publish"):
        Post(answers={"Publish": "AuthorizationError"}).mail.tell([SENDER.of_stuck(hold, NOW)])


@pytest.fixture
def hold() -> Hold:
    return Hold(
        correlation_id="c-1",
        since=NOW,
        attempt=1,
        issue_id="",
        account_id="222222222222",
        environment="dev",
        fix_id="fake-fix",
        resource_arn=BUCKET_ARN,
        reason=HELD.reason,
        sentence="It waits.",
        until=None,
    )


# -- messages to itself -----------------------------------------------------------------------------------------------


def test_a_message_to_the_function_itself_that_was_not_taken_is_an_error() -> None:
    post = Post(answers={"SendMessage": "AccessDenied"})
    with pytest.raises(PlatformCallFailed, match="sqs:SendMessage"):
        post.mail.look_later(Verify(correlation_id="c-1", attempt=1), delay_seconds=0)
    ((_, parameters),) = post.sent
    assert parameters["QueueUrl"].endswith("/follow-up")


def runs(number: int) -> list[RunMessage]:
    return [
        RunMessage(run=Approved(review_id=f"{one}"), once=f"once-{one}", in_order_with="a") for one in range(number)
    ]


def test_runs_are_sent_ten_at_a_time_each_to_be_told_from_the_others() -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""
    post = Post()
    post.mail.start(runs(BATCH * 2 + 1))
    sent = post.parameters("SendMessageBatch")
    assert [len(batch["Entries"]) for batch in sent] == [BATCH, BATCH, 1]
    assert all(batch["QueueUrl"].endswith("/runs.fifo") for batch in sent)
    entries = [entry for batch in sent for entry in batch["Entries"]]
    assert [entry["MessageDeduplicationId"] for entry in entries] == [one.once for one in runs(BATCH * 2 + 1)]
    assert all(len({entry["Id"] for entry in batch["Entries"]}) == len(batch["Entries"]) for batch in sent)


def test_a_run_that_was_not_taken_is_an_error() -> None:
    failed = {"Id": "1", "SenderFault": False, "Code": "InternalError", "Message": "later"}
    post = Post(answers={"SendMessageBatch": {"Successful": [], "Failed": [failed]}})
    with pytest.raises(DeliveryFailed) as refused:
        post.mail.start(runs(3))
    assert refused.value.target.endswith("/runs.fifo")
    assert refused.value.detail == "InternalError: later"
    with pytest.raises(PlatformCallFailed, match="sqs:SendMessageBatch"):
        Post(answers={"SendMessageBatch": "AccessDenied"}).mail.start(runs(1))


# -- deliveries -------------------------------------------------------------------------------------------------------


def test_confirming_a_message_leaves_its_visibility_as_it_is() -> None:
    post = Post()
    post.mail.confirm(MESSAGE)
    assert post.sent == [
        (
            "ChangeMessageVisibility",
            {"QueueUrl": FINDINGS, "ReceiptHandle": "a-receipt", "VisibilityTimeout": VISIBILITY_SECONDS},
        )
    ]


@pytest.mark.parametrize(
    "code",
    ["ReceiptHandleIsInvalid", "InvalidParameterValue", "AWS.SimpleQueueService.MessageNotInflight", "InvalidIdFormat"],
)
def test_a_delivery_that_sqs_does_not_know_is_not_confirmed(code: str) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""
    with pytest.raises(MessageNotConfirmed) as unknown:
        Post(answers={"ChangeMessageVisibility": code}).mail.confirm(MESSAGE)
    assert unknown.value.message_id == "m-1"


@pytest.mark.parametrize("code", ["AccessDenied", "QueueDoesNotExist", "RequestThrottled"])
def test_that_sqs_cannot_be_asked_says_nothing_of_the_delivery(code: str) -> None:
    with pytest.raises(PlatformCallFailed, match=f"sqs:ChangeMessageVisibility failed with {code}"):
        Post(answers={"ChangeMessageVisibility": code}).mail.confirm(MESSAGE)


def test_that_sqs_does_not_answer_says_nothing_of_the_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any, **__: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://sqs")

    monkeypatch.setattr(_Client, "_call", silent)
    with pytest.raises(PlatformCallFailed, match="ReadTimeoutError"):
        Post().mail.confirm(MESSAGE)


@pytest.mark.parametrize(
    ("base_seconds", "receive_count", "seconds"),
    [
        (30, 1, 30),
        (30, 2, 60),
        (30, 3, 120),
        (30, 5, 480),
        (30, 6, LONGEST_DELAY_SECONDS),
        (30, 1000, LONGEST_DELAY_SECONDS),
        (0, 4, 0),
        (1000, 1, LONGEST_DELAY_SECONDS),
    ],
)
def test_each_failure_doubles_the_wait_up_to_the_longest(base_seconds: int, receive_count: int, seconds: int) -> None:
    post = Post()
    replace(post.mail, retry_seconds=base_seconds).postpone(MESSAGE, receive_count)
    ((_, parameters),) = post.sent
    assert parameters == {"QueueUrl": FINDINGS, "ReceiptHandle": "a-receipt", "VisibilityTimeout": seconds}


def test_a_message_that_cannot_be_postponed_is_an_error() -> None:
    with pytest.raises(PlatformCallFailed, match="sqs:ChangeMessageVisibility"):
        Post(answers={"ChangeMessageVisibility": "ReceiptHandleIsInvalid"}).mail.postpone(MESSAGE, 1)

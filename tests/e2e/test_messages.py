"""A new on-call person: from the mail to the approved change, and back, with what the mail and the runbook say."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from cli.errors import ExitCode
from local.demo import build_stage
from local.environment import LocalEnvironment
from local.people import APPROVER, OPERATOR, person
from local.player import Player, look
from runtime.domain.outcome import Outcome

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbooks" / "messages.md"
SESSION = RUNBOOK.read_text("utf-8").partition("## Step by step")[2]
LABELS = re.findall(r"the line below `(To [^`]+:)`", " ".join(SESSION.split()))
"""What the runbook says to copy, in its order. What stands in the mail below each is the command."""


class Mailbox:
    """An HTTP endpoint of a topic: it gets the subject and the text that a subscriber by e-mail gets."""

    def __init__(self, sns: Any) -> None:
        self.mails: list[tuple[str, str]] = []
        self.subscriptions: list[str] = []
        box = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if message["Type"] == "SubscriptionConfirmation":
                    confirmed = sns.confirm_subscription(TopicArn=message["TopicArn"], Token=message["Token"])
                    box.subscriptions.append(confirmed["SubscriptionArn"])
                else:
                    box.mails.append((message["Subject"], message["Message"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def about(self, what: str, *, timeout_seconds: float = 60) -> str:
        """The first mail with this in its subject, with the subject as its first line."""
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            for subject, text in list(self.mails):
                if what in subject:
                    return f"{subject}\n{text}"
            time.sleep(0.2)
        raise AssertionError(f"no mail about {what}: {[subject for subject, _ in self.mails]}")


@contextmanager
def subscribed(environment: LocalEnvironment, *topics: str) -> Iterator[Mailbox]:
    sns = environment.platform("sns")
    box = Mailbox(sns)
    Thread(target=box.server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{box.server.server_port}/"
    for topic in topics:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint)
    deadline = time.monotonic() + 30
    while len(box.subscriptions) < len(topics):
        assert time.monotonic() < deadline, "the emulator did not ask for a confirmation"
        time.sleep(0.1)
    try:
        yield box
    finally:
        for arn in box.subscriptions:
            sns.unsubscribe(SubscriptionArn=arn)
        box.server.shutdown()
        box.server.server_close()


def below(label: str, mail: str, *, reason: str) -> list[str]:
    """The command below a label of a mail, with a reason in it, as a shell reads it."""
    lines = mail.splitlines()
    command = lines[lines.index(label) + 1].replace("REASON", shlex.quote(reason))
    suture, *arguments = shlex.split(command)
    assert suture == "suture"
    return arguments


@pytest.fixture
def mailbox(local_aws: LocalEnvironment) -> Iterator[Mailbox]:
    with subscribed(local_aws, local_aws.reviewers_topic_arn, local_aws.owners_topic_arn) as box:
        yield box


def test_somebody_new_gets_from_the_mail_to_the_approved_change_and_back(
    local_aws: LocalEnvironment, player: Player, mailbox: Mailbox
) -> None:
    see, approve, undo = LABELS
    scene = build_stage(local_aws, "mailed").restricted_production()
    before, name = look(scene), scene.resource_arn.rpartition("/")[2]
    player.publish(scene.body)
    asked = mailbox.about(name)
    assert asked.startswith("Suture APPROVE by ")

    first, second, operator = (
        person(local_aws, *who) for who in ((APPROVER, "new"), (APPROVER, "else"), (OPERATOR, "op"))
    )
    shown = first.at_a_terminal(*below(see, asked, reason=""))
    assert scene.resource_arn in shown
    first.at_a_terminal(*below(approve, asked, reason="Nobody uses it."))
    assert look(scene) == before, "restricted production takes two"
    said = second.at_a_terminal(*below(approve, asked, reason="Agreed."))
    assert Outcome.APPROVED in said
    assert look(scene) != before

    changed = mailbox.about(f"{Outcome.APPROVED}:")
    undone = below(undo, changed, reason="It broke the batch.")
    operator.at_a_terminal(*undone, exit_code=ExitCode.NEEDS_APPROVAL)
    assert look(scene) != before, "restricted production takes one other"
    asked = mailbox.about("APPROVE UNDO by ")
    said = second.at_a_terminal(*below(approve, asked, reason="The batch is down."))
    assert Outcome.UNDO in said
    assert look(scene) == before

"""Plays findings on a deployment: publishes them as Wiz does, and waits for their outcomes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from local.environment import LocalEnvironment
from local.scenes import Scene, State
from runtime.domain.audit import AuditEvent, History
from runtime.domain.followup import Tick, message_to_json
from runtime.items.trail import history_of, run_partition

TIMEOUT_SECONDS = 60.0
_TICK = json.dumps(message_to_json(Tick()))


class NoOutcome(Exception):
    """A finding that was published has no terminal record after the time allowed."""

    def __init__(self, correlation_id: str, seconds: float) -> None:
        super().__init__(f"{correlation_id} has no outcome after {seconds:.0f} seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of one scene. ``before`` and ``after`` are what the customer saw of the resource."""

    scene: Scene
    correlation_id: str
    before: State
    after: State
    history: History

    @property
    def outcome(self) -> AuditEvent:
        assert self.history.outcome is not None, "a scene is played to its end"
        return self.history.outcome

    @property
    def as_expected(self) -> bool:
        return (self.outcome.outcome, self.outcome.reason) == (self.scene.outcome, self.scene.reason)


class Player:
    """Plays on one deployment. Publishing is done with the publisher role's rights, as Wiz does it."""

    def __init__(self, environment: LocalEnvironment) -> None:
        self._sns: Any = environment.publisher("sns")
        self._sqs: Any = environment.platform("sqs")
        self._topic_arn = environment.findings_topic_arn
        self._review_queue = environment.review_queue_url
        self._dead_letter_queues = (
            environment.findings_dead_letter_queue_url,
            environment.follow_up_dead_letter_queue_url,
            environment.commands_dead_letter_queue_url,
            environment.approvals_dead_letter_queue_url,
            environment.runs_dead_letter_queue_url,
        )
        self._store = environment.store()

    def publish(self, body: str) -> str:
        """Publish one body. Returns its correlation id, which is the message id that SNS gives."""
        return str(self._sns.publish(TopicArn=self._topic_arn, Message=body)["MessageId"])

    def dead_letters(self) -> list[str]:
        """The bodies of all messages that have been given up, but for ticks: another comes every minute."""
        bodies = [body for url in self._dead_letter_queues for body in self._peek(url)]
        return [body for body in bodies if body != _TICK]

    def for_review(self) -> dict[str, dict[str, Any]]:
        """Everything that waits in the review queue, by correlation id."""
        return {message["correlation_id"]: message for message in map(json.loads, self._peek(self._review_queue))}

    def _peek(self, queue_url: str) -> list[str]:
        """The bodies of a queue's messages. They stay where they are, unseen for a second."""
        bodies: list[str] = []
        while messages := self._sqs.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=1, WaitTimeSeconds=0
        ).get("Messages", []):
            bodies += [message["Body"] for message in messages]
        return bodies

    def history(self, correlation_id: str) -> History:
        return history_of(self._store.find(run_partition(correlation_id)))

    def await_outcome(self, correlation_id: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> History:
        """The finding's events once it has ended. Raises ``NoOutcome``."""
        deadline = time.monotonic() + timeout_seconds
        while (history := self.history(correlation_id)).outcome is None:
            if time.monotonic() > deadline:
                raise NoOutcome(correlation_id, timeout_seconds)
            time.sleep(0.2)
        return history

    def await_held(self, correlation_id: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> AuditEvent:
        """The event by which a run is held, once it does. Raises ``NoOutcome``."""
        deadline = time.monotonic() + timeout_seconds
        while (held := self.history(correlation_id).waiting) is None:
            if time.monotonic() > deadline:
                raise NoOutcome(correlation_id, timeout_seconds)
            time.sleep(0.2)
        return held

    def play(self, scenes: Sequence[Scene], *, done: Callable[[Played], None] = lambda _: None) -> list[Played]:
        """Publish every scene's finding, then wait for each. ``done`` is called as they end. Raises ``NoOutcome``."""
        before = [look(scene) for scene in scenes]
        published = [self.publish(scene.body) for scene in scenes]
        played = []
        for scene, was, correlation_id in zip(scenes, before, published, strict=True):
            history = self.await_outcome(correlation_id)
            played.append(
                Played(scene=scene, correlation_id=correlation_id, before=was, after=look(scene), history=history)
            )
            done(played[-1])
        return played


def look(scene: Scene) -> State:
    """The scene's resource as the customer sees it, in JSON values; ``None`` if it has none."""
    return None if scene.look is None else json.loads(json.dumps(scene.look(), default=str))

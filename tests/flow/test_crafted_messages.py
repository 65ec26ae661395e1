"""What a message can cause that somebody made by hand who may send to a queue: all of it, for every kind and state.

``docs/architecture.md`` lists it. Who may send to which queue is IAM's to say: ``tests/infra`` and ``tests/e2e``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.application.ports import Message
from runtime.application.verification import VERIFY_ATTEMPTS
from runtime.domain import followup
from runtime.domain.audit import EventKind
from runtime.domain.command import (
    FOR_APPROVERS,
    FOR_OPERATORS,
    AnnounceStop,
    ApproveException,
    ApprovePlan,
    ClearBlock,
    Command,
    DenyPlan,
    DryRun,
    EndRun,
    ReopenReview,
    RequestException,
    RetryRun,
    RevokeException,
    UndoChange,
    VerifyAccount,
)
from runtime.domain.errors import SutureError
from runtime.domain.followup import Approved, FollowUp, ResumeHeld, Run, RunCommand, Tick, Verify, message_to_json
from tests.flow.scene import ANN, BOB, FIX, Bucket, a_bucket, approval_of, resume, stop
from tests.flow.world import CUSTOMER, World
from tests.memory.calls import Crash
from tests.samples.render import issue_body

UNKNOWN = "00000000-0000-4000-8000-00000000ffff"
"""A run that there is not. In the form of an id that SNS gives."""


# -- the states that a run may be in ----------------------------------------------------------------------------------


def _nothing(_: Bucket) -> str:
    return UNKNOWN


def _ended(bucket: Bucket) -> str:
    return bucket.find()


def _undone(bucket: Bucket) -> str:
    run = bucket.find()
    bucket.undo(run)
    return run


def _stopped(bucket: Bucket) -> str:
    stop(bucket.world)
    return bucket.find()


def _free(bucket: Bucket) -> str:
    run = _stopped(bucket)
    resume(bucket.world)
    return run


def _interrupted(bucket: Bucket) -> str:
    """Its delivery crashed right before the write, and its lease has ended since."""
    world = bucket.world

    def crash(_: int, name: str) -> None:
        if name == "s3:PutPublicAccessBlock":
            raise Crash

    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls, suppress(Crash):
        calls.before = crash
        world.handle(message)
    world.end_leases()
    return str(json.loads(message.body)["MessageId"])


def _pending(bucket: Bucket) -> str:
    """It was made, and is not seen to have taken effect. It is not yet time to look again."""
    bucket.world.accounts.buckets[bucket.name].lag = 1
    message = bucket.world.finding(bucket.arn, FIX)
    bucket.world.platform.findings.handle(message)
    bucket.world.mail.follow_ups.clear()
    bucket.world.now -= timedelta(seconds=1)
    return str(json.loads(message.body)["MessageId"])


def _reviewed(bucket: Bucket) -> str:
    bucket.world.onboard(environment="production")
    return bucket.find()


def _approved(bucket: Bucket) -> str:
    """People have approved its plan, and nobody has carried it out yet."""
    run = _reviewed(bucket)
    bucket.world.deliver_order(bucket.world.ordered(approval_of(bucket.world.outcome_of(run)), ANN))
    bucket.world.mail.runs.clear()
    return run


def _accepted(bucket: Bucket) -> str:
    """A command to undo a change was accepted, and nobody has carried it out yet."""
    message = bucket.world.ordered(UndoChange(target_id=bucket.find(), reason="broke it", dry_run=False), ANN)
    bucket.world.deliver_order(message)
    bucket.world.mail.runs.clear()
    return message.id


def _refused(bucket: Bucket) -> str:
    message = bucket.world.ordered(DryRun(target_id="nothing"), ANN)
    bucket.world.deliver_order(message)
    return message.id


STATES: Mapping[str, Callable[[Bucket], str]] = {
    "nothing": _nothing,
    "ended": _ended,
    "undone": _undone,
    "stopped": _stopped,
    "free": _free,
    "interrupted": _interrupted,
    "pending": _pending,
    "reviewed": _reviewed,
    "approved": _approved,
    "accepted": _accepted,
    "refused": _refused,
}


# -- what is seen of a message ----------------------------------------------------------------------------------------


def _seen(bucket: Bucket, deliver: Callable[[], None]) -> set[str]:
    """Everything that comes of a delivery, in words: what is recorded and changed, who is told, what is sent."""
    world = bucket.world
    mail, items, block = world.mail, dict(world.store.items), bucket.block()
    counts = (len(mail.events), len(mail.runs), len(mail.follow_ups))
    seen = set()
    recorded = len(world.telemetry.recorded_events)
    try:
        deliver()
    except SutureError as error:
        seen.add(type(error).__name__)
    for event in world.telemetry.recorded_events[recorded:]:
        seen.add(f"{event.outcome} {event.reason}" if event.kind is EventKind.OUTCOME else event.kind.value)
    if bucket.block() != block:
        seen.add("changes the bucket")
    if len(mail.events) > counts[0] and len(world.telemetry.recorded_events) == recorded:
        seen.add("tells again")
    if len(mail.runs) > counts[1]:
        seen.add("starts a run")
    if len(mail.follow_ups) > counts[2]:
        seen.add("looks later")
    if not seen and world.store.items != items:
        seen.add("writes something else")
    return seen


# -- the platform's queues --------------------------------------------------------------------------------------------

type Crafted = Callable[[World, str, str], Callable[[], None]]
"""Makes the delivery of a message about a run. With a receipt if it is a forged one, which SQS did not give."""


def _follow_up(follow_up: Callable[[str], FollowUp]) -> Crafted:
    return lambda world, run_id, receipt: (
        lambda: world.platform.runs.handle_follow_up(
            _message(world, json.dumps(message_to_json(follow_up(run_id))), receipt)
        )
    )


def _run(run: Callable[[str], Run]) -> Crafted:
    return lambda world, run_id, receipt: (
        lambda: world.platform.runs.handle_run(_message(world, json.dumps(message_to_json(run(run_id))), receipt))
    )


def _published(body: str, sender_id: str = ANN.user_id) -> Crafted:
    """In the envelope of SNS, under the run's id."""

    def crafted(world: World, run_id: str, receipt: str) -> Callable[[], None]:
        envelope = {**json.loads(world.enveloped(body).body), "MessageId": run_id}
        return lambda: world.platform.findings.handle(_message(world, json.dumps(envelope), receipt, sender_id))

    return crafted


def _message(world: World, body: str, receipt: str, sender_id: str = ANN.user_id) -> Message:
    return Message(id=world.mail.next_id(), body=body, sender_id=sender_id, receipt=receipt)


FINDING = issue_body(
    "older", resource_id="arn:aws:s3:::flow-bucket", account_id=CUSTOMER, rule_id=f"RULE-{FIX}", severity="CRITICAL"
)
MESSAGES: Mapping[str, Crafted] = {
    "tick": _follow_up(lambda _: Tick()),
    "verify": _follow_up(lambda run_id: Verify(correlation_id=run_id, attempt=VERIFY_ATTEMPTS)),
    "resume-held": _run(lambda run_id: ResumeHeld(correlation_id=run_id, attempt=1)),
    "resume-held, of another time": _run(lambda run_id: ResumeHeld(correlation_id=run_id, attempt=2)),
    "approved": _run(lambda run_id: Approved(review_id=run_id)),
    "run-command": _run(lambda run_id: RunCommand(command_id=run_id)),
    "finding": _published(FINDING),
    "finding, as if the topic had sent it": _published(FINDING, sender_id="AIDAEXAMPLEOFSNS"),
    "no finding": _published("no JSON"),
}

_TOLD = dict.fromkeys(("ended", "undone", "reviewed", "approved", "accepted", "refused"), ("tells again",))
_INVALID = dict.fromkeys(STATES, ("MessageInvalid",))
_FIXED = ("INTENT", "REMEDIATE ELIGIBLE", "changes the bucket")
_LATER = {"pending": ("looks later",)}
_SETTLED = ("RESUMED", "WITHDRAWN")
_WAITING = dict.fromkeys(("stopped", "free"), ("tells again",))

EFFECTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "tick": {"free": ("starts a run",)},
    "verify": {**_INVALID, **_TOLD, **_LATER},
    "resume-held": {
        **_INVALID,
        **_TOLD,
        **_LATER,
        "stopped": ("HELD",),
        "free": _FIXED,
        "interrupted": ("MessageInvalid", *_SETTLED),
    },
    "resume-held, of another time": {
        **_INVALID,
        **_TOLD,
        **_LATER,
        "stopped": (),
        "free": ("starts a run",),
        "interrupted": ("MessageInvalid", *_SETTLED),
    },
    "approved": {**_INVALID, "approved": ("APPROVED PLAN_APPROVED", "INTENT", "changes the bucket")},
    "run-command": {**_INVALID, "accepted": ("INTENT", "UNDO UNDO_REQUESTED", "changes the bucket")},
    "finding": {
        **_TOLD,
        **_LATER,
        **_WAITING,
        "nothing": ("APPROVE NOT_THROUGH_TOPIC",),
        "interrupted": ("APPROVE NOT_THROUGH_TOPIC", *_SETTLED),
    },
    "finding, as if the topic had sent it": {
        **_TOLD,
        **_LATER,
        **_WAITING,
        "nothing": _FIXED,
        "interrupted": (*_FIXED, *_SETTLED),
    },
    "no finding": {
        **_TOLD,
        **_LATER,
        **_WAITING,
        "nothing": ("REJECT PAYLOAD_MALFORMED",),
        "interrupted": ("REJECT PAYLOAD_MALFORMED", *_SETTLED),
    },
}
"""All that a message causes, by the state of the run that it names. What is left out causes nothing."""

_UNCONFIRMED = ("INTENT", "MessageNotConfirmed", "WITHDRAWN")
FORGED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("resume-held", "free"): _UNCONFIRMED,
    ("approved", "approved"): _UNCONFIRMED,
    ("run-command", "accepted"): _UNCONFIRMED,
    ("finding, as if the topic had sent it", "nothing"): _UNCONFIRMED,
    ("finding, as if the topic had sent it", "interrupted"): (*_UNCONFIRMED, "RESUMED"),
}
"""What is otherwise if SQS did not deliver the message: somebody invoked the function themselves."""


def test_every_message_that_the_platform_sends_to_itself_is_looked_at_here() -> None:
    kinds = {kind.partition(",")[0] for kind in MESSAGES}
    assert kinds == {*followup._FOLLOW_UPS, *followup._RUN_KINDS, "finding", "no finding"}
    assert EFFECTS.keys() == MESSAGES.keys()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", MESSAGES)
def test_a_crafted_message_causes_this_and_no_more(world: World, kind: str, state: str) -> None:
    bucket = a_bucket(world)
    deliver = MESSAGES[kind](world, STATES[state](bucket), "")
    assert _seen(bucket, deliver) == set(EFFECTS[kind].get(state, ()))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", MESSAGES)
def test_what_sqs_did_not_deliver_changes_nothing(world: World, kind: str, state: str) -> None:
    bucket = a_bucket(world)
    deliver = MESSAGES[kind](world, STATES[state](bucket), "forged")
    world.mail.unknown_receipts.add("forged")
    seen = _seen(bucket, deliver)
    assert seen == set(FORGED.get((kind, state), EFFECTS[kind].get(state, ())))
    assert "changes the bucket" not in seen


@pytest.mark.parametrize("kind", MESSAGES)
def test_what_was_done_for_a_crafted_message_is_not_done_again_for_another(world: World, kind: str) -> None:
    for state in STATES:
        bucket = a_bucket(World(), f"{state}-bucket")
        bucket.world.onboard()
        run = STATES[state](bucket)
        first = _seen(bucket, MESSAGES[kind](bucket.world, run, ""))
        if "changes the bucket" in first:
            assert "changes the bucket" not in _seen(bucket, MESSAGES[kind](bucket.world, run, "")), state


# -- people's queues --------------------------------------------------------------------------------------------------


def _operator(world: World) -> Callable[[Message], None]:
    return world.platform.commands.handle_operator


def _approver(world: World) -> Callable[[Message], None]:
    return world.platform.commands.handle_approver


COMMANDS: Mapping[type[Command], tuple[str, Callable[[World, str], Command], tuple[str, ...]]] = {
    ApprovePlan: (
        "reviewed",
        lambda world, run: approval_of(world.outcome_of(run)),
        ("DONE APPROVAL_COMPLETE", "APPROVAL", "VERDICT", "starts a run"),
    ),
    DenyPlan: ("reviewed", lambda _, run: DenyPlan(review_id=run, reason="no"), ("DONE REVIEW_DENIED", "VERDICT")),
    ReopenReview: ("reviewed", lambda _, run: ReopenReview(review_id=run, reason="again"), ("REJECT NOT_DENIED",)),
    ApproveException: (
        "nothing",
        lambda _, __: ApproveException(exception_id="EX-1", account_id="", reason="x"),
        ("REJECT NOTHING_RECORDED",),
    ),
    RequestException: (
        "nothing",
        lambda world, _: RequestException(
            exception_id="EX-1",
            control="",
            account_id=CUSTOMER,
            resource="",
            environment="",
            reason="x",
            ticket="SEC-1",
            expires_at=(world.now + timedelta(days=1)).isoformat(),
        ),
        ("DONE EXCEPTION_REQUESTED",),
    ),
    RevokeException: (
        "nothing",
        lambda _, __: RevokeException(exception_id="EX-1", account_id="", reason="x"),
        ("REJECT NOTHING_RECORDED",),
    ),
    UndoChange: (
        "ended",
        lambda _, run: UndoChange(target_id=run, reason="x", dry_run=False),
        ("DONE UNDO_ACCEPTED", "starts a run"),
    ),
    DryRun: ("ended", lambda _, run: DryRun(target_id=run), ("DONE DRY_RUN_ACCEPTED", "starts a run")),
    ClearBlock: ("undone", lambda _, run: ClearBlock(target_id=run, reason="x"), ("DONE BLOCK_CLEARED",)),
    RetryRun: ("free", lambda _, run: RetryRun(target_id=run, reason="x"), ("DONE RETRY_ACCEPTED", "starts a run")),
    EndRun: (
        "stopped",
        lambda _, run: EndRun(target_id=run, reason="x"),
        ("DONE RUN_ENDED", "FAILED ENDED_BY_OPERATOR"),
    ),
    AnnounceStop: ("stopped", lambda _, __: AnnounceStop(stop_id="STOP-1"), ("DONE STOP_ANNOUNCED",)),
    VerifyAccount: ("nothing", lambda _, __: VerifyAccount(account_id=CUSTOMER), ("DONE ACCOUNT_VERIFIED",)),
}
"""Of each command: the state of the run that it names, the command, and all that it causes."""


def _own_queue(kind: type[Command]) -> Callable[[World], Callable[[Message], None]]:
    return _approver if kind in FOR_APPROVERS else _operator


def _another_queue(kind: type[Command]) -> Callable[[World], Callable[[Message], None]]:
    return _operator if kind in FOR_APPROVERS else _approver


def test_every_command_is_looked_at_here() -> None:
    assert COMMANDS.keys() == {*FOR_APPROVERS, *FOR_OPERATORS}


@pytest.mark.parametrize("kind", COMMANDS)
def test_in_their_own_name_people_cause_what_their_command_is_for_and_no_more(
    world: World, kind: type[Command]
) -> None:
    state, make, effects = COMMANDS[kind]
    bucket = a_bucket(world)
    message = world.ordered(make(world, STATES[state](bucket)), ANN)
    assert _seen(bucket, lambda: _own_queue(kind)(world)(message)) == set(effects)


@pytest.mark.parametrize("kind", COMMANDS)
def test_in_somebody_elses_name_nobody_causes_anything(world: World, kind: type[Command]) -> None:
    state, make, _ = COMMANDS[kind]
    bucket = a_bucket(world)
    message = replace(world.ordered(make(world, STATES[state](bucket)), BOB), sender_id=ANN.user_id)
    assert _seen(bucket, lambda: _own_queue(kind)(world)(message)) == {"REJECT IDENTITY_MISMATCH"}


@pytest.mark.parametrize("kind", COMMANDS)
def test_through_the_other_queue_nobody_causes_anything(world: World, kind: type[Command]) -> None:
    state, make, _ = COMMANDS[kind]
    bucket = a_bucket(world)
    message = world.ordered(make(world, STATES[state](bucket)), ANN)
    assert _seen(bucket, lambda: _another_queue(kind)(world)(message)) == {"REJECT COMMAND_INVALID"}


@pytest.mark.parametrize("kind", COMMANDS)
def test_without_a_receipt_of_sqs_nobody_causes_anything(world: World, kind: type[Command]) -> None:
    state, make, _ = COMMANDS[kind]
    bucket = a_bucket(world)
    message = replace(world.ordered(make(world, STATES[state](bucket)), ANN), receipt="forged")
    world.mail.unknown_receipts.add("forged")
    items = dict(world.store.items)
    assert _seen(bucket, lambda: _own_queue(kind)(world)(message)) == {"MessageNotConfirmed"}
    assert world.store.items == items


@pytest.mark.parametrize("queue", [_operator, _approver], ids=["commands", "approvals"])
@pytest.mark.parametrize(
    "body",
    ["no JSON", json.dumps(FINDING), *(json.dumps({"kind": kind}) for kind in ("tick", "resume-held", "approved"))],
    ids=["text", "finding", "tick", "resume-held", "approved"],
)
def test_what_is_no_command_causes_nothing(
    world: World, queue: Callable[[World], Callable[[Message], None]], body: str
) -> None:
    bucket = a_bucket(world)
    message = _message(world, body, "")
    assert _seen(bucket, lambda: queue(world)(message)) == {"REJECT COMMAND_INVALID"}

"""What AWS marks as sensitive, a password or a token, is not kept: states are in plans, records and messages.

A call that writes a whole configuration sends back what was read; so one that carries a secret cannot be made. Each
declared read is tried with an answer that has everything in it. All that a fix reads and writes, however it does so, is
tried with the calls that it makes in its cases: a secret is put in wherever their answers may have one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from botocore.model import Shape

from runtime.domain.errors import AwsError
from runtime.domain.plan import Change, Plan, canonical_json, needed
from runtime.fixes.calls import Read
from runtime.fixes.catalog import FIX_BY_ID, types_by_name
from runtime.fixes.contract import Fix
from runtime.fixes.kinds.by_type import ByType
from runtime.fixes.kinds.declared import Declared
from tests.laws.calls_made import CallsMade, calls_made
from tests.laws.customer_account import client

SECRET = "hunter2"

NO_SECRETS = frozenset({"SSEKMSKeyId", "CommentType"})
"""Marked as sensitive all the same: the ARN of a key, which is not what it encrypts with; and the comment on a
CloudFront distribution, which its console lists, and which has to be sent back with the rest of the configuration.
"""


def reads_of(fix: Fix) -> Iterator[Read]:
    for name in fix.spec.resource_types:
        yield from types_by_name()[name].reads
    match fix:
        case Declared():
            yield from fix.all_reads
        case ByType():
            for declared in fix.fixes:
                yield from reads_of(declared)


EVERY_FIX = [pytest.param(fix, id=fix.spec.id) for fix in FIX_BY_ID.values()]
EVERY_READ = [
    pytest.param(read, id=f"{fix.spec.id}: {read.call} {number}")
    for fix in FIX_BY_ID.values()
    for number, read in enumerate(reads_of(fix))
]


def is_secret(shape: Shape) -> bool:
    return bool(shape.metadata.get("sensitive")) and shape.name not in NO_SECRETS


def answer_of(shape: Shape, within: tuple[str, ...] = ()) -> Any:
    """An answer that has everything in it that the service may say, and a secret wherever it says one."""
    if is_secret(shape):
        return SECRET
    if shape.name in within:
        return None
    within = (*within, shape.name)
    match shape.type_name:
        case "structure":
            return {name: answer_of(member, within) for name, member in shape.members.items()}
        case "list":
            return [answer_of(shape.member, within)]
        case "map":
            return {"key": answer_of(shape.value, within)}
        case "boolean":
            return True
        case "integer" | "long" | "float" | "double":
            return 1
        case _:
            return "text"


def with_secrets(shape: Shape, answer: Any) -> Any:
    """An answer that was given, and a secret wherever the service may say one besides."""
    if is_secret(shape):
        return SECRET
    match shape.type_name, answer:
        case "structure", dict():
            added = {name: answer_of(member) for name, member in shape.members.items()}
            given = {name: with_secrets(shape.members[name], one) for name, one in answer.items()}
            return {name: one for name, one in added.items() if SECRET in str(one)} | given
        case "list", list():
            return [with_secrets(shape.member, one) for one in answer]
        case "map", dict():
            return {key: with_secrets(shape.value, one) for key, one in answer.items()}
        case _:
            return answer


@cache
def shapes(call: str) -> tuple[Shape | None, Shape | None, bool]:
    """What an operation takes and answers, and whether a secret may be in the answer."""
    service, operation = call.split(":")
    model = client(service).meta.service_model.operation_model(operation)
    answer = model.output_shape
    return model.input_shape, answer, answer is not None and SECRET in str(answer_of(answer))


class Telling:
    """Stands in for a reader: answers what was ``answered``, or a whole answer, with a secret wherever one may be."""

    def __init__(self, answered: Mapping[str, dict[str, Any] | AwsError] | None = None) -> None:
        self._answered = answered or {}

    def read(self, service: str, operation: str, /, **parameters: Any) -> Any:
        call = f"{service}:{operation}"
        _, shape, secretive = shapes(call)
        assert shape is not None
        given = self._answered.get(canonical_json((call, parameters)))
        if isinstance(given, AwsError):
            raise given
        if given is not None:
            return with_secrets(shape, given) if secretive else given
        answer = answer_of(shape)
        for token in [name for name in answer if "Token" in name or "Marker" in name or name == "IsTruncated"]:
            del answer[token]
        return answer

    def find(self, service: str, operation: str, absent: Any, /, **parameters: Any) -> Any:
        try:
            return self.read(service, operation, **parameters)
        except AwsError as error:
            if error.code in absent:
                return None
            raise


@pytest.mark.parametrize("read", EVERY_READ)
def test_what_a_fix_keeps_of_an_answer_has_no_secret_in_it(read: Read) -> None:
    texts = defaultdict(lambda: "text", {name: "text" for name in (read.of, read.option) if name})
    state = read.state(Telling(), texts)  # type: ignore[arg-type]
    assert SECRET not in canonical_json(state)


def test_what_would_keep_a_secret_is_found() -> None:
    whole = Read(call="cloudfront:GetDistributionConfig", by={}, keep=("DistributionConfig",))
    state = whole.state(Telling(), defaultdict(str))  # type: ignore[arg-type]
    assert SECRET in canonical_json(state)


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_what_a_fix_observes_in_its_cases_has_no_secret_in_it(fix: Fix) -> None:
    for made in calls_made(fix.spec.id):
        state = fix.observe(Telling(made.answered), made.resource, made.options)
        assert SECRET not in canonical_json(state), made.case


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_what_a_fix_sends_in_its_cases_and_keeps_of_the_answers_is_no_secret(fix: Fix) -> None:
    for made in calls_made(fix.spec.id):
        assert list(secrets_kept(made)) == [], made.case


def secrets_kept(made: CallsMade) -> Iterator[str]:
    """What plan and undo send, and what is recorded of their answers, that AWS marks as sensitive."""
    plan = made.planned
    planned = [(call_of(one), one.parameters) for one in (*plan.changes, *plan.undo)] if isinstance(plan, Plan) else []
    for call, parameters in (*made.writes, *planned):
        yield from secrets_in(shapes(call)[0], parameters, call)
    if isinstance(plan, Plan):
        answers = [answer_of(shape) if (shape := shapes(call_of(one))[1]) else {} for one in plan.changes]
        if SECRET in canonical_json(needed(plan, answers)):
            yield f"an answer to the changes of {plan.fix_id}"


def call_of(change: Change) -> str:
    return f"{change.service}:{change.operation}"


def secrets_in(shape: Shape | None, sent: Any, path: str) -> Iterator[str]:
    """The paths below which something is sent that AWS marks as sensitive."""
    if shape is None:
        return
    if is_secret(shape):
        yield path
        return
    match shape.type_name, sent:
        case "structure", dict():
            for name in sent.keys() & shape.members.keys():  # not what stands for a part of the state or an answer
                yield from secrets_in(shape.members[name], sent[name], f"{path}.{name}")
        case "list", list() | tuple():
            for one in sent:
                yield from secrets_in(shape.member, one, f"{path}[]")
        case "map", dict():
            for one in sent.values():
                yield from secrets_in(shape.value, one, f"{path}{{}}")


def test_what_would_be_kept_or_sent_that_is_secret_is_found() -> None:
    made = next(made for made in calls_made("lambda-active-tracing") if isinstance(made.planned, Plan))
    plan = made.planned
    assert isinstance(plan, Plan)
    (change,), (undo,) = plan.changes, plan.undo
    environment = {"Environment": {"Variables": {"PASSWORD": "p"}}}
    sending = replace(change, parameters={**change.parameters, **environment})
    again = replace(undo, parameters={**undo.parameters, "Environment": {"$answer": [0, "Environment"]}})
    paths = ["lambda:UpdateFunctionConfiguration.Environment.Variables"]
    assert list(secrets_kept(replace(made, planned=replace(plan, changes=(sending,))))) == paths
    assert list(secrets_kept(replace(made, writes=((paths[0].split(".")[0], sending.parameters),)))) == paths
    assert list(secrets_kept(replace(made, planned=replace(plan, undo=(again,))))) == [
        "an answer to the changes of lambda-active-tracing"
    ]

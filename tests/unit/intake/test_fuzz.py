"""Whatever arrives: it ends in a documented way, about its own resource, in time that grows as the body does."""

from __future__ import annotations

import gc
import importlib
import json
import pkgutil
import re
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import runtime.intake
from runtime.domain.finding import Dismissed, Finding
from runtime.domain.outcome import Outcome, Reason
from runtime.intake import Intake, parse_message
from tests.samples.bodies import CASES, GOES_ON, MESSAGE_ID
from tests.samples.render import DEFAULTS, TEMPLATES, WIZ, Values, issue_body, notification_body, render, sample
from tests.unit.intake.endings import end_of, end_of_intake

SILENT = {Reason.ISSUE_NOT_OPEN, Reason.NOT_AN_ISSUE, Reason.NOT_AWS, Reason.TEST_DELIVERY}
REJECTED = {Reason.PAYLOAD_MALFORMED, Reason.PAYLOAD_UNSUPPORTED, Reason.CLOUD_MISMATCH}
LONGEST_SENTENCE = 1_500

# -- Bodies ------------------------------------------------------------------------------------------------------------

SEEDS = [
    *(sample(path.name) for path in sorted(WIZ.iterdir())),
    *(render(template) for template in TEMPLATES),
    *(case.body for case in CASES if len(case.body) < 10_000),
]
PIECES = [
    '"', "\\", "{", "}", "[", "]", ":", ",", "{{", "}}", "\n", "\x00", "\ufeff", "\u200b", "\ud800", "\U000e0061",
    "null", '"issue": {"id": "', '"id": "', '"}, "issue": {',
    "arn:aws:s3:::other", "arn:aws-cn:s3:::other", "999999999999",
    '"resource": {"id": "arn:aws:s3:::other"', "RESOLVED", "Azure", "EU", "NaN", "1e999", "9" * 5_000, "[" * 2_000,
    '{"Type": "Notification", "Message": "', '", "subscriptionId": "999999999999", "x": "',
    '"control": {"id": "wtest-id-0000"',
]  # fmt: skip
_TEXTS = st.sampled_from(PIECES) | st.text(st.characters(), max_size=8)
_WHERE = st.floats(0, 1, exclude_max=True)
_EDITS = st.lists(
    st.tuples(st.sampled_from(["insert", "replace", "delete", "repeat", "swap", "cut"]), _WHERE, _WHERE, _TEXTS),
    min_size=1,
    max_size=4,
)


def _edited(text: str, edits: list[tuple[str, float, float, str]]) -> str:
    for kind, first, second, piece in edits:
        start, end = sorted((int(first * len(text)), int(second * len(text))))
        end = min(end, start + 200)
        match kind:
            case "insert":
                text = text[:start] + piece + text[start:]
            case "replace":
                text = text[:start] + piece + text[start + len(piece) :]
            case "delete":
                text = text[:start] + text[end:]
            case "repeat":
                text = text[:end] + text[start:]
            case "swap":
                text = text[:start] + text[end : end + 50] + text[start:end] + text[end + 50 :]
            case _:
                text = text[:end] if end else text
    return text


any_text = st.text(st.characters(), max_size=300)
any_bytes = st.binary(max_size=300).map(lambda data: data.decode("utf-8", "replace"))
mutated = st.builds(_edited, st.sampled_from(SEEDS), _EDITS)
spliced = st.builds(
    lambda one, other, at, until: one[: int(at * len(one))] + other[int(until * len(other)) :],
    st.sampled_from(SEEDS),
    st.sampled_from(SEEDS),
    _WHERE,
    _WHERE,
)
bodies = st.one_of(any_text, any_bytes, mutated, spliced)

# -- It answers -------------------------------------------------------------------------------------------------------


def _assert_documented(intake: Intake) -> None:
    match intake.result:
        case Finding(issue_id=issue_id, status=status, severity=severity, account_id=account_id):
            assert issue_id
            assert status
            assert severity
            assert account_id
        case Dismissed(outcome=outcome, reason=reason, sentence=sentence):
            assert reason in (SILENT if outcome is Outcome.SKIP else REJECTED)
            assert outcome in (Outcome.SKIP, Outcome.REJECT)
            assert sentence.isprintable()
            assert len(sentence) < LONGEST_SENTENCE
    assert len(intake.sha256) == 64


@given(body=bodies)
def test_any_body_has_one_of_the_documented_results_and_a_decision(body: str) -> None:
    intake = parse_message(body)
    _assert_documented(intake)
    ended = end_of_intake(intake)
    assert ended.sentence.isprintable()
    assert len(ended.sentence) < LONGEST_SENTENCE


@given(body=bodies)
def test_any_body_that_is_published_stands_under_the_id_that_sns_gave_it_and_ends_the_same(body: str) -> None:
    intake = parse_message(notification_body(body, MESSAGE_ID))
    assert intake.correlation_id == MESSAGE_ID
    _assert_documented(intake)
    if '"Notification"' not in body:
        assert intake.result == parse_message(body).result


# -- It is about its own resource -------------------------------------------------------------------------------------


def _strict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), "a key is duplicate"
    return dict(pairs)


@given(body=bodies)
def test_a_finding_says_what_its_body_says_by_another_reader_s_word(body: str) -> None:
    _assert_says_what_is_in(body)


def test_so_does_that_of_every_sample_and_case() -> None:
    for body in SEEDS:
        _assert_says_what_is_in(body)


def _assert_says_what_is_in(body: str) -> None:
    result = parse_message(body).result
    if not isinstance(result, Finding):
        return
    document = json.loads(body, object_pairs_hook=_strict)
    if document.get("Type") == "Notification" and not isinstance(document.get("issue"), dict):
        document = json.loads(document["Message"], object_pairs_hook=_strict)
    issue, resource, control = document["issue"], document["resource"], document.get("control") or {}
    for found, said in (
        (result.issue_id, issue["id"]),
        (result.resource_id, resource.get("id")),
        (result.region, resource.get("region")),
        (result.control.id, control.get("id")),
    ):
        assert found == ("" if said is None else str(said).strip(" \t\r\n"))
    assert result.account_id.lstrip("0") == str(resource["subscriptionId"]).strip(" \t\r\n").lstrip("0")


_FREE_TEXTS = ["resource_name", "account_name", "control_name", "control_description", "rule_name", "automation_rule"]
_INJECTED = st.lists(_TEXTS, max_size=6).map("".join)


@given(template=st.sampled_from(TEMPLATES), name=st.sampled_from(_FREE_TEXTS), text=_INJECTED)
def test_no_free_text_however_it_is_put_into_a_body_makes_it_about_another_resource(
    template: str, name: str, text: str
) -> None:
    result = parse_message(render(template, **cast(Values, {name: text}))).result
    if isinstance(result, Finding):
        assert (result.issue_id, result.status, result.severity) == (DEFAULTS["issue_id"], "OPEN", "HIGH")
        assert (result.resource_id, result.account_id) == (DEFAULTS["resource_id"], DEFAULTS["account_id"])
        assert result.region == DEFAULTS["region"]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize(
    "text",
    [
        'x"}, "resource": {"id": "arn:aws:s3:::other", "subscriptionId": "999999999999"}, "y": {"z": "',
        'x", "id": "arn:aws:s3:::other", "y": "',
        'x", "region": "us-east-1", "y": "',
        'x", "y": "z"}, "issue": {"id": "00000000-0000-4000-8000-000000000000", "y": "',
    ],
)
def test_a_name_that_is_made_to_look_like_another_resource_is_malformed_or_a_name(template: str, text: str) -> None:
    for name in _FREE_TEXTS:
        result = parse_message(render(template, **cast(Values, {name: text}))).result
        if isinstance(result, Finding):
            assert (result.issue_id, result.resource_id) == (DEFAULTS["issue_id"], DEFAULTS["resource_id"])
            assert (result.account_id, result.region) == (DEFAULTS["account_id"], DEFAULTS["region"])
        else:
            assert result.reason is Reason.PAYLOAD_MALFORMED
            assert result.issue_id in ("", DEFAULTS["issue_id"])


@given(body=bodies)
def test_a_finding_that_goes_on_is_about_the_arn_that_its_body_names(body: str) -> None:
    intake = parse_message(body)
    ended = end_of_intake(intake)
    if ended.ending is GOES_ON:
        assert isinstance(intake.result, Finding)
        assert ended.resource_arn == re.sub(r":\d{12}:snapshot/", "::snapshot/", intake.result.resource_id)
        assert json.dumps(ended.resource_arn)[1:-1] in body.replace("\\/", "/")


# -- It takes time as the body is long --------------------------------------------------------------------------------

GROWING: dict[str, Callable[[int], str]] = {
    "a text": lambda n: "x" * n,
    "quotation marks": lambda n: '"' * n,
    "backslashes": lambda n: "\\" * n,
    "a key and backslashes": lambda n: '"issue' + "\\" * n,
    "a key and blanks": lambda n: '"issue"' + " " * n,
    "keys": lambda n: '"issue"' * n,
    "issues that begin": lambda n: '"issue": {' * n,
    "ids in an issue": lambda n: '"issue": {' + '"id": "' * n,
    "ids": lambda n: '"id": "00000000-0000-4000-8000-000000000000", ' * n,
    "whole issues": lambda n: '{"issue": {"id": "00000000-0000-4000-8000-000000000000"}' * n,
    "accounts": lambda n: '"subscriptionId": "1111' * n,
    "digits": lambda n: '{"a": ' + "1" * n,
    "commas": lambda n: '{"a": "b"' + "," * n,
    "blanks": lambda n: '{"a": "b"' + " " * n + "c",
    "objects in objects": lambda n: '{"a":' * n,
    "braces": lambda n: "{" * n,
    "lists": lambda n: "[" * n,
    "projects in a list": lambda n: json.dumps(
        {**issue_body(), "issue": {**issue_body()["issue"], "projects": ["x"] * n}}
    ),
    "projects in a text": lambda n: json.dumps(issue_body(projects=["x"] * n)),
    "an object of many keys": lambda n: json.dumps({f"key-{number}": number for number in range(n)}),
    "many objects": lambda n: json.dumps({"x": [{"a": 1}] * n}),
    "a long value": lambda n: json.dumps(issue_body(resource_id="arn:aws:s3:::" + "a" * n)),
    "a word with many gaps": lambda n: json.dumps(issue_body(status=" _-" * n + "OPEN")),
    "unescaped marks in a description": lambda n: render(TEMPLATES[0], control_description='a "b" ' * n),
}


def _work(body: str) -> int:
    """How many instructions of Python's machine are executed to read a body and to decide what it holds.

    By this thread only: in a process of pytest-xdist another one waits for messages. And without the garbage
    collector, which runs callbacks of Hypothesis's at any time.
    """
    executed, here = 0, threading.get_ident()

    def count(*_: object) -> None:
        nonlocal executed
        executed += threading.get_ident() == here

    tool, instruction = sys.monitoring.PROFILER_ID, sys.monitoring.events.INSTRUCTION
    sys.monitoring.use_tool_id(tool, "intake")
    sys.monitoring.register_callback(tool, instruction, count)
    sys.monitoring.set_events(tool, instruction)
    gc.disable()
    try:
        end_of(body)
    finally:
        gc.enable()
        sys.monitoring.set_events(tool, sys.monitoring.events.NO_EVENTS)
        sys.monitoring.free_tool_id(tool)
    return executed


@pytest.mark.parametrize("grow", GROWING.values(), ids=GROWING)
def test_a_body_of_twice_the_length_takes_no_more_than_twice_the_work(grow: Callable[[int], str]) -> None:
    for enveloped in (str, notification_body):
        once, twice = (_work(enveloped(grow(length))) for length in (2_000, 4_000))
        assert twice <= 2 * once + 100


def _patterns() -> Iterator[re.Pattern[str]]:
    """Every pattern that intake keeps."""
    for module in pkgutil.iter_modules(runtime.intake.__path__, "runtime.intake."):
        for value in vars(importlib.import_module(module.name)).values():
            yield from (one for one in (value.values() if isinstance(value, dict) else [value]) if _is_pattern(one))


def _is_pattern(value: object) -> bool:
    return isinstance(value, re.Pattern)


def test_no_pattern_looks_further_than_a_fixed_distance_from_where_it_begins() -> None:
    # So no text, however long, can make one of them go back over it again and again, which instructions do not count.
    patterns = list(_patterns())
    assert len(patterns) >= 8
    for pattern in patterns:
        smallest, largest = re._parser.parse(pattern.pattern, pattern.flags).getwidth()  # type: ignore[attr-defined]
        assert smallest <= largest <= 2_500, pattern.pattern

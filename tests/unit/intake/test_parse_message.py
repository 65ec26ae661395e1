"""Bodies of every other form, broken ones, and the envelope of SNS."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.finding import Dismissed, Finding
from runtime.domain.outcome import Outcome, Reason
from runtime.intake import Intake, parse_message
from runtime.intake.document import BODY_LIMIT_BYTES
from tests.samples.render import CURRENT, issue_body, notification_body, render, sample

ROOT = Path(__file__).parents[3]
MESSAGE_ID = "5b8c0a9e-6f3d-5d2a-9c41-57f0a2b4c6d8"


def _dismissed(body: object) -> Dismissed:
    result = parse_message(body if isinstance(body, str) else json.dumps(body)).result
    assert isinstance(result, Dismissed), result
    return result


def _malformed(body: object) -> str:
    result = _dismissed(body)
    assert (result.outcome, result.reason) == (Outcome.REJECT, Reason.PAYLOAD_MALFORMED), result
    return result.sentence


def _unsupported(body: object) -> str:
    result = _dismissed(body)
    assert (result.outcome, result.reason) == (Outcome.REJECT, Reason.PAYLOAD_UNSUPPORTED), result
    return result.sentence


def _skipped(body: object) -> Reason:
    result = _dismissed(body)
    assert result.outcome == Outcome.SKIP, result
    return result.reason


def _sample(name: str, **changes: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(sample(name))
    return {**document, **changes}


# Text that is no JSON object


def test_invalid_json_is_malformed_with_its_place_and_the_usual_cause() -> None:
    sentence = _malformed(render(CURRENT, resource_name='the "invoices" bucket'))
    assert "line 19, column" in sentence
    assert "A quotation mark in the value of a template variable" in sentence
    assert "tags" in sentence


def test_a_template_that_was_not_filled_in_is_malformed_and_named_as_such() -> None:
    assert "Wiz may not have filled in the template's variables" in _malformed(sample(CURRENT))


@pytest.mark.parametrize("body", ["", " \n\t"])
def test_an_empty_body_is_malformed(body: str) -> None:
    assert _malformed(body) == "$: found an empty body; expected a JSON object"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("[]", "a list"),
        ("null", "null"),
        ('"x"', '"x"'),
        ("1", "1"),
        ("1.5", "a number with a fraction or an exponent"),
    ],
)
def test_json_that_is_no_object_is_malformed(body: str, found: str) -> None:
    assert _malformed(body) == f"$: found {found}; expected a JSON object"


@pytest.mark.parametrize("opening", ["[", '{"issue":'])
def test_json_nested_beyond_reading_is_malformed(opening: str) -> None:
    assert "nested too deeply" in _malformed(opening * 20_000)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_a_constant_that_json_does_not_know_is_malformed(constant: str) -> None:
    assert f"{constant}, which is not a JSON value" in _malformed(f'{{"issue": {constant}}}')


def test_a_number_too_long_to_read_is_malformed() -> None:
    assert "a number of thousands of digits" in _malformed('{"issue": ' + "1" * 5_000 + "}")


def test_a_key_that_stands_twice_is_malformed() -> None:
    assert 'the key "id" twice in one object' in _malformed('{"issue": {"id": "a", "id": "b"}}')


def test_a_raw_control_character_in_a_text_is_malformed() -> None:
    assert "control character" in _malformed('{"text": "a\x01b"}')


def test_a_body_may_be_as_long_as_sns_allows_and_no_longer() -> None:
    padding = "é" * ((BODY_LIMIT_BYTES - len('{"text": ""}')) // 2)
    assert _skipped(f'{{"text": "{padding}"}}') == Reason.TEST_DELIVERY
    assert _malformed(f'{{"text": "{padding}x"}}') == f"$: found {BODY_LIMIT_BYTES + 1} bytes; expected 262144 at most"


def test_half_a_surrogate_pair_in_a_body_does_no_harm() -> None:
    body = json.dumps(issue_body()).replace("S3 Bucket", "\ud800")
    assert "expected text without control characters" in _malformed(body)


# What Wiz sends besides issues


@pytest.mark.parametrize("control_id", ["wtest-id-0000", "WTEST-ID-0000"])
def test_the_made_up_issue_of_a_test_is_skipped_though_complete(control_id: str) -> None:
    assert _skipped(issue_body(control_id=control_id)) == Reason.TEST_DELIVERY


def test_a_text_alone_is_skipped_as_a_test() -> None:
    assert _skipped({"text": "anything"}) == Reason.TEST_DELIVERY


def test_a_text_among_other_keys_is_no_test() -> None:
    _unsupported({"text": "anything", "else": 1})


@pytest.mark.parametrize("source", ["THREATS", "Threat Detection", "THREAT_DETECTION", "detections"])
def test_a_threat_is_known_by_the_source_of_its_trigger(source: str) -> None:
    assert _skipped({"trigger": {"source": source}}) == Reason.NOT_AN_ISSUE
    assert _skipped(issue_body(trigger_source=source)) == Reason.NOT_AN_ISSUE


@pytest.mark.parametrize("body", [{"threat": {"id": "1"}}, {"tdrId": "cer-1"}])
def test_a_threat_is_known_by_its_own_keys(body: dict[str, Any]) -> None:
    assert _skipped(body) == Reason.NOT_AN_ISSUE


@pytest.mark.parametrize("change", [{"status": "Resolved", "result": "FAIL"}, {"status": "OPEN", "result": "pass"}])
def test_a_configuration_finding_that_passes_or_is_resolved_is_skipped(change: dict[str, str]) -> None:
    body = _sample("win_docs__ccf__ec2_scheduled_reboot_severity_none.json", **change)
    assert _skipped(body) == Reason.ISSUE_NOT_OPEN


def test_a_configuration_finding_that_fails_is_rejected_with_the_way_to_make_it_an_issue() -> None:
    sentence = _unsupported(_sample("win_docs__ccf__ec2_scheduled_reboot_severity_none.json"))
    assert "EC2 instance with an upcoming system reboot scheduled event" in sentence
    assert "function as a control" in sentence
    assert "automation rule for ISSUES" in sentence


@pytest.mark.parametrize("resource", [{"cloudPlatform": "GCP"}, {"subscription": {"cloudProvider": "Azure"}}])
def test_a_configuration_finding_on_another_cloud_is_skipped(resource: dict[str, Any]) -> None:
    body = _sample("win_docs__ccf__ec2_scheduled_reboot_severity_none.json", resource=resource)
    assert _skipped(body) == Reason.NOT_AWS


def test_an_api_issue_that_is_open_is_rejected() -> None:
    assert "automation rule for ISSUES" in _unsupported(_sample("port_ocean__issue__d.json"))


def test_an_api_issue_with_several_source_rules_is_rejected() -> None:
    body = _sample("port_ocean__issue__d.json", sourceRules=[])
    del body["sourceRule"]
    assert "form of the Wiz API" in _unsupported(body)


@pytest.mark.parametrize("status", ["RESOLVED", "rejected"])
def test_an_api_issue_that_is_closed_is_skipped(status: str) -> None:
    assert _skipped(_sample("port_ocean__issue__d.json", status=status)) == Reason.ISSUE_NOT_OPEN


def test_an_api_issue_on_another_cloud_is_skipped() -> None:
    body = _sample("port_ocean__issue__d.json", entitySnapshot={"cloudPlatform": "Azure"})
    assert _skipped(body) == Reason.NOT_AWS


@pytest.mark.parametrize("body", [{"data": None}, {"errors": []}, {"query": "mutation", "variables": {}}])
def test_what_is_said_to_or_by_the_wiz_api_is_rejected(body: dict[str, Any]) -> None:
    assert "Wiz API" in _unsupported(body)


def test_a_whole_lambda_event_is_rejected() -> None:
    assert "Records" in _unsupported({"Records": []})


def test_an_unknown_object_is_rejected_with_at_most_ten_of_its_keys_each_cut_short() -> None:
    keys = ["a" * 200, *(f"key{number}" for number in range(11))]
    sentence = _unsupported(dict.fromkeys(keys))
    assert sentence.endswith('"key8" and 2 more.')
    assert "a" * 78 + "…" in sentence
    assert "a" * 79 not in sentence
    assert "key9" not in sentence


def test_an_object_without_keys_is_rejected() -> None:
    assert _unsupported({}) == "Unknown kind of message. Its keys: none."


# The envelope


def test_the_message_id_of_an_envelope_is_the_correlation_id() -> None:
    intake = parse_message(notification_body(json.dumps(issue_body()), MESSAGE_ID))
    assert intake.correlation_id == MESSAGE_ID
    assert intake.result == parse_message(json.dumps(issue_body())).result
    assert isinstance(intake.result, Finding)


def test_a_raw_body_has_no_correlation_id() -> None:
    assert parse_message(json.dumps(issue_body())).correlation_id is None


@pytest.mark.parametrize("message_id", ["", "not a uuid", MESSAGE_ID + "0", "{{issue.id}}"])
def test_a_message_id_that_sns_would_not_give_is_not_used(message_id: str) -> None:
    intake = parse_message(notification_body(json.dumps(issue_body()), message_id))
    assert intake.correlation_id is None
    assert isinstance(intake.result, Finding)


def test_an_envelope_keeps_its_message_id_though_its_message_is_malformed() -> None:
    intake = parse_message(notification_body("{", MESSAGE_ID))
    assert intake.correlation_id == MESSAGE_ID
    assert isinstance(intake.result, Dismissed)
    assert intake.result.reason == Reason.PAYLOAD_MALFORMED


def test_an_envelope_inside_another_is_rejected() -> None:
    body = notification_body(notification_body(json.dumps(issue_body())))
    assert "only one envelope" in _unsupported(body)


def test_a_body_with_an_issue_is_never_opened_as_an_envelope() -> None:
    other = json.dumps(issue_body(issue_id="another"))
    body = {**issue_body(issue_id="this one"), "Type": "Notification", "MessageId": MESSAGE_ID, "Message": other}
    intake = parse_message(json.dumps(body))
    assert isinstance(intake.result, Finding)
    assert intake.result.issue_id == "this one"
    assert intake.correlation_id is None


@pytest.mark.parametrize("change", [{"Message": {}}, {"Type": "SubscriptionConfirmation"}])
def test_an_envelope_that_carries_no_message_is_rejected_by_its_keys(change: dict[str, Any]) -> None:
    body = {**json.loads(notification_body("{}")), **change}
    assert '"TopicArn"' in _unsupported(body)


def test_the_digest_is_that_of_the_body_as_it_came() -> None:
    body = notification_body(json.dumps(issue_body(), indent=1))
    assert parse_message(body).sha256 == hashlib.sha256(body.encode()).hexdigest()


# Any text at all

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20)
_KNOWN_KEYS = [
    "issue",
    "resource",
    "control",
    "trigger",
    "threat",
    "entitySnapshot",
    "rule",
    "result",
    "id",
    "status",
    "severity",
    "projects",
    "subscriptionId",
    "subscription",
    "externalId",
    "cloudPlatform",
    "Type",
    "Message",
    "MessageId",
    "sourceRule",
    "sourceCloudConfigurationRule",
    "source",
    "variables",
    "issueId",
    "tdrId",
    "name",
]
_KEYS = st.sampled_from(_KNOWN_KEYS) | st.text(max_size=5)
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=8), max_leaves=40
)
_OBJECTS = st.dictionaries(_KEYS, _JSON, max_size=10)


def _assert_sound(intake: Intake) -> None:
    match intake.result:
        case Finding(issue_id=issue_id, status=status, severity=severity, account_id=account_id):
            assert issue_id
            assert status
            assert severity
            assert account_id
        case Dismissed(outcome=outcome, sentence=sentence):
            assert outcome in (Outcome.SKIP, Outcome.REJECT)
            assert sentence.isprintable()
            assert len(sentence) < 1_500


@given(st.text(st.characters()))
def test_any_text_gives_a_result(body: str) -> None:
    _assert_sound(parse_message(body))


@given(_JSON)
def test_any_json_gives_a_result(document: object) -> None:
    _assert_sound(parse_message(json.dumps(document)))


@given(_OBJECTS)
def test_any_object_gives_the_same_result_in_an_envelope(document: dict[str, Any]) -> None:
    body = json.dumps(document)
    if document.get("Type") != "Notification":
        assert parse_message(notification_body(body)).result == parse_message(body).result


@given(st.data())
def test_any_value_in_any_place_of_an_issue_gives_a_result(data: st.DataObject) -> None:
    body = issue_body("older")
    part = body[data.draw(st.sampled_from(sorted(body)))]
    part[data.draw(st.sampled_from(sorted(part)))] = data.draw(_JSON)
    _assert_sound(parse_message(json.dumps(body)))


def test_intake_needs_the_standard_library_alone() -> None:
    code = "import sys, runtime.intake; print(*{name.partition('.')[0] for name in sys.modules})"
    # -S: without what the environment itself loads at the start.
    run = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) - sys.stdlib_module_names - {"__main__"} == {"runtime"}

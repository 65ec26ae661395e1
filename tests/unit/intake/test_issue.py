"""Issues: which bodies become a finding, and what is said of those that do not."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.finding import Dismissed, Finding
from runtime.domain.outcome import Outcome, Reason
from runtime.intake import parse_message
from runtime.intake.issue import PROJECTS_LIMIT
from runtime.intake.others import OTHER_CLOUDS
from tests.samples.render import DEFAULTS, issue_body, notification_body

type Place = tuple[str, str]


def _finding(body: dict[str, Any]) -> Finding:
    result = parse_message(json.dumps(body)).result
    assert isinstance(result, Finding), result
    return result


def _malformed(body: dict[str, Any]) -> Dismissed:
    result = parse_message(json.dumps(body)).result
    assert isinstance(result, Dismissed), result
    assert (result.outcome, result.reason) == (Outcome.REJECT, Reason.PAYLOAD_MALFORMED), result
    return result


def _with(place: Place, value: object) -> dict[str, Any]:
    body = issue_body("older")
    body[place[0]][place[1]] = value
    return body


REQUIRED: list[Place] = [
    ("issue", "id"),
    ("issue", "status"),
    ("issue", "severity"),
    ("resource", "subscriptionId"),
]
OPTIONAL: list[Place] = [
    ("issue", "created"),
    ("issue", "projects"),
    ("resource", "id"),
    ("resource", "name"),
    ("resource", "type"),
    ("resource", "cloudPlatform"),
    ("resource", "region"),
    ("control", "id"),
    ("control", "name"),
    ("control", "sourceCloudConfigurationRuleId"),
    ("control", "sourceCloudConfigurationRuleName"),
    ("trigger", "type"),
    ("trigger", "ruleName"),
]


@pytest.mark.parametrize("place", REQUIRED, ids=".".join)
def test_an_issue_without_a_required_field_is_malformed(place: Place) -> None:
    body = issue_body()
    del body[place[0]][place[1]]
    assert _malformed(body).sentence == f"$.{place[0]}.{place[1]}: found nothing; expected a text that is not empty"


@pytest.mark.parametrize("place", REQUIRED, ids=".".join)
@pytest.mark.parametrize(("value", "found"), [(None, "null"), ("", '""'), ("  ", '"  "')])
def test_an_issue_with_a_blank_required_field_is_malformed(place: Place, value: object, found: str) -> None:
    sentence = _malformed(_with(place, value)).sentence
    assert sentence == f"$.{place[0]}.{place[1]}: found {found}; expected a text that is not empty"


@pytest.mark.parametrize("place", REQUIRED + [place for place in OPTIONAL if place[1] != "projects"], ids=".".join)
@pytest.mark.parametrize(
    ("value", "found"),
    [({}, "an object"), ([], "a list"), (True, "true"), (1.5, "a number with a fraction or an exponent")],
)
def test_an_issue_with_a_field_of_the_wrong_type_is_malformed(place: Place, value: object, found: str) -> None:
    assert _malformed(_with(place, value)).sentence == f"$.{place[0]}.{place[1]}: found {found}; expected a text"


@pytest.mark.parametrize("place", REQUIRED + OPTIONAL, ids=".".join)
def test_an_issue_with_an_unfilled_template_variable_is_malformed(place: Place) -> None:
    sentence = _malformed(_with(place, "{{issue.variable}}")).sentence
    assert sentence.startswith(f'$.{place[0]}.{place[1]}: found "{{{{issue.variable}}}}"')


@pytest.mark.parametrize("place", REQUIRED + OPTIONAL, ids=".".join)
@pytest.mark.parametrize("character", ["\x00", "\n", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066", "\ud800"])
def test_an_issue_with_a_control_character_in_a_field_is_malformed(place: Place, character: str) -> None:
    sentence = _malformed(_with(place, f"a{character}b")).sentence
    assert "expected text without control characters" in sentence
    assert sentence.isascii()
    assert sentence.isprintable()


NAMES = {
    ("resource", "name"),
    ("control", "name"),
    ("control", "sourceCloudConfigurationRuleName"),
    ("issue", "projects"),
    ("trigger", "ruleName"),
}
"""What people choose. All else identifies something, or is one of Wiz's words."""


@pytest.mark.parametrize("place", REQUIRED + OPTIONAL, ids=".".join)
@pytest.mark.parametrize("character", ["\xa0", "\xad", "\u200b", "\u2060", "\u3164", "\ufe0f", "\ufeff", "\U000e0061"])
def test_an_invisible_character_is_refused_in_an_identifier_and_kept_in_a_name(place: Place, character: str) -> None:
    for value in (f"a{character}b", f"{character}ab", f"ab{character}"):
        body = _with(place, value)
        if place in NAMES:
            finding = _finding(body)
            control = finding.control
            assert value in (
                finding.resource_name,
                control.name,
                control.rule_name,
                finding.rule_name,
                *finding.projects,
            )
        else:
            sentence = _malformed(body).sentence
            assert sentence.startswith(f"$.{place[0]}.{place[1]}: found {json.dumps(value)}")
            assert "expected text without invisible characters" in sentence


def test_whatever_unicode_calls_a_format_or_a_space_is_invisible_in_an_identifier() -> None:
    characters = map(chr, range(0xA0, sys.maxunicode + 1))
    hidden = [one for one in characters if unicodedata.category(one) in {"Cf", "Zs"}]
    assert len(hidden) > 150
    for character in hidden:
        _malformed(_with(("issue", "id"), f"a{character}b"))


@pytest.mark.parametrize(
    ("place", "limit"),
    [
        (("resource", "id"), 2048),
        (("control", "name"), 2048),
        (("issue", "id"), 256),
        (("resource", "subscriptionId"), 256),
    ],
)
def test_a_field_is_malformed_only_beyond_its_limit(place: Place, limit: int) -> None:
    _finding(_with(place, "x" * limit))
    sentence = _malformed(_with(place, "x" * (limit + 1))).sentence
    assert sentence == f"$.{place[0]}.{place[1]}: found {limit + 1} characters; expected {limit} at most"


@pytest.mark.parametrize("key", ["issue", "resource"])
@pytest.mark.parametrize(("value", "found"), [(None, "null"), ([], "a list"), ("x", '"x"')])
def test_an_issue_without_an_object_it_needs_is_malformed(key: str, value: object, found: str) -> None:
    assert _malformed({**issue_body(), key: value}).sentence == f"$.{key}: found {found}; expected an object"


@pytest.mark.parametrize("key", ["issue", "resource"])
def test_an_issue_that_lacks_an_object_it_needs_is_malformed(key: str) -> None:
    body = issue_body()
    del body[key]
    assert _malformed(body).sentence == f"$.{key}: found nothing; expected an object"


@pytest.mark.parametrize("key", ["trigger", "control"])
@pytest.mark.parametrize("value", [[], "x", 1])
def test_an_issue_with_something_else_for_an_object_is_malformed(key: str, value: object) -> None:
    assert _malformed({**issue_body(), key: value}).sentence.startswith(f"$.{key}: found ")


@pytest.mark.parametrize("value", [None, "x", []])
def test_a_body_with_an_issue_that_is_no_object_is_malformed_whatever_else_it_lacks(value: object) -> None:
    assert _malformed({"issue": value}).sentence.startswith("$.issue: found ")


def test_a_malformed_issue_keeps_the_ids_it_names() -> None:
    result = _malformed(_with(("issue", "severity"), None))
    assert (result.issue_id, result.account_id) == (DEFAULTS["issue_id"], DEFAULTS["account_id"])


def test_a_malformed_issue_keeps_no_id_that_is_itself_malformed() -> None:
    result = _malformed(_with(("issue", "id"), "x" * 300))
    assert (result.issue_id, result.account_id) == ("", DEFAULTS["account_id"])


@pytest.mark.parametrize("key", ["trigger", "control"])
def test_an_issue_without_an_object_that_is_optional_is_a_finding(key: str) -> None:
    body = issue_body()
    del body[key]
    assert _finding(body) == _finding({**body, key: None})


@pytest.mark.parametrize("place", OPTIONAL, ids=".".join)
def test_an_issue_without_an_optional_field_is_a_finding(place: Place) -> None:
    body = issue_body("older")
    del body[place[0]][place[1]]
    assert _finding(body) == _finding(_with(place, None)) == _finding(_with(place, " "))


def test_an_issue_with_keys_of_a_template_or_a_forwarder_is_the_same_finding() -> None:
    body = issue_body()
    more: dict[str, Any] = {
        "p_row_id": "1",
        "Type": "Notification",
        "Message": "{}",
        "text": "x",
        "threat": {},
        "tdrId": "x",
    }
    more |= {"Records": [], "data": {}, "rule": {}, "result": "PASS", "sourceRule": {}, "entitySnapshot": {"id": "x"}}
    for part in body.values():
        part["custom"] = {"toEmail": ["a@example.com"], "note": "two\nlines {{and}} a brace"}
    assert _finding({**body, **more}) == _finding(issue_body())


@pytest.mark.parametrize("said", ["In Progress", "in-progress", "IN_PROGRESS", " in progress "])
def test_a_status_is_written_in_upper_case_with_underscores(said: str) -> None:
    assert _finding(_with(("issue", "status"), said)).status == "IN_PROGRESS"


@pytest.mark.parametrize("said", ["High", "high", "HIGH", " high\n"])
def test_a_severity_is_written_in_upper_case(said: str) -> None:
    assert _finding(_with(("issue", "severity"), said)).severity == "HIGH"


def test_a_word_with_letters_beyond_ascii_does_not_become_one_of_wizs_words() -> None:
    assert _finding(_with(("issue", "severity"), "crıtıcal")).severity == "crıtıcal"  # noqa: RUF001


@pytest.mark.parametrize(
    ("said", "status"),
    [("RESOLVED", "RESOLVED"), ("Rejected", "REJECTED"), ("ACTIVE", "ACTIVE"), ("whatever else", "whatever else")],
)
def test_an_issue_of_any_status_is_a_finding_with_wizs_word_or_what_was_sent(said: str, status: str) -> None:
    assert _finding(_with(("issue", "status"), said)).status == status


def test_a_severity_that_wiz_does_not_have_is_left_as_it_was_sent() -> None:
    assert _finding(_with(("issue", "severity"), " Sev-1 ")).severity == "Sev-1"


def test_an_account_id_that_lost_its_leading_zeros_as_a_number_gets_them_back() -> None:
    assert _finding(_with(("resource", "subscriptionId"), 10101010101)).account_id == "010101010101"


def test_an_account_id_that_is_a_text_is_left_as_it_is() -> None:
    assert _finding(_with(("resource", "subscriptionId"), " 10101010101 ")).account_id == "10101010101"


@pytest.mark.parametrize("number", [-1, 10**12])
def test_a_number_that_cannot_be_an_account_id_is_malformed(number: int) -> None:
    sentence = _malformed(_with(("resource", "subscriptionId"), number)).sentence
    assert sentence == f"$.resource.subscriptionId: found {number}; expected an account id of 12 digits"


def test_a_whole_number_is_read_as_text() -> None:
    assert _finding(_with(("resource", "name"), 42)).resource_name == "42"


def test_white_space_around_a_value_is_removed() -> None:
    assert _finding(_with(("resource", "id"), " arn:aws:s3:::acme \n")).resource_id == "arn:aws:s3:::acme"


@pytest.mark.parametrize("said", ["", "acme-invoices", "i-0abc##md5##key", "111122223333"])
def test_an_issue_whose_resource_id_is_no_arn_is_a_finding(said: str) -> None:
    assert _finding(_with(("resource", "id"), said)).resource_id == said


@pytest.mark.parametrize(
    "said",
    [
        "Payments, Invoicing, ",
        "Payments,Invoicing",
        ["Payments", " Invoicing ", "", None],
        [{"name": "Payments", "id": "1"}, {"name": "Invoicing"}],
        ["Payments", {"name": "Invoicing"}],
    ],
)
def test_projects_may_be_a_text_with_commas_or_a_list_of_names_or_of_objects(said: object) -> None:
    assert _finding(_with(("issue", "projects"), said)).projects == ("Payments", "Invoicing")


@pytest.mark.parametrize("form", [",".join, list, lambda names: [{"name": name} for name in names]])
def test_an_issue_may_have_a_hundred_projects_and_no_more(form: Callable[[list[str]], object]) -> None:
    names = [f"project-{number}" for number in range(PROJECTS_LIMIT)]
    assert _finding(_with(("issue", "projects"), form(names))).projects == tuple(names)
    sentence = _malformed(_with(("issue", "projects"), form([*names, "one"]))).sentence
    assert sentence.startswith("$.issue.projects: found 101 projects; expected at most 100")


@pytest.mark.parametrize(
    ("form", "path"),
    [
        (lambda name: f"Payments,{name}", ""),
        (lambda name: ["Payments", name], "[1]"),
        (lambda name: ["Payments", {"name": name}], "[1].name"),
    ],
)
def test_the_name_of_a_project_has_its_limit(form: Callable[[str], object], path: str) -> None:
    longest = "x" * 256
    assert _finding(_with(("issue", "projects"), form(longest))).projects == ("Payments", longest)
    assert _malformed(_with(("issue", "projects"), form(longest + "x"))).sentence.startswith(
        f"$.issue.projects{path}: found "
    )


@pytest.mark.parametrize("said", [None, "", ", ", []])
def test_an_issue_may_have_no_projects(said: object) -> None:
    assert _finding(_with(("issue", "projects"), said)).projects == ()


@pytest.mark.parametrize(
    ("said", "path"),
    [({}, ""), (1, ""), ([{}], "[0].name"), (["a", ["b"]], "[1]"), ([{"name": {}}], "[0].name")],
)
def test_projects_of_any_other_form_are_malformed(said: object, path: str) -> None:
    assert _malformed(_with(("issue", "projects"), said)).sentence.startswith(f"$.issue.projects{path}: found ")


@pytest.mark.parametrize(
    ("rule", "rule_id"),
    [
        ({"id": "u-u-i-d", "shortId": "S3-900"}, "S3-900"),
        ({"id": "u-u-i-d", "shortId": ""}, "u-u-i-d"),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_rule_behind_a_control_may_be_an_object(rule: object, rule_id: str) -> None:
    body = issue_body()
    body["control"]["sourceCloudConfigurationRule"] = rule
    assert _finding(body).control.rule_id == rule_id


def test_the_rule_behind_a_control_has_a_name_in_both_forms() -> None:
    body = issue_body()
    body["control"]["sourceCloudConfigurationRule"] = {"name": "the rule"}
    assert _finding(body).control.rule_name == "the rule"
    assert _finding(issue_body("older", rule_name="the rule")).control.rule_name == "the rule"


@pytest.mark.parametrize("platform", ["AWS", "aws", "EKS", "", None, "AWS2", "null", "Amazon", "AWS GovCloud", "ECS"])
def test_an_issue_on_aws_or_on_no_platform_that_wiz_has_is_a_finding(platform: object) -> None:
    _finding(_with(("resource", "cloudPlatform"), platform))


@pytest.mark.parametrize("platform", sorted(OTHER_CLOUDS))
@pytest.mark.parametrize("resource_id", ["arn:aws:s3:::acme", " ARN:aws-cn:x", "arn:aws:s3:::a\u200b", "arn:" * 600])
def test_an_arn_on_another_cloud_is_a_contradiction_whatever_else_the_issue_lacks(
    platform: str, resource_id: str
) -> None:
    body = _with(("resource", "cloudPlatform"), platform)
    body["resource"]["id"] = resource_id
    del body["issue"]["severity"]
    result = parse_message(json.dumps(body)).result
    assert isinstance(result, Dismissed)
    assert (result.outcome, result.reason) == (Outcome.REJECT, Reason.CLOUD_MISMATCH)
    assert f'"{platform}"' in result.sentence
    assert json.dumps(resource_id)[:150] in result.sentence
    assert len(result.sentence) < 400


@pytest.mark.parametrize("platform", ["Azure", "GCP", "Kubernetes", "oci", "google cloud", "OpenShift"])
@pytest.mark.parametrize("resource_id", ["/subscriptions/0", "", None, {}])
def test_an_issue_on_another_cloud_is_skipped_whatever_else_it_lacks(platform: str, resource_id: object) -> None:
    body = _with(("resource", "cloudPlatform"), platform)
    body["resource"]["id"] = resource_id
    del body["issue"]["severity"]
    result = parse_message(json.dumps(body)).result
    assert isinstance(result, Dismissed)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NOT_AWS)
    assert f'"{platform}"' in result.sentence
    assert (result.issue_id, result.account_id) == (DEFAULTS["issue_id"], DEFAULTS["account_id"])


def test_an_aws_issue_with_an_entity_snapshot_for_a_resource_is_malformed() -> None:
    body = issue_body()
    body["entitySnapshot"] = {"cloudPlatform": "AWS", "subscriptionExternalId": "111122223333"}
    del body["resource"]
    result = _malformed(body)
    assert result.sentence == "$.resource: found nothing; expected an object"
    assert result.account_id == "111122223333"


_WORDS = st.from_regex(r"[A-Z]{1,8}(_[A-Z]{1,8})?", fullmatch=True)
_TEXT = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"], exclude_characters="{\u115f\u1160\u2800\u3164\uffa0"),
    min_size=1,
    max_size=40,
)
_PROJECT = _TEXT.filter(lambda text: "," not in text)


@given(
    form=st.sampled_from(["current", "older"]),
    words=st.tuples(_WORDS, _WORDS),
    texts=st.lists(_TEXT, min_size=9, max_size=9),
    projects=st.lists(_PROJECT, max_size=4),
    account_id=st.from_regex(r"[0-9]{12}", fullmatch=True),
    in_envelope=st.booleans(),
)
def test_a_default_body_keeps_every_field(
    *,
    form: Literal["current", "older"],
    words: tuple[str, str],
    texts: list[str],
    projects: list[str],
    account_id: str,
    in_envelope: bool,
) -> None:
    issue_id, resource_id, name, native_type, region, control_id, control_name, rule_id, trigger = texts
    body = json.dumps(
        issue_body(
            form,
            issue_id=issue_id,
            status=words[0],
            severity=words[1],
            projects=projects,
            resource_id=resource_id,
            resource_name=name,
            native_type=native_type,
            account_id=account_id,
            region=region,
            control_id=control_id,
            control_name=control_name,
            rule_id=rule_id,
            trigger=trigger,
        )
    )
    finding = parse_message(notification_body(body) if in_envelope else body).result
    assert isinstance(finding, Finding)
    assert (finding.issue_id, finding.status, finding.severity, finding.projects) == (issue_id, *words, tuple(projects))
    assert (finding.resource_id, finding.resource_name, finding.native_type) == (resource_id, name, native_type)
    assert (finding.account_id, finding.region, finding.trigger) == (account_id, region, trigger)
    assert (finding.control.id, finding.control.name) == (control_id, control_name)
    assert finding.control.rule_id == (rule_id if form == "older" else "")

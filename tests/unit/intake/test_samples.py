"""Every public sample of a Wiz message, and what has to become of it."""

from __future__ import annotations

import json
import re
from typing import cast

import pytest

from runtime.domain.finding import Control, Dismissed, Finding
from runtime.domain.outcome import Outcome, Reason
from runtime.intake import parse_message
from tests.samples.bodies import QUOTE_HINT
from tests.samples.render import (
    CURRENT,
    CUSTOM,
    OLDER,
    TEMPLATES,
    WIZ,
    Values,
    escaped,
    notification_body,
    render,
    sample,
    values_of,
)
from tests.unit.intake.endings import end_of

FINDING = None
MALFORMED = (Outcome.REJECT, Reason.PAYLOAD_MALFORMED)
UNSUPPORTED = (Outcome.REJECT, Reason.PAYLOAD_UNSUPPORTED)
NOT_OPEN = (Outcome.SKIP, Reason.ISSUE_NOT_OPEN)
NOT_AN_ISSUE = (Outcome.SKIP, Reason.NOT_AN_ISSUE)
NOT_AWS = (Outcome.SKIP, Reason.NOT_AWS)
TEST_DELIVERY = (Outcome.SKIP, Reason.TEST_DELIVERY)

EXPECTED = {
    "axtongrams_tfprovider__sns_default_template.json": MALFORMED,
    "chronicle_content_hub__api_response__add_comment_to_issue.json": UNSUPPORTED,
    "chronicle_content_hub__api_response__invalid_issue.json": UNSUPPORTED,
    "elastic_integrations__ccf__aws_root_access_key_iam_006.json": NOT_OPEN,
    "nephosec__sns_action_template__custom_fields.json": MALFORMED,
    "panther__defend_detection__high_severity_alert.json": NOT_AN_ISSUE,
    "panther__issues_webhook__low_severity_open_alert.json": FINDING,
    "panther__issues_webhook__open_alert.json": FINDING,
    "panther__issues_webhook__resolved_alert.json": FINDING,
    "patchy__issue_webhook__custom_template_gcp.json": NOT_AWS,
    "patchy__webhook_test_delivery.json": TEST_DELIVERY,
    "port_ocean__issue__d.json": UNSUPPORTED,
    "sekoia__ccf__event1.json": NOT_OPEN,
    "sekoia__ccf__event1_with_tags.json": NOT_OPEN,
    "win_docs__api_request__update_issue_in_progress.json": UNSUPPORTED,
    "win_docs__api_request__update_issue_reject.json": UNSUPPORTED,
    "win_docs__api_response__update_issue.json": UNSUPPORTED,
    "win_docs__ccf__ec2_scheduled_reboot_severity_none.json": UNSUPPORTED,
    "win_docs__ccf__rds_snapshot_encryption.json": NOT_OPEN,
    "win_docs__ccf__s3_block_public_acls.json": NOT_OPEN,
    "win_docs__issues_webhook__default_body_mock_aws_ec2.json": TEST_DELIVERY,
    "win_docs__issues_webhook__default_template.mustache": MALFORMED,
    "win_docs__threats_webhook__default_body_azure.json": NOT_AN_ISSUE,
    "wizraph_testlabs__sns_body_aws_test_playbook.json": FINDING,
    "wizraph_testlabs__sqs_event_aws_test_playbook.json": UNSUPPORTED,
}


def _became(body: str) -> tuple[Outcome, Reason] | None:
    match parse_message(body).result:
        case Finding():
            return FINDING
        case Dismissed(outcome=outcome, reason=reason):
            return outcome, reason


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_becomes_what_the_table_says(name: str) -> None:
    assert _became(sample(name)) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_in_an_envelope_becomes_the_same(name: str) -> None:
    assert parse_message(notification_body(sample(name))).result == parse_message(sample(name)).result


def test_every_sample_is_in_the_table_and_in_the_readme_with_its_outcome() -> None:
    names = {path.name for path in WIZ.iterdir()}
    rows = {
        cells[0].strip("`"): cells[2]
        for line in (WIZ.parent / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `") and (cells := [cell.strip() for cell in line.strip("| ").split(" | ")])
    }
    assert names == set(EXPECTED)
    assert rows == {name: ", ".join(became) if became else "a finding" for name, became in EXPECTED.items()}


@pytest.mark.parametrize("template", [CURRENT, OLDER, CUSTOM])
def test_a_template_that_is_filled_in_becomes_a_finding(template: str) -> None:
    finding = parse_message(render(template)).result
    rule_id, rule_name = (
        ("S3-900", "S3 Bucket level Block Public Access should block public access through Policies")
        if template == OLDER
        else ("", "")
    )
    assert finding == Finding(
        issue_id="6d2c8f0a-4b1e-4c37-9a55-0e7b1f2d3c48",
        status="OPEN",
        severity="HIGH",
        created_at="2026-03-14T08:21:09.482613Z",
        projects=("Payments", "Invoicing"),
        control=Control(
            id="64689a7d-7c2e-4bcb-b87a-60482041e3d8",
            name="S3 Bucket level Block Public Access should block public access through Policies",
            rule_id=rule_id,
            rule_name=rule_name,
        ),
        resource_id="arn:aws:s3:::acme-invoices",
        resource_name="acme-invoices",
        native_type="bucket",
        account_id="111122223333",
        region="eu-central-1",
        trigger="Created",
        rule_name="suture",
    )


# -- Every sample as an issue, by each of the templates that issues are published by ----------------------------------

NOT_ONBOARDED = (Outcome.REJECT, Reason.ACCOUNT_NOT_ONBOARDED)
NOT_IDENTIFIED = (Outcome.REJECT, Reason.RESOURCE_NOT_IDENTIFIED)
UNKNOWN_TYPE = (Outcome.REJECT, Reason.UNSUPPORTED_RESOURCE_TYPE)

RENDERED = {
    "axtongrams_tfprovider__sns_default_template.json": MALFORMED,
    "chronicle_content_hub__api_response__add_comment_to_issue.json": MALFORMED,
    "chronicle_content_hub__api_response__invalid_issue.json": MALFORMED,
    "elastic_integrations__ccf__aws_root_access_key_iam_006.json": MALFORMED,
    "nephosec__sns_action_template__custom_fields.json": MALFORMED,
    "panther__defend_detection__high_severity_alert.json": NOT_AN_ISSUE,
    "panther__issues_webhook__low_severity_open_alert.json": NOT_IDENTIFIED,
    "panther__issues_webhook__open_alert.json": NOT_IDENTIFIED,
    "panther__issues_webhook__resolved_alert.json": NOT_OPEN,
    "patchy__issue_webhook__custom_template_gcp.json": NOT_AWS,
    "patchy__webhook_test_delivery.json": MALFORMED,
    "port_ocean__issue__d.json": NOT_IDENTIFIED,
    "sekoia__ccf__event1.json": NOT_OPEN,
    "sekoia__ccf__event1_with_tags.json": NOT_OPEN,
    "win_docs__api_request__update_issue_in_progress.json": MALFORMED,
    "win_docs__api_request__update_issue_reject.json": NOT_OPEN,
    "win_docs__api_response__update_issue.json": MALFORMED,
    "win_docs__ccf__ec2_scheduled_reboot_severity_none.json": (Outcome.REJECT, Reason.SEVERITY_UNKNOWN),
    "win_docs__ccf__rds_snapshot_encryption.json": NOT_OPEN,
    "win_docs__ccf__s3_block_public_acls.json": NOT_OPEN,
    "win_docs__issues_webhook__default_body_mock_aws_ec2.json": TEST_DELIVERY,
    "win_docs__threats_webhook__default_body_azure.json": NOT_AN_ISSUE,
    "wizraph_testlabs__sns_body_aws_test_playbook.json": (Outcome.REJECT, Reason.STATUS_UNKNOWN),
    "wizraph_testlabs__sqs_event_aws_test_playbook.json": MALFORMED,
}
"""How a sample's issue ends. Those without a status or a severity are no issues that Wiz could publish."""
OPEN_AGAIN = {
    "elastic_integrations__ccf__aws_root_access_key_iam_006.json": UNKNOWN_TYPE,
    "win_docs__ccf__ec2_scheduled_reboot_severity_none.json": UNKNOWN_TYPE,
    "win_docs__ccf__rds_snapshot_encryption.json": UNKNOWN_TYPE,
    "win_docs__ccf__s3_block_public_acls.json": NOT_ONBOARDED,
}
"""How those about a resource on AWS end that are closed, or of no severity, if they were open and of a high one."""
FREE_TEXTS: tuple[str, ...] = (
    "resource_name",
    "account_name",
    "control_name",
    "control_description",
    "rule_name",
    "automation_rule",
)
"""What people and Wiz write in their own words. The names of projects are free, too, but are a list."""


def _values(name: str) -> Values:
    return values_of(json.loads(sample(name)))


def _quotes_unescaped(values: Values) -> Values:
    """The values as they are if everything in them is escaped but quotation marks."""
    unescaped = {
        key: value.replace(r"\"", '"') if isinstance(value, str) else [name.replace(r"\"", '"') for name in value]
        for key, value in escaped(values).items()
    }
    return cast(Values, unescaped)


def _assert_broken_by_a_quotation_mark(body: str, issue_id: str) -> None:
    ended = end_of(body)
    assert ended.ending == MALFORMED
    assert QUOTE_HINT in ended.sentence
    assert ended.issue_id == (issue_id if re.fullmatch("[0-9a-f-]{36}", issue_id) else "")


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", RENDERED)
def test_a_sample_s_issue_ends_as_it_should_whichever_template_publishes_it(name: str, template: str) -> None:
    body = render(template, **escaped(_values(name)))
    json.loads(body)
    assert end_of(body).ending == RENDERED[name]
    assert end_of(notification_body(body)) == end_of(body)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", OPEN_AGAIN)
def test_a_sample_s_issue_that_is_open_and_severe_ends_as_its_resource_has_it(name: str, template: str) -> None:
    values: Values = {**_values(name), "status": "OPEN", "severity": "CRITICAL"}
    assert end_of(render(template, **escaped(values))).ending == OPEN_AGAIN[name]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", RENDERED)
def test_a_sample_s_issue_whose_quotation_marks_are_not_escaped_ends_the_same_or_says_that_they_break_it(
    name: str, template: str
) -> None:
    values = _values(name)
    body, unescaped = render(template, **escaped(values)), render(template, **_quotes_unescaped(values))
    if unescaped == body:
        assert end_of(unescaped).ending == RENDERED[name]
    else:
        _assert_broken_by_a_quotation_mark(unescaped, values["issue_id"])


def test_some_sample_has_quotation_marks_that_break_both_of_wizs_bodies() -> None:
    broken = {
        template
        for template in TEMPLATES
        for name in RENDERED
        if render(template, **escaped(_values(name))) != render(template, **_quotes_unescaped(_values(name)))
    }
    assert broken == {CURRENT, OLDER}, "the README's body has no description"


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", RENDERED)
def test_a_quotation_mark_in_any_free_text_of_a_sample_s_issue_is_harmless_if_escaped_and_else_named(
    name: str, template: str
) -> None:
    values = _values(name)
    for text in FREE_TEXTS:
        for quoted in ('the "invoices" bucket', '"invoices"', '5" disk', 'a "', '"'):
            changed = cast(Values, {**values, text: quoted})
            body, unescaped = render(template, **escaped(changed)), render(template, **_quotes_unescaped(changed))
            assert end_of(body).ending == RENDERED[name], text
            if unescaped != body:
                _assert_broken_by_a_quotation_mark(unescaped, values["issue_id"])


@pytest.mark.parametrize("risks", [(), ("EXTERNAL_EXPOSURE",), ("EXTERNAL_EXPOSURE", 'a "quoted" risk')])
def test_a_template_with_json_in_a_variable_is_still_a_finding(risks: tuple[str, ...]) -> None:
    assert _became(render(CURRENT, risks=risks)) is FINDING


def test_the_resolved_sample_keeps_its_status_for_the_decision() -> None:
    result = parse_message(sample("panther__issues_webhook__resolved_alert.json")).result
    assert isinstance(result, Finding)
    assert result.status == "RESOLVED"


def test_the_sample_with_an_empty_resource_id_keeps_it_empty() -> None:
    result = parse_message(sample("panther__issues_webhook__open_alert.json")).result
    assert isinstance(result, Finding)
    assert result.resource_id == ""


@pytest.mark.parametrize(
    ("name", "issue_id", "account_id"),
    [
        (
            "win_docs__issues_webhook__default_body_mock_aws_ec2.json",
            "92c4a90f-11d7-4bc3-a20b-21253a5e1c87",
            "010101010101",
        ),
        ("patchy__issue_webhook__custom_template_gcp.json", "f2f5d3b8-a663-4c1b-b7f3-8f7f0c8a0001", "acme-prod"),
        ("port_ocean__issue__d.json", "3f644902-c009-4f73-a5bf-0448b8fd6a99", "998231069301"),
        ("win_docs__threats_webhook__default_body_azure.json", "d5efcc30-da2e-55c8-9998-f3e34fa9b9c5", ""),
        (
            "panther__defend_detection__high_severity_alert.json",
            "9a3032dc-4697-5d6d-b0f0-905668f63781",
            "000123456789",
        ),
        ("win_docs__api_request__update_issue_reject.json", "842ec39e-b907-4c32-b6e5-2c3dd9fd43c0", ""),
        ("win_docs__ccf__ec2_scheduled_reboot_severity_none.json", "", "998231069301"),
    ],
)
def test_a_dismissed_sample_keeps_the_ids_it_names(name: str, issue_id: str, account_id: str) -> None:
    result = parse_message(sample(name)).result
    assert isinstance(result, Dismissed)
    assert (result.issue_id, result.account_id) == (issue_id, account_id)

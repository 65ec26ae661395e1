"""``suture simulate``: every outcome, the facts, and what it says where it cannot go on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cli.facts import SCHEMA_FILE
from runtime.domain.facts import WaiverStatus
from runtime.domain.guardrails import PastKind, StopScope, UsageScope
from runtime.domain.outcome import Outcome, Reason
from tests.samples.render import Values, issue_body, notification_body, sample
from tests.unit.cli.command import EXAMPLE, PAYLOAD, simulate, suture

DOCUMENT = (Path(__file__).parents[3] / "docs" / "simulate.md").read_text(encoding="utf-8")
WORKED = re.findall(r"^### ([A-Z_]+): ([A-Z_]+)\n.*?```json\n(.*?)```", DOCUMENT, re.DOTALL | re.MULTILINE)
WAITING = re.findall(r"^### Waits: ([A-Z_]+)\n.*?```json\n(.*?)```", DOCUMENT, re.DOTALL | re.MULTILINE)
UNDECIDED = re.findall(r"^### Not decided.*?```json\n(.*?)```", DOCUMENT, re.DOTALL | re.MULTILINE)

GRANTED = {
    "id": "W-1",
    "status": "approved",
    "requested_by": "payments@example.com",
    "requested_at": "2026-02-01T00:00:00Z",
    "approved_by": "ciso@example.com",
    "expires_at": "2026-03-01T00:00:00+01:00",
}
STOPPED = {"id": "s-1", "scope": "everything", "reason": "odd", "stopped_by": "alex", "at": "2026-03-14T08:00:00Z"}
UNDONE = {"kind": "undone", "fix_id": "s3-block-public-access", "correlation_id": "c-1", "at": "2026-03-13T08:00:00Z"}
OPEN_BUCKET = {"configuration": None, "policy_is_public": False, "website": None}
DEV = {"name": "acme-payments", "environment": "dev", "owner": "payments@example.com"}
ELIGIBLE = {"account": DEV, "observed": OPEN_BUCKET}


def _simulated(tmp_path: Path, body: object, facts: object) -> dict[str, Any]:
    """The answer about a body and facts, which must be a decision."""
    payload, stated = tmp_path / "payload.json", tmp_path / "facts.json"
    payload.write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")
    stated.write_text(json.dumps(facts), encoding="utf-8")
    result = simulate(payload, stated)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def _refusal(tmp_path: Path, facts: str) -> str:
    """What is said of facts that cannot be used."""
    stated = tmp_path / "facts.json"
    stated.write_text(facts, encoding="utf-8")
    result = simulate(PAYLOAD, stated)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert str(stated) in result.stderr or "$.observed" in result.stderr
    return result.stderr


def test_every_outcome_that_can_be_simulated_is_worked_through_in_the_documentation() -> None:
    not_decided = {Outcome.FAILED, Outcome.APPROVED, Outcome.UNDO, Outcome.DONE}
    assert {outcome for outcome, _, _ in WORKED} == set(Outcome) - not_decided
    assert {reason for reason, _ in WAITING} == {Reason.STOPPED, Reason.OUTSIDE_CHANGE_WINDOW}
    assert len(UNDECIDED) == 1


@pytest.mark.parametrize(("outcome", "reason", "facts"), WORKED, ids=[reason for _, reason, _ in WORKED])
def test_the_documentation_says_how_it_ends(tmp_path: Path, outcome: str, reason: str, facts: str) -> None:
    answer = _simulated(tmp_path, PAYLOAD.read_text(encoding="utf-8"), json.loads(facts))
    assert (answer["outcome"], answer["reason"], answer["waits_for"]) == (outcome, reason, None)


@pytest.mark.parametrize(("reason", "facts"), WAITING, ids=[reason for reason, _ in WAITING])
def test_the_documentation_says_what_a_change_would_wait_for(tmp_path: Path, reason: str, facts: str) -> None:
    answer = _simulated(tmp_path, PAYLOAD.read_text(encoding="utf-8"), json.loads(facts))
    assert (answer["outcome"], answer["reason"], answer["waits_for"]["reason"]) == ("REMEDIATE", "ELIGIBLE", reason)
    assert answer["plan"]
    until = {"STOPPED": None, "OUTSIDE_CHANGE_WINDOW": "2026-03-16T22:00:00+00:00"}
    assert answer["waits_for"]["until"] == until[reason]
    stated = tmp_path / "facts.json"
    shown = suture("simulate", PAYLOAD, "--facts", stated, "--config", EXAMPLE)
    assert shown.exit_code == 0
    assert f"REMEDIATE: ELIGIBLE, but it would wait: {reason}" in shown.stdout
    assert answer["waits_for"]["sentence"] in shown.stdout
    assert answer["plan_digest"] in shown.stdout


def test_the_example_is_a_body_as_wiz_publishes_it() -> None:
    assert json.loads(PAYLOAD.read_text(encoding="utf-8")) == issue_body("older", projects=("Payments",))


CASES: dict[str, tuple[Values, dict[str, Any], str]] = {
    "severity below the floor": ({"severity": "MEDIUM"}, ELIGIBLE, "NOTIFY SEVERITY_BELOW_FLOOR"),
    "an action that production does not allow": (
        {"resource_id": "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0a1b2c3d", "rule_id": "SG-900"},
        {"account": {**DEV, "environment": "production"}},
        "NOTIFY ACTION_NOT_ALLOWED",
    ),
    "an entry that asks for approval": (
        {"resource_id": "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0a1b2c3d", "rule_id": "SG-900"},
        {
            "account": DEV,
            "observed": {
                "OwnerId": "111122223333",
                "rules": [
                    {
                        "protocol": "tcp",
                        "from_port": 22,
                        "to_port": 22,
                        "source": "::/0",
                        "description": "ssh",
                        "tags": {},
                    }
                ],
                "rule_ids": {"tcp 22-22 ::/0": "sgr-0a1b2c3d"},
                "network_interfaces": 3,
                "public_addresses": 0,
                "kept_by": None,
                "prefix_lists": {},
            },
        },
        "APPROVE APPROVAL_REQUIRED",
    ),
    "a resolved issue": ({"status": "RESOLVED"}, ELIGIBLE, "SKIP ISSUE_NOT_OPEN"),
    "a resource type without a fix": (
        {"resource_id": "arn:aws:lambda:eu-central-1:111122223333:function:acme"},
        ELIGIBLE,
        "REJECT UNSUPPORTED_RESOURCE_TYPE",
    ),
    "a control that the catalog does not know": (
        {"rule_id": "S3-901", "control_name": "something else"},
        ELIGIBLE,
        "REJECT UNSUPPORTED_CONTROL",
    ),
    "an environment that the entry leaves out": (
        {"resource_id": "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0a1b2c3d", "rule_id": "SG-900"},
        {"account": {**DEV, "environment": "staging"}},
        "REJECT CATALOG_MISMATCH",
    ),
    "another account than the resource's": (
        {"resource_id": "arn:aws:ec2:eu-central-1:444455556666:security-group/sg-0a1b2c3d", "rule_id": "SG-900"},
        ELIGIBLE,
        "REJECT ACCOUNT_MISMATCH",
    ),
    "another region than the resource's": (
        {"resource_id": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a1b2c3d", "rule_id": "SG-900"},
        ELIGIBLE,
        "REJECT REGION_MISMATCH",
    ),
    "an expired exception does not count": (
        {},
        {
            **ELIGIBLE,
            "waivers": [GRANTED],
            "now": "2026-03-14T00:00:00Z",
        },
        "REMEDIATE ELIGIBLE",
    ),
    "an exception that lasts too long does not count": (
        {},
        {
            **ELIGIBLE,
            "waivers": [{**GRANTED, "expires_at": "2027-03-01T00:00:00Z"}],
            "now": "2026-03-14T00:00:00Z",
        },
        "REMEDIATE ELIGIBLE",
    ),
    "a fix that was undone, and cleared since": (
        {},
        {**ELIGIBLE, "past": [UNDONE, {**UNDONE, "kind": "cleared", "at": "2026-03-14T08:00:00Z"}]},
        "REMEDIATE ELIGIBLE",
    ),
    "a fix that was made again and again": (
        {},
        {**ELIGIBLE, "past": [{**UNDONE, "kind": "applied"}] * 3, "now": "2026-03-14T00:00:00Z"},
        "NOTIFY DRIFT_LOOP",
    ),
    "a template that does not keep its resource from being fixed": (
        {},
        {**ELIGIBLE, "tags": {"managed-by": "terraform"}},
        "REMEDIATE ELIGIBLE",
    ),
    "a stop of another environment": (
        {},
        {**ELIGIBLE, "stops": [{**STOPPED, "scope": "environment", "value": "staging"}]},
        "REMEDIATE ELIGIBLE",
    ),
    "an owner by Wiz project": (
        {"projects": ("Invoicing",)},
        {"account": {**DEV, "owner": ""}, "observed": OPEN_BUCKET},
        "REMEDIATE ELIGIBLE",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_ends_as_the_decision_table_says(tmp_path: Path, case: tuple[Values, dict[str, Any], str]) -> None:
    values, facts, expected = case
    answer = _simulated(tmp_path, issue_body("older", **values), facts)
    assert f"{answer['outcome']} {answer['reason']}" == expected
    assert all(check["passed"] for check in answer["checks"][:-1])
    assert answer["checks"][-1]["passed"] is (answer["outcome"] == "REMEDIATE")


def test_a_test_delivery_is_nothing_to_decide(tmp_path: Path) -> None:
    answer = _simulated(tmp_path, sample("patchy__webhook_test_delivery.json"), {})
    assert (answer["outcome"], answer["reason"]) == ("SKIP", "TEST_DELIVERY")
    assert answer["checks"] == []


def test_a_broken_body_is_rejected_and_the_sentence_says_where(tmp_path: Path) -> None:
    answer = _simulated(tmp_path, '{"issue": ', {})
    assert (answer["outcome"], answer["reason"]) == ("REJECT", "PAYLOAD_MALFORMED")
    assert "line 1" in answer["sentence"]
    assert answer["finding"] is None


def test_a_notification_of_sns_is_read_with_its_correlation_id() -> None:
    body = notification_body(PAYLOAD.read_text(encoding="utf-8"), "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324")
    result = simulate("-", text=body)
    assert json.loads(result.stdout)["correlation_id"] == "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"


def test_the_answer_has_the_plan_with_its_undo_and_every_permission_narrowed_to_the_resource(tmp_path: Path) -> None:
    answer = _simulated(tmp_path, issue_body("older"), ELIGIBLE)
    assert answer["plan"]["before"] == OPEN_BUCKET
    assert [change["operation"] for change in answer["plan"]["changes"]] == ["PutPublicAccessBlock"]
    assert [change["operation"] for change in answer["plan"]["undo"]] == ["DeletePublicAccessBlock"]
    assert re.fullmatch(r"[0-9a-f]{64}", answer["plan_digest"])
    assert answer["hazard"]
    assert {one["resource"] for one in answer["permissions"]} == {"arn:aws:s3:::acme-invoices"}
    sessions = {one["action"]: one["session"] for one in answer["permissions"]}
    assert sessions["s3:GetBucketPublicAccessBlock"] == "read"
    assert sessions["s3:GetBucketTagging"] == "read"
    assert sessions["s3:PutBucketPublicAccessBlock"] == "write"
    assert len(answer["permissions"]) == len({tuple(one.values()) for one in answer["permissions"]})


def test_a_dry_run_shows_the_permissions_that_the_real_run_would_use(tmp_path: Path) -> None:
    real = _simulated(tmp_path, issue_body("older"), ELIGIBLE)
    dry = _simulated(tmp_path, issue_body("older"), {**ELIGIBLE, "dry_run": True})
    assert dry["outcome"] == "DRY_RUN"
    assert dry["plan"] == real["plan"]
    assert dry["permissions"] == real["permissions"]


def test_without_a_plan_the_resource_would_only_be_read(tmp_path: Path) -> None:
    answer = _simulated(tmp_path, issue_body("older"), {"account": DEV, "observed": {**OPEN_BUCKET, "website": {}}})
    assert answer["plan"] is None
    assert {one["session"] for one in answer["permissions"]} == {"read"}


def test_a_decision_that_needs_no_live_resource_would_open_no_session(tmp_path: Path) -> None:
    assert _simulated(tmp_path, issue_body("older"), {"account": None})["permissions"] == []


@pytest.mark.parametrize("facts", UNDECIDED)
def test_where_the_live_resource_is_needed_it_ends_with_4_and_shows_what_to_state(tmp_path: Path, facts: str) -> None:
    stated = tmp_path / "facts.json"
    stated.write_text(facts, encoding="utf-8")
    result = simulate(PAYLOAD, stated)
    assert result.exit_code == 4
    answer = json.loads(result.stdout)
    assert (answer["outcome"], answer["reason"], answer["live_resource_needed"]) == (None, None, True)
    assert set(answer["observed_example"]) == {"configuration", "policy_is_public", "website"}
    assert all(check["passed"] for check in answer["checks"])
    assert {one["session"] for one in answer["permissions"]} == {"read"}


def test_the_example_that_it_shows_is_enough_to_go_on(tmp_path: Path) -> None:
    example = json.loads(simulate().stdout)["observed_example"]
    assert _simulated(tmp_path, issue_body("older"), {"account": DEV, "observed": example})["outcome"] == "REMEDIATE"


def test_what_was_assumed_is_said() -> None:
    assumed = json.loads(simulate().stdout)["assumptions"]
    assert any("onboarded" in sentence for sentence in assumed)
    assert any("exception" in sentence for sentence in assumed)
    assert not any("stopped" in sentence for sentence in assumed)


@pytest.mark.parametrize("sentence", ["no tags", "Nothing is stopped", "no earlier changes", "the last hour"])
def test_what_would_be_read_with_the_resource_is_assumed_with_the_resource(tmp_path: Path, sentence: str) -> None:
    assumed = _simulated(tmp_path, issue_body("older"), ELIGIBLE)["assumptions"]
    assert sum(sentence in one for one in assumed) == 1


def test_nothing_is_assumed_where_everything_is_stated(tmp_path: Path) -> None:
    usage = {"everything": 0, "account": 0, "fix": 0}
    facts = {**ELIGIBLE, "waivers": [], "tags": {}, "stops": [], "past": [], "usage": usage}
    assert _simulated(tmp_path, issue_body("older"), facts)["assumptions"] == []


def test_people_see_the_reason_the_checks_the_plan_and_the_permissions(tmp_path: Path) -> None:
    stated = tmp_path / "facts.json"
    stated.write_text(json.dumps(ELIGIBLE), encoding="utf-8")
    result = suture("simulate", PAYLOAD, "--facts", stated, "--config", EXAMPLE)
    assert result.exit_code == 0
    assert result.stderr == ""
    for part in (
        "REMEDIATE: ELIGIBLE",
        "Every check passed",
        "Assumed, because the facts do not say: No exception is registered.",
        "account-onboarded",
        "configuration.BlockPublicAcls: nothing → true",
        '~ configuration = null -> {"BlockPublicAcls": true',
        "website           null",
        "s3:PutPublicAccessBlock",
        "s3:DeletePublicAccessBlock",
        "Readers without AWS credentials",
        "s3:GetBucketPolicyStatus",
    ):
        assert part in result.stdout


def test_the_owner_of_a_template_is_told_what_to_change(tmp_path: Path) -> None:
    facts = {"account": {**DEV, "environment": "production"}, "tags": {"managed-by": "terraform"}}
    answer = _simulated(tmp_path, issue_body("older"), {**facts, "observed": OPEN_BUCKET})
    assert answer["outcome"] == "NOTIFY"
    assert (answer["template"]["tool"], answer["template"]["name"]) == ("terraform", "managed-by=terraform")
    shown = suture("simulate", PAYLOAD, "--facts", tmp_path / "facts.json", "--config", EXAMPLE).stdout
    assert "Template that owns the resource" in shown
    assert answer["template"]["property"] in shown


def test_people_see_what_to_state_where_the_live_resource_is_needed() -> None:
    result = suture("simulate", PAYLOAD, "--config", EXAMPLE)
    assert result.exit_code == 4
    assert "The decision depends on the live resource" in result.stdout
    assert '"policy_is_public": null' in result.stdout


def test_a_tag_cannot_move_the_cursor(tmp_path: Path) -> None:
    stated = tmp_path / "facts.json"
    stated.write_text(json.dumps({**ELIGIBLE, "tags": {"suture:suppress": "\x1b[2J\x9b\r"}}), encoding="utf-8")
    shown = suture("simulate", PAYLOAD, "--facts", stated, "--config", EXAMPLE).stdout
    assert "suture:suppress=\\x1b[2J\\x9b\\r" in shown
    assert not {"\x1b", "\x9b", "\r"} & set(shown)


def test_half_a_character_in_a_payload_is_shown_too() -> None:
    body = json.dumps(issue_body("older", status="OPEN")).replace('"OPEN"', '"\\ud800"')
    for more in ((), ("--json",)):
        result = suture("simulate", "-", "--config", EXAMPLE, *more, text=body)
        assert result.exit_code == 0
        assert "\\ud800" in result.stdout.lower()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ('{"acount": {}}', "$.acount: unknown key; known here: account, dry_run, exists, now"),
        ('{"account": {"enviroment": "dev"}}', "$.account.enviroment: unknown key; known here: environment"),
        (
            '{"waivers": [{"id": "W", "status": "approved"}]}',
            "$.waivers[0]: missing requested_by, requested_at, expires_at",
        ),
        (
            json.dumps({"waivers": [{**GRANTED, "status": "granted"}]}),
            "$.waivers[0].status: 'granted' is not one of pending, approved, revoked",
        ),
        (
            json.dumps({"waivers": [{**GRANTED, "approved_by": ""}]}),
            "$.waivers[0]: approved_by is required, because it is approved",
        ),
        (json.dumps({"waivers": [{**GRANTED, "expires_at": "soon"}]}), "$.waivers[0].expires_at: 'soon' is not a time"),
        (
            json.dumps({"waivers": [{**GRANTED, "requested_at": "2026-03-14T00:00:00"}]}),
            "$.waivers[0].requested_at: '2026-03-14T00:00:00' has no zone",
        ),
        (json.dumps({"stops": [{**STOPPED, "scope": "fix"}]}), "$.stops[0].value: required for an account, fix or"),
        (json.dumps({"stops": [{**STOPPED, "value": "dev"}]}), "$.stops[0].value: required for an account, fix or"),
        (json.dumps({"stops": [STOPPED, {**STOPPED, "at": "now"}]}), "$.stops[1].at: 'now' is not a time"),
        (json.dumps({"past": [{**UNDONE, "at": "now"}]}), "$.past[0].at: 'now' is not a time"),
        ('{"usage": {"everything": 1}}', "$.usage: missing account, fix"),
        ('{"now": "2026-03-14T00:00:00"}', "$.now: '2026-03-14T00:00:00' has no zone"),
        ('{"tags": {"owner": 1}}', "$.tags.owner: 1 is not of type string"),
        ('{"account": []}', "$.account: [] is not of type object or null"),
        ('{"exists": false, "observed": {}}', "$.observed: a resource that does not exist has none"),
        ('{"account": null', ":1:17: it is not JSON"),
        ("[]", "$: [] is not of type object"),
    ],
)
def test_facts_that_cannot_be_used_are_refused_by_the_place_that_is_wrong(
    tmp_path: Path, facts: str, said: str
) -> None:
    assert said in _refusal(tmp_path, facts)


def test_every_wrong_place_in_the_facts_is_named_at_once(tmp_path: Path) -> None:
    said = _refusal(tmp_path, '{"a": 1, "exists": "no", "account": {"b": 2}}')
    assert all(place in said for place in ("$.a:", "$.exists:", "$.account.b:"))


def test_a_state_that_the_fix_cannot_read_is_answered_with_one_that_it_can(tmp_path: Path) -> None:
    said = _refusal(tmp_path, json.dumps({**ELIGIBLE, "observed": {**OPEN_BUCKET, "configuration": "off"}}))
    assert "s3-block-public-access cannot read this state" in said
    assert '"configuration":null' in said


def test_the_schema_of_the_facts_is_a_schema_and_says_what_everything_means() -> None:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    for name, part in schema["properties"].items():
        assert part["description"]
        assert f"| `{name}` |" in DOCUMENT


def test_the_facts_can_say_what_the_domain_knows_and_nothing_else() -> None:
    properties = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))["properties"]

    def choices(name: str, key: str) -> list[str]:
        return list(properties[name]["items"]["properties"][key]["enum"])

    assert choices("waivers", "status") == list(WaiverStatus)
    assert choices("stops", "scope") == list(StopScope)
    assert choices("past", "kind") == list(PastKind)
    assert list(properties["usage"]["properties"]) == list(UsageScope)


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    result = simulate(tmp_path / "no.json")
    assert result.exit_code == 2
    assert "no.json cannot be read: No such file or directory." in result.stderr


def test_a_file_that_is_not_text_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "payload").write_bytes(b"\xff\xfe")
    result = simulate(tmp_path / "payload")
    assert result.exit_code == 2
    assert "is not text in UTF-8" in result.stderr


def test_a_policy_that_cannot_be_used_is_refused_by_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text((EXAMPLE / "policy.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    catalog = (EXAMPLE / "catalog.yaml").read_text(encoding="utf-8").replace("fix: s3-block", "fix: s3-blck")
    (tmp_path / "catalog.yaml").write_text(catalog, encoding="utf-8")
    result = suture("simulate", PAYLOAD, "--config", tmp_path)
    assert result.exit_code == 2
    assert re.search(r"catalog\.yaml:\d+: ", result.stderr)
    assert "s3-blck-public-access" in result.stderr

"""The examples of ``docs/events``: which events they take, and that a rule and owner have one ticket."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws
from moto.events.models import EventPattern

import app
from runtime.domain.audit import AuditEvent
from runtime.domain.notice import Notice
from runtime.domain.outcome import Outcome
from tests.samples.events import event_of
from tests.unit.domain.cases import EVENT, FINDING, NOW
from tests.unit.domain.test_notice import ASKED, CHANGED, HELD, SENDER, TOLD, reminder

FOLDER = app.REPOSITORY / "docs" / "events"
TEMPLATES = sorted(FOLDER.glob("*.yaml"))


class _Loader(yaml.SafeLoader):
    """With CloudFormation's short forms, whose arguments are left as they are."""


def _argument(loader: _Loader, _: str, node: yaml.Node) -> Any:
    return node.value if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node, deep=True)  # type: ignore[arg-type]


_Loader.add_multi_constructor("!", _argument)


def resource(path: Path, name: str) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = yaml.load(path.read_text("utf-8"), _Loader)["Resources"][name]["Properties"]
    return properties


def takes(path: Path, notice: Notice) -> bool:
    pattern = EventPattern.load(json.dumps(resource(path, "Rule")["EventPattern"]))
    return bool(pattern.matches_event(event_of(notice)))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_ticket_is_for_what_needs_a_person_and_has_a_rule(path: Path) -> None:
    for outcome in Outcome:
        needs = outcome in (Outcome.APPROVE, Outcome.NOTIFY, Outcome.FAILED, Outcome.REJECT)
        assert takes(path, SENDER.of_outcome(replace(TOLD, outcome=outcome, expires_at=NOW))) is needs, outcome
    for notice in (SENDER.of_outcome(EVENT), SENDER.of_outcome(CHANGED), SENDER.of_hold(HELD), reminder(48)):
        assert not takes(path, notice)


# -- PagerDuty --------------------------------------------------------------------------------------------------------


def incident(event: AuditEvent) -> dict[str, Any]:
    """What PagerDuty gets of an event, as EventBridge fills in an input template."""
    (target,) = resource(FOLDER / "pagerduty.yaml", "Rule")["Targets"]
    transformer, values = target["InputTransformer"], {}
    for name, path in transformer["InputPathsMap"].items():
        found: Any = event_of(SENDER.of_outcome(event))
        for part in path.removeprefix("$.").split("."):
            found = found[part]
        values[name] = found
    text = re.sub(r'"([^"<]*)<(\w+)>"', lambda one: json.dumps(one[1] + values[one[2]]), transformer["InputTemplate"])
    found = json.loads(re.sub(r"<(\w+)>", lambda one: json.dumps(values[one[1]]), text))
    assert isinstance(found, dict)
    return found


def test_pagerduty_joins_what_has_one_rule_and_owner() -> None:
    one, again = incident(ASKED), incident(replace(ASKED, correlation_id="c-2", issue_id="issue-2", review_id="c-2"))
    other = incident(replace(ASKED, owner="ledger"))
    assert one["dedup_key"] == again["dedup_key"] != other["dedup_key"]
    assert one["payload"]["summary"].startswith("Suture APPROVE by")
    assert one["payload"]["custom_details"]["next"]["deny"] == "suture -e test deny c-1 --reason REASON"
    assert one["payload"]["custom_details"]["runbook"] == "approve"


# -- Jira -------------------------------------------------------------------------------------------------------------


class Jira:
    """What the example asks of Jira, and nothing more."""

    def __init__(self) -> None:
        self.issues: list[dict[str, Any]] = []
        self.comments: list[tuple[str, str]] = []
        jira = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Authorization"] == "Basic Ym90OnQ="
                answer = json.dumps(jira.answer(self.path.removeprefix("/rest/api/3/"), body)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def answer(self, path: str, body: dict[str, Any]) -> Any:
        if path == "search/jql":
            label = re.search(r'labels = "([^"]+)"', body["jql"])
            assert label is not None
            found = [number for number, issue in enumerate(self.issues) if label[1] in issue["labels"]]
            return {"issues": [{"key": f"SEC-{number}"} for number in found[: body["maxResults"]]]}
        if path == "issue":
            self.issues.append(body["fields"])
            return {"key": f"SEC-{len(self.issues)}"}
        commented = re.fullmatch(r"issue/(SEC-\d+)/comment", path)
        assert commented is not None, path
        self.comments.append((commented[1], json.dumps(body["body"])))
        return {}


@pytest.fixture
def jira(monkeypatch: pytest.MonkeyPatch) -> Iterator[Jira]:
    jira = Jira()
    Thread(target=jira.server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        secret = boto3.client("secretsmanager").create_secret(
            Name="jira", SecretString=json.dumps({"user": "bot", "token": "t"})
        )
        monkeypatch.setenv("SITE", f"http://127.0.0.1:{jira.server.server_port}")
        monkeypatch.setenv("PROJECT", "SEC")
        monkeypatch.setenv("SECRET", secret["ARN"])
        yield jira
    jira.server.shutdown()
    jira.server.server_close()


def deliver(event: AuditEvent) -> None:
    """Run the function of the template for an event."""
    names: dict[str, Any] = {}
    exec(resource(FOLDER / "jira.yaml", "Function")["Code"]["ZipFile"], names)
    names["handler"](json.loads(json.dumps(event_of(SENDER.of_outcome(event)))), None)


def test_jira_has_one_issue_for_a_rule_and_owner_and_a_comment_for_each_further_finding(jira: Jira) -> None:
    for event in (
        ASKED,
        replace(ASKED, correlation_id="c-2", review_id="c-2", resource_arn="arn:aws:s3:::other"),
        replace(ASKED, owner="ledger"),
        TOLD,
    ):
        deliver(event)
    assert [issue["summary"] for issue in jira.issues] == [
        f"{FINDING.control.rule_name} (payments)",
        f"{FINDING.control.rule_name} (ledger)",
        f"{FINDING.control.rule_name} (222222222222)",
    ]
    ((issue, comment),) = jira.comments
    assert issue == "SEC-0"
    assert "arn:aws:s3:::other" in comment
    assert "suture -e test approve c-2 --digest" in comment


def test_the_function_of_the_example_fits_into_its_template() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html"""
    function = resource(FOLDER / "jira.yaml", "Function")
    assert len(function["Code"]["ZipFile"]) < 4096
    assert function["ReservedConcurrentExecutions"] == 1

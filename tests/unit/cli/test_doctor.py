"""``suture doctor``: what is not in order is found, what cannot be looked at is unknown, and each says what to do."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from cli.deployment import Deployment
from cli.doctor import Doctor, Health
from cli.policy import CHECKOUT, CONFIG, read_document
from infra.lambda_asset import checkout_version
from runtime.domain.document import to_text
from runtime.domain.people import People
from tests.unit.cli.aws_command_line import read_command
from tests.unit.cli.command import operate, operate_json
from tests.unit.cli.conftest import STACK, CloudFormation, LogIn, Session
from tests.unit.cli.console_browser import Browser, text_of

OPERATORS = "arn:aws:iam::123456789012:role/people"
PEOPLE = People(
    session_names="[a-z]+",
    operator_role_arns=(OPERATORS,),
    approver_role_arns=("arn:aws:iam::123456789012:role/staff/approvers",),
)
"""Ann is an operator."""

MAPPING = "4a1b2c3d-0000-4000-8000-000000000001"
ALARM = {
    "MetricName": "Errors",
    "Namespace": "AWS/Lambda",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "Statistic": "Sum",
}


class AppConfig:
    """Delivers a policy. moto has no data plane of AppConfig."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.asked: dict[str, str] = {}

    def start_configuration_session(self, **asked: str) -> dict[str, str]:
        self.asked = asked
        return {"InitialConfigurationToken": "token"}

    def get_latest_configuration(self, *, ConfigurationToken: str) -> dict[str, Any]:  # noqa: N803  as boto3 has it
        assert ConfigurationToken == "token"
        return {"Configuration": io.BytesIO(self.text)}


class Mappings:
    """The function's event source mappings. moto's need a function with code."""

    def __init__(self) -> None:
        self.states = {"suture-test-findings": "Enabled"}
        self.asked: dict[str, str] = {}

    def get_paginator(self, operation: str) -> Mappings:
        assert operation == "list_event_source_mappings"
        return self

    def paginate(self, **asked: str) -> list[dict[str, Any]]:
        self.asked = asked
        return [
            {
                "EventSourceMappings": [
                    {
                        "EventSourceArn": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
                        "State": state,
                        "UUID": MAPPING,
                    }
                ]
            }
            for queue, state in self.states.items()
        ]


_read_once = cache(read_document)
"""Reading the catalog takes longer than a test. Nobody changes a folder that was read."""
_version = cache(checkout_version)


class Deployed:
    """A deployment in order, in moto's account."""

    def __init__(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client: Callable[..., BaseClient] = session.client
        self.appconfig = AppConfig(json.dumps(_read_once(CONFIG)).encode())
        self.cloudformation = CloudFormation()
        self.mappings = Mappings()
        self.denied, self.code = "", "AccessDenied"
        self.policies_read = 0
        sns, sqs = session.client("sns"), session.client("sqs")
        self.topics = {
            name: sns.create_topic(Name=f"suture-test-{name}")["TopicArn"]
            for name in ("security", "reviewers", "owners")
        }
        self.topic = self.topics["security"]
        for topic in (self.topic, self.topics["reviewers"]):
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:pager")
        self.dead = sqs.create_queue(QueueName="suture-test-findings-dlq")["QueueUrl"]
        self.outputs = {
            "CodeVersion": _version(CHECKOUT),
            **{f"{name.capitalize()}TopicArn": topic for name, topic in self.topics.items()},
            "FunctionName": "suture-test",
            "FindingsQueueUrl": sqs.create_queue(QueueName="suture-test-findings")["QueueUrl"],
            "FindingsDeadLetterQueueUrl": self.dead,
            "ReviewQueueUrl": sqs.create_queue(QueueName="suture-test-review")["QueueUrl"],
            "PolicyApplicationId": "app",
            "PolicyEnvironmentId": "env",
            "PolicyProfileId": "profile",
        }
        self.put_alarm()
        self.list_people(PEOPLE)
        make_role = session.client("iam").create_role
        make_role(RoleName="approvers", Path="/staff/", AssumeRolePolicyDocument="{}")
        make = session.client
        monkeypatch.setattr(session, "client", lambda service, **options: self._client(make, service, options))
        monkeypatch.setattr("cli.doctor.read_document", self._read_document)
        monkeypatch.setattr("infra.lambda_asset.checkout_version", _version)
        monkeypatch.setattr("cli.console.deployment.checkout_version", _version)

    def _read_document(self, config: Path) -> Any:
        self.policies_read += 1
        return _read_once(config)

    def _client(self, make: Callable[..., BaseClient], service: str, options: dict[str, Any]) -> Any:
        if service == self.denied:
            return Denied(self.code)
        fakes = {
            "appconfigdata": self.appconfig,
            "cloudformation": self.cloudformation,
            "lambda": self.mappings,
        }
        return fakes[service] if service in fakes else make(service, **options)

    def deploy(self, state: str = "UPDATE_COMPLETE") -> None:
        outputs = [{"OutputKey": name, "OutputValue": value} for name, value in self.outputs.items()]
        self.cloudformation.stack = {"StackName": STACK, "StackStatus": state, "Outputs": outputs}

    def put_alarm(self, **changes: Any) -> None:
        alarm = {
            **ALARM,
            "AlarmName": "suture-test-function-errors",
            "AlarmActions": [self.topics["security"]],
            **changes,
        }
        self.client("cloudwatch").put_metric_alarm(**alarm)

    def list_people(self, people: People) -> None:
        self.client("ssm").put_parameter(
            Name="/suture/test/people", Type="String", Value=to_text(people), Overwrite=True
        )


class Pages:
    """What a paginator answers."""

    def __init__(self, pages: list[dict[str, Any]]) -> None:
        self.pages = pages

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return self.pages


class Denied:
    """A client that may do nothing, or whose calls fail otherwise."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def refuse(*_: Any, **__: Any) -> Any:
            if operation == "get_paginator":
                return self
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, operation)

        return refuse


@pytest.fixture
def deployed(session: Session, log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """Ann is logged in."""
    log_in("ann")
    return Deployed(session, monkeypatch)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with this checkout's policy and a directory of owners."""
    folder = tmp_path_factory.mktemp("config")
    for name in ("catalog.yaml", "overrides.yaml", "policy.yaml"):
        (folder / name).write_bytes((CONFIG / name).read_bytes())
    with (folder / "policy.yaml").open("a", encoding="utf-8") as policy:
        policy.write(
            "\nnotifications:\n  owners:\n    ann: ann@example.com\n"
            "    team: arn:aws:sns:us-east-1:123456789012:team\n  accounts:\n    '111122223333': bob@example.com\n"
        )
    return folder


def _wrong(*options: str) -> dict[str, dict[str, str]]:
    """What the doctor does not find in order, by its part."""
    found = operate_json("doctor", *options, exit_code=1)
    assert all(one["next_step"] for one in found if one["health"] != "good")
    for one in found:
        if one["next_step"].startswith("aws "):
            read_command(one["next_step"])
    return {one["part"]: one for one in found if one["health"] != "good"}


def test_a_deployment_in_order_ends_with_0_and_says_what_was_looked_at(deployed: Deployed) -> None:
    deployed.deploy()
    found = operate_json("doctor")
    assert deployed.policies_read == 1
    assert [one["part"] for one in found] == [
        "deployment", "version", "policy", "queues", "event sources", "alarms", "roles", "roles", "you", "subscribers",
        "subscribers", "owners",
    ]  # fmt: skip
    assert {one["health"] for one in found} == {"good"}
    assert found[-1]["sentence"] == "The policy has no directory: no owner is told of changes."
    assert deployed.appconfig.asked == {
        "ApplicationIdentifier": "app",
        "EnvironmentIdentifier": "env",
        "ConfigurationProfileIdentifier": "profile",
    }
    shown = operate("doctor")
    assert shown.exit_code == 0
    assert "good    queues: No dead letters in 3 queues; 0 messages wait." in shown.stdout


@pytest.mark.parametrize(("name", "unheard"), [("security", "alarms, and "), ("reviewers", "plans that wait ")])
def test_nobody_subscribed_to_a_topic_of_people_is_a_finding(deployed: Deployed, name: str, unheard: str) -> None:
    deployed.deploy()
    sns, topic = deployed.client("sns"), deployed.topics[name]
    for subscription in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    wrong = _wrong()
    assert list(wrong) == ["subscribers"]
    assert f"Nobody is subscribed to the {name} topic: {unheard}" in wrong["subscribers"]["sentence"]
    assert wrong["subscribers"]["next_step"].startswith(f"aws sns subscribe --topic-arn {topic} ")


def test_a_subscription_that_nobody_confirmed_does_not_count(
    deployed: Deployed, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.deploy()

    pending = {"SubscriptionArn": "PendingConfirmation", "Protocol": "email", "Endpoint": "security@example.com"}
    monkeypatch.setattr(session.client("sns"), "get_paginator", lambda _: Pages([{"Subscriptions": [pending]}]))
    assert "Not confirmed: 1." in _wrong()["subscribers"]["sentence"]
    one = {"SubscriptionArn": "arn:aws:sns:x", "Protocol": "sqs", "Endpoint": "arn:aws:sqs:x"}
    monkeypatch.setattr(session.client("sns"), "get_paginator", lambda _: Pages([{"Subscriptions": [pending, one]}]))
    sentences = [one["sentence"] for one in operate_json("doctor") if one["part"] == "subscribers"]
    assert sentences == [f"1 of the {name} topic; 1 not confirmed yet." for name in ("security", "reviewers")]


def test_a_mapping_that_is_being_changed_is_read(deployed: Deployed) -> None:
    deployed.mappings.states = {"suture-test-findings": "Updating"}
    deployed.deploy()
    assert {one["health"] for one in operate_json("doctor")} == {"good"}


def test_messages_that_wait_are_counted_but_dead_letters_are_not_among_them(deployed: Deployed) -> None:
    deployed.deploy()
    deployed.client("sqs").send_message(QueueUrl=deployed.outputs["ReviewQueueUrl"], MessageBody="x")
    (queues,) = [one for one in operate_json("doctor") if one["part"] == "queues"]
    assert queues["sentence"] == "No dead letters in 3 queues; 1 messages wait."


@pytest.mark.parametrize(
    ("state", "said"), [("Disabled", "is Disabled"), ("Disabling", "is Disabling"), ("", "has no mapping of it")]
)
def test_a_queue_that_the_function_does_not_read_is_a_finding(deployed: Deployed, state: str, said: str) -> None:
    deployed.deploy()
    deployed.mappings.states = {"suture-test-findings": state} if state else {}
    wrong = _wrong()
    assert deployed.mappings.asked == {"FunctionName": "suture-test"}
    assert list(wrong) == ["event source suture-test-findings"]
    source = wrong["event source suture-test-findings"]
    assert said in source["sentence"]
    assert (f"--uuid {MAPPING} --enabled" in source["next_step"]) is bool(state)
    assert "event sources" not in {one["part"] for one in operate_json("doctor", exit_code=1)}


def test_an_owner_of_the_directory_who_is_not_subscribed_or_has_not_confirmed_is_a_finding(
    deployed: Deployed, directory: Path
) -> None:
    config = str(directory)
    deployed.appconfig.text = json.dumps(_read_once(directory)).encode()
    deployed.deploy()
    wrong = _wrong("--config", config)
    assert list(wrong) == ["owners"]
    assert "though in the directory: ann@example.com, bob@example.com." in wrong["owners"]["sentence"]
    sns = deployed.client("sns")
    for address in ("ann@example.com", "bob@example.com"):
        sns.subscribe(TopicArn=deployed.topics["owners"], Protocol="email-json", Endpoint=address)
    assert list(_wrong("--config", config)) == ["owners"]
    for address in ("ann@example.com", "bob@example.com"):
        sns.subscribe(TopicArn=deployed.topics["owners"], Protocol="email", Endpoint=address)
    (owners,) = [one for one in operate_json("doctor", "--config", config) if one["part"] == "owners"]
    assert owners["sentence"].startswith("All 2 addresses of the directory are subscribed; 1 have topics of their own")


def test_an_owner_who_has_not_confirmed_is_told_of_nothing(
    deployed: Deployed, session: Session, monkeypatch: pytest.MonkeyPatch, directory: Path
) -> None:
    config = str(directory)
    deployed.appconfig.text = json.dumps(_read_once(directory)).encode()
    deployed.deploy()

    confirmed = {"bob@example.com": "arn:aws:sns:us-east-1:123456789012:x:1", "ann@example.com": "Pending"}
    pages = [
        {"Subscriptions": [{"SubscriptionArn": arn, "Protocol": "email", "Endpoint": address}]}
        for address, arn in confirmed.items()
    ]
    monkeypatch.setattr(session.client("sns"), "get_paginator", lambda _: Pages(pages))
    wrong = _wrong("--config", config)
    assert list(wrong) == ["owners"]
    assert wrong["owners"]["sentence"] == "Told of nothing until they confirm: ann@example.com."


def test_what_was_never_deployed_is_the_one_finding(deployed: Deployed) -> None:
    wrong = _wrong()
    assert list(wrong) == ["deployment"]
    assert wrong["deployment"]["next_step"] == "Deploy it: npx cdk deploy -c env=test"


@pytest.mark.parametrize(
    ("state", "said"),
    [("UPDATE_ROLLBACK_COMPLETE", "failed"), ("UPDATE_IN_PROGRESS", "is being changed"), ("ROLLBACK_FAILED", "failed")],
)
def test_a_stack_whose_last_change_did_not_end_well_is_a_finding(deployed: Deployed, state: str, said: str) -> None:
    deployed.deploy(state)
    assert f"{said} ({state})" in _wrong()["deployment"]["sentence"]


def test_another_version_of_the_code_and_another_policy_are_findings(deployed: Deployed) -> None:
    deployed.outputs["CodeVersion"] = "0123456789ab"
    deployed.appconfig.text = json.dumps({**_read_once(CONFIG), "severity_floor": "LOW"}).encode()
    deployed.deploy()
    wrong = _wrong()
    assert list(wrong) == ["version", "policy"]
    assert "0123456789ab" in wrong["version"]["sentence"]
    deployed.outputs.pop("CodeVersion")
    deployed.deploy()
    assert "has the code of an older version" in _wrong()["version"]["sentence"]
    assert "is not that of this checkout" in wrong["policy"]["sentence"]


def test_without_a_policy_nothing_can_be_decided_and_a_folder_that_cannot_be_used_is_said_to_be(
    deployed: Deployed, tmp_path: Path
) -> None:
    deployed.deploy()
    wrong = _wrong("--config", str(tmp_path))
    assert str(tmp_path) in wrong["policy"]["sentence"]
    assert wrong["owners"]["health"] == "unknown"
    deployed.appconfig.text = b""
    assert "No policy is deployed" in _wrong()["policy"]["sentence"]


def test_dead_letters_and_raised_and_silent_alarms_are_findings(deployed: Deployed) -> None:
    deployed.deploy()
    deployed.client("sqs").send_message(QueueUrl=deployed.dead, MessageBody="x")
    deployed.put_alarm(AlarmName="suture-test-runs-waiting", AlarmActions=[])
    deployed.put_alarm(AlarmName="suture-other-x", AlarmActions=[])
    deployed.client("cloudwatch").set_alarm_state(
        AlarmName="suture-test-function-errors", StateValue="ALARM", StateReason="x"
    )
    wrong = _wrong()
    assert list(wrong) == ["queue suture-test-findings-dlq", "alarm suture-test-function-errors", "alarms"]
    assert "1 messages could not be handled" in wrong["queue suture-test-findings-dlq"]["sentence"]
    assert {one["part"] for one in operate_json("doctor", exit_code=1)} & {"queues", "event sources"} == {
        "event sources"
    }
    assert wrong["alarms"]["next_step"].endswith("--alarm-names suture-test-runs-waiting")


def test_an_alarm_whose_actions_are_off_tells_nobody(deployed: Deployed) -> None:
    deployed.deploy()
    deployed.put_alarm(ActionsEnabled=False)
    assert "Nobody is told of suture-test-function-errors" in _wrong()["alarms"]["sentence"]


def test_a_deployment_without_an_alarm_is_a_finding(deployed: Deployed) -> None:
    deployed.deploy()
    deployed.client("cloudwatch").delete_alarms(AlarmNames=["suture-test-function-errors"])
    found = [one for one in operate_json("doctor", exit_code=1) if one["part"] == "alarms"]
    assert [(one["health"], one["sentence"]) for one in found] == [("bad", "There is not one alarm.")]


def test_the_alarms_of_every_page_are_looked_at(
    deployed: Deployed, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.deploy()
    alarms = [
        {"AlarmName": name, "StateValue": state, "ActionsEnabled": True, "AlarmActions": ["x"]}
        for name, state in (("first", "ALARM"), ("second", "OK"))
    ]
    pages = [{"MetricAlarms": [alarm]} for alarm in alarms]
    monkeypatch.setattr(session.client("cloudwatch"), "get_paginator", lambda _: Pages(pages))
    assert list(_wrong()) == ["alarm first"]


def test_what_is_being_looked_at_is_told(deployed: Deployed) -> None:
    deployed.deploy()
    told: list[str] = []
    Doctor(deployment=Deployment("test", told.append), version="", config=CONFIG).examine()
    assert {"Reading the policy of this checkout", "Looking at the alarms", "Looking at the owners"} <= {*told}


def test_roles_that_do_not_exist_and_whose_commands_are_not_taken_are_findings(
    deployed: Deployed, log_in: LogIn
) -> None:
    deployed.deploy()
    gone, elsewhere = "arn:aws:iam::123456789012:role/gone", "arn:aws:iam::123456789012:role/approvers"
    deployed.list_people(People(session_names="[a-z]+", operator_role_arns=(gone, elsewhere), approver_role_arns=()))
    found = operate_json("doctor", exit_code=1)
    sentences = [one["sentence"] for one in found if one["health"] == Health.BAD]
    assert f"{gone}, of the operators, does not exist." in sentences
    assert f"{elsewhere}, of the operators, does not exist." in sentences
    assert "The deployment lists no approvers." in sentences
    assert not any(sentence.startswith("Each role") for sentence in [one["sentence"] for one in found])
    assert any(sentence.startswith("No command is taken from you: ") for sentence in sentences)


def test_commands_of_an_approver_are_taken(deployed: Deployed) -> None:
    deployed.deploy()
    nobody = PEOPLE.approver_role_arns
    deployed.list_people(People(session_names="[a-z]+", operator_role_arns=nobody, approver_role_arns=(OPERATORS,)))
    (you,) = [one for one in operate_json("doctor") if one["part"] == "you"]
    assert you["sentence"].endswith("as one of the approvers.")


DENIALS = {"lambda": "AccessDeniedException", "appconfigdata": "AccessDeniedException", "sns": "AuthorizationError"}
"""The words of services that have others for it."""


@pytest.mark.parametrize("service", ["cloudformation", "cloudwatch"])
def test_if_aws_cannot_be_asked_nothing_is_said_of_the_deployment(deployed: Deployed, service: str) -> None:
    deployed.deploy()
    deployed.denied, deployed.code = service, "ValidationError"
    result = operate("doctor")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "answered ValidationError" in result.stderr


@pytest.mark.parametrize(
    ("service", "part"),
    [
        ("cloudwatch", "alarms"),
        ("sqs", "queues"),
        ("lambda", "event sources"),
        ("iam", "roles"),
        ("appconfigdata", "policy"),
    ],
)
def test_what_may_not_be_looked_at_is_unknown_and_not_good(deployed: Deployed, service: str, part: str) -> None:
    deployed.deploy()
    deployed.denied, deployed.code = service, DENIALS.get(service, "AccessDenied")
    wrong = _wrong()
    assert list(wrong) == [part]
    assert wrong[part]["health"] == "unknown"
    assert "is denied" in wrong[part]["sentence"]


def test_plain_has_a_line_for_each_part(deployed: Deployed) -> None:
    deployed.deploy()
    lines = operate("doctor", "--plain").stdout.splitlines()
    assert lines[0].split("\t") == ["Health", "Part", "Sentence", "Next step"]
    assert len(lines) == 13


@pytest.mark.usefixtures("dynamodb")
def test_the_console_shows_what_is_not_in_order_first_and_what_to_do(deployed: Deployed) -> None:
    deployed.deploy()
    assert "Everything is in order." in Browser(config=CONFIG).page("/deployment")
    deployed.outputs["CodeVersion"] = "0123456789ab"
    deployed.deploy()
    page = text_of(Browser(config=CONFIG).page("/deployment"))
    assert "1 of 12 are not in order." in page
    assert page.index("bad version The function has the code 0123456789ab") < page.index("good deployment")
    assert "Check out what was deployed, or deploy this" in page


@pytest.mark.usefixtures("dynamodb")
def test_the_console_says_what_could_not_be_looked_at(deployed: Deployed) -> None:
    deployed.deploy()
    deployed.denied = "cloudwatch"
    page = text_of(Browser(config=CONFIG).page("/deployment"))
    assert "1 of 12 are not in order." in page
    assert "unknown alarms It could not be looked at" in page


def test_topics_that_may_not_be_looked_at_are_unknown(deployed: Deployed) -> None:
    deployed.deploy()
    deployed.denied, deployed.code = "sns", DENIALS["sns"]
    assert {part: one["health"] for part, one in _wrong().items()} == {"subscribers": "unknown", "owners": "unknown"}

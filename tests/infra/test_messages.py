"""Where people hear of things: the topics, the owners of the policy's directory, and a chat channel with buttons."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import app
from infra.deployment import load_deployment
from infra.yaml_document import ConfigurationInvalid
from runtime.domain.command import order_from_json, parse_order
from runtime.domain.notice import CONTACT_ATTRIBUTE
from runtime.domain.rendering import chat_of
from tests.infra.conftest import Synthesized
from tests.unit.domain.cases import ALICE
from tests.unit.domain.test_notice import ASKED, CHANGED, SENDER

SLACK = "chat: { slack: { workspace: T0123ABC, channel: C0456DEF } }\n"
TEAMS = """
chat:
  teams:
    team: 00000000-0000-4000-8000-000000000001
    tenant: 00000000-0000-4000-8000-000000000002
    channel: 19%3Aabc%40thread.tacv2
"""
DIRECTORY = """
notifications:
  owners: { payments: payments@example.com, Ledger: arn:aws:sns:us-east-1:333333333333:ledger }
  accounts: { "222222222222": payments@example.com }
  projects: { web: web@example.com }
"""


def with_lines(tmp_path: Path, *, deployment: str = "", policy: str = "") -> Path:
    """A copy of the configuration with more in it."""
    config = tmp_path / "config"
    shutil.copytree(app.CONFIG, config)
    for path, lines in ((config / "deployments" / "dev.yaml", deployment), (config / "policy.yaml", policy)):
        path.write_text(path.read_text("utf-8") + lines, "utf-8")
    return config


@pytest.fixture(scope="module")
def told(synthesize: Callable[..., Synthesized], tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """With a channel and a directory. cdk-nag has looked at it."""
    return synthesize("dev", with_lines(tmp_path_factory.mktemp("told"), deployment=SLACK, policy=DIRECTORY))


def text_of(value: Any) -> str:
    """A property, with what it refers to by its logical id."""
    if not isinstance(value, dict):
        return str(value)
    ((kind, parts),) = value.items()
    return "".join(map(text_of, parts[1])) if kind == "Fn::Join" else f"<{parts[0] if kind == 'Fn::GetAtt' else parts}>"


# -- owners -----------------------------------------------------------------------------------------------------------


def test_each_address_of_the_directory_gets_what_is_its_own(told: Synthesized) -> None:
    topic, _ = told.find("AWS::SNS::Topic", TopicName=told.name("owners"))
    subscriptions = [one["Properties"] for one in told.resources("AWS::SNS::Subscription").values()]
    owners = [one for one in subscriptions if one["TopicArn"] == {"Ref": topic}]
    assert sorted((one["Protocol"], one["Endpoint"], one["FilterPolicy"][CONTACT_ATTRIBUTE]) for one in owners) == [
        ("email", "payments@example.com", ["payments@example.com"]),
        ("email", "web@example.com", ["web@example.com"]),
    ]


def test_the_platform_may_publish_to_an_owners_own_topic_and_to_no_other(told: Synthesized, one: Synthesized) -> None:
    def topics(template: Synthesized) -> set[str]:
        policies = [role["Properties"].get("Policies", []) for role in template.resources("AWS::IAM::Role").values()]
        statements = [s for role in policies for policy in role for s in policy["PolicyDocument"]["Statement"]]
        # The publisher's is one topic, and no list.
        lists = [s["Resource"] for s in statements if s["Action"] == "sns:Publish" and isinstance(s["Resource"], list)]
        return {text_of(arn) for arns in lists for arn in arns}

    assert topics(told) - topics(one) == {"arn:aws:sns:us-east-1:333333333333:ledger"}
    assert len(topics(one)) == 3


# -- chat -------------------------------------------------------------------------------------------------------------


def test_there_is_no_chat_where_no_channel_is_named(one: Synthesized) -> None:
    assert not [kind for resource in one.template["Resources"].values() if "Chatbot" in (kind := resource["Type"])]


def test_members_of_the_channel_act_by_roles_of_their_own_within_what_the_buttons_need(told: Synthesized) -> None:
    channel = told.properties("AWS::Chatbot::SlackChannelConfiguration")
    assert (channel["SlackWorkspaceId"], channel["SlackChannelId"]) == ("T0123ABC", "C0456DEF")
    assert channel["UserRoleRequired"] is True
    (guardrail,) = channel["GuardrailPolicies"]
    policy = told.template["Resources"][guardrail["Ref"]]["Properties"]["PolicyDocument"]["Statement"]
    sends, uses_key = policy
    assert sends["Action"] == "sqs:SendMessage"
    queues = {told.find("AWS::SQS::Queue", QueueName=told.name(name))[0] for name in ("commands", "approvals")}
    assert {text_of(arn) for arn in sends["Resource"]} == {f"<{queue}>" for queue in queues}
    assert set(uses_key["Action"]) <= {"kms:Decrypt", "kms:GenerateDataKey"}
    assert list(uses_key["Condition"]["StringEquals"].values()) == [["sqs.us-east-1.amazonaws.com"]]
    role = told.template["Resources"][channel["IamRoleArn"]["Fn::GetAtt"][0]]["Properties"]
    assert "Policies" not in role
    assert "ManagedPolicyArns" not in role
    assert {text_of(arn) for arn in channel["SnsTopicArns"]} == {
        f"<{told.find('AWS::SNS::Topic', TopicName=told.name(name))[0]}>" for name in ("reviewers", "security")
    }


@pytest.mark.parametrize(
    ("text", "event", "queue", "kind"),
    [
        ("Approve", ASKED, "approvals", "ApprovePlan"),
        ("Deny", ASKED, "approvals", "DenyPlan"),
        ("Undo", CHANGED, "commands", "UndoChange"),
    ],
)
def test_a_button_sends_the_command_that_its_message_is_about(
    told: Synthesized, text: str, event: Any, queue: str, kind: str
) -> None:
    action = told.properties("AWS::Chatbot::CustomAction", ActionName=told.name(text.lower()))
    (attachment,) = action["Attachments"]
    post = chat_of(SENDER.of_outcome(event))
    post["metadata"]["additionalContext"]["action"] = post["metadata"]["additionalContext"]["action"].replace(
        "test", "dev"
    )
    values = {}
    for name, path in attachment["Variables"].items():
        value: Any = {"event": post}
        for part in path.split("."):
            value = value[part]
        values[name] = value
    assert attachment["NotificationType"] == "Custom"
    for criterion in attachment["Criteria"]:
        assert criterion.get("Value", values[criterion["VariableName"]]) == values[criterion["VariableName"]]
    command = text_of(action["Definition"]["CommandText"])
    found = re.fullmatch(r"sqs send-message --queue-url <(.+)> --message-body '(.+)' --region us-east-1", command)
    assert found is not None, command
    assert found[1] == told.find("AWS::SQS::Queue", QueueName=told.name(queue))[0]
    body = re.sub(r"\$(\w+)", lambda variable: values[variable[1]], found[2])
    order = parse_order(body, ALICE)
    assert order == order_from_json({**json.loads(body), "principal": {"arn": ALICE.arn, "user_id": ALICE.user_id}})
    assert type(order.command).__name__ == kind
    assert "c-1" in body


def test_teams_is_a_channel_too(tmp_path: Path, synthesize: Callable[..., Synthesized]) -> None:
    channel = synthesize("dev", with_lines(tmp_path, deployment=TEAMS)).properties(
        "AWS::Chatbot::MicrosoftTeamsChannelConfiguration"
    )
    assert channel["TeamsChannelId"] == "19%3Aabc%40thread.tacv2"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("chat: { slack: { workspace: T0123ABC } }\n", "channel"),
        ("chat: { slack: { workspace: my team, channel: C1 } }\n", "an id of Slack's"),
        ("chat: {}\n", "chat"),
        (SLACK.rstrip()[:-1] + ", " + "teams: {} }\n", "chat"),
    ],
)
def test_half_a_channel_is_refused(tmp_path: Path, lines: str, problem: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=problem):
        load_deployment(with_lines(tmp_path, deployment=lines), "dev")


def test_a_channel_needs_one_role_for_each_kind_of_command(tmp_path: Path) -> None:
    config = with_lines(tmp_path, deployment=SLACK)
    path = config / "deployments" / "dev.yaml"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'(approver_role_arns: \["([^"]+))"', r'\1", "\2-other"', text), "utf-8")
    with pytest.raises(ConfigurationInvalid, match="approver_role_arns: with a chat channel there must be one role"):
        load_deployment(config, "dev")

"""What the platform's templates promise."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

import app
from customer_role.grants import MANAGED_POLICY_LIMIT
from infra.deployment import load_deployment
from infra.lambda_asset import build_lambda_asset, checkout_version
from infra.policy import load_policy
from infra.policy_schema import compact, policy_schema
from infra.results import Result
from runtime.application.ports import Table
from runtime.application.verification import VERIFY_ATTEMPTS
from runtime.aws.store import KEY_NAMES
from runtime.domain.access import customer_role_name, services_of
from runtime.domain.document import from_json
from runtime.domain.followup import Tick, parse_follow_up
from runtime.domain.outcome import Outcome
from runtime.domain.people import People
from runtime.entry import wiring
from runtime.entry.telemetry import COUNTED
from runtime.fixes.catalog import SPECS
from runtime.items import trail
from runtime.items.counters import Counter
from runtime.items.locks import LEASE_SECONDS
from runtime.items.stops import SWITCHES
from tests.infra.conftest import Synthesized

DAY_SECONDS = 24 * 60 * 60
LAMBDA_LOOP_LIMIT = 16
"""https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"""
STANDARD_QUEUES = ("findings", "follow-ups", "commands", "approvals")
WORK_QUEUES = {name: (name, f"{name}-dlq") for name in STANDARD_QUEUES} | {"runs": ("runs.fifo", "runs-dlq.fifo")}
"""The names of each work queue and its dead-letter queue, without the environment."""


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def pointed(value: Any) -> str:
    """A resource in a policy, with logical ids without their hash for what other resources are."""
    match value:
        case str():
            return value
        case {"Ref": logical_id} | {"Fn::GetAtt": [logical_id, _]}:
            return f"<{logical_id[:-8]}>"
        case {"Fn::Join": [separator, parts]}:
            return separator.join(map(pointed, parts))
        case _:
            raise AssertionError(value)


def statements(template: Synthesized, role_name: str) -> Iterator[dict[str, Any]]:
    """Everything said about a role, in it or attached to it."""
    role_id, role = template.find("AWS::IAM::Role", RoleName=role_name)
    assert "ManagedPolicyArns" not in role["Properties"]
    attached = [
        policy["Properties"]
        for policy in template.resources("AWS::IAM::Policy").values()
        if {"Ref": role_id} in policy["Properties"]["Roles"]
    ]
    for policy in [*role["Properties"]["Policies"], *attached]:
        yield from policy["PolicyDocument"]["Statement"]


def permissions(template: Synthesized, role_name: str) -> dict[str, set[str]]:
    return actions_by_resource(statements(template, role_name))


def managed_policy(template: Synthesized, suffix: str) -> list[dict[str, Any]]:
    policy = template.properties("AWS::IAM::ManagedPolicy", ManagedPolicyName=template.name(suffix))
    # Attached by those who have the roles, which are not the stack's.
    assert not {"Roles", "Users", "Groups"} & policy.keys()
    return list(policy["PolicyDocument"]["Statement"])


def actions_by_resource(allowed: Iterable[dict[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for statement in allowed:
        assert statement["Effect"] == "Allow"
        assert "NotAction" not in statement
        for resource in listed(statement["Resource"]):
            found.setdefault(pointed(resource), set()).update(listed(statement["Action"]))
    return found


def policy_of(template: Synthesized, kind: str, logical_id: str) -> list[dict[str, Any]]:
    attribute = {"AWS::SQS::QueuePolicy": "Queues", "AWS::SNS::TopicPolicy": "Topics"}[kind]
    (policy,) = (
        resource["Properties"]
        for resource in template.resources(kind).values()
        if {"Ref": logical_id} in resource["Properties"][attribute]
    )
    return list(policy["PolicyDocument"]["Statement"])


# -- the execution role ----------------------------------------------------------------------------------------------


def test_the_execution_role_has_room_for_the_names_of_fifty_more_customer_roles(every: Synthesized) -> None:
    role = every.properties("AWS::IAM::Role", RoleName=every.name("execution"))
    documents = [policy["PolicyDocument"] for policy in role["Policies"]]
    text = "".join(json.dumps(document, separators=(",", ":")) for document in documents)
    longest = len('"arn:aws-us-gov:iam::*:role/suture-remediation-elasticloadbalancingv2",')
    assert len(text) + 50 * longest <= 10_240


def test_the_execution_role_may_do_exactly_this(every: Synthesized) -> None:
    deployment = load_deployment(app.CONFIG, every.environment)
    queue = {"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}
    configuration = (
        f"arn:aws:appconfig:{deployment.region}:{deployment.account}:application/<PolicyDeliveryApplication>"
        "/environment/<PolicyDeliveryEnvironment>/configuration/<PolicyDeliveryProfile>"
    )
    assert permissions(every, every.name("execution")) == {
        **{
            f"arn:aws:iam::*:role/{customer_role_name(service)}": {
                "sts:AssumeRole",
                "sts:SetSourceIdentity",
                "sts:TagSession",
            }
            for service in services_of(SPECS.values())
        },
        "<AuditTrailTable>": {"dynamodb:PutItem", "dynamodb:Query"},
        "<RegistryTable>": {"dynamodb:BatchGetItem", "dynamodb:Query"},
        "<LedgerTable>": {"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
        "<HoldsTable>": {"dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"},
        "<ResourceLocksTable>": {"dynamodb:DeleteItem", "dynamodb:PutItem"},
        "<IntakeWorkQueue>": queue,
        "<FollowUpsWorkQueue>": queue | {"sqs:SendMessage"},
        "<RunsWorkQueue>": queue | {"sqs:SendMessage"},
        "<CommandsOperatorsQueue>": queue,
        "<CommandsApproversQueue>": queue,
        "<ReviewQueue>": {"sqs:SendMessage"},
        "<ReviewSecurity>": {"sns:Publish"},
        "<ReviewReviewers>": {"sns:Publish"},
        "<ReviewOwners>": {"sns:Publish"},
        "<ReviewBus>": {"events:PutEvents"},
        configuration: {"appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"},
        "<EncryptionKey>": {
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        },
        "<RemediatorLogs>": {"logs:CreateLogStream", "logs:PutLogEvents"},
        "*": {"xray:PutTelemetryRecords", "xray:PutTraceSegments"},
    }


def partitions_of(said: Iterable[dict[str, Any]], action: str, table: str) -> list[str]:
    """The partitions that an action on a table is limited to."""
    (statement,) = (
        statement
        for statement in said
        if action in listed(statement["Action"]) and table in map(pointed, listed(statement["Resource"]))
    )
    condition = statement["Condition"]
    assert condition["Null"] == {"dynamodb:LeadingKeys": "false"}
    return list(condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])


def test_the_function_updates_counts_only_and_lists_stops_only(every: Synthesized) -> None:
    said = list(statements(every, every.name("execution")))
    (counts,) = partitions_of(said, "dynamodb:UpdateItem", "<LedgerTable>")
    keys = Counter(account_id="111122223333", fix_id="a-fix").keys
    assert keys
    assert all(key.table is Table.LEDGER and key.partition.startswith(counts.removesuffix("*")) for key in keys)
    assert partitions_of(said, "dynamodb:Query", "<RegistryTable>") == [SWITCHES.partition]


def test_the_key_is_only_used_through_services_of_its_region(every: Synthesized) -> None:
    for said in (
        statements(every, every.name("execution")),
        statements(every, every.name("publisher")),
        managed_policy(every, "operator"),
        managed_policy(every, "approver"),
    ):
        for statement in said:
            if any(action.startswith("kms:") for action in listed(statement["Action"])):
                services = statement["Condition"]["StringEquals"]["kms:ViaService"]
                assert all(service.endswith(".us-east-1.amazonaws.com") for service in listed(services))


def test_the_function_encrypts_with_the_key_only_through_dynamodb(every: Synthesized) -> None:
    through: dict[str, set[str]] = {}
    for statement in statements(every, every.name("execution")):
        if any(action.startswith("kms:") for action in listed(statement["Action"])):
            for service in listed(statement["Condition"]["StringEquals"]["kms:ViaService"]):
                through.setdefault(service.split(".")[0], set()).update(listed(statement["Action"]))
    send = {"kms:Decrypt", "kms:GenerateDataKey"}
    assert through == {
        "dynamodb": send | {"kms:DescribeKey", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
        "sns": send,
        "sqs": send,
        "lambda": {"kms:Decrypt"},
    }


def test_only_lambda_runs_as_the_execution_role(every: Synthesized) -> None:
    role = every.properties("AWS::IAM::Role", RoleName=every.name("execution"))
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


# -- intake ----------------------------------------------------------------------------------------------------------


def test_only_wizs_delegator_with_the_tenant_id_becomes_the_publisher(every: Synthesized) -> None:
    deployment = load_deployment(app.CONFIG, every.environment)
    role = every.properties("AWS::IAM::Role", RoleName=every.name("publisher"))
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": deployment.wiz_tenant_id}},
            "Effect": "Allow",
            "Principal": {"AWS": deployment.wiz_delegator_role_arn},
        }
    ]


def test_the_publisher_may_only_publish_findings(every: Synthesized) -> None:
    assert permissions(every, every.name("publisher")) == {
        "<IntakeFindings>": {"sns:Publish"},
        "<EncryptionKey>": {"kms:Decrypt", "kms:GenerateDataKey"},
    }


def test_only_the_publisher_publishes_findings(every: Synthesized) -> None:
    topic_id, _ = every.find("AWS::SNS::Topic", TopicName=every.name("findings"))
    policy = policy_of(every, "AWS::SNS::TopicPolicy", topic_id)
    (allowed,) = (statement for statement in policy if statement["Effect"] == "Allow")
    publisher_id, _ = every.find("AWS::IAM::Role", RoleName=every.name("publisher"))
    assert allowed["Principal"] == {"AWS": {"Fn::GetAtt": [publisher_id, "Arn"]}}
    account = load_deployment(app.CONFIG, every.environment).account
    assert {
        "Action": "sns:Publish",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/{every.name('publisher')}"}},
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Resource": {"Ref": topic_id},
        "Sid": "NobodyElsePublishes",
    } in policy


def test_the_subscription_keeps_the_envelope_and_what_cannot_be_delivered(every: Synthesized) -> None:
    (subscription,) = every.resources("AWS::SNS::Subscription").values()
    dead_letters_id, _ = every.find("AWS::SQS::Queue", QueueName=every.name("findings-dlq"))
    assert subscription["Properties"]["RawMessageDelivery"] is False
    assert subscription["Properties"]["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [dead_letters_id, "Arn"]}
    }


@pytest.mark.parametrize(
    ("queue", "condition"),
    [
        (
            "findings",
            {
                "ArnNotEquals": {"aws:SourceArn": ["<IntakeFindings>"]},
                "ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::111111111111:role/operator"]},
            },
        ),
        (
            "follow-ups",
            {
                "ArnNotEquals": {"aws:SourceArn": ["arn:aws:events:us-east-1:111111111111:rule/suture-local-tick"]},
                "ArnNotLike": {
                    "aws:PrincipalArn": [
                        "arn:aws:iam::111111111111:role/suture-local-execution",
                        "arn:aws:iam::111111111111:role/operator",
                    ]
                },
            },
        ),
        (
            "runs.fifo",
            {
                "ArnNotLike": {
                    "aws:PrincipalArn": [
                        "arn:aws:iam::111111111111:role/suture-local-execution",
                        "arn:aws:iam::111111111111:role/operator",
                    ]
                }
            },
        ),
        ("commands", {"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::111111111111:role/operator"]}}),
        ("approvals", {"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::111111111111:role/approver"]}}),
    ],
)
def test_nobody_else_sends_to_a_queue_that_the_function_believes(
    local: Synthesized, queue: str, condition: dict[str, Any]
) -> None:
    queue_id, _ = local.find("AWS::SQS::Queue", QueueName=f"suture-local-{queue}")
    (statement,) = (
        statement
        for statement in policy_of(local, "AWS::SQS::QueuePolicy", queue_id)
        if statement.get("Sid") == "NobodyElseSends"
    )
    assert (statement["Effect"], statement["Action"], statement["Principal"]) == (
        "Deny",
        "sqs:SendMessage",
        {"AWS": "*"},
    )
    assert {
        operator: {key: list(map(pointed, values)) for key, values in keys.items()}
        for operator, keys in statement["Condition"].items()
    } == condition


@pytest.mark.parametrize("queue", WORK_QUEUES)
def test_nobody_sends_to_a_dead_letter_queue_but_sqs_itself_and_for_the_findings_sns(
    every: Synthesized, queue: str
) -> None:
    queue_id, dead_letters = every.find("AWS::SQS::Queue", QueueName=every.name(WORK_QUEUES[queue][1]))
    (denial,) = (s for s in policy_of(every, "AWS::SQS::QueuePolicy", queue_id) if s.get("Sid") == "NobodyElseSends")
    assert (denial["Effect"], denial["Action"], denial["Principal"]) == ("Deny", "sqs:SendMessage", {"AWS": "*"})
    if queue == "findings":
        topic_id, _ = every.find("AWS::SNS::Topic", TopicName=every.name("findings"))
        assert denial["Condition"] == {"ArnNotEquals": {"aws:SourceArn": [{"Ref": topic_id}]}}
    else:
        assert "Condition" not in denial
    deployment = load_deployment(app.CONFIG, every.environment)
    source = f"arn:aws:sqs:{deployment.region}:{deployment.account}:{every.name(WORK_QUEUES[queue][0])}"
    assert dead_letters["Properties"]["RedriveAllowPolicy"] == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [source],
    }


def test_only_the_platform_puts_something_before_the_people_who_read_the_review_queue(every: Synthesized) -> None:
    queue_id, _ = every.find("AWS::SQS::Queue", QueueName=every.name("review"))
    (denial,) = (s for s in policy_of(every, "AWS::SQS::QueuePolicy", queue_id) if s.get("Sid") == "NobodyElseSends")
    account = load_deployment(app.CONFIG, every.environment).account
    execution = f"arn:aws:iam::{account}:role/{every.name('execution')}"
    assert (denial["Effect"], denial["Action"]) == ("Deny", "sqs:SendMessage")
    assert denial["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [execution]}}


def test_an_operator_may_move_messages_back(one: Synthesized) -> None:
    operators = list(load_deployment(app.CONFIG, "dev").people.operator_role_arns)
    assert operators
    for queue in ("findings", "follow-ups", "runs", "commands"):
        denial = said_of_queue(one, queue, "NobodyElseSends")
        assert set(operators) <= set(denial["Condition"]["ArnNotLike"]["aws:PrincipalArn"])


def said_of_queue(template: Synthesized, queue: str, sid: str) -> dict[str, Any]:
    """The statement of this name in a work queue's policy."""
    queue_id, _ = template.find("AWS::SQS::Queue", QueueName=template.name(WORK_QUEUES[queue][0]))
    (statement,) = (s for s in policy_of(template, "AWS::SQS::QueuePolicy", queue_id) if s.get("Sid") == sid)
    return statement


@pytest.mark.parametrize("queue", ["commands", "approvals"])
def test_the_platform_itself_gives_no_command_and_approves_nothing_whoever_is_listed(
    every: Synthesized, queue: str
) -> None:
    account = load_deployment(app.CONFIG, every.environment).account
    denial = said_of_queue(every, queue, "ThePlatformNeverSends")
    assert (denial["Effect"], denial["Action"], denial["Principal"]) == ("Deny", "sqs:SendMessage", {"AWS": "*"})
    assert denial["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/{every.name('execution')}"}
    }


def test_where_no_approver_is_listed_nobody_approves(synthesize: Callable[..., Synthesized], tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(app.CONFIG, config)
    path = config / "deployments" / "dev.yaml"
    text = path.read_text(encoding="utf-8")
    (listed_approvers,) = re.findall(r"^approver_role_arns: .+$", text, re.MULTILINE)
    path.write_text(text.replace(listed_approvers, "approver_role_arns: []"), encoding="utf-8")
    denial = said_of_queue(synthesize("dev", config), "approvals", "NobodyElseSends")
    assert denial["Effect"] == "Deny"
    assert "Condition" not in denial


# -- the clock -------------------------------------------------------------------------------------------------------


def test_every_minute_a_message_that_the_runtime_takes_for_a_tick_is_sent_to_the_follow_ups(every: Synthesized) -> None:
    rule_id, rule = every.find("AWS::Events::Rule", Name=every.name("tick"))
    assert rule["Properties"]["ScheduleExpression"] == "rate(1 minute)"
    # On the default bus: no other takes schedules.
    assert "EventBusName" not in rule["Properties"]
    assert rule["Properties"].get("State", "ENABLED") == "ENABLED"
    (target,) = rule["Properties"]["Targets"]
    assert pointed(target["Arn"]) == "<FollowUpsWorkQueue>"
    assert parse_follow_up(target["Input"]) == Tick()
    assert json.loads(target["Input"]) == {"kind": "tick"}
    # It would be denied before the queue's policy is there.
    assert any(every.template["Resources"][name]["Type"] == "AWS::SQS::QueuePolicy" for name in rule["DependsOn"])
    assert list(every.resources("AWS::Events::Rule")) == [rule_id]


def test_only_the_clocks_rule_sends_through_eventbridge(every: Synthesized) -> None:
    deployment = load_deployment(app.CONFIG, every.environment)
    tick = f"arn:aws:events:{deployment.region}:{deployment.account}:rule/{every.name('tick')}"
    allowed = said_of_queue(every, "follow-ups", "TheClockSends")
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert (allowed["Effect"], allowed["Action"]) == ("Allow", "sqs:SendMessage")
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": tick}}
    (key,) = every.resources("AWS::KMS::Key").values()
    (statement,) = (
        statement
        for statement in key["Properties"]["KeyPolicy"]["Statement"]
        if statement["Principal"] == {"Service": "events.amazonaws.com"}
    )
    assert (statement["Effect"], statement["Action"]) == ("Allow", ["kms:Decrypt", "kms:GenerateDataKey"])
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": tick},
        "StringEquals": {"aws:SourceAccount": deployment.account},
    }


# -- people ----------------------------------------------------------------------------------------------------------

WORK = ("IntakeWork", "FollowUpsWork", "RunsWork", "CommandsOperators", "CommandsApprovers")
INDEXES = {f"<AuditTrailTable>/index/by-{name}" for name in ("account", "day", "finding", "fix", "outcome")}
TABLES = {"<AuditTrailTable>", "<RegistryTable>", "<LedgerTable>", "<HoldsTable>"}
READABLE = {
    **{index: {"dynamodb:Query"} for index in INDEXES},
    **{table: {"dynamodb:BatchGetItem", "dynamodb:Query"} for table in TABLES},
}


def test_an_operator_may_read_everything_stop_changes_and_send_commands_only(every: Synthesized) -> None:
    deployment = load_deployment(app.CONFIG, every.environment)
    account, people = deployment.account, deployment.people
    queues = {f"<{work}{queue}>" for work in WORK for queue in ("DeadLetters", "Queue")}
    allowed = actions_by_resource(managed_policy(every, "operator"))
    (configuration,) = (resource for resource in allowed if resource.startswith("arn:aws:appconfig:"))
    assert allowed == {
        **READABLE,
        "<RegistryTable>": {*READABLE["<RegistryTable>"], "dynamodb:PutItem"},
        # To see whether all is in order: `suture doctor`, `suture accounts verify`.
        **{queue: {"sqs:GetQueueAttributes"} for queue in (*queues, "<ReviewQueue>")},
        "<ReviewReviewers>": {"sns:ListSubscriptionsByTopic"},
        "<ReviewSecurity>": {"sns:ListSubscriptionsByTopic"},
        f"arn:aws:cloudformation:us-east-1:{account}:stack/Suture-{every.environment}/*": {
            "cloudformation:DescribeStacks"
        },
        "*": {"cloudwatch:DescribeAlarms"},
        configuration: {"appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"},
        **{
            role: {"iam:GetRole"}
            for role in (
                *people.operator_role_arns,
                *people.approver_role_arns,
                *deployment.administrator_role_arns,
            )
        },
        "arn:aws:iam::*:role/suture-remediation-verification": {"sts:AssumeRole"},
        "<CommandsOperatorsQueue>": {"sqs:GetQueueUrl", "sqs:SendMessage", "sqs:GetQueueAttributes"},
        f"arn:aws:ssm:us-east-1:{account}:parameter<PeopleListed>": {"ssm:GetParameter"},
        "<EncryptionKey>": {
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        },
    }


def test_what_each_of_the_peoples_policies_says_fits_into_a_managed_policy(every: Synthesized) -> None:
    for suffix in ("operator", "approver"):
        document = json.dumps(managed_policy(every, suffix), separators=(",", ":"))
        assert len(document) < MANAGED_POLICY_LIMIT


def test_an_approver_may_read_everything_and_send_approvals_only(every: Synthesized) -> None:
    account = load_deployment(app.CONFIG, every.environment).account
    assert actions_by_resource(managed_policy(every, "approver")) == {
        **READABLE,
        "<CommandsApproversQueue>": {"sqs:GetQueueUrl", "sqs:SendMessage"},
        f"arn:aws:ssm:us-east-1:{account}:parameter<PeopleListed>": {"ssm:GetParameter"},
        "<EncryptionKey>": {"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"},
    }


def test_the_command_line_and_the_function_know_whose_commands_are_taken(every: Synthesized) -> None:
    listed = every.properties("AWS::SSM::Parameter", Name=f"/suture/{every.environment}/people")
    people = load_deployment(app.CONFIG, every.environment).people
    assert from_json(People, json.loads(listed["Value"])) == people
    assert _function(every)["Environment"]["Variables"]["SUTURE_PEOPLE"] == listed["Value"]


def test_what_an_operator_writes_to_the_registry_are_stops(every: Synthesized) -> None:
    said = managed_policy(every, "operator")
    assert partitions_of(said, "dynamodb:PutItem", "<RegistryTable>") == [SWITCHES.partition]


@pytest.mark.parametrize(
    ("policy", "tables"),
    [
        (
            "operator",
            {
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            },
        ),
        ("approver", {"kms:Decrypt", "kms:DescribeKey"}),
    ],
)
def test_people_use_the_key_through_the_tables_and_the_queues_only(
    every: Synthesized, policy: str, tables: set[str]
) -> None:
    through = {
        service: set(listed(statement["Action"]))
        for statement in managed_policy(every, policy)
        if any(action.startswith("kms:") for action in listed(statement["Action"]))
        for service in listed(statement["Condition"]["StringEquals"]["kms:ViaService"])
    }
    assert through == {
        "dynamodb.us-east-1.amazonaws.com": tables,
        "sqs.us-east-1.amazonaws.com": {"kms:Decrypt", "kms:GenerateDataKey"},
    }


# -- queues and topics -----------------------------------------------------------------------------------------------


def test_every_queue_and_topic_is_encrypted_and_takes_tls_only(every: Synthesized) -> None:
    key_id = next(iter(every.resources("AWS::KMS::Key")))
    for kind, policy_kind in (
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy"),
    ):
        for logical_id, resource in every.resources(kind).items():
            assert resource["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": [key_id, "Arn"]}
            assert any(
                statement["Effect"] == "Deny"
                and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
                and statement["Principal"] in ("*", {"AWS": "*"})
                for statement in policy_of(every, policy_kind, logical_id)
            ), logical_id


@pytest.mark.parametrize("queue", WORK_QUEUES)
def test_a_message_that_fails_five_times_is_kept_for_two_weeks(every: Synthesized, queue: str) -> None:
    name, dead_letters_name = WORK_QUEUES[queue]
    dead_letters_id, dead_letters = every.find("AWS::SQS::Queue", QueueName=every.name(dead_letters_name))
    assert dead_letters["Properties"]["MessageRetentionPeriod"] == 14 * DAY_SECONDS
    work = every.properties("AWS::SQS::Queue", QueueName=every.name(name))
    assert work["MessageRetentionPeriod"] == 14 * DAY_SECONDS
    assert work["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [dead_letters_id, "Arn"]},
        "maxReceiveCount": 5,
    }


@pytest.mark.parametrize("queue", WORK_QUEUES)
def test_a_message_stays_invisible_for_six_times_the_functions_timeout(every: Synthesized, queue: str) -> None:
    work = every.properties("AWS::SQS::Queue", QueueName=every.name(WORK_QUEUES[queue][0]))
    assert work["VisibilityTimeout"] >= 6 * _function(every)["Timeout"]
    assert work["ReceiveMessageWaitTimeSeconds"] == 20


def test_runs_are_in_order_and_their_sender_says_which_are_the_same(every: Synthesized) -> None:
    for name in WORK_QUEUES["runs"]:
        queue = every.properties("AWS::SQS::Queue", QueueName=every.name(name))
        assert queue["FifoQueue"] is True
        assert queue.get("ContentBasedDeduplication", False) is False


def test_no_other_queue_is_in_order(every: Synthesized) -> None:
    """CloudFormation takes no ``false`` for it."""
    in_order = {
        queue["Properties"]["QueueName"]
        for queue in every.resources("AWS::SQS::Queue").values()
        if "FifoQueue" in queue["Properties"]
    }
    assert in_order == set(map(every.name, WORK_QUEUES["runs"]))


def test_the_review_queue_keeps_messages_for_two_weeks(every: Synthesized) -> None:
    review = every.properties("AWS::SQS::Queue", QueueName=every.name("review"))
    assert review["MessageRetentionPeriod"] == 14 * DAY_SECONDS


# -- the function ----------------------------------------------------------------------------------------------------


def _function(template: Synthesized) -> dict[str, Any]:
    return template.properties("AWS::Lambda::Function", FunctionName=template.name("remediator"))


def test_the_function_is_what_the_bundle_is_built_for(every: Synthesized) -> None:
    function = _function(every)
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == "runtime.entry.handler.handler"
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert "ReservedConcurrentExecutions" not in function


def test_the_functions_settings_and_logs_are_encrypted_and_logs_end(every: Synthesized) -> None:
    key = {"Fn::GetAtt": [next(iter(every.resources("AWS::KMS::Key"))), "Arn"]}
    log_group_id, log_group = every.find("AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/{every.name('remediator')}")
    assert _function(every)["KmsKeyArn"] == log_group["Properties"]["KmsKeyId"] == key
    assert _function(every)["LoggingConfig"]["LogGroup"] == {"Ref": log_group_id}
    assert log_group["Properties"]["RetentionInDays"] > 0


class _Recorded(dict[str, str]):
    """Knows what was read of it."""

    def __init__(self, content: dict[str, str]) -> None:
        super().__init__(content)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return super().__getitem__(name)


def test_the_function_has_every_setting_that_the_runtime_reads(
    every: Synthesized, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _function(every)["Environment"]["Variables"]
    arns = {name: f"arn:aws:sns:us-east-1:123456789012:{name}" for name in settings if name.endswith("_TOPIC_ARN")}
    environment = _Recorded({**dict.fromkeys(settings, "1"), **arns, "SUTURE_PEOPLE": settings["SUTURE_PEOPLE"]})
    monkeypatch.setattr(wiring.os, "environ", environment)
    monkeypatch.setattr(wiring, "new_session", MagicMock())
    wiring.build_queues()
    assert environment.read == {name for name in settings if name.startswith("SUTURE_")}
    assert settings["SUTURE_ENVIRONMENT"] == every.environment
    assert settings["POWERTOOLS_SERVICE_NAME"] == f"suture-{every.environment}"
    assert settings["POWERTOOLS_METRICS_NAMESPACE"] == "Suture"


def test_the_function_ends_before_its_lock_on_a_resource_does(one: Synthesized) -> None:
    assert _function(one)["Timeout"] < LEASE_SECONDS


def test_the_functions_messages_to_itself_are_fewer_than_lambda_takes_for_a_loop() -> None:
    # The longest way: an approval, the run that it begins, and the looks at a slow change.
    assert 1 + 1 + VERIFY_ATTEMPTS < LAMBDA_LOOP_LIMIT


def test_nobody_invokes_the_function_but_lambda_for_its_queues(every: Synthesized) -> None:
    function_id, _ = every.find("AWS::Lambda::Function", FunctionName=every.name("remediator"))
    arn = {"Fn::GetAtt": [function_id, "Arn"]}
    (policy,) = every.resources("AWS::Lambda::ResourcePolicy").values()
    account = load_deployment(app.CONFIG, every.environment).account
    execution = f"arn:aws:iam::{account}:role/{every.name('execution')}"
    assert policy["Properties"]["ResourceArn"] == arn
    assert policy["Properties"]["PolicyDocument"]["Statement"] == [
        {
            "Sid": "NobodyInvokesIt",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"],
            "Resource": [arn, {"Fn::Join": ["", [arn, ":*"]]}],
            "Condition": {
                "Bool": {"aws:PrincipalIsAWSService": "false"},
                "ArnNotLike": {"aws:PrincipalArn": [execution]},
            },
        }
    ]
    # It has one policy: a permission would be another way to write it.
    assert not every.resources("AWS::Lambda::Permission")
    assert not every.resources("AWS::Lambda::Url")


def test_every_work_queue_invokes_the_function_one_message_at_a_time_and_within_a_limit(every: Synthesized) -> None:
    sources = {
        pointed(source["Properties"]["EventSourceArn"]): source["Properties"]
        for source in every.resources("AWS::Lambda::EventSourceMapping").values()
    }
    for source in sources.values():
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BatchSize"] == 1
    concurrency = load_deployment(app.CONFIG, every.environment).findings_concurrency
    assert {name: source["ScalingConfig"]["MaximumConcurrency"] for name, source in sources.items()} == {
        "<IntakeWorkQueue>": concurrency,
        "<RunsWorkQueue>": concurrency,
        "<FollowUpsWorkQueue>": 2,
        "<CommandsOperatorsQueue>": 2,
        "<CommandsApproversQueue>": 2,
    }


# -- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["audit", "registry", "ledger", "holds"])
def test_every_table_but_that_of_the_locks_outlives_its_stack(every: Synthesized, table: str) -> None:
    _, resource = every.find("AWS::DynamoDB::GlobalTable", TableName=every.name(table))
    (replica,) = resource["Properties"]["Replicas"]
    assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    # The demonstration cleans up after itself.
    disposable = every.environment == "local"
    assert replica["DeletionProtectionEnabled"] is not disposable
    assert resource["DeletionPolicy"] == ("Delete" if disposable else "Retain")
    assert resource["UpdateReplacePolicy"] == ("Delete" if disposable else "Retain")


def test_every_table_is_encrypted_with_the_key(every: Synthesized) -> None:
    key = {"KMSMasterKeyId": {"Fn::GetAtt": [next(iter(every.resources("AWS::KMS::Key"))), "Arn"]}}
    tables = every.resources("AWS::DynamoDB::GlobalTable").values()
    assert len(tables) == 5
    assert all(table["Properties"]["Replicas"][0]["SSESpecification"] == key for table in tables)


def test_the_audit_trail_is_found_by_finding_day_account_outcome_and_fix(one: Synthesized) -> None:
    table = one.properties("AWS::DynamoDB::GlobalTable", TableName=one.name("audit"))
    assert _keys(table) == ("correlation_id", "sequence")
    assert {index["IndexName"]: _keys(index) for index in table["GlobalSecondaryIndexes"]} == {
        "by-finding": ("issue_id", "at"),
        "by-day": ("day", "at"),
        "by-account": ("account_id", "at"),
        "by-outcome": ("outcome", "at"),
        "by-fix": ("fix_id", "at"),
    }
    for index in table["GlobalSecondaryIndexes"]:
        assert index["Projection"]["ProjectionType"] == "INCLUDE"
        # DynamoDB adds the keys itself.
        assert {*index["Projection"]["NonKeyAttributes"], *_keys(index)} == {*trail.LISTED, *_keys(index)}
        assert not {*index["Projection"]["NonKeyAttributes"]} & {*_keys(index), *_keys(table)}
    assert {attribute["AttributeType"] for attribute in table["AttributeDefinitions"]} == {"S"}


def test_every_table_has_the_keys_that_the_runtime_uses(one: Synthesized) -> None:
    for name in Table:
        table = one.properties("AWS::DynamoDB::GlobalTable", TableName=one.name(name))
        assert _keys(table) == KEY_NAMES[name]
        assert {attribute["AttributeType"] for attribute in table["AttributeDefinitions"]} == {"S"}
        ends = {"AttributeName": "expires_at", "Enabled": True} if name is Table.LOCKS else None
        assert table.get("TimeToLiveSpecification") == ends


def _keys(table: dict[str, Any]) -> tuple[str, ...]:
    return tuple(key["AttributeName"] for key in table["KeySchema"])


WRITES = {
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
}


def said_of_table(template: Synthesized, table: str) -> dict[str, dict[str, Any]]:
    """The statements of a table's own policy by their names. All of them deny."""
    name = template.name(table)
    deployment = load_deployment(app.CONFIG, template.environment)
    (replica,) = template.properties("AWS::DynamoDB::GlobalTable", TableName=name)["Replicas"]
    said = replica["ResourcePolicy"]["PolicyDocument"]["Statement"]
    for statement in said:
        assert (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"})
        arn = f"arn:aws:dynamodb:{deployment.region}:{deployment.account}:table/{name}"
        assert statement["Resource"] == arn
    return {statement["Sid"]: statement for statement in said}


@pytest.mark.parametrize("table", Table)
def test_nobody_else_writes_into_a_table_whatever_their_own_policies_allow(every: Synthesized, table: Table) -> None:
    deployment = load_deployment(app.CONFIG, every.environment)
    execution = f"arn:aws:iam::{deployment.account}:role/{every.name('execution')}"
    people = [*deployment.people.operator_role_arns, *deployment.administrator_role_arns]
    denial = said_of_table(every, table)["NobodyElseWrites"]
    assert set(denial["Action"]) == WRITES
    writers = people if table is Table.REGISTRY else [execution]
    assert denial["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": writers}}


def test_nobody_changes_or_deletes_what_is_in_the_audit_trail(every: Synthesized) -> None:
    denial = said_of_table(every, Table.AUDIT)["NobodyChangesOrDeletes"]
    assert set(denial["Action"]) == WRITES - {"dynamodb:PutItem"}
    assert "Condition" not in denial


# -- the policy ------------------------------------------------------------------------------------------------------


def test_appconfig_checks_the_policy_against_the_schema_file(every: Synthesized) -> None:
    profile = every.properties("AWS::AppConfig::ConfigurationProfile", Name="policy")
    (validator,) = profile["Validators"]
    assert validator["Type"] == "JSON_SCHEMA"
    assert validator["Content"] == compact(json.loads((app.CONFIG / "policy.schema.json").read_text()))
    assert validator["Content"] == compact(policy_schema(SPECS))


def test_the_policy_delivered_is_the_one_in_the_configuration(every: Synthesized) -> None:
    (version,) = every.resources("AWS::AppConfig::HostedConfigurationVersion").values()
    assert version["Properties"]["Content"] == load_policy(app.CONFIG, SPECS)
    assert version["Properties"]["ContentType"] == "application/json"


def test_a_policy_is_delivered_to_production_step_by_step(synthesize: Callable[..., Synthesized]) -> None:
    (strategy,) = synthesize("production").resources("AWS::AppConfig::DeploymentStrategy").values()
    assert strategy["Properties"]["GrowthFactor"] < 100
    assert strategy["Properties"]["DeploymentDurationInMinutes"] > 0
    assert strategy["Properties"]["FinalBakeTimeInMinutes"] > 0


def test_a_policy_is_delivered_after_the_code_that_knows_its_fixes(one: Synthesized) -> None:
    (deployment,) = one.resources("AWS::AppConfig::Deployment").values()
    function_id, _ = one.find("AWS::Lambda::Function", FunctionName=one.name("remediator"))
    assert function_id in deployment["DependsOn"]


def test_another_catalog_changes_nothing_but_the_policy_delivered(
    one: Synthesized, synthesize: Callable[..., Synthesized], tmp_path: Path
) -> None:
    config = tmp_path / "config"
    shutil.copytree(app.CONFIG, config)
    catalog = config / "catalog.yaml"
    text = catalog.read_text(encoding="utf-8")
    catalog.write_text(text.replace("ports: [22]", "ports: [22, 2222]"), encoding="utf-8")
    before, after = one.template["Resources"], synthesize("dev", config).template["Resources"]
    changed = {before[name]["Type"] for name in before if before[name] != after[name]}
    assert before.keys() == after.keys()
    assert changed == {"AWS::AppConfig::HostedConfigurationVersion"}


# -- alarms and outputs ----------------------------------------------------------------------------------------------


def test_whatever_can_get_stuck_has_an_alarm_for_the_security_team(every: Synthesized) -> None:
    topic_id, _ = every.find("AWS::SNS::Topic", TopicName=every.name("security"))
    alarms = [alarm["Properties"] for alarm in every.resources("AWS::CloudWatch::Alarm").values()]
    assert all(alarm["AlarmActions"] == [{"Ref": topic_id}] for alarm in alarms)
    assert {(alarm["MetricName"], pointed(alarm["Dimensions"][0]["Value"])) for alarm in alarms} == {
        ("ApproximateNumberOfMessagesVisible", "<IntakeWorkDeadLetters>"),
        ("ApproximateNumberOfMessagesVisible", "<FollowUpsWorkDeadLetters>"),
        ("ApproximateNumberOfMessagesVisible", "<RunsWorkDeadLetters>"),
        ("ApproximateNumberOfMessagesVisible", "<CommandsOperatorsDeadLetters>"),
        ("ApproximateNumberOfMessagesVisible", "<CommandsApproversDeadLetters>"),
        ("ApproximateAgeOfOldestMessage", "<IntakeWorkQueue>"),
        ("ApproximateAgeOfOldestMessage", "<FollowUpsWorkQueue>"),
        ("ApproximateAgeOfOldestMessage", "<RunsWorkQueue>"),
        ("ApproximateAgeOfOldestMessage", "<CommandsOperatorsQueue>"),
        ("ApproximateAgeOfOldestMessage", "<CommandsApproversQueue>"),
        ("ApproximateAgeOfOldestMessage", "<ReviewQueue>"),
        ("Errors", "<RemediatorFunction>"),
        ("Throttles", "<RemediatorFunction>"),
        ("FailedInvocations", "<FollowUpsTick>"),
        ("RATE_LIMIT_EXCEEDED", f"suture-{every.environment}"),
        ("RUN_STUCK", f"suture-{every.environment}"),
        ("SWEEP_UNFINISHED", f"suture-{every.environment}"),
        ("HOLD_UNREADABLE", f"suture-{every.environment}"),
        ("REMINDER_UNREADABLE", f"suture-{every.environment}"),
    }
    for alarm in alarms:
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible":
            assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")


def problems() -> set[str]:
    """What the use cases report as amiss, by the names that it is counted under."""
    code = "".join(path.read_text("utf-8") for path in (app.REPOSITORY / "runtime" / "application").glob("*.py"))
    return set(re.findall(r'telemetry\.problem\(\s*"([A-Z_]+)"', code))


def test_a_limit_that_is_reached_and_every_problem_raise_an_alarm_by_the_functions_own_metric(
    every: Synthesized,
) -> None:
    settings = _function(every)["Environment"]["Variables"]
    alarms = [alarm["Properties"] for alarm in every.resources("AWS::CloudWatch::Alarm").values()]
    own = [alarm for alarm in alarms if alarm["Namespace"] == settings["POWERTOOLS_METRICS_NAMESPACE"]]
    assert {alarm["MetricName"] for alarm in own} == {"RATE_LIMIT_EXCEEDED", *problems()}
    assert "RATE_LIMIT_EXCEEDED" in COUNTED
    for alarm in own:
        # Powertools' one dimension: https://docs.aws.amazon.com/powertools/python/latest/core/metrics/
        assert alarm["Dimensions"] == [{"Name": "service", "Value": settings["POWERTOOLS_SERVICE_NAME"]}]
        assert alarm["AlarmName"] == every.name(alarm["MetricName"].lower().replace("_", "-"))
        assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 1)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_alarms_may_publish_to_the_security_topic_and_use_the_key(every: Synthesized) -> None:
    topic_id, _ = every.find("AWS::SNS::Topic", TopicName=every.name("security"))
    (key,) = every.resources("AWS::KMS::Key").values()
    for policy in (policy_of(every, "AWS::SNS::TopicPolicy", topic_id), key["Properties"]["KeyPolicy"]["Statement"]):
        (statement,) = (s for s in policy if s["Principal"] == {"Service": "cloudwatch.amazonaws.com"})
        assert set(statement["Condition"]) == {"ArnLike", "StringEquals"}


def dashboard(every: Synthesized) -> list[dict[str, Any]]:
    """Its widgets."""
    ((_, found),) = every.resources("AWS::CloudWatch::Dashboard").items()
    assert found["Properties"]["DashboardName"] == f"suture-{every.environment}"
    body = json.dumps(found["Properties"]["DashboardBody"]["Fn::Join"][1])
    parts = [part if isinstance(part, str) else pointed(part).replace('"', "") for part in json.loads(body)]
    return listed(json.loads("".join(parts))["widgets"])


def shown(widget: dict[str, Any]) -> set[str]:
    """The metrics that a widget names, also those that an expression is made of."""
    return {metric[1] for metric in widget["properties"].get("metrics", []) if isinstance(metric[0], str)}


def test_there_is_a_dashboard_of_what_the_report_counts(every: Synthesized) -> None:
    (results,) = [one for one in dashboard(every) if one["properties"].get("title") == "Results"]
    labels = {str(options["label"]) for *_, options in results["properties"]["metrics"] if "visible" not in options}
    assert labels == {*Result, "undone for 100 fixed"}
    assert shown(results) == set(Outcome) - {Outcome.DONE}
    assert results["properties"]["setPeriodToTimeRange"] is True
    expressions = {
        options["label"]: options["expression"]
        for options, *_ in results["properties"]["metrics"]
        if isinstance(options, dict)
    }
    assert expressions == {
        "fixed": "FILL(fixed_0, 0) + FILL(fixed_1, 0)",
        "undone for 100 fixed": "100 * (FILL(taken_0, 0)) / (FILL(done_0, 0) + FILL(done_1, 0))",
    }


def test_the_dashboard_shows_what_the_function_counts_each_queue_and_every_alarm(every: Synthesized) -> None:
    widgets = dashboard(every)
    assert {*COUNTED, *problems()} <= set().union(*map(shown, widgets))
    metrics = [metric for one in widgets for metric in one["properties"].get("metrics", [])]
    own = [
        metric
        for metric in metrics
        if metric[0] == _function(every)["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
    ]
    assert own
    assert {tuple(metric[2:4]) for metric in own} == {("service", f"suture-{every.environment}")}
    queues = {options["label"] for metric in metrics if metric[0] == "AWS/SQS" for options in metric[-1:]}
    assert queues == {*STANDARD_QUEUES, "runs"}
    (status,) = [one["properties"]["alarms"] for one in widgets if one["type"] == "alarm"]
    assert len(status) == len(every.resources("AWS::CloudWatch::Alarm"))


def test_an_operator_finds_everything_in_the_outputs(every: Synthesized) -> None:
    assert set(every.template["Outputs"]) == {
        "ApprovalsDeadLetterQueueUrl",
        "ApprovalsQueueUrl",
        "ApproverPolicyArn",
        "AuditTableName",
        "CodeVersion",
        "CommandsDeadLetterQueueUrl",
        "CommandsQueueUrl",
        "EventBusName",
        "ExecutionRoleArn",
        "FindingsDeadLetterQueueUrl",
        "FindingsQueueUrl",
        "FindingsTopicArn",
        "FollowUpDeadLetterQueueUrl",
        "FollowUpQueueUrl",
        "FunctionName",
        "HoldsTableName",
        "KeyArn",
        "LedgerTableName",
        "LockTableName",
        "OwnersTopicArn",
        "OperatorPolicyArn",
        "PolicyApplicationId",
        "PolicyEnvironmentId",
        "PolicyProfileId",
        "PublisherRoleArn",
        "RegistryTableName",
        "ReviewQueueUrl",
        "ReviewersTopicArn",
        "RunsDeadLetterQueueUrl",
        "RunsQueueUrl",
        "SecurityTopicArn",
    }


def test_every_name_says_which_environment_it_belongs_to(every: Synthesized) -> None:
    prefix = f"suture-{every.environment}"
    assert every.properties("AWS::Events::EventBus")["Name"] == prefix
    assert every.properties("AWS::KMS::Alias")["AliasName"] == f"alias/{prefix}"
    assert every.properties("AWS::AppConfig::Application")["Name"] == prefix
    assert every.properties("AWS::AppConfig::Environment")["Name"] == every.environment


def test_no_template_holds_a_path_of_this_machine(every: Synthesized) -> None:
    assert str(app.REPOSITORY) not in json.dumps(every.template)


def test_the_code_version_in_audit_records_is_the_bundles(one: Synthesized) -> None:
    asset = build_lambda_asset(app.REPOSITORY)
    assert _function(one)["Environment"]["Variables"]["SUTURE_VERSION"] == asset.version
    assert one.template["Outputs"]["CodeVersion"]["Value"] == asset.version == checkout_version(app.REPOSITORY)

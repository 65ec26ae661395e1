"""Wires the use cases to AWS: the only place that reads the environment and the clock.

Everything is created once per process, at import.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from botocore.client import BaseClient

from runtime.application.ports import Mail, Message, Table
from runtime.application.use_cases import UseCases, assemble
from runtime.aws.accounts import CustomerAccounts
from runtime.aws.mail import TOPICS, AwsMail
from runtime.aws.policy import AppConfigPolicy
from runtime.aws.store import DynamoStore
from runtime.aws.threads import together
from runtime.domain.document import from_json
from runtime.domain.facts import PlatformAccount
from runtime.domain.people import People
from runtime.domain.resource import parse_arn
from runtime.entry.clients import Clients, new_session
from runtime.entry.telemetry import PowertoolsTelemetry
from runtime.fixes.catalog import TYPES, summaries


def utc_now() -> datetime:
    return datetime.now(UTC)


def build_queues() -> tuple[Mapping[str, Callable[[Message], None]], Callable[[Message, int], None]]:
    """The handler of each queue's messages, by the queue's name; and the retry delay of failed messages.

    Each queue's policy limits its senders, so the queue determines the messages. Raises ``KeyError`` with the
    environment variable that is not set.
    """
    client = Clients(new_session())
    urls = {name: os.environ[f"SUTURE_{name}_QUEUE_URL"] for name in _INVOKING}
    names = {name: url.rpartition("/")[2] for name, url in urls.items()}
    mail = AwsMail(
        client=client,
        together=together,
        queues={names[name]: url for name, url in urls.items()},
        follow_up_queue_url=urls["FOLLOW_UP"],
        runs_queue_url=urls["RUNS"],
        review_queue_url=os.environ["SUTURE_REVIEW_QUEUE_URL"],
        topic_arns={one: os.environ[f"SUTURE_{one.name}_TOPIC_ARN"] for one in TOPICS},
        event_bus=os.environ["SUTURE_EVENT_BUS"],
        retry_seconds=int(os.environ["SUTURE_RETRY_SECONDS"]),
    )
    use_cases = build_use_cases(os.environ, client, mail)
    handlers = {
        "FINDINGS": use_cases.findings.handle,
        "FOLLOW_UP": use_cases.runs.handle_follow_up,
        "RUNS": use_cases.runs.handle_run,
        "COMMANDS": use_cases.commands.handle_operator,
        "APPROVALS": use_cases.commands.handle_approver,
    }
    return {names[name]: handle for name, handle in handlers.items()}, mail.postpone


_INVOKING = ("FINDINGS", "FOLLOW_UP", "RUNS", "COMMANDS", "APPROVALS")


def build_use_cases(environment: Mapping[str, str], client: Callable[[str], BaseClient], mail: Mail) -> UseCases:
    """The use cases with the AWS services of the environment."""
    topic = parse_arn(environment["SUTURE_FINDINGS_TOPIC_ARN"])  # the platform's own, as everything named here is
    policy = AppConfigPolicy(
        client=client("appconfigdata"),
        profile={
            "ApplicationIdentifier": environment["SUTURE_APPCONFIG_APPLICATION"],
            "EnvironmentIdentifier": environment["SUTURE_APPCONFIG_ENVIRONMENT"],
            "ConfigurationProfileIdentifier": environment["SUTURE_APPCONFIG_PROFILE"],
        },
        fixes=summaries(),
        types=TYPES,
        seconds=time.monotonic,
    )
    tables = {table: environment[f"SUTURE_{table.name}_TABLE"] for table in Table}
    return assemble(
        store=DynamoStore(client=client("dynamodb"), tables=tables, together=together),
        accounts=CustomerAccounts(session=new_session(), sts=client("sts")),
        mail=mail,
        policy=policy,
        telemetry=PowertoolsTelemetry(),
        now=utc_now,
        together=together,
        choose=random.choice,
        runs_in=PlatformAccount(account_id=topic.account_id, partition=topic.partition),
        topic_arn=environment["SUTURE_FINDINGS_TOPIC_ARN"],
        people=from_json(People, json.loads(environment["SUTURE_PEOPLE"])),
        environment=environment["SUTURE_ENVIRONMENT"],
        code_version=environment["SUTURE_VERSION"],
        verify_seconds=int(environment["SUTURE_VERIFY_SECONDS"]),
    )

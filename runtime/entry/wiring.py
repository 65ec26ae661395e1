"""Puts the use cases together over the ports, and the ports over AWS: what handles the messages of each queue."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

import boto3
import botocore.session
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.parameters import AppConfigProvider
from botocore.client import BaseClient
from botocore.config import Config

from runtime.application.change import Change
from runtime.application.commands import Commands
from runtime.application.exceptions import Exceptions
from runtime.application.findings import Findings
from runtime.application.journal import Journal
from runtime.application.ports import Accounts, Clock, Mail, Message, PolicySource, Store, Table, Telemetry, Together
from runtime.application.requests import Requests
from runtime.application.resume import Resume
from runtime.application.reviews import Reviews
from runtime.application.runs import Runs
from runtime.application.settle import Settle
from runtime.application.stops import Stops
from runtime.application.undo import Undo
from runtime.application.verification import Verification
from runtime.application.work import Workshop
from runtime.aws.accounts import CustomerAccounts
from runtime.aws.mail import AwsMail
from runtime.aws.policy_source import AppConfigPolicy
from runtime.aws.store import DynamoStore
from runtime.aws.threads import together
from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.outcome import Reason
from runtime.fixes.catalog import FIX_BY_ID, SPECS

CLIENT_CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent_extra="suture",
)
"""Seconds. One call, retried, ends before the function's time does; a function that runs out of it loses nothing."""

_COUNTED = frozenset({Reason.RATE_LIMIT_EXCEEDED, Reason.DRIFT_LOOP, Reason.APPROVAL_VOID, Reason.IDENTITY_MISMATCH})
"""Reasons that are a metric of their own: each says that something is amiss beyond the one finding."""

logger = Logger()
metrics = Metrics()


def utc_now() -> datetime:
    return datetime.now(UTC)


class PowertoolsTelemetry:
    """Structured logs that carry the run's id, and a count of each outcome in the log's embedded format."""

    def follow(self, run_id: str) -> None:
        logger.set_correlation_id(run_id)

    def recorded(self, event: AuditEvent) -> None:
        logger.info(
            event.sentence,
            event_kind=event.kind,
            outcome=event.outcome,
            reason=event.reason,
            issue_id=event.issue_id,
            account_id=event.account_id,
            resource_arn=event.resource_arn,
            fix_id=event.fix_id,
        )
        name = event.outcome if event.kind is EventKind.OUTCOME else event.kind
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
        if event.kind is EventKind.OUTCOME and event.reason in _COUNTED:
            metrics.add_metric(name=event.reason, unit=MetricUnit.Count, value=1)

    def problem(self, name: str, sentence: str) -> None:
        logger.error(sentence)
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue that invokes the function: what is done with its messages, and when failed ones come back.

    Each queue's policy says who may send to it, so the queue says what may be in it.
    """

    name: str
    handle: Callable[[Message], None]
    postpone: Callable[[Message, int], None]


def build_queues() -> Mapping[str, Queue]:
    """What is done with each queue's messages, by the queue's name.

    Raises ``KeyError`` naming the environment variable that is not set.
    """
    # An AWS client is made when it is first needed: most findings need neither SQS nor SNS.
    client = cache(partial(boto3.Session().client, config=CLIENT_CONFIG))
    urls = {name: os.environ[f"SUTURE_{name}_QUEUE_URL"] for name in _INVOKING}
    names = {name: url.rpartition("/")[2] for name, url in urls.items()}
    mail = AwsMail(
        client=client,
        together=together,
        queues={names[name]: url for name, url in urls.items()},
        follow_up_queue_url=urls["FOLLOW_UP"],
        runs_queue_url=urls["RUNS"],
        review_queue_url=os.environ["SUTURE_REVIEW_QUEUE_URL"],
        security_topic_arn=os.environ["SUTURE_SECURITY_TOPIC_ARN"],
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
    return {
        names[name]: Queue(name=names[name], handle=handle, postpone=mail.postpone) for name, handle in handlers.items()
    }


_INVOKING = ("FINDINGS", "FOLLOW_UP", "RUNS", "COMMANDS", "APPROVALS")


def build_use_cases(environment: Mapping[str, str], client: Callable[[str], BaseClient], mail: Mail) -> UseCases:
    """The use cases over the AWS services that the environment names."""
    policy = AppConfigPolicy(
        make_provider=partial(
            AppConfigProvider,
            environment=environment["SUTURE_APPCONFIG_ENVIRONMENT"],
            application=environment["SUTURE_APPCONFIG_APPLICATION"],
            boto3_client=client("appconfigdata"),
        ),
        profile=environment["SUTURE_APPCONFIG_PROFILE"],
        specs=SPECS,
    )
    tables = {table: environment[f"SUTURE_{table.name}_TABLE"] for table in Table}
    return assemble(
        store=DynamoStore(client=client("dynamodb"), tables=tables, together=together),
        accounts=CustomerAccounts(session=botocore.session.Session(), sts=client("sts"), config=CLIENT_CONFIG),
        mail=mail,
        policy=policy,
        telemetry=PowertoolsTelemetry(),
        now=utc_now,
        together=together,
        actor=f"suture-{environment['SUTURE_ENVIRONMENT']}",
        code_version=environment["SUTURE_VERSION"],
        verify_seconds=int(environment["SUTURE_VERIFY_SECONDS"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """What takes the messages of each queue."""

    findings: Findings
    runs: Runs
    commands: Commands


def assemble(
    *,
    store: Store,
    accounts: Accounts,
    mail: Mail,
    policy: PolicySource,
    telemetry: Telemetry,
    now: Clock,
    together: Together,
    actor: str,
    code_version: str,
    verify_seconds: int,
) -> UseCases:
    """Give each use case what it needs. ``verify_seconds`` is the delay before the first look at a slow change."""
    journal = Journal(store=store, mail=mail, telemetry=telemetry, now=now, actor=actor, code_version=code_version)
    workshop = Workshop(accounts=accounts, together=together, fixes=FIX_BY_ID)
    verification = Verification(
        store=store, journal=journal, mail=mail, workshop=workshop, verify_seconds=verify_seconds
    )
    change = Change(
        store=store,
        journal=journal,
        mail=mail,
        policy=policy,
        verification=verification,
        together=together,
        choose=random.choice,
    )
    settle = Settle(store=store, journal=journal, verification=verification)
    findings = Findings(
        store=store,
        journal=journal,
        mail=mail,
        policy=policy,
        workshop=workshop,
        change=change,
        settle=settle,
        verification=verification,
    )
    undo = Undo(store=store, journal=journal, verification=verification, together=together)
    resume = Resume(
        store=store, mail=mail, policy=policy, telemetry=telemetry, now=now, together=together, choose=random.choice
    )
    return UseCases(
        findings=findings,
        runs=Runs(journal=journal, findings=findings, undo=undo, verification=verification, resume=resume),
        commands=Commands(
            journal=journal,
            mail=mail,
            policy=policy,
            reviews=Reviews(journal=journal),
            requests=Requests(store=store, journal=journal),
            exceptions=Exceptions(store=store),
            stops=Stops(store=store),
            resume=resume,
        ),
    )

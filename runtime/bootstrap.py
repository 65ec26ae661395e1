"""The only place that builds clients, reads the environment and looks at the clock.

Everything is made once per process, at import, so that a warm invocation makes none of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.parameters import AppConfigProvider
from botocore.client import BaseClient
from botocore.config import Config

from runtime.aws.audit_trail import AuditTrail
from runtime.aws.customer import CustomerAccounts
from runtime.aws.exception_register import ExceptionRegister
from runtime.aws.holds import Holds
from runtime.aws.ledger import Ledger
from runtime.aws.locks import ResourceLocks
from runtime.aws.outbox import Outbox
from runtime.aws.policy_source import PolicySource
from runtime.aws.registry import Registry
from runtime.aws.retries import RetrySchedule
from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.facts import PlatformAccount
from runtime.domain.outcome import Reason
from runtime.domain.resource import parse_arn
from runtime.fixes.catalog import SPECS
from runtime.message import Message
from runtime.platform import Platform, assemble
from runtime.recorder import Recorder

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
    """Structured logs that carry the correlation id, and a count of each outcome in the log's embedded format."""

    def follow(self, correlation_id: str) -> None:
        logger.set_correlation_id(correlation_id)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue that invokes the function: what is done with its messages, and when failed ones come back.

    Each queue's policy says who may send to it, so the queue says what may be in it.
    """

    handle: Callable[[Message], None]
    postpone: Callable[..., None]


def build_queues() -> Mapping[str, Queue]:
    """What is done with each queue's messages, by the queue's name.

    Raises ``KeyError`` naming the environment variable that is not set.
    """
    # An AWS client is made when it is first needed: most findings need neither SQS nor SNS.
    client = cache(partial(boto3.Session().client, config=CLIENT_CONFIG))
    platform = build_platform(os.environ, client)
    retries = RetrySchedule(client=client, base_seconds=int(os.environ["SUTURE_RETRY_SECONDS"]))
    handlers = {
        os.environ["SUTURE_FINDINGS_QUEUE_URL"]: platform.pipeline.handle_finding,
        os.environ["SUTURE_FOLLOW_UP_QUEUE_URL"]: platform.runs.handle_follow_up,
        os.environ["SUTURE_RUNS_QUEUE_URL"]: platform.runs.handle_run,
        os.environ["SUTURE_COMMANDS_QUEUE_URL"]: platform.commands.handle_operator,
        os.environ["SUTURE_APPROVALS_QUEUE_URL"]: platform.commands.handle_approver,
    }
    return {
        url.rpartition("/")[2]: Queue(handle=handle, postpone=partial(retries.postpone, queue_url=url))
        for url, handle in handlers.items()
    }


def build_platform(environment: Mapping[str, str], client: Callable[[str], BaseClient]) -> Platform:
    """The platform's parts over the AWS services that the environment names."""
    dynamodb = client("dynamodb")
    topic = parse_arn(environment["SUTURE_SECURITY_TOPIC_ARN"])  # the platform's own, as everything named here is
    policy = PolicySource(
        make_provider=partial(
            AppConfigProvider,
            environment=environment["SUTURE_APPCONFIG_ENVIRONMENT"],
            application=environment["SUTURE_APPCONFIG_APPLICATION"],
            boto3_client=client("appconfigdata"),
        ),
        profile=environment["SUTURE_APPCONFIG_PROFILE"],
        specs=SPECS,
    )
    return assemble(
        policy=policy.current,
        runs_in=PlatformAccount(account_id=topic.account_id, partition=topic.partition),
        registry=Registry(client=dynamodb, table=environment["SUTURE_REGISTRY_TABLE"]),
        exceptions=ExceptionRegister(client=dynamodb, table=environment["SUTURE_LEDGER_TABLE"]),
        accounts=CustomerAccounts(sts=client("sts"), config=CLIENT_CONFIG),
        recorder=Recorder(
            trail=AuditTrail(client=dynamodb, table=environment["SUTURE_AUDIT_TABLE"]),
            locks=ResourceLocks(client=dynamodb, table=environment["SUTURE_LOCK_TABLE"], now=utc_now),
            ledger=Ledger(client=dynamodb, table=environment["SUTURE_LEDGER_TABLE"]),
            holds=Holds(client=dynamodb, table=environment["SUTURE_HOLDS_TABLE"]),
            outbox=Outbox(
                client=client,
                follow_up_queue_url=environment["SUTURE_FOLLOW_UP_QUEUE_URL"],
                runs_queue_url=environment["SUTURE_RUNS_QUEUE_URL"],
                review_queue_url=environment["SUTURE_REVIEW_QUEUE_URL"],
                security_topic_arn=environment["SUTURE_SECURITY_TOPIC_ARN"],
                event_bus=environment["SUTURE_EVENT_BUS"],
            ),
            telemetry=PowertoolsTelemetry(),
            now=utc_now,
            actor=f"suture-{environment['SUTURE_ENVIRONMENT']}",
            code_version=environment["SUTURE_VERSION"],
            verify_seconds=int(environment["SUTURE_VERIFY_SECONDS"]),
        ),
    )

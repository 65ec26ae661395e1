"""The only place that builds clients, reads the environment and looks at the clock.

Everything is made once per process, at import, so that a warm invocation makes none of it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

from botocore.client import BaseClient

from runtime.aws.audit_trail import AuditTrail
from runtime.aws.customer import CustomerAccounts
from runtime.aws.exception_register import ExceptionRegister
from runtime.aws.holds import Holds
from runtime.aws.ledger import Ledger
from runtime.aws.locks import ResourceLocks
from runtime.aws.outbox import Outbox
from runtime.aws.policy import PolicySource
from runtime.aws.registry import Registry
from runtime.aws.retries import RetrySchedule
from runtime.entry.clients import new_session
from runtime.entry.telemetry import PowertoolsTelemetry
from runtime.fixes.catalog import SPECS
from runtime.message import Message
from runtime.platform import Platform, assemble
from runtime.recorder import Recorder


def utc_now() -> datetime:
    return datetime.now(UTC)


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
    client = cache(new_session().create_client)
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
    policy = PolicySource(
        client=client("appconfigdata"),
        profile={
            "ApplicationIdentifier": environment["SUTURE_APPCONFIG_APPLICATION"],
            "EnvironmentIdentifier": environment["SUTURE_APPCONFIG_ENVIRONMENT"],
            "ConfigurationProfileIdentifier": environment["SUTURE_APPCONFIG_PROFILE"],
        },
        specs=SPECS,
        seconds=time.monotonic,
    )
    return assemble(
        policy=policy.current,
        registry=Registry(client=dynamodb, table=environment["SUTURE_REGISTRY_TABLE"]),
        exceptions=ExceptionRegister(client=dynamodb, table=environment["SUTURE_LEDGER_TABLE"]),
        accounts=CustomerAccounts(sts=client("sts"), session=new_session()),
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

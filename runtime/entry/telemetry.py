"""Structured logs, and metrics in the embedded metric format."""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.outcome import Reason

COUNTED = frozenset({Reason.RATE_LIMIT_EXCEEDED, Reason.DRIFT_LOOP, Reason.APPROVAL_VOID, Reason.IDENTITY_MISMATCH})
"""Reasons with their own metric: each indicates a failure beyond one finding."""

logger = Logger()
metrics = Metrics()


class PowertoolsTelemetry:
    """Structured logs with the run id, and a count of each outcome in the embedded metric format."""

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
        if event.kind is EventKind.OUTCOME and event.reason in COUNTED:
            metrics.add_metric(name=event.reason, unit=MetricUnit.Count, value=1)

    def problem(self, name: str, sentence: str) -> None:
        logger.error(sentence)
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)

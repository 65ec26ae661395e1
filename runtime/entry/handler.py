"""The Lambda function: takes a batch of SQS messages, and returns those to retry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runtime.entry.loading import loading

with loading():
    from aws_lambda_powertools.metrics import MetricUnit

    from runtime.application.ports import Message
    from runtime.domain.errors import PlatformCallFailed
    from runtime.entry.telemetry import logger, metrics
    from runtime.entry.wiring import build_queues

    _handlers, _postpone = build_queues()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: Mapping[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Handle a batch. SQS delivers returned messages again and finally dead-letters them.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    failed = [message_id for record in event["Records"] for message_id in _handle(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _handle(record: Mapping[str, Any]) -> Iterator[str]:
    """Handle one message; returns its id if it failed. Raises ``KeyError`` for an unknown queue."""
    queue = record["eventSourceARN"].rpartition(":")[2]
    handle = _handlers[queue]
    message_id, attributes = record["messageId"], record["attributes"]
    receive_count = int(attributes["ApproximateReceiveCount"])
    message = Message(
        id=message_id,
        body=record["body"],
        sender_id=attributes.get("SenderId", ""),
        receipt=record["receiptHandle"],
        queue=queue,
    )
    try:
        handle(message)
    except Exception:  # noqa: BLE001  the one broad one
        # Nothing is swallowed: whatever it was, it is logged, and the message comes back or is dead-lettered.
        logger.exception("the message is retried", message_id=message_id, receive_count=receive_count)
        metrics.add_metric(name="RETRY", unit=MetricUnit.Count, value=1)
        try:
            _postpone(message, receive_count)
        except PlatformCallFailed:
            logger.exception("the message waits for its visibility timeout instead")
        yield message_id

"""The Lambda function: a batch of SQS messages in, the ones to be tried again out."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from runtime.application.ports import Message
from runtime.domain.errors import PlatformCallFailed
from runtime.entry.wiring import build_queues, logger, metrics

_queues = build_queues()
_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Handle a batch. Messages reported back are delivered again and, in the end, dead-lettered by SQS."""
    return process_partial_response(event=event, record_handler=_handle, processor=_processor, context=context)


def _handle(record: SQSRecord) -> None:
    receive_count = int(record.attributes.approximate_receive_count)
    queue = _queues[record.event_source_arn.rpartition(":")[2]]
    message = Message(
        id=record.message_id,
        body=record.body,
        sender_id=record.attributes.sender_id or "",
        receipt=record.receipt_handle,
        queue=queue.name,
    )
    try:
        queue.handle(message)
    except Exception:
        # Nothing is swallowed: whatever it was, it is logged, and the message comes back or is dead-lettered.
        logger.exception("the message will be tried again", message_id=record.message_id, receive_count=receive_count)
        metrics.add_metric(name="RETRY", unit=MetricUnit.Count, value=1)
        try:
            queue.postpone(message, receive_count)
        except PlatformCallFailed:
            logger.exception("the message waits for its visibility timeout instead")
        raise

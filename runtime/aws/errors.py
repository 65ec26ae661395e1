"""The one place where botocore's errors become ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotoConnectionError

from runtime.domain.errors import AwsAccessDenied, AwsError, AwsNotFound, AwsUnavailable, PlatformCallFailed

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})

# The codes that botocore's own standard retry mode counts as throttling or as transient:
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/retries.html
_UNAVAILABLE = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "RequestThrottled",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "InternalError",
        "ServiceUnavailable",
        # "Try again", in the words of S3, IAM and CloudTrail: another change of the same resource is under way.
        "OperationAborted",
        "ConcurrentModification",
        "EntityTemporarilyUnmodifiable",
        "ConflictException",
    }
)


def error_from(error: ClientError | BotoCoreError, *, service: str, operation: str) -> AwsError:
    """Our error for one of botocore's, with AWS's code, message and request id kept.

    A missing resource is told from other errors by AWS's code (``NoSuchBucket``, ``InvalidGroup.NotFound``,
    ``DBInstanceNotFound`` …), because EC2 answers it with status 400.
    """
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", "Unknown"))
        message = str(error.response.get("Error", {}).get("Message", ""))
        metadata = error.response.get("ResponseMetadata", {})
        status = int(metadata.get("HTTPStatusCode", 0))
        request_id = str(metadata.get("RequestId", ""))
    else:
        code, message, request_id = type(error).__name__, str(error), ""
        unanswered = isinstance(error, BotoConnectionError | HTTPClientError | IncompleteReadError)
        status = 503 if unanswered else 0
    kind = AwsError
    if code in _DENIED:
        kind = AwsAccessDenied
    elif code in _UNAVAILABLE or status >= 500:
        kind = AwsUnavailable
    elif code.startswith("NoSuch") or "NotFound" in code or status == 404:
        kind = AwsNotFound
    elif status == 403:
        kind = AwsAccessDenied
    return kind(
        service=service,
        operation=operation,
        code=code,
        message=message,
        request_id=request_id,
        refused=400 <= status < 500,
    )


@contextmanager
def customer_errors(service: str, operation: str) -> Iterator[None]:
    """Within it, whatever botocore raises comes out as an ``AwsError``: it is about the finding's resource."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise error_from(error, service=service, operation=operation) from error


@contextmanager
def platform_errors(service: str, operation: str) -> Iterator[None]:
    """Within it, whatever botocore raises comes out as ``PlatformCallFailed``: the finding is not to blame."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        found = error_from(error, service=service, operation=operation)
        raise PlatformCallFailed(
            service=service, operation=operation, code=found.code, message=found.message
        ) from error

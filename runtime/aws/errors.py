"""Maps botocore's errors to ours; the only place that does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError

from runtime.domain.errors import AwsAccessDenied, AwsError, AwsNotFound, AwsUnavailable, PlatformCallFailed

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})

# Refused for now, and nothing was done, whatever the HTTP status: EC2 answers RequestLimitExceeded with 503. Those that
# botocore's standard retry mode counts as throttling, and S3's:
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/retries.html
_THROTTLED = frozenset(
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
    }
)

# Refused in the state that the resource is in, or while another change of it is under way. Some services say so too
# where it will never be otherwise (RDS, of backups of a read replica): a message is tried again a few times only.
_NOT_NOW = frozenset(
    {
        "ConcurrentModification",  # IAM, Route 53
        "ConcurrentMutationLimitExceeded",  # EC2
        "ConflictException",  # CloudTrail
        "ContinuousBackupsUnavailableException",  # DynamoDB
        "EntityTemporarilyUnmodifiable",  # IAM
        "IncorrectFileSystemLifeCycleState",  # EFS
        "IncorrectInstanceState",  # EC2
        "IncorrectState",  # EC2
        "InvalidCacheClusterState",  # ElastiCache
        "InvalidClusterState",  # Redshift
        "InvalidDBClusterSnapshotStateFault",  # RDS, and so on
        "InvalidDBClusterStateFault",
        "InvalidDBInstanceState",
        "InvalidDBParameterGroupState",
        "InvalidDBSnapshotState",
        "InvalidReplicationGroupState",  # ElastiCache
        "OperationAborted",  # S3
        "ResourceContention",  # Auto Scaling
        "ResourceInUseException",  # DynamoDB, EKS, Kinesis
        "ResourceNotReady",  # EC2
        "ScalingActivityInProgress",  # Auto Scaling
        "WAFOptimisticLockException",
    }
)
_REFUSED_FOR_NOW = _THROTTLED | _NOT_NOW

# Whether anything was done is unclear, whatever the HTTP status.
_UNCLEAR = frozenset({"RequestTimeout", "RequestTimeoutException", "InternalError", "ServiceUnavailable"})

_NOT_SENT = (ConnectTimeoutError, EndpointConnectionError, ParamValidationError, NoCredentialsError, NoRegionError)


def error_from(error: ClientError | BotoCoreError, *, service: str, operation: str) -> AwsError:
    """Our error for one of botocore's, with AWS's code, message and request id kept.

    A missing resource is identified by AWS's error code (``NoSuchBucket``, ``InvalidGroup.NotFound``,
    ``DBInstanceNotFound`` …), because EC2 returns status 400 for it.
    """
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", "Unknown"))
        message = str(error.response.get("Error", {}).get("Message", ""))
        metadata = error.response.get("ResponseMetadata", {})
        status = int(metadata.get("HTTPStatusCode", 0))
        request_id = str(metadata.get("RequestId", ""))
        refused = code in _REFUSED_FOR_NOW or (400 <= status < 500 and code not in _UNCLEAR)
    else:
        code, message, request_id = type(error).__name__, str(error), ""
        unanswered = isinstance(error, BotoConnectionError | HTTPClientError | IncompleteReadError)
        status = 503 if unanswered else 0
        refused = isinstance(error, _NOT_SENT)
    kind = AwsError
    if code in _DENIED:
        kind = AwsAccessDenied
    elif code in _REFUSED_FOR_NOW or code in _UNCLEAR or status >= 500:
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
        refused=refused,
    )


@contextmanager
def customer_errors(service: str, operation: str) -> Iterator[None]:
    """Converts botocore's errors to ``AwsError``: they are about the finding's resource."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise error_from(error, service=service, operation=operation) from error


@contextmanager
def platform_errors(service: str, operation: str) -> Iterator[None]:
    """Converts botocore's errors to ``PlatformCallFailed``: they are not about the finding."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        found = error_from(error, service=service, operation=operation)
        raise PlatformCallFailed(
            service=service, operation=operation, code=found.code, message=found.message
        ) from error

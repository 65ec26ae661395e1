"""What botocore raises, and which of our errors it becomes."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from runtime.aws.errors import customer_errors, error_from, platform_errors
from runtime.domain.errors import (
    AwsAccessDenied,
    AwsError,
    AwsNotFound,
    AwsUnavailable,
    OutsideSession,
    PlatformCallFailed,
)
from runtime.domain.outcome import Reason


def client_error(code: str, status: int) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "in AWS's words"},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r-1"},
    }
    return ClientError(response, "GetThing")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDenied", 403, AwsAccessDenied),
        ("AccessDeniedException", 400, AwsAccessDenied),
        ("UnauthorizedOperation", 403, AwsAccessDenied),
        ("AuthorizationError", 403, AwsAccessDenied),
        ("SomethingForbidden", 403, AwsAccessDenied),
        ("403", 403, AwsAccessDenied),
        ("NoSuchBucket", 404, AwsNotFound),
        ("NoSuchEntity", 404, AwsNotFound),
        ("NoSuchPublicAccessBlockConfiguration", 404, AwsNotFound),
        ("InvalidGroup.NotFound", 400, AwsNotFound),
        ("InvalidSnapshot.NotFound", 400, AwsNotFound),
        ("DBInstanceNotFound", 404, AwsNotFound),
        ("NotFoundException", 400, AwsNotFound),
        ("TrailNotFoundException", 400, AwsNotFound),
        ("404", 404, AwsNotFound),
        ("Throttling", 400, AwsUnavailable),
        ("ThrottlingException", 400, AwsUnavailable),
        ("RequestLimitExceeded", 503, AwsUnavailable),
        ("ProvisionedThroughputExceededException", 400, AwsUnavailable),
        ("SlowDown", 503, AwsUnavailable),
        ("RequestTimeout", 400, AwsUnavailable),
        ("InvalidDBInstanceState", 400, AwsUnavailable),
        ("InvalidDBClusterStateFault", 400, AwsUnavailable),
        ("IncorrectState", 400, AwsUnavailable),
        ("ResourceInUseException", 400, AwsUnavailable),
        ("InternalFailure", 500, AwsUnavailable),
        ("ServiceUnavailable", 503, AwsUnavailable),
        ("ServiceUnavailable", 0, AwsUnavailable),
        ("502", 502, AwsUnavailable),
        ("ValidationException", 400, AwsError),
        ("MalformedPolicy", 400, AwsError),
        ("InvalidParameterValue", 400, AwsError),
        ("ConditionalCheckFailedException", 400, AwsError),
    ],
)
def test_aws_s_code_and_status_decide_the_kind_of_error(code: str, status: int, kind: type[AwsError]) -> None:
    error = error_from(client_error(code, status), service="s3", operation="GetThing")
    assert type(error) is kind
    assert (error.service, error.operation, error.code, error.message, error.request_id) == (
        "s3",
        "GetThing",
        code,
        "in AWS's words",
        "r-1",
    )
    assert str(error) == f"s3:GetThing answered {code}: in AWS's words"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("RequestLimitExceeded", 503),
        ("SlowDown", 503),
        ("Throttling", 400),
        ("InvalidDBInstanceState", 400),
        ("IncorrectState", 500),
        ("OperationAborted", 409),
        ("AccessDenied", 403),
        ("NoSuchBucket", 404),
        ("InvalidParameterValue", 400),
    ],
)
def test_a_refusal_is_known_by_its_code_whatever_the_status(code: str, status: int) -> None:
    assert error_from(client_error(code, status), service="ec2", operation="ModifyThing").refused


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("InternalError", 500),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
        ("Unavailable", 503),
        ("RequestTimeout", 400),
        ("502", 502),
        ("Unknown", 0),
    ],
)
def test_of_a_fault_on_aws_s_side_nobody_knows_whether_the_call_was_carried_out(code: str, status: int) -> None:
    assert not error_from(client_error(code, status), service="ec2", operation="ModifyThing").refused


URL = {"endpoint_url": "https://s3.amazonaws.com"}


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (exceptions.EndpointConnectionError(**URL, error="x"), AwsUnavailable),
        (exceptions.ConnectTimeoutError(**URL, error="x"), AwsUnavailable),
        (exceptions.ReadTimeoutError(**URL, error="x"), AwsUnavailable),
        (exceptions.ConnectionClosedError(**URL, error="x"), AwsUnavailable),
        (exceptions.SSLError(**URL, error="x"), AwsUnavailable),
        (exceptions.ResponseStreamingError(error="x"), AwsUnavailable),
        (exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2), AwsUnavailable),
        (exceptions.ParamValidationError(report="x"), AwsError),
        (exceptions.InvalidRegionError(region_name="nowhere at all"), AwsError),
        (exceptions.NoCredentialsError(), AwsError),
    ],
)
def test_a_call_that_got_no_whole_answer_may_be_tried_again(raised: BotoCoreError, kind: type[AwsError]) -> None:
    error = error_from(raised, service="s3", operation="GetThing")
    assert type(error) is kind
    assert (error.code, error.message, error.request_id) == (type(raised).__name__, str(raised), "")


@pytest.mark.parametrize(
    ("raised", "refused"),
    [
        (exceptions.EndpointConnectionError(**URL, error="x"), True),
        (exceptions.ConnectTimeoutError(**URL, error="x"), True),
        (exceptions.ParamValidationError(report="x"), True),
        (exceptions.ReadTimeoutError(**URL, error="x"), False),
        (exceptions.ConnectionClosedError(**URL, error="x"), False),
        (exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2), False),
        (exceptions.ResponseStreamingError(error="x"), False),
    ],
)
def test_what_was_never_sent_was_not_carried_out(raised: BotoCoreError, refused: bool) -> None:
    assert error_from(raised, service="s3", operation="PutThing").refused is refused


@pytest.mark.parametrize(
    ("kind", "reason", "retryable"),
    [
        (AwsError, Reason.AWS_CALL_FAILED, False),
        (AwsAccessDenied, Reason.ACCESS_DENIED, False),
        (AwsNotFound, Reason.RESOURCE_NOT_FOUND, False),
        (AwsUnavailable, Reason.AWS_UNAVAILABLE, True),
    ],
)
def test_only_an_unavailable_aws_is_tried_again(kind: type[AwsError], reason: Reason, retryable: bool) -> None:
    error = kind(service="s3", operation="GetThing", code="X", message="y")
    assert (error.reason, error.retryable) == (reason, retryable)


def test_an_error_without_any_detail_is_still_one() -> None:
    error = error_from(ClientError({}, "GetThing"), service="s3", operation="GetThing")
    assert (type(error), error.code, error.message) == (AwsError, "Unknown", "")


def test_an_error_in_a_customer_s_account_is_about_the_resource() -> None:
    with pytest.raises(AwsNotFound) as found, customer_errors("s3", "GetThing"):
        raise client_error("NoSuchBucket", 404)
    assert isinstance(found.value.__cause__, ClientError)


@pytest.mark.parametrize("code", ["NoSuchBucket", "AccessDenied", "ValidationException", "Throttling"])
def test_an_error_of_the_platform_s_own_is_never_the_finding_s_fault(code: str) -> None:
    with pytest.raises(PlatformCallFailed) as failed, platform_errors("dynamodb", "Query"):
        raise client_error(code, 400)
    error = failed.value
    assert (error.service, error.operation, error.code, error.message) == ("dynamodb", "Query", code, "in AWS's words")
    assert error.retryable
    assert not isinstance(error, AwsError)


@pytest.mark.parametrize("raised", [KeyError("x"), OutsideSession("s3", "GetThing")])
def test_what_botocore_did_not_raise_passes_unchanged(raised: Exception) -> None:
    for errors in (customer_errors, platform_errors):
        with pytest.raises(type(raised)) as passed, errors("s3", "GetThing"):
            raise raised
        assert passed.value is raised

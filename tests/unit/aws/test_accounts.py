"""Sessions in a customer's account: what is asked of STS, and with whose credentials each call is signed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Barrier
from typing import Any
from unittest import mock

import boto3
import botocore.session
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.stub import Stubber

from runtime.aws.accounts import (
    MOST_CLIENTS,
    NEW_ROLE_SECONDS,
    SESSION_SECONDS,
    CustomerAccounts,
    CustomerSession,
)
from runtime.aws.threads import together
from runtime.domain.access import Access, SessionRequest, session_request
from runtime.domain.audit import ApiCall
from runtime.domain.errors import (
    AwsAccessDenied,
    AwsError,
    AwsNotFound,
    AwsUnavailable,
    OutsideSession,
    PlatformCallFailed,
    RoleNotAssumable,
)
from runtime.domain.outcome import Reason
from runtime.domain.resource import Resource
from runtime.entry.clients import new_session
from tests.unit.aws.wire import Wire
from tests.unit.domain.cases import ACCOUNT_ID, BUCKET_ARN, FIX, OTHER_ACCOUNT_ID

BUCKET = Resource(
    type="AWS::S3::Bucket", arn=BUCKET_ARN, name="ledger", account_id=ACCOUNT_ID, region="eu-west-1", partition="aws"
)


def request_for(resource: Resource, access: Access = Access.READ) -> SessionRequest:
    return session_request(
        access=access,
        resource=resource,
        external_id="an-external-id",
        issue_id="issue-1",
        correlation_id="c-1",
        fix_id=FIX.id,
        permissions=FIX.reads,
    )


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def sts() -> BaseClient:
    return boto3.client("sts")


@pytest.fixture
def stub(sts: BaseClient) -> Iterator[Stubber]:
    with Stubber(sts) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def waited() -> list[float]:
    """The seconds that would have been waited, for nobody waits here."""
    return []


@pytest.fixture
def accounts(sts: BaseClient, wire: Wire, waited: list[float]) -> CustomerAccounts:
    return accounts_over(wire, sts, attempts=1, waited=waited)


def accounts_over(wire: Wire, sts: BaseClient, *, attempts: int, waited: list[float] | None = None) -> CustomerAccounts:
    session = new_session(Config(retries={"mode": "standard", "total_max_attempts": attempts}))
    session.get_component("event_emitter").register("before-send.*.*", wire)
    return CustomerAccounts(session=session, sts=sts, wait=[].append if waited is None else waited.append)


def grants(stub: Stubber, name: str, expected: dict[str, Any] | None = None) -> None:
    """The next AssumeRole gives credentials that can be told by ``name``."""
    key = {
        "AccessKeyId": f"ASIA000000000000{name}",
        "SecretAccessKey": f"secret-{name}",
        "SessionToken": f"token-{name}",
        "Expiration": "2026-11-23T12:15:00Z",
    }
    stub.add_response("assume_role", {"Credentials": key}, expected)


def opened(accounts: CustomerAccounts, stub: Stubber, name: str, resource: Resource = BUCKET) -> CustomerSession:
    grants(stub, name)
    return accounts.open(request_for(resource), resource)


# -- opening --------------------------------------------------------------------------------------------------------


def test_sts_is_asked_for_exactly_the_session_that_was_requested(accounts: CustomerAccounts, stub: Stubber) -> None:
    request = request_for(BUCKET, Access.WRITE)
    grants(
        stub,
        "A",
        {
            "RoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/suture-remediation-s3",
            "RoleSessionName": "suture-issue-1",
            "ExternalId": "an-external-id",
            "SourceIdentity": "suture-c-1",
            "Tags": [
                {"Key": "suture:finding", "Value": "issue-1"},
                {"Key": "suture:correlation", "Value": "c-1"},
                {"Key": "suture:fix", "Value": FIX.id},
                {"Key": "suture:access", "Value": "write"},
            ],
            "Policy": request.policy,
            "DurationSeconds": SESSION_SECONDS,
        },
    )
    record = accounts.open(request, BUCKET).record
    assert (record.role_arn, record.session_name) == (request.role_arn, "suture-issue-1")
    assert (record.source_identity, record.tags) == ("suture-c-1", request.tags)
    assert (record.policy, record.calls) == (request.policy, ())


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_a_role_that_sts_goes_on_refusing_is_not_assumable(
    accounts: CustomerAccounts, stub: Stubber, waited: list[float], code: str
) -> None:
    for _ in range(3):
        stub.add_client_error("assume_role", code, "in STS's words", 403, response_meta={"RequestId": "r-9"})
    with pytest.raises(RoleNotAssumable) as refused:
        accounts.open(request_for(BUCKET), BUCKET)
    error = refused.value
    assert (error.service, error.operation, error.code, error.message) == ("sts", "AssumeRole", code, "in STS's words")
    assert error.request_id == "r-9"
    assert waited == list(NEW_ROLE_SECONDS)
    assert (error.reason, error.retryable) == (Reason.ROLE_NOT_ASSUMABLE, False)
    assert str(error) == (
        f"sts:AssumeRole answered {code}: in STS's words; deploy the pack s3 in account {ACCOUNT_ID}, with the "
        f"parameters that `suture accounts show {ACCOUNT_ID}` prints"
    )


def test_a_role_that_was_made_seconds_ago_is_asked_for_again(
    accounts: CustomerAccounts, stub: Stubber, waited: list[float]
) -> None:
    stub.add_client_error("assume_role", "AccessDenied", "in STS's words", 403)
    assert opened(accounts, stub, "0001").record.role_arn == request_for(BUCKET).role_arn
    assert waited == [NEW_ROLE_SECONDS[0]]


def test_a_role_that_was_refused_before_and_was_made_seconds_ago_is_asked_for_again(
    accounts: CustomerAccounts, stub: Stubber, waited: list[float]
) -> None:
    for _ in range(3):
        stub.add_client_error("assume_role", "AccessDenied", "in STS's words", 403)
    with pytest.raises(RoleNotAssumable):
        accounts.open(request_for(BUCKET), BUCKET)
    stub.add_client_error("assume_role", "AccessDenied", "in STS's words", 403)
    assert opened(accounts, stub, "0001").record.role_arn == request_for(BUCKET).role_arn
    stub.assert_no_pending_responses()
    assert waited == [*NEW_ROLE_SECONDS, NEW_ROLE_SECONDS[0]]


def test_who_is_not_patient_is_told_at_once_that_a_role_is_refused(
    accounts: CustomerAccounts, stub: Stubber, waited: list[float]
) -> None:
    stub.add_client_error("assume_role", "AccessDenied", "in STS's words", 403)
    with pytest.raises(RoleNotAssumable):
        accounts.open(request_for(BUCKET), BUCKET, patient=False)
    assert waited == []


@pytest.mark.parametrize("code", ["PackedPolicyTooLarge", "MalformedPolicyDocument", "ValidationError"])
def test_a_request_that_sts_does_not_take_is_no_fault_of_the_role(
    accounts: CustomerAccounts, stub: Stubber, code: str
) -> None:
    stub.add_client_error("assume_role", code, "in STS's words", 400)
    with pytest.raises(AwsError) as refused:
        accounts.open(request_for(BUCKET), BUCKET)
    assert type(refused.value) is AwsError
    assert (refused.value.code, refused.value.reason) == (code, Reason.AWS_CALL_FAILED)
    assert not refused.value.retryable


@pytest.mark.parametrize(
    ("code", "status"),
    [("ExpiredTokenException", 403), ("InvalidClientTokenId", 403), ("RegionDisabledException", 403)],
)
def test_what_is_wrong_with_the_platform_s_own_credentials_sends_the_message_back(
    accounts: CustomerAccounts, stub: Stubber, code: str, status: int
) -> None:
    stub.add_client_error("assume_role", code, "in STS's words", status)
    with pytest.raises(PlatformCallFailed) as failed:
        accounts.open(request_for(BUCKET), BUCKET)
    assert (failed.value.service, failed.value.operation, failed.value.code) == ("sts", "AssumeRole", code)
    assert failed.value.retryable


@pytest.mark.parametrize(("code", "status"), [("Throttling", 400), ("InternalFailure", 500)])
def test_an_sts_that_cannot_answer_says_nothing_about_the_role(
    accounts: CustomerAccounts, stub: Stubber, code: str, status: int
) -> None:
    stub.add_client_error("assume_role", code, http_status_code=status)
    with pytest.raises(AwsUnavailable) as unavailable:
        accounts.open(request_for(BUCKET), BUCKET)
    assert unavailable.value.retryable


# -- signing --------------------------------------------------------------------------------------------------------


def test_each_call_is_signed_with_the_credentials_of_its_own_session(
    accounts: CustomerAccounts, stub: Stubber, wire: Wire
) -> None:
    first = opened(accounts, stub, "A")
    second = opened(accounts, stub, "B", replace(BUCKET, account_id=OTHER_ACCOUNT_ID))
    for session in (first, second, first, first, second):
        session.call("s3", "HeadBucket", {"Bucket": "ledger"})
    assert [(sent.key, sent.token) for sent in wire.sent] == [
        (f"ASIA000000000000{name}", f"token-{name}") for name in "ABAAB"
    ]


def test_a_failed_call_does_not_leave_its_credentials_behind(
    accounts: CustomerAccounts, stub: Stubber, wire: Wire
) -> None:
    session = opened(accounts, stub, "A")
    wire.fail(403, "AccessDenied")
    with pytest.raises(AwsAccessDenied):
        session.call("s3", "GetBucketPolicy", {"Bucket": "ledger"})
    (client,) = accounts._clients.values()
    with pytest.raises(OutsideSession):
        client.get_bucket_policy(Bucket="ledger")
    assert len(wire.sent) == 1


def test_a_client_used_outside_a_session_cannot_sign(accounts: CustomerAccounts, stub: Stubber, wire: Wire) -> None:
    opened(accounts, stub, "A").call("s3", "HeadBucket", {"Bucket": "ledger"})
    (client,) = accounts._clients.values()
    with pytest.raises(OutsideSession) as outside:
        client.head_bucket(Bucket="ledger")
    assert not outside.value.retryable
    assert len(wire.sent) == 1


def test_the_platform_s_own_credentials_never_sign_a_customer_s_call(
    accounts: CustomerAccounts, stub: Stubber, wire: Wire
) -> None:
    opened(accounts, stub, "A").call("s3", "HeadBucket", {"Bucket": "ledger"})
    assert all(sent.key != "PLATFORMKEY" for sent in wire.sent)


def test_no_more_clients_are_kept_than_there_is_memory_for_and_those_used_last_stay(
    accounts: CustomerAccounts, stub: Stubber, wire: Wire
) -> None:
    class Made(botocore.session.Session):
        """A client costs more than this test should."""

        def create_client(self, service: str, region_name: str, **_: Any) -> Any:
            made.append(region_name)
            return mock.Mock(head_bucket=lambda **_: {})

    made: list[str] = []
    accounts._botocore = Made()

    def call(region: str) -> None:
        opened(accounts, stub, "A", replace(BUCKET, region=region)).call("s3", "HeadBucket", {"Bucket": "ledger"})

    regions = [f"region-{number}" for number in range(MOST_CLIENTS)]
    for region in regions:
        call(region)
    call(regions[0])
    call("one-more")
    assert len(accounts._clients) == MOST_CLIENTS
    call(regions[0])
    assert made == [*regions, "one-more"]
    call(regions[1])
    assert made == [*regions, "one-more", regions[1]]


def test_one_client_per_service_and_region_serves_every_session(
    accounts: CustomerAccounts, stub: Stubber, wire: Wire
) -> None:
    elsewhere = replace(BUCKET, region="us-west-2")
    for name, resource in (("A", BUCKET), ("B", BUCKET), ("C", elsewhere)):
        session = opened(accounts, stub, name, resource)
        for _ in range(2):
            session.call("s3", "HeadBucket", {"Bucket": "ledger"})
    assert set(accounts._clients) == {("s3", "eu-west-1", Access.READ), ("s3", "us-west-2", Access.READ)}
    assert {sent.host for sent in wire.sent} == {
        "ledger.s3.eu-west-1.amazonaws.com",
        "ledger.s3.us-west-2.amazonaws.com",
    }


def test_sessions_that_are_used_at_the_same_time_sign_with_their_own_credentials(
    accounts: CustomerAccounts, stub: Stubber, wire: Wire
) -> None:
    """In four threads, through one client: no request is answered before all four were signed."""
    sessions = {name: opened(accounts, stub, name) for name in "AB"}
    wire.meanwhile = Barrier(4, timeout=20).wait
    for _ in range(3):
        together(
            *(partial(sessions[name].call, "s3", "HeadBucket", {"Bucket": f"of-{name.lower()}"}) for name in "ABBA")
        )
    assert len(wire.sent) == 12
    for sent in wire.sent:
        name = sent.host[len("of-")].upper()
        assert (sent.key, sent.token) == (f"ASIA000000000000{name}", f"token-{name}")
    for name, session in sessions.items():
        assert len(session.record.calls) == 6, name


@pytest.mark.parametrize(("access", "requests"), [(Access.READ, 3), (Access.WRITE, 1)])
@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "SlowDown")])
def test_a_read_is_sent_again_after_a_fault_of_aws_and_a_write_never(
    sts: BaseClient, stub: Stubber, wire: Wire, access: Access, requests: int, status: int, code: str
) -> None:
    """A write that was carried out and sent again could be refused for having been carried out."""
    accounts = accounts_over(wire, sts, attempts=3)
    wire.fail(status, code)
    grants(stub, "A")
    session = accounts.open(request_for(BUCKET, access), BUCKET)
    with mock.patch("time.sleep"), pytest.raises(AwsUnavailable) as unclear:
        session.call("s3", "PutBucketPolicy", {"Bucket": "ledger", "Policy": "{}"})
    assert len(wire.sent) == requests
    assert unclear.value.refused is (code == "SlowDown")  # throttled: nothing was done, whatever the status


def test_a_write_that_is_not_of_its_service_s_form_is_never_sent(sts: BaseClient, stub: Stubber, wire: Wire) -> None:
    """Reads are made by code that tests run; what is written comes out of a plan that was stored."""
    accounts = CustomerAccounts(sts=sts, session=new_session())
    accounts._botocore.get_component("event_emitter").register("before-send.*.*", wire)
    sent = []
    for name, access in (("A", Access.READ), ("B", Access.WRITE)):
        grants(stub, name)
        with suppress(AwsError):
            accounts.open(request_for(BUCKET, access), BUCKET).call("s3", "PutBucketPolicy", {"Bucket": "ledger"})
        sent.append(len(wire.sent))
    assert sent == [1, 1]


# -- calling --------------------------------------------------------------------------------------------------------


def test_a_session_records_the_calls_made_through_it(accounts: CustomerAccounts, stub: Stubber, wire: Wire) -> None:
    session = opened(accounts, stub, "A")
    answer = session.call("s3", "HeadBucket", {"Bucket": "ledger"})
    assert "ResponseMetadata" not in answer
    session.call("s3", "PutBucketPolicy", {"Bucket": "ledger", "Policy": "{}"})
    assert session.record.calls == (
        ApiCall(service="s3", operation="HeadBucket", request_id="r-1"),
        ApiCall(service="s3", operation="PutBucketPolicy", request_id="r-2"),
    )


def test_a_call_that_aws_refused_is_an_error_in_aws_s_words(
    accounts: CustomerAccounts, stub: Stubber, wire: Wire
) -> None:
    wire.fail(404, "NoSuchBucketPolicy")
    with pytest.raises(AwsNotFound) as missing:
        opened(accounts, stub, "A").call("s3", "GetBucketPolicy", {"Bucket": "ledger"})
    assert (missing.value.code, missing.value.message, missing.value.request_id) == (
        "NoSuchBucketPolicy",
        "said AWS",
        "r-1",
    )


def test_a_call_that_aws_refused_is_on_record_too(accounts: CustomerAccounts, stub: Stubber, wire: Wire) -> None:
    session = opened(accounts, stub, "A")
    wire.fail(403, "AccessDenied")
    with pytest.raises(AwsAccessDenied):
        session.call("s3", "GetBucketPolicy", {"Bucket": "ledger"})
    assert session.record.calls == (ApiCall(service="s3", operation="GetBucketPolicy", request_id="r-1"),)


UNSUCCESSFUL = """<CreateFlowLogsResponse><requestId>r-1</requestId><flowLogIdSet/><unsuccessful>
<item><error><code>{code}</code><message>said EC2</message></error><resourceId>vpc-1</resourceId></item>
</unsuccessful></CreateFlowLogsResponse>"""
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html"""


@pytest.mark.parametrize(
    ("code", "kind"), [("Access Denied for LogDestination", AwsError), ("InvalidFlowLogId.NotFound", AwsNotFound)]
)
def test_an_error_in_an_answer_that_is_otherwise_a_success_is_one(
    accounts: CustomerAccounts, stub: Stubber, wire: Wire, code: str, kind: type[AwsError]
) -> None:
    wire.answers.append((200, UNSUCCESSFUL.format(code=code).encode()))
    session = opened(accounts, stub, "A")
    with pytest.raises(AwsError) as refused:
        session.call("ec2", "CreateFlowLogs", {"ResourceIds": ["vpc-1"], "ResourceType": "VPC"})
    assert type(refused.value) is kind
    assert (refused.value.code, refused.value.message, refused.value.refused) == (code, "said EC2", True)
    assert session.record.calls == (ApiCall(service="ec2", operation="CreateFlowLogs", request_id="r-1"),)


def test_parameters_that_botocore_refuses_and_regions_that_cannot_be_are_aws_errors(
    accounts: CustomerAccounts, stub: Stubber, wire: Wire
) -> None:
    with pytest.raises(AwsError, match="ParamValidationError"):
        opened(accounts, stub, "A").call("s3", "GetBucketPolicy", {})
    with pytest.raises(AwsError, match="InvalidRegionError"):
        opened(accounts, stub, "A", replace(BUCKET, region="example.com/")).call("s3", "ListBuckets", {})
    assert wire.sent == []

"""Sessions in a customer's account: one per finding and purpose, without a client or a connection per finding.

botocore resolves credentials when it signs a request. So this process keeps one client per service and region, and
each call is signed with the credentials of the session it is made through. A call outside of one cannot be signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from http import HTTPStatus
from threading import Lock
from time import sleep
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import ClientError
from botocore.session import Session

from runtime.aws.errors import customer_errors
from runtime.domain.access import Access, SessionRequest
from runtime.domain.audit import ApiCall, SessionRecord
from runtime.domain.errors import (
    AwsError,
    AwsUnavailable,
    OutsideSession,
    PlatformCallFailed,
    RoleNotAssumable,
)
from runtime.domain.resource import Resource

SESSION_SECONDS = 900
"""The shortest session that STS gives."""

MOST_CLIENTS = 128
"""A client takes 0.2 to 1.3 MB, but making one anew costs as much CPU as a finding, and more memory as garbage."""

NEW_ROLE_SECONDS = (2.0, 5.0)
"""The pauses after which a role that was refused is asked for again: one just made is not known everywhere yet.

Also after it was refused before: its pack may just have been installed.
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
"""

_ROLE_REFUSED = frozenset({"AccessDenied", "AccessDeniedException"})
_REQUEST_REFUSED = frozenset({"PackedPolicyTooLarge", "MalformedPolicyDocument", "ValidationError"})
"""What would be refused again, however often it is asked."""

_current: ContextVar[ReadOnlyCredentials | None] = ContextVar("current", default=None)
"""The credentials of the call that this thread is making."""


class _ScopedCredentials(Credentials):  # type: ignore[misc]
    """Credentials of the session of the current call."""

    def __init__(self) -> None:
        super().__init__(access_key="", secret_key="", method="suture")

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        credentials = _current.get()
        if credentials is None:
            raise OutsideSession("customer account", "sign")
        return credentials


class _ScopedProvider:
    """The interface for botocore's credential resolver."""

    METHOD = CANONICAL_NAME = "suture"

    def __init__(self, credentials: _ScopedCredentials) -> None:
        self._credentials = credentials

    def load(self) -> _ScopedCredentials:
        return self._credentials


class CustomerSession:
    """One assumed role session, limited to one fix on one resource."""

    def __init__(
        self, accounts: CustomerAccounts, resource: Resource, request: SessionRequest, credentials: ReadOnlyCredentials
    ) -> None:
        self._accounts = accounts
        self._resource = resource
        self._credentials = credentials
        self._request = request
        self._calls: list[ApiCall] = []

    @property
    def record(self) -> SessionRecord:
        """What the audit trail records of this session."""
        return SessionRecord(
            role_arn=self._request.role_arn,
            session_name=self._request.name,
            source_identity=self._request.source_identity,
            tags=self._request.tags,
            policy=self._request.policy,
            calls=tuple(self._calls),
        )

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Make one API call. Raises an ``AwsError``; a call that AWS answered with an error is recorded too."""
        try:
            answer = self._accounts.signed_call(
                self._credentials, self._request.access, self._resource.region, service, operation, parameters
            )
        except AwsError as error:
            if error.request_id:
                self._note(service, operation, error.request_id)
            raise
        self._note(service, operation, str(answer.pop("ResponseMetadata", {}).get("RequestId", "")))
        return answer

    def _note(self, service: str, operation: str, request_id: str) -> None:
        self._calls.append(ApiCall(service=service, operation=operation, request_id=request_id))


# A write is sent once. Sent again after its answer was lost, it could be refused for having been carried out. And since
# it comes out of a stored plan, it is held against the service's model once more.
_CONFIGS = {
    Access.READ: Config(),
    Access.WRITE: Config(retries={"mode": "standard", "total_max_attempts": 1}, parameter_validation=True),
}


def _refused_within(answer: Mapping[str, Any], item: Mapping[str, Any], operation: str) -> ClientError:
    """The error that EC2 gives for a resource, a flow log say, in an answer that is otherwise a success.

    The calls of fixes are about one resource each.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UnsuccessfulItem.html
    """
    metadata = {**answer["ResponseMetadata"], "HTTPStatusCode": HTTPStatus.BAD_REQUEST.value}
    return ClientError({"Error": item.get("Error", {}), "ResponseMetadata": metadata}, operation)


class CustomerAccounts:
    """Opens sessions in customers' accounts, and owns the clients they share.

    ``session`` is botocore's, with the timeouts and the retry mode of those clients. It has no other use, because its
    credentials are the customers'. ``sts`` is the platform's client.
    """

    def __init__(self, *, session: Session, sts: BaseClient, wait: Callable[[float], None] = sleep) -> None:
        self._sts = sts
        self._wait = wait
        self._botocore = session
        self._botocore.get_component("credential_provider").providers.insert(0, _ScopedProvider(_ScopedCredentials()))
        self._clients: dict[tuple[str, str, Access], BaseClient] = {}
        self._lock = Lock()

    def open(self, request: SessionRequest, resource: Resource, *, patient: bool = True) -> CustomerSession:
        """Assume the customer's role for one finding; if ``patient``, again after ``NEW_ROLE_SECONDS``.

        Raises ``RoleNotAssumable`` if STS still refuses: the role is missing, or the external id, the session name or a
        tag does not match its trust policy (STS does not say which). Raises ``AwsUnavailable`` if STS cannot answer,
        another ``AwsError`` if it rejects the request, and ``PlatformCallFailed`` for errors that are not about this
        finding, such as the platform's credentials.
        """
        for pause in NEW_ROLE_SECONDS if patient else ():
            with suppress(RoleNotAssumable):
                return CustomerSession(self, resource, request, self._assumed(request))
            self._wait(pause)
        return CustomerSession(self, resource, request, self._assumed(request))

    def _assumed(self, request: SessionRequest) -> ReadOnlyCredentials:
        try:
            with customer_errors("sts", "AssumeRole"):
                answer = self._sts.assume_role(
                    RoleArn=request.role_arn,
                    RoleSessionName=request.name,
                    ExternalId=request.external_id,
                    SourceIdentity=request.source_identity,
                    Tags=[{"Key": key, "Value": value} for key, value in request.tags.items()],
                    Policy=request.policy,
                    DurationSeconds=SESSION_SECONDS,
                )
        except AwsError as error:
            if isinstance(error, AwsUnavailable) or error.code in _REQUEST_REFUSED:
                raise
            if error.code not in _ROLE_REFUSED:
                raise PlatformCallFailed(
                    service=error.service, operation=error.operation, code=error.code, message=error.message
                ) from error
            raise RoleNotAssumable(
                pack=request.service,
                account_id=request.account_id,
                code=error.code,
                message=error.message,
                request_id=error.request_id,
            ) from error
        key = answer["Credentials"]
        return ReadOnlyCredentials(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"])

    def signed_call(
        self,
        credentials: ReadOnlyCredentials,
        access: Access,
        region: str,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Make one call with these credentials. Raises an ``AwsError``."""
        token = _current.set(credentials)
        try:
            with customer_errors(service, operation):
                client = self._client(service, region, access)
                answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
                if refused := answer.get("Unsuccessful"):
                    raise _refused_within(answer, refused[0], operation)
        finally:
            _current.reset(token)
        return answer

    def _client(self, service: str, region: str, access: Access) -> BaseClient:
        """One client per service, region and kind of access; the most recently used, within the memory limit."""
        key = (service, region, access)
        with self._lock:
            client = self._clients.pop(key, None)
            if client is None:
                client = self._botocore.create_client(service, region_name=region, config=_CONFIGS[access])
            self._clients[key] = client
            while len(self._clients) > MOST_CLIENTS:
                del self._clients[next(iter(self._clients))]
        return client

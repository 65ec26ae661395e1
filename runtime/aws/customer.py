"""Sessions in a customer's account: one per finding and purpose, without a client or a connection per finding.

botocore resolves credentials when it signs a request. So this process keeps one client per service and region, and
each call is signed with the credentials of the session it is made through. A call outside of one cannot be signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.session import Session

from runtime.aws.errors import customer_errors
from runtime.domain.access import Access, SessionRequest
from runtime.domain.audit import ApiCall, SessionRecord
from runtime.domain.errors import (
    AwsError,
    AwsNotFound,
    AwsUnavailable,
    OutsideSession,
    PlatformCallFailed,
    RoleNotAssumable,
)
from runtime.domain.plan import canonical_json
from runtime.domain.resource import Resource

SESSION_SECONDS = 900
"""The shortest session that STS gives."""

_ROLE_REFUSED = frozenset({"AccessDenied", "AccessDeniedException"})
_REQUEST_REFUSED = frozenset({"PackedPolicyTooLarge", "MalformedPolicyDocument", "ValidationError"})
"""What would be refused again, however often it is asked."""


class _ScopedCredentials(Credentials):  # type: ignore[misc]
    """Credentials that are whatever session is in use at the moment of signing."""

    def __init__(self) -> None:
        super().__init__(access_key="", secret_key="", method="suture")
        self._current: ReadOnlyCredentials | None = None

    @contextmanager
    def use(self, credentials: ReadOnlyCredentials) -> Iterator[None]:
        self._current = credentials
        try:
            yield
        finally:
            self._current = None

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        if self._current is None:
            raise OutsideSession("customer account", "sign")
        return self._current


class _ScopedProvider:
    """What botocore's credential resolver asks."""

    METHOD = CANONICAL_NAME = "suture"

    def __init__(self, credentials: _ScopedCredentials) -> None:
        self._credentials = credentials

    def load(self) -> _ScopedCredentials:
        return self._credentials


class CustomerSession:
    """One assumed role session, narrowed to one fix on one resource."""

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
        """What the audit trail keeps of this session."""
        return SessionRecord(
            role_arn=self._request.role_arn,
            session_name=self._request.name,
            source_identity=self._request.source_identity,
            tags=self._request.tags,
            policy=self._request.policy,
            calls=tuple(self._calls),
        )

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Make one API call. Raises an ``AwsError``; a call that AWS answered with one is on record too."""
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

    def reader(self) -> SessionReader:
        """A reader with nothing remembered."""
        return SessionReader(self)


class SessionReader:
    """Reads through a session; asks AWS once for equal calls. Made anew for each look at the resource."""

    def __init__(self, session: CustomerSession) -> None:
        self._session = session
        self._answers: dict[str, dict[str, Any] | AwsError] = {}

    def read(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        key = canonical_json([service, operation, parameters])
        if key not in self._answers:
            try:
                self._answers[key] = self._session.call(service, operation, parameters)
            except AwsError as error:
                self._answers[key] = error
        answer = self._answers[key]
        if isinstance(answer, AwsError):
            raise answer
        return answer

    def find(self, service: str, operation: str, absent: str, /, **parameters: Any) -> dict[str, Any] | None:
        try:
            return self.read(service, operation, **parameters)
        except AwsNotFound as error:
            if error.code == absent:
                return None
            raise


# A write is sent once. Sent again after its answer was lost, it could be refused for having been carried out. And since
# it comes out of a stored plan, it is held against the service's model once more.
_CONFIGS = {
    Access.READ: Config(),
    Access.WRITE: Config(retries={"mode": "standard", "total_max_attempts": 1}, parameter_validation=True),
}


class CustomerAccounts:
    """Opens sessions in customers' accounts, and owns the clients they share.

    ``session`` is botocore's, with the timeouts and the retry mode of those clients. It is used for nothing else, since
    its credentials are the customers'. ``sts`` is a client of the platform's own.
    """

    def __init__(self, *, sts: BaseClient, session: Session) -> None:
        self._sts = sts
        self._credentials = _ScopedCredentials()
        self._botocore = session
        self._botocore.get_component("credential_provider").providers.insert(0, _ScopedProvider(self._credentials))
        self._clients: dict[tuple[str, str, Access], BaseClient] = {}

    def open(self, request: SessionRequest, resource: Resource) -> CustomerSession:
        """Assume the customer's role for one finding.

        Raises ``RoleNotAssumable`` if STS refuses: the role is missing, or the external id, the session name or a tag
        is not what its trust policy asks for (STS does not say which). Raises ``AwsUnavailable`` if STS cannot answer,
        another ``AwsError`` if it does not take the request itself, and ``PlatformCallFailed`` for anything else, our
        own credentials for one, which says nothing about this finding.
        """
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
        except AwsUnavailable:
            raise
        except AwsError as error:
            if error.code in _REQUEST_REFUSED:
                raise
            if error.code not in _ROLE_REFUSED:
                raise PlatformCallFailed(
                    service=error.service, operation=error.operation, code=error.code, message=error.message
                ) from error
            raise RoleNotAssumable(
                service=error.service,
                operation=error.operation,
                code=error.code,
                message=error.message,
                request_id=error.request_id,
            ) from error
        key = answer["Credentials"]
        credentials = ReadOnlyCredentials(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"])
        return CustomerSession(self, resource, request, credentials)

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
        with customer_errors(service, operation), self._credentials.use(credentials):
            client = self._client(service, region, access)
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
        return answer

    def _client(self, service: str, region: str, access: Access) -> BaseClient:
        if (service, region, access) not in self._clients:
            self._clients[service, region, access] = self._botocore.create_client(
                service, region_name=region, config=_CONFIGS[access]
            )
        return self._clients[service, region, access]

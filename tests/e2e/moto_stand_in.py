"""moto behind the local AWS, for fixes whose services ministack does not have, or answers other than AWS.

One case of a fix is an account in moto, as in the laws. While it is there, the local AWS hands the calls of the
customer's roles to it (``local.stand_in``): the finding, its review, the session and IAM's decision are the local AWS's
own, and so are calls that the fix does not declare.
"""

from __future__ import annotations

import json
import ssl
import threading
import urllib.request
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

from moto import mock_aws
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from werkzeug.exceptions import NotFound

from local.environment import LocalEnvironment
from local.stand_in import ANSWER, PATH, QUESTIONS, StandIn
from runtime.domain.access import CUSTOMER_ROLE_PREFIX, Access
from runtime.domain.errors import AwsAccessDenied, AwsError
from runtime.domain.resource import Resource
from runtime.fixes.contract import Fix
from tests.authorization import Question, questions
from tests.laws.calls_made import answers, permissions_of
from tests.laws.cases import ACCOUNT_ID, Bad, Clients
from tests.laws.customer_account import RecordingSession, client

DENIED = {"ec2": "UnauthorizedOperation", "json": "AccessDeniedException", "rest-json": "AccessDeniedException"}
"""What AWS answers when IAM denies a call, by protocol, where it is not ``AccessDenied``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAsked:
    """A call as it came, understood by the service's model."""

    service: str
    protocol: str
    operation: OperationModel
    parameters: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation.name}"


class ErrorAnswer(Exception):
    """An error as moto writes it into an answer."""

    def __init__(self, error: AwsError) -> None:
        self.code, self.message = error.code, error.message
        super().__init__(error.message)


class MotoAccount:
    """The account of one case, with the resource that is to be put right."""

    def __init__(self, fix: Fix, case: Bad) -> None:
        self.client: Clients = client
        self.resource: Resource = case.create(client)
        self._age = case.now - datetime.now(UTC)
        self._session = RecordingSession(self.resource.region, answers=answers(fix, case))
        self._declared = {it for access in Access for it in permissions_of(fix, self.resource, access)}
        self._services = sorted({it.operation.partition(":")[0] for it in self._declared})
        self._one_at_a_time = threading.Lock()  # moto's accounts are not made for more

    def asked(self, request: Mapping[str, Any]) -> CallAsked | None:
        """``None`` if the fix does not declare the call."""
        for service in self._services:
            asked = _as_call_of(service, request)
            if asked is not None and asked.name in {it.operation for it in self._declared}:
                return asked
        return None

    def questions(self, asked: CallAsked) -> list[Question]:
        """What IAM is to be asked about the call."""
        actions = sorted({it.action for it in self._declared if it.operation == asked.name})
        found = [it for action in actions for it in questions(action, asked.name, asked.parameters, self.resource)]
        assert found, f"IAM would not be asked about {asked.name}"
        return found

    def answer(self, asked: CallAsked, *, denied: str | None) -> Mapping[str, Any]:
        """The HTTP answer. ``denied`` is an action that IAM does not allow the caller."""
        found: Any
        try:
            if denied is not None:
                raise AwsAccessDenied(
                    service=asked.service,
                    operation=asked.operation.name,
                    code=DENIED.get(asked.protocol, "AccessDenied"),
                    message=f"The caller is not authorized to perform: {denied}",
                )
            with self._one_at_a_time:
                found = self._session.call(asked.service, asked.operation.name, asked.parameters)
        except AwsError as error:
            found = ErrorAnswer(error)
        serializer = get_serializer_class(asked.service, asked.protocol)(asked.operation)
        answer = serializer.serialize(_older(found, self._age))
        body = answer["body"]
        return {
            "status": answer["status_code"],
            "headers": answer["headers"],
            "body": b64encode(body if isinstance(body, bytes) else body.encode()).decode(),
        }


def _older(value: Any, age: timedelta) -> Any:
    """An answer with all times so much earlier: what a case plans with a later time is old already."""
    match value:
        case datetime():
            return value - age
        case dict():
            return {name: _older(member, age) for name, member in value.items()}
        case list():
            return [_older(member, age) for member in value]
        case _:
            return value


def _as_call_of(service: str, request: Mapping[str, Any]) -> CallAsked | None:
    """``None`` if it is none of the service's."""
    model = client(service).meta.service_model
    scope = f"/{model.signing_name}/aws4_request"
    if scope not in request["headers"]["authorization"]:
        return None
    query = urlencode(request["query"], doseq=True)
    url = f"https://{model.endpoint_prefix}.amazonaws.com{request['path']}?{query}"
    received = Request.from_primitives(request["method"], url, request["headers"], b64decode(request["body"]))
    try:
        operation, path_parameters = get_service_router(service).match(received)
    except NotFound:
        return None
    if received.values.get("Version", model.api_version) != model.api_version:
        return None  # Elastic Load Balancing is two services of one name
    protocol = determine_request_protocol(operation.service_model, received.content_type)
    parameters = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": received.method,
            "values": received.values,
            "headers": received.headers,
            "body": received.data,
            "url_path": received.path,
            "url_params": path_parameters,
        }
    )
    tokens = model.operation_model(operation.name).idempotent_members
    given = {name: value for name, value in parameters.items() if name not in tokens}  # botocore makes them up
    return CallAsked(service=service, protocol=protocol, operation=operation, parameters=given)


@contextmanager
def moto_account(environment: LocalEnvironment, fix: Fix, case: Bad) -> Iterator[MotoAccount]:
    """Make the case's account in moto, and let the local AWS hand calls to it meanwhile."""
    with mock_aws():
        account = MotoAccount(fix, case)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(account))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stand_in = StandIn(
            url=f"http://127.0.0.1:{server.server_port}",
            callers=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{CUSTOMER_ROLE_PREFIX}",
        )
        _tell(environment, "PUT", asdict(stand_in))
        try:
            yield account
        finally:
            _tell(environment, "DELETE", {})
            server.shutdown()
            server.server_close()


def _tell(environment: LocalEnvironment, method: str, body: Mapping[str, Any]) -> None:
    request = urllib.request.Request(environment.endpoint + PATH, data=json.dumps(body).encode(), method=method)
    trusted = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=environment.authority))
    urllib.request.build_opener(urllib.request.ProxyHandler({}), trusted).open(request).close()


def _handler_of(account: MotoAccount) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked = account.asked(request)
            if asked is None:
                self._send(None)
            elif self.path == QUESTIONS:
                self._send([asdict(it) for it in account.questions(asked)])
            else:
                assert self.path == ANSWER
                self._send(account.answer(asked, denied=request["denied"]))

        def _send(self, value: Any) -> None:
            body = json.dumps(value).encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler

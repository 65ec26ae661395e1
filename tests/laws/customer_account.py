"""A customer's account in moto, and sessions in it that remember, and can refuse, every call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import boto3
import moto  # noqa: F401  moto must be imported before a client is made, or the client would call AWS
from botocore import UNSIGNED, xform_name
from botocore.awsrequest import AWSPreparedRequest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.validate import ParamValidator
from moto.core.models import botocore_stubber

from runtime.application.executor import Executor
from runtime.application.reader import SessionReader
from runtime.aws.errors import customer_errors
from runtime.domain.errors import AwsAccessDenied, AwsError
from runtime.domain.fix import options_for
from runtime.domain.plan import canonical_json
from runtime.domain.resource import Resource
from runtime.fixes.contract import Call, Fix, Reader
from tests.laws.cases import REGION, Case
from tests.memory.calls import in_order

type Made = tuple[str, Mapping[str, Any]]
"""A call that was made: ``service:Operation``, and its parameters."""


SESSION = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")
"""One for all clients, so that what they have in common is loaded once."""


@cache
def client(service: str, region: str = REGION, /) -> BaseClient:
    """One client per service and region for the whole run: making one costs more than a law."""
    # botocore would put together a user agent, and a signature that nobody checks, for each call.
    config = Config(user_agent="laws", signature_version=UNSIGNED)
    made = SESSION.client(service, region_name=region, config=config)
    made.meta.events.register("before-call", CHANGES.may_have_happened)
    made.meta.events.register("before-send", _only_in_moto)
    return made


class NotInMoto(Exception):
    """Outside of moto, a call would have gone to AWS."""


def _only_in_moto(request: AWSPreparedRequest, **_: Any) -> None:
    if not botocore_stubber.enabled:
        raise NotInMoto(request.url)


class Changes:
    """Tells a session that reads whether anybody, stranger or fix, has called anything since."""

    number = 0

    def may_have_happened(self, **_: Any) -> None:
        self.number += 1


CHANGES = Changes()


class RecordingSession:
    """Stands in for a ``Session``: calls moto, and remembers each call.

    ``answers`` are given in place of operations that moto does not have: what they answer, or what makes it of the
    parameters. Those are checked as botocore does. One that only ``reads`` asks moto the same again once there may have
    been a change.
    """

    def __init__(
        self,
        region: str,
        *,
        denied: frozenset[str] = frozenset(),
        answers: Mapping[str, Any] | None = None,
        reads: bool = False,
    ) -> None:
        self._region = region
        self._denied = denied
        self._answers = answers or {}
        self._reads = reads
        self._fails: tuple[int, type[AwsError]] | None = None
        self.made: list[Made] = []
        self.answered: dict[str, dict[str, Any] | AwsError] = {}
        """By call, while nothing has changed."""
        self._answered_at = CHANGES.number

    @property
    def calls(self) -> list[str]:
        return [name for name, _ in self.made]

    def fail_after(self, made: int, error: type[AwsError]) -> None:
        """Of the next calls, let that many succeed and the one after them fail; then all is well again."""
        self._fails = made, error

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = f"{service}:{operation}"
        self.made.append((name, parameters))
        if name in self._denied:
            raise AwsAccessDenied(service=service, operation=operation, code="AccessDenied", message="not allowed")
        if self._fails is not None:
            left, error = self._fails
            self._fails = (left - 1, error) if left else None
            if not left:
                refused = error is AwsAccessDenied
                raise error(service=service, operation=operation, code="Made up", message="no", refused=refused)
        if not self._reads:
            CHANGES.may_have_happened()
        if self._answered_at != CHANGES.number:
            self.answered.clear()
            self._answered_at = CHANGES.number
        key = canonical_json((name, parameters))
        if name in self._answers:  # a stranger changes what it makes up without a call
            self.answered[key] = self._made_up(service, operation, parameters)
        elif key not in self.answered:
            self.answered[key] = self._answer(service, operation, parameters)
            CHANGES.number = self._answered_at
        answer = self.answered[key]
        if isinstance(answer, AwsError):
            raise answer
        return answer

    def _answer(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any] | AwsError:
        try:
            with customer_errors(service, operation):
                answer: dict[str, Any] = getattr(client(service, self._region), xform_name(operation))(**parameters)
        except AwsError as error:
            return error
        answer.pop("ResponseMetadata", None)
        if (service, operation) == ("cloudtrail", "GetTrail"):
            _add_home_region(answer["Trail"], self._region)
        return answer

    def _made_up(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        model = client(service, self._region).meta.service_model.operation_model(operation)
        found = ParamValidator().validate(dict(parameters), model.input_shape)
        assert not found.has_errors(), found.generate_report()
        answer = self._answers[f"{service}:{operation}"]
        return dict(answer(**parameters) if callable(answer) else answer)

    def reader(self, *expected: Call) -> SessionReader:
        return SessionReader(self, in_order, expected)  # type: ignore[arg-type]


def _add_home_region(trail: dict[str, Any], region: str) -> None:
    """moto's GetTrail leaves out the home region, which AWS answers; moto's DescribeTrails knows it.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrail.html
    """
    for other in client("cloudtrail", region).describe_trails()["trailList"]:
        if other["TrailARN"] == trail["TrailARN"]:
            trail["HomeRegion"] = other["HomeRegion"]


class Bench:
    """One resource in one starting state, the executor on it, and what was called."""

    def __init__(
        self,
        fix: Fix,
        case: Case,
        resource: Resource,
        *,
        denied: frozenset[str] = frozenset(),
        answers: Mapping[str, Any] | None = None,
    ) -> None:
        self.fix = fix
        self.resource = resource
        self.options = options_for(fix.spec, case.options, case.now)
        self.looks: list[SessionReader] = []
        self.answers = answers
        self.read = RecordingSession(resource.region, denied=denied, answers=answers, reads=True)
        self.write = RecordingSession(resource.region, answers=answers)
        self.executor = Executor(
            fix=fix,
            resource=resource,
            options=self.options,
            look=self._look,
            open_write=lambda: self.write,  # type: ignore[arg-type,return-value]
        )

    def _look[T](self, see: Callable[[Reader], T], *, whole: bool = True) -> T:
        self.looks.append(self.read.reader(*self.fix.calls(self.resource) if whole else ()))
        return see(self.looks[-1])

    def plan_now(self) -> Any:
        return self.executor.plan(self.executor.observe())

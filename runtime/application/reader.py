"""Reads a resource through a session: makes equal calls once, and expected calls in parallel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from runtime.application.ports import Session, Together
from runtime.domain.errors import AwsAccessDenied, AwsError
from runtime.domain.plan import canonical_json
from runtime.fixes.contract import Call, Reader


class Look(Protocol):
    """One read of a resource, with a new reader. ``whole``: of its entire state."""

    def __call__[T](self, see: Callable[[Reader], T], *, whole: bool = True) -> T: ...


class SessionReader:
    """Created for each read. ``expected`` are the calls that the read will probably make; if it makes none, none are
    made."""

    def __init__(self, session: Session, together: Together, expected: Sequence[Call] = ()) -> None:
        self._session = session
        self._together = together
        self._expected = {_key(call): call for call in expected}
        self._answers: dict[str, dict[str, Any] | AwsError] = {}
        self.used: dict[str, Call] = {}
        """The calls whose answers were asked for, in order."""

    def read(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        call = Call(service, operation, parameters)
        key = _key(call)
        self.used[key] = call
        if key not in self._answers:
            self._fetch({key: call} | (self._expected if key in self._expected else {}))
        answer = self._answers[key]
        if isinstance(answer, AwsError):
            raise answer
        return answer

    def find(
        self, service: str, operation: str, absent: tuple[str, ...], /, **parameters: Any
    ) -> dict[str, Any] | None:
        try:
            return self.read(service, operation, **parameters)
        except AwsError as error:
            if error.code in absent and not isinstance(error, AwsAccessDenied):
                return None
            raise

    def _fetch(self, calls: dict[str, Call]) -> None:
        answers = self._together(*(lambda call=call: self._answer(call) for call in calls.values()))
        self._answers |= zip(calls, answers, strict=True)

    def _answer(self, call: Call) -> dict[str, Any] | AwsError:
        try:
            return self._session.call(call.service, call.operation, call.parameters)
        except AwsError as error:
            return error


def _key(call: Call) -> str:
    return canonical_json(call)

"""Every call that the code under test makes to the world, and where to stop, fail or go on with something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from runtime.domain.errors import (
    AwsAccessDenied,
    AwsError,
    AwsNotFound,
    AwsUnavailable,
    PlatformCallFailed,
    RoleNotAssumable,
)


class Crash(BaseException):
    """The process ends here. Not an ``Exception``, so that nothing can handle it."""


type Hook = Callable[[int, str], None]


def _nothing(_: int, __: str) -> None: ...


@dataclass
class Calls:
    """``before`` and ``after`` are called with a call's number and name: to raise, or to do something meanwhile.

    Names are ``s3:PutPublicAccessBlock`` for a call in a customer's account, ``sts:AssumeRole``, ``store.commit`` and
    the like for the platform's.
    """

    made: list[str] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)
    before: Hook = _nothing
    after: Hook = _nothing

    def __call__[T](self, name: str, given: Any, effect: Callable[[], T]) -> T:
        index = len(self.made)
        self.made.append(name)
        self.given.append(given)
        self.before(index, name)
        try:
            return effect()
        finally:
            self.after(index, name)

    def count(self, name: str) -> int:
        return self.made.count(name)

    def arguments(self, name: str) -> list[Any]:
        """What each call of this name was given."""
        return [given for made, given in zip(self.made, self.given, strict=True) if made == name]


class Watched:
    """What the ports call: whoever watches now."""

    def __init__(self) -> None:
        self.watch = Calls()

    def __call__[T](self, name: str, given: Any, effect: Callable[[], T]) -> T:
        return self.watch(name, given, effect)


def in_order(*calls: Callable[[], Any]) -> list[Any]:
    """One after the other: what is done side by side can be done in any order."""
    return [call() for call in calls]


def error_for(name: str, code: str, *, refused: bool = True) -> AwsError | PlatformCallFailed:
    """The error that a port raises where AWS answers with this code; ``refused`` is not known if the answer is lost."""
    service, _, operation = name.partition(":")
    if not operation:
        return PlatformCallFailed(service=service, operation=service, code=code, message="made to fail")
    kinds = {
        "AccessDenied": AwsAccessDenied,
        "Throttling": AwsUnavailable,
        "RequestLimitExceeded": AwsUnavailable,
        "SlowDown": AwsUnavailable,
        "ReadTimeoutError": AwsUnavailable,
    }
    kind = kinds.get(code, AwsNotFound if code.startswith("NoSuch") or "NotFound" in code else AwsError)
    if name == "sts:AssumeRole" and kind is AwsAccessDenied:
        return RoleNotAssumable(pack="s3", account_id="111122223333", code=code, message="made to fail")
    return kind(service=service, operation=operation, code=code, message="made to fail", refused=refused)


def refuse(name: str, code: str, *, at: int = 0) -> Hook:
    """For ``Calls.before``: one operation is answered with an error. Its ``at``-th call from 1, or each."""
    asked: list[str] = []

    def before(_: int, made: str) -> None:
        if made == name:
            asked.append(name)
            if at in (0, len(asked)):
                raise error_for(name, code)

    return before


def lose(name: str, *, at: int = 0) -> Hook:
    """For ``Calls.after``: the call is carried out, and its answer is lost. Its ``at``-th call from 1, or each."""
    made: list[str] = []

    def after(_: int, called: str) -> None:
        if called == name:
            made.append(name)
            if at in (0, len(made)):
                raise error_for(name, "ReadTimeoutError", refused=False)

    return after

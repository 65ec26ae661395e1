"""The one executor: it applies, verifies and undoes every plan of every fix.

How a change went is a value, because each of these is something the audit record must tell. What is raised is only
what may be tried again with nothing changed: ``AwsUnavailable`` before the first change took effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.application.ports import Session
from runtime.application.reader import Look
from runtime.domain.errors import AwsError
from runtime.domain.fix import Options
from runtime.domain.plan import Change, Compliant, Plan, Planned, State, same_state
from runtime.domain.resource import Resource
from runtime.fixes.contract import Fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Every change was made. ``planned`` is what the fix makes of the state afterwards: Compliant, or not (yet).

    ``answers`` is what AWS answered to each change; undoing may need them.
    """

    after: State
    planned: Planned
    answers: tuple[Mapping[str, Any], ...]

    @property
    def verified(self) -> bool:
        return isinstance(self.planned, Compliant)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyApplied:
    """Nothing was done: the resource is compliant."""

    after: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """Every change was taken back, or had been already. ``restored`` if the old state is seen (yet)."""

    after: State
    restored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleState:
    """Nothing was done: somebody changed the resource since the state that was expected."""

    expected: State
    found: State


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFailed:
    """A call failed. At least ``changes_left`` of the plan's changes are in place; ``left_in`` is the state read after.

    ``left_in`` is ``None`` if the resource could not be read any more.
    """

    error: AwsError
    changes_left: int
    left_in: State | None


class Executor:
    """Carries out plans on one resource. ``open_write`` is called only when something has to be written."""

    def __init__(
        self,
        *,
        fix: Fix,
        resource: Resource,
        options: Options,
        look: Look,
        open_write: Callable[[], Session],
    ) -> None:
        self._fix = fix
        self._resource = resource
        self._options = options
        self._look = look
        self._open_write = open_write

    def observe(self) -> State:
        """Read the resource, now. Raises an ``AwsError``."""
        return self._look(lambda reader: self._fix.observe(reader, self._resource))

    def plan(self, state: State) -> Planned:
        return self._fix.plan(self._resource, state, self._options)

    def apply(
        self, plan: Plan, *, found: State | None = None, session: Session | None = None
    ) -> Applied | AlreadyApplied | StaleState | ChangeFailed:
        """Make the plan's changes, if the resource still is as the plan found it.

        ``found`` is the last look at the resource, and ``session`` the one that writes, where both are at hand.

        If a change in the middle fails, those already made are taken back where the plan is reversible. Raises an
        ``AwsError`` only where nothing was changed: the resource cannot be read, the writing session cannot be opened,
        or AWS was unavailable and the state is still the old one. And ``AwsUnavailable`` where every change was made
        but cannot be seen yet: the next look tells.
        """
        found = self.observe() if found is None else found
        if not is_before(plan, found):
            if isinstance(self.plan(found), Compliant):
                return AlreadyApplied(after=found)
            return StaleState(expected=plan.before, found=found)
        session = session or self._open_write()
        answers: list[Mapping[str, Any]] = []
        for change in plan.changes:
            try:
                answers.append(_call(session, change, answers))
            except AwsError as error:
                return self._stopped(session, plan, answers, error)
        try:
            after = self.observe()
        except AwsError as error:
            if error.retryable:
                raise
            return ChangeFailed(error=error, changes_left=len(answers), left_in=None)
        return Applied(after=after, planned=self.plan(after), answers=tuple(answers))

    def _stopped(
        self, session: Session, plan: Plan, answers: Sequence[Mapping[str, Any]], error: AwsError
    ) -> Applied | ChangeFailed:
        """What came of a plan whose next change failed.

        Only after a clear refusal is anything taken back. Where an answer was lost the change may have been made, and
        taking back those before it could cut off what the plan was to keep open: so it looks, and leaves it at that.
        """
        left = len(answers)
        if error.refused and plan.reversible:
            left, _ = _take_back(session, plan, made=left, answers=answers)
        try:
            now = self.observe()
        except AwsError:
            return ChangeFailed(error=error, changes_left=left, left_in=None)
        planned = self.plan(now)
        if not error.refused and len(answers) == len(plan.changes) - 1 and not isinstance(planned, Plan):
            return Applied(after=now, planned=planned, answers=(*answers, {}))  # made, and only the answer was lost
        if error.retryable and is_before(plan, now):
            raise error
        return ChangeFailed(error=error, changes_left=left, left_in=now)

    def undo(
        self,
        plan: Plan,
        *,
        after: State,
        answers: Sequence[Mapping[str, Any]],
        found: State | None = None,
        session: Session | None = None,
    ) -> Undone | StaleState | ChangeFailed:
        """Take the plan's changes back, if the resource still is as they left it.

        ``after`` and ``answers`` are what applying the plan gave; ``found`` and ``session`` as for ``apply``. Raises as
        ``apply`` does, and ``ValueError`` for a plan that cannot be undone.
        """
        if not plan.reversible:
            raise ValueError(f"the plan of {plan.fix_id} for {plan.resource_arn} cannot be undone")
        found = self.observe() if found is None else found
        if is_before(plan, found):
            return Undone(after=found, restored=True)
        if not same_state(found, after, plan.volatile):
            return StaleState(expected=after, found=found)
        left, error = _take_back(session or self._open_write(), plan, made=len(plan.changes), answers=answers)
        try:
            now = self.observe()
        except AwsError as unreadable:
            if error is None and unreadable.retryable:
                raise
            return ChangeFailed(error=error or unreadable, changes_left=left, left_in=None)
        if error is None or (not error.refused and is_before(plan, now)):  # undone, and only the answer was lost
            return Undone(after=now, restored=is_before(plan, now))
        if error.retryable and same_state(now, after, plan.volatile):
            raise error
        return ChangeFailed(error=error, changes_left=left, left_in=now)


def is_before(plan: Plan, state: State) -> bool:
    """Whether a state is the one that the plan was made for."""
    return same_state(state, plan.before, plan.volatile)


def _call(session: Session, change: Change, answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return session.call(change.service, change.operation, resolve(change.parameters, answers))


def _take_back(
    session: Session, plan: Plan, *, made: int, answers: Sequence[Mapping[str, Any]]
) -> tuple[int, AwsError | None]:
    """Undo the changes that were made, last first. Returns how many are left, and what stopped it."""
    for left in range(made, 0, -1):
        try:
            _call(session, plan.undo[left - 1], answers)
        except AwsError as error:
            return left, error
    return 0, None


def resolve(value: Any, answers: Sequence[Mapping[str, Any]]) -> Any:
    """Parameters with each ``{"$answer": [i, "Path.To.Value"]}`` replaced by what the call ``i`` answered.

    Raises ``KeyError`` or ``IndexError`` for a reference to something that was not answered.
    """
    match value:
        case {"$answer": [int(index), str(path)]}:
            found: Any = answers[index]
            for name in path.split("."):
                found = found[name]
            return found
        case Mapping():
            return {name: resolve(item, answers) for name, item in value.items()}
        case list() | tuple():
            return [resolve(item, answers) for item in value]
        case _:
            return value

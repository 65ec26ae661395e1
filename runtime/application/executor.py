"""The one executor: it applies, verifies and undoes every plan of every fix.

The result of a change is a value, because the audit record must contain each of these. An exception is raised only if
the change can be retried with nothing changed: ``AwsUnavailable`` before the first change took effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.application.ports import Session
from runtime.application.reader import Look
from runtime.domain.errors import AwsError
from runtime.domain.fix import Options
from runtime.domain.plan import Busy, Change, Compliant, Plan, Planned, State, needed, resolve, same_state
from runtime.domain.resource import Resource
from runtime.fixes.contract import Fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Every change was made.

    ``answers`` has the parts of AWS's answers that an undo needs. It is ``verified`` once the resource is both
    compliant and in the state that the plan leaves: a first read may show only part of the writes.
    """

    after: State
    verified: bool
    answers: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyApplied:
    """Nothing was done: the resource is compliant."""

    after: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """Every change is undone. ``restored`` if the old state has been read."""

    after: State
    restored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleState:
    """Nothing was done: the resource is not in the expected state."""

    expected: State
    found: State


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFailed:
    """A call failed. At least ``changes_left`` of the plan's changes are in place; ``left_in`` is the state read after
    that.

    ``left_in`` is ``None`` if the resource could not be read.
    """

    error: AwsError
    changes_left: int
    left_in: State | None


class Executor:
    """Carries out plans on one resource. ``open_write`` is called only for a write."""

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
        return self._look(lambda reader: self._fix.observe(reader, self._resource, self._options))

    def _observe_after(self, plan: Plan, before: State) -> State:
        """The state with the part that the plan changes read again. Raises an ``AwsError``."""
        touched = self._look(
            lambda reader: self._fix.observe(reader, self._resource, self._options, plan.touched), whole=False
        )
        return {**before, **touched}

    def took_effect(self, plan: Plan, state: State) -> bool:
        """Whether a state shows that the plan was carried out."""
        return isinstance(self.plan(state), Compliant) and plan.took_effect(state)

    def restored(self, plan: Plan, state: State) -> bool:
        """Whether a state shows that the plan was undone."""
        return plan.in_place(state) == 0 and not isinstance(self.plan(state), Busy)

    def plan(self, state: State) -> Planned:
        return self._fix.plan(self._resource, state, self._options)

    def apply(
        self, plan: Plan, *, found: State | None = None, session: Session | None = None
    ) -> Applied | AlreadyApplied | StaleState | Busy | ChangeFailed:
        """Make the plan's changes, if the resource is still as the plan found it, and accepts changes now.

        ``found`` is the last read of the resource, and ``session`` the write session, if available.

        If a change in the middle fails, those already made are undone if the plan is reversible. Raises an ``AwsError``
        only if nothing was changed: the resource cannot be read, the write session cannot be opened, or AWS was
        unavailable and the state is still the old one. Raises ``AwsUnavailable`` also if every change was made but is
        not visible yet, for a later verification.
        """
        found = self.observe() if found is None else found
        match self.plan(found):
            case Busy() as busy:
                return busy
            case Compliant():
                return AlreadyApplied(after=found)
            case Plan() if is_before(plan, found):
                pass
            case _:
                return StaleState(expected=plan.before, found=found)
        session = session or self._open_write()
        answers: list[Mapping[str, Any]] = []
        for change in plan.changes:
            try:
                answers.append(_call(session, plan, change, answers))
            except AwsError as error:
                return self._stopped(session, plan, answers, error)
        try:
            after = self._observe_after(plan, found)
        except AwsError as error:
            if error.retryable:
                raise
            return ChangeFailed(error=error, changes_left=len(answers), left_in=None)
        return Applied(after=after, verified=self.took_effect(plan, after), answers=needed(plan, answers))

    def _stopped(
        self, session: Session, plan: Plan, answers: Sequence[Mapping[str, Any]], error: AwsError
    ) -> Applied | ChangeFailed:
        """The result of a plan whose next change failed.

        Changes are undone only after a clear refusal. If an answer was lost, the change may have been made, and undoing
        the earlier ones could close access that the plan keeps open: so the resource is only read.
        """
        left = len(answers)
        if error.refused and plan.reversible:
            left, _ = _take_back(session, plan, made=left, answers=answers)
        try:
            now = self.observe()
        except AwsError:
            return ChangeFailed(error=error, changes_left=left, left_in=None)
        last = len(answers) == len(plan.changes) - 1
        if not error.refused and last and not isinstance(self.plan(now), Plan):
            # made, and only the answer was lost
            return Applied(after=now, verified=self.took_effect(plan, now), answers=needed(plan, (*answers, {})))
        if error.retryable and plan.in_place(now) == 0:
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
    ) -> Undone | StaleState | Busy | ChangeFailed:
        """Undo the plan's changes, from any state that the plan itself can have left.

        Other parts of the resource may have changed since. ``after`` and ``answers`` are the results of applying the
        plan; ``found`` and ``session`` as for ``apply``. Raises as ``apply`` does, and ``ValueError`` for a plan that
        cannot be undone.
        """
        if not plan.reversible:
            raise ValueError(f"the plan of {plan.fix_id} for {plan.resource_arn} cannot be undone")
        found = self.observe() if found is None else found
        made = plan.in_place(found)
        if made is None:
            return StaleState(expected=after, found=found)
        if isinstance(busy := self.plan(found), Busy):
            return busy
        if made == 0:
            return Undone(after=found, restored=True)
        left, error = _take_back(session or self._open_write(), plan, made=made, answers=answers)
        try:
            now = self._observe_after(plan, found)
        except AwsError as unreadable:
            if error is None and unreadable.retryable:
                raise
            return ChangeFailed(error=error or unreadable, changes_left=left, left_in=None)
        seen = plan.in_place(now)
        if error is None or (not error.refused and seen == 0):  # undone, and only the answer was lost
            return Undone(after=now, restored=self.restored(plan, now))
        if error.retryable and seen == made:
            raise error
        return ChangeFailed(error=error, changes_left=left, left_in=now)


def is_before(plan: Plan, state: State) -> bool:
    """Whether a state is the one that the plan was made for."""
    return same_state(state, plan.before, plan.volatile)


def _call(session: Session, plan: Plan, change: Change, answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return session.call(change.service, change.operation, resolve(change.parameters, answers, plan.before))


def _take_back(
    session: Session, plan: Plan, *, made: int, answers: Sequence[Mapping[str, Any]]
) -> tuple[int, AwsError | None]:
    """Undo the changes that were made, last first. Returns how many are left, and what stopped it."""
    for left in range(made, 0, -1):
        try:
            _call(session, plan, plan.undo[left - 1], answers)
        except AwsError as error:
            return left, error
    return 0, None

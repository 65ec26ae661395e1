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
from runtime.domain.plan import Busy, Change, Compliant, Plan, Planned, State, needed, resolve, same_state
from runtime.domain.resource import Resource
from runtime.fixes.contract import Fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Every change was made.

    ``answers`` is what undoing needs of what AWS answered to each change. It is ``verified`` once the resource is both
    compliant and as the plan was to leave it: a first read may show part of what was written.
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
        return self._look(lambda reader: self._fix.observe(reader, self._resource, self._options))

    def _observe_after(self, plan: Plan, before: State) -> State:
        """The state with what the plan touches read anew. Raises an ``AwsError``."""
        touched = self._look(
            lambda reader: self._fix.observe(reader, self._resource, self._options, plan.touched), whole=False
        )
        return {**before, **touched}

    def took_effect(self, plan: Plan, state: State) -> bool:
        """Whether a state shows that the plan was carried out."""
        return isinstance(self.plan(state), Compliant) and plan.took_effect(state)

    def restored(self, plan: Plan, state: State) -> bool:
        """Whether a state shows that the plan was taken back."""
        return plan.in_place(state) == 0 and not isinstance(self.plan(state), Busy)

    def plan(self, state: State) -> Planned:
        return self._fix.plan(self._resource, state, self._options)

    def apply(
        self, plan: Plan, *, found: State | None = None, session: Session | None = None
    ) -> Applied | AlreadyApplied | StaleState | Busy | ChangeFailed:
        """Make the plan's changes, if the resource still is as the plan found it, and takes changes now.

        ``found`` is the last look at the resource, and ``session`` the one that writes, where both are at hand.

        If a change in the middle fails, those already made are taken back where the plan is reversible. Raises an
        ``AwsError`` only where nothing was changed: the resource cannot be read, the writing session cannot be opened,
        or AWS was unavailable and the state is still the old one. And ``AwsUnavailable`` where every change was made
        but cannot be seen yet: the next look tells.
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
        """Take the plan's changes back, from any state that the plan itself can have left.

        What it does not touch may have changed since. ``after`` and ``answers`` are what applying the plan gave;
        ``found`` and ``session`` as for ``apply``. Raises as ``apply`` does, and ``ValueError`` for a plan that cannot
        be undone.
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

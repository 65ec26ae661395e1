"""The plan of a fix, as data: it can be read, stored, hashed, approved, applied and undone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runtime.domain.document import to_json
from runtime.domain.excerpt import shortened

_SHOWN = 200
"""Characters of a value in a sentence."""

MEANING = "meaning"
"""The part of a state that is a resource policy in canonical form, which is compared. Its exact text is ``policy``."""

type State = Mapping[str, Any]
"""The observed state of a resource: JSON values only, and only what plan and undo need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One AWS API call that writes.

    ``service`` is the boto3 client's name, ``operation`` the API operation's (``PutPublicAccessBlock``). A parameter of
    the form ``{"$answer": [i, "Path.To.Value"]}`` is replaced by a value from the answer to the plan's change ``i``,
    also in undo calls. One of the form ``{"$before": "name"}`` is replaced by a part of the state before. ``leaves``
    has the parts of the state that the plan changes, as they are after this change. A list that is written ``whole`` is
    changed as a whole; of other lists, only the added and removed items.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    leaves: State = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The changes that make one resource compliant, and the calls that undo them.

    ``undo[i]`` undoes ``changes[i]``, from the last to the first. An empty ``undo`` means that the changes cannot be
    undone. ``blast_radius`` has numbers and names that show who is affected. ``volatile`` names parts of the state that
    only inform: they change by themselves, and undo does not restore them.
    """

    fix_id: str
    resource_arn: str
    summary: str
    before: State
    changes: tuple[Change, ...]
    undo: tuple[Change, ...]
    blast_radius: Mapping[str, Any] = field(default_factory=dict)
    volatile: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.changes:
            raise ValueError("a plan without changes is Compliant, not a Plan")
        if self.undo and len(self.undo) != len(self.changes):
            raise ValueError(f"{len(self.undo)} undo calls for {len(self.changes)} changes: there must be one for each")

    @property
    def reversible(self) -> bool:
        return bool(self.undo)

    def taken_back(self, left: State) -> Plan:
        """The undo as a plan, to show to people: the undo calls, from the state that the changes left."""
        restoring = tuple(
            replace(undo, leaves={name: self._values(name)[made] for name in change.leaves}, whole=change.whole)
            for made, (change, undo) in enumerate(zip(self.changes, self.undo, strict=True))
        )
        return replace(
            self,
            summary=f"Undo: {self.summary}",
            before=left,
            changes=restoring[::-1],
            undo=self.changes[::-1],
        )

    @property
    def touched(self) -> tuple[str, ...]:
        """The parts of the state that the changes change."""
        return tuple(dict.fromkeys(name for change in self.changes for name in change.leaves))

    def in_place(self, found: State) -> int | None:
        """How many of the changes, counted from the first, are in place in a state; ``None`` if no number matches.

        Compares only what the plan changes; of a list that is not written whole, only added and removed items.
        """
        for made in range(len(self.changes), -1, -1):
            if all(self._shows(found, name, made) for name in self.touched):
                return made
        return None

    def took_effect(self, found: State) -> bool:
        """Whether a state has everything that the plan leaves, and every other item of the lists that it changes."""
        return self.in_place(found) == len(self.changes) and all(
            self._moved(name) is None or _spellings(self._values(name)[-1]) <= _spellings(found[name])
            for name in self.touched
        )

    def changed_besides(self, one: State, other: State) -> tuple[str, ...]:
        """The differences of two states outside the plan's changes and volatile parts, as sentences."""
        return tuple(_differences("", self._besides(one), self._besides(other)))

    def _besides(self, state: State) -> dict[str, Any]:
        besides = lasting(state, self.volatile)
        for name in besides.keys() & set(self.touched):
            value, moved = besides.pop(name), self._moved(name)
            if moved is not None and isinstance(value, list | tuple):
                besides[name] = [item for item in value if canonical_json(item) not in moved]
        return besides

    @property
    def effects(self) -> Iterator[str]:
        """What becomes of each part of the state that the changes touch, in short: before and after.

        Of changes that leave no state known beforehand, the calls.
        """
        for name in self.touched:
            values = self._values(name)
            yield from moves(shown_name(name), values[0], values[-1])
        if not self.touched:
            yield from (f"{one.service}:{one.operation}" for one in self.changes)

    def _values(self, name: str) -> list[Any]:
        """A part of the state before the changes and after each of them."""
        return [state.get(name) for state in (self.before, *(change.leaves for change in self.changes))]

    def _moved(self, name: str) -> frozenset[str] | None:
        """The items that the changes add to a list, or remove; ``None`` for a list that is written whole."""
        values = self._values(name)
        if any(change.whole for change in self.changes) or not all(isinstance(one, list | tuple) for one in values):
            return None
        spellings = [_spellings(value) for value in values]
        return frozenset[str]().union(*spellings) - frozenset[str].intersection(*spellings)

    def _shows(self, found: State, name: str, made: int) -> bool:
        """Whether a part of a state is as after this number of changes. A missing part is not."""
        if name not in found:
            return False
        wanted, moved = self._values(name)[made], self._moved(name)
        if moved is None or not isinstance(found[name], list | tuple):
            return canonical_json(found[name]) == canonical_json(wanted)
        return _spellings(found[name]) & moved == _spellings(wanted) & moved

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON form, in hexadecimal. What a person approves.

        What is volatile is not part of it: the plan is the same, however many interfaces a group has by now.
        """
        return hashlib.sha256(canonical_json(_digested(self)).encode()).hexdigest()

    def digests(self, former_fix_ids: Collection[str]) -> Collection[str]:
        """The digest, and those that the same plan had while its fix had another id."""
        return {replace(self, fix_id=fix_id).digest for fix_id in (self.fix_id, *former_fix_ids)}

    def outgrown(self, other: Plan) -> tuple[str, ...]:
        """The blast radius facts that are larger than in the other plan, or unknown there, as sentences."""
        grown = []
        for fact in sorted(self.blast_radius):
            now, then = self.size(fact), other.size(fact)
            if now is not None and (then is None or now > then):
                grown.append(f"{fact} was {'unknown' if then is None else then} and is {now}")
        return tuple(grown)

    def size(self, fact: str) -> int | None:
        """A blast radius fact as a number: the number of names, if it is a list. ``None`` if the plan does not have
        it."""
        match self.blast_radius.get(fact):
            case bool() as yes:
                return int(yes)
            case int() as number:
                return number
            case list() | tuple() as things:
                return len(things)
            case _:
                return None


def _spellings(values: Any) -> frozenset[str]:
    """The items of a list; none if it is not a list."""
    return frozenset(map(canonical_json, values if isinstance(values, list | tuple) else ()))


def _digested(plan: Plan) -> dict[str, Any]:
    """The content of the digest, as JSON types."""
    document = to_json(plan)
    del document["blast_radius"]
    document["before"] = lasting(plan.before, plan.volatile)
    return dict(json.loads(canonical_json(document)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliant:
    """Nothing to change."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The fix refuses, because it would break something or because evidence is missing."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The finding must be fixed in another account or region, which ``sentence`` names."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """The resource has a transitional status, and accepts no change until it ends."""

    sentence: str


type Planned = Plan | Compliant | Refused | Elsewhere | Busy


def canonical_json(value: Any) -> str:
    """JSON with one spelling for equal values. Raises ``TypeError`` for what JSON cannot hold."""
    return _CANONICAL.encode(value)


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def shown_name(part: str) -> str:
    """What people are told of a part of a state by."""
    return "policy" if part == MEANING else part


def lasting(state: State, volatile: Collection[str]) -> dict[str, Any]:
    """The state without its volatile parts."""
    return {name: value for name, value in state.items() if name not in volatile}


def same_state(one: State, other: State, volatile: Collection[str] = ()) -> bool:
    """Whether two observed states are equal except for volatile parts, independent of their JSON form."""
    return canonical_json(lasting(one, volatile)) == canonical_json(lasting(other, volatile))


def differences(one: Plan, other: Plan) -> tuple[str, ...]:
    """The non-volatile differences of two plans, as sentences with both values. Empty if the digests are equal."""
    return tuple(_differences("", _digested(one), _digested(other)))


def _differences(path: str, one: Any, other: Any) -> Iterator[str]:
    match one, other:
        case (dict(), dict()):
            for name in sorted(one.keys() | other.keys()):
                yield from _differences(
                    f"{path}.{name}".removeprefix("."), one.get(name, _ABSENT), other.get(name, _ABSENT)
                )
        case (list(), list()) if len(one) == len(other):
            for index, (first, second) in enumerate(zip(one, other, strict=True)):
                yield from _differences(f"{path}[{index}]", first, second)
        case _ if _spelled(one) != _spelled(other):
            yield f"{path} was {_shown(one)} and is {_shown(other)}"


def moves(path: str, before: Any, after: Any) -> Iterator[str]:
    """What differs between two values, in words: members of objects, and items that are in one list only."""
    match before, after:
        case (dict(), dict()):
            for name in sorted(before.keys() | after.keys()):
                yield from moves(f"{path}.{name}", before.get(name), after.get(name))
        case (list() | tuple(), list() | tuple()):
            kept = _spellings(before) & _spellings(after)
            yield from (f"{path}: - {shown(item)}" for item in before if canonical_json(item) not in kept)
            yield from (f"{path}: + {shown(item)}" for item in after if canonical_json(item) not in kept)
        case _ if _spelled(before) != _spelled(after):
            yield f"{path}: {shown(before)} → {shown(after)}"


def shown(value: Any) -> str:
    """A value in a sentence: a text as it is, other values as JSON."""
    if value is None:
        return "nothing"
    return shortened(value if isinstance(value, str) else canonical_json(value), _SHOWN)


_ABSENT = object()


def _spelled(value: Any) -> str:
    """Equality as in the digest. In Python, 1 and true are equal."""
    return "nothing" if value is _ABSENT else canonical_json(value)


def _shown(value: Any) -> str:
    return shortened(_spelled(value), _SHOWN)


def resolve(value: Any, answers: Sequence[Mapping[str, Any]], before: State) -> Any:
    """Parameters with each ``{"$answer": [i, "Path.To.Value"]}`` replaced by what the call ``i`` answered.

    And each ``{"$before": "name"}`` by that part of the state which the plan was made for.

    Raises ``KeyError`` or ``IndexError`` for a reference to a missing answer.
    """
    match value:
        case {"$answer": [int(index), str(path)]}:
            found: Any = answers[index]
            for name in path.split("."):
                found = found[name]
            return found
        case {"$before": str(name)}:
            return before[name]
        case Mapping():
            return {name: resolve(item, answers, before) for name, item in value.items()}
        case list() | tuple():
            return [resolve(item, answers, before) for item in value]
        case _:
            return value


def answered(plan: Plan, answers: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the answers have everything that an undo needs."""
    try:
        resolve([change.parameters for change in plan.undo], answers, plan.before)
    except (KeyError, IndexError):
        return False
    return True


def needed(plan: Plan, answers: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The parts of AWS's answers that an undo refers to. The rest is not stored: it may contain a function's
    environment."""
    kept: list[dict[str, Any]] = [{} for _ in answers]
    for index, path in _references([change.parameters for change in (*plan.changes, *plan.undo)]):
        *above, last = path.split(".")
        place, found = kept[index] if index < len(kept) else {}, answers[index] if index < len(kept) else {}
        for name in above:
            place, found = place.setdefault(name, {}), found.get(name, {})
        if last in found:
            place[last] = found[last]
    return tuple(kept)


def _references(value: Any) -> Iterator[tuple[int, str]]:
    match value:
        case {"$answer": [int(index), str(path)]}:
            yield index, path
        case Mapping():
            yield from _references(list(value.values()))
        case list() | tuple():
            for item in value:
                yield from _references(item)

"""What a fix wants to do, as data: it can be read, stored, hashed, approved, applied and undone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.domain.document import from_json, to_text

_SHOWN = 200
"""Characters of a value in a sentence."""

type State = Mapping[str, Any]
"""What was observed of a resource: JSON values only, and only what planning and undoing need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One AWS API call that writes.

    ``service`` is the boto3 client's name, ``operation`` the API operation's (``PutPublicAccessBlock``). A parameter of
    the form ``{"$answer": [i, "Path.To.Value"]}`` stands for a value from the answer to the plan's change ``i``; in
    undo calls too. One of the form ``{"$before": "name"}`` stands for a part of the state that the plan was made for.
    ``leaves`` holds the parts of the state that the plan touches as they are once this change is made too.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    leaves: State = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The changes that make one resource compliant, and how to take them back.

    ``undo[i]`` takes back ``changes[i]``; undoing runs from the last to the first. An empty ``undo`` means that the
    changes cannot be taken back. ``blast_radius`` holds numbers and names that tell a person who may notice.
    ``volatile`` names parts of the state that inform only: they change by themselves, and nothing restores them.
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

    @property
    def touched(self) -> tuple[str, ...]:
        """The parts of the state that the changes change."""
        return tuple(dict.fromkeys(name for change in self.changes for name in change.leaves))

    def in_place(self, found: State) -> int | None:
        """How many of the changes, counted from the first, a state shows to be in place; ``None`` if it fits none.

        Only what the plan touches is looked at; of a list, only what it adds or removes.
        """
        states = [self.before, *(change.leaves for change in self.changes)]
        for made in range(len(self.changes), -1, -1):
            if all(_shows(found.get(name), name, states, made) for name in self.touched):
                return made
        return None

    def took_effect(self, found: State) -> bool:
        """Whether all that the plan was to leave is there, and nothing else of a list that it touches is gone."""
        kept = (self.changes[-1].leaves[name] for name in self.touched)
        return self.in_place(found) == len(self.changes) and all(
            not isinstance(value, list | tuple) or _spellings(value) <= _spellings(found.get(name))
            for name, value in zip(self.touched, kept, strict=True)
        )

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON form, in hexadecimal. What a person approves.

        What is volatile is not part of it: the plan is the same, however many interfaces a group has by now.
        """
        return hashlib.sha256(canonical_json(_digested(self)).encode()).hexdigest()

    def outgrown(self, other: Plan) -> tuple[str, ...]:
        """The numbers of this plan's blast radius that are larger than the other's, or unknown there; as sentences."""
        grown = []
        for fact in sorted(self.blast_radius):
            now, then = self.size(fact), other.size(fact)
            if now is not None and (then is None or now > then):
                grown.append(f"{fact} was {'unknown' if then is None else then} and is {now}")
        return tuple(grown)

    def size(self, fact: str) -> int | None:
        """A fact of the blast radius as a number: of things, if it names them. ``None`` if the plan does not say."""
        match self.blast_radius.get(fact):
            case bool() as yes:
                return int(yes)
            case int() as number:
                return number
            case list() | tuple() as things:
                return len(things)
            case _:
                return None


def _shows(found: Any, name: str, states: Sequence[State], made: int) -> bool:
    """Whether a touched part of a state is as it is once that many changes were made."""
    values = [state.get(name) for state in states]
    if not all(isinstance(value, list | tuple) for value in values) or not isinstance(found, list | tuple):
        return _spelled(found) == _spelled(values[made])
    everywhere = frozenset[str].intersection(*map(_spellings, values))
    return _spellings(found) & (frozenset().union(*map(_spellings, values)) - everywhere) == (
        _spellings(values[made]) - everywhere
    )


def _spellings(values: Any) -> frozenset[str]:
    return frozenset(map(canonical_json, values if isinstance(values, list | tuple) else ()))


def _digested(plan: Plan) -> dict[str, Any]:
    """What the digest is over, in JSON's own types."""
    document = plan_to_json(plan)
    del document["blast_radius"]
    document["before"] = lasting(plan.before, plan.volatile)
    return dict(json.loads(canonical_json(document)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliant:
    """There is nothing to change."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The fix will not touch this resource, because it would break something or because evidence is missing."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What was found is to be fixed in another account or region: ``sentence`` names it."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """AWS is doing something to the resource that passes by itself; until then it takes no change."""

    sentence: str


type Planned = Plan | Compliant | Refused | Elsewhere | Busy


def canonical_json(value: Any) -> str:
    """JSON with one spelling for equal values. Raises ``TypeError`` for what JSON cannot hold."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def lasting(state: State, volatile: Collection[str]) -> dict[str, Any]:
    """The state without its volatile parts."""
    return {name: value for name, value in state.items() if name not in volatile}


def same_state(one: State, other: State, volatile: Collection[str] = ()) -> bool:
    """Whether two observed states are equal but for what is volatile, however their JSON is spelled."""
    return canonical_json(lasting(one, volatile)) == canonical_json(lasting(other, volatile))


def differences(one: Plan, other: Plan) -> tuple[str, ...]:
    """In which lasting parts two plans differ, as sentences that give both values. Empty if the digests are equal."""
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


_ABSENT = object()


def _spelled(value: Any) -> str:
    """As the digest sees it. To Python, 1 and true are equal."""
    return "nothing" if value is _ABSENT else canonical_json(value)


def _shown(value: Any) -> str:
    text = _spelled(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def refers_to_answers(value: Any) -> bool:
    """Whether a part of a plan stands for something that AWS answered when it was carried out."""
    match value:
        case Change(parameters=parameters):
            return refers_to_answers(parameters)
        case Mapping():
            return "$answer" in value or any(map(refers_to_answers, value.values()))
        case list() | tuple():
            return any(map(refers_to_answers, value))
        case _:
            return False


def plan_to_json(plan: Plan) -> dict[str, Any]:
    return dict(json.loads(to_text(plan)))


def plan_from_json(document: Mapping[str, Any]) -> Plan:
    """The inverse of ``plan_to_json``. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
    return from_json(Plan, document)

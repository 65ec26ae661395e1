"""What changed between two states of a resource, as Terraform shows it: ``+`` added, ``-`` removed, ``~`` changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from cli import output
from cli.output import Style
from runtime.domain.plan import Plan, State, lasting, shown_name

_NOTHING = object()
_STYLES = {"+": Style.GREEN, "-": Style.RED, "~": Style.YELLOW}


@dataclass(frozen=True, slots=True)
class Difference:
    """``path`` names the part of the state; ``before`` or ``after`` is empty where it was not there."""

    path: str
    before: str
    after: str

    @property
    def sign(self) -> str:
        if not self.before:
            return "+"
        return "~" if self.after else "-"

    @property
    def line(self) -> str:
        match self.sign:
            case "+":
                return f"+ {self.path} = {self.after}"
            case "-":
                return f"- {self.path} = {self.before}"
            case sign:
                return f"{sign} {self.path} = {self.before} -> {self.after}"


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Each part in which two states differ, in the order of their names. Texts that are documents are compared as such.

    What stands in a place of a list is another thing, and not changed, where less than half of its parts are as before.
    """
    one, other = _document(before), _document(after)
    match one, other:
        case _ if _spelled(one) == _spelled(other):
            if _spelled(before) != _spelled(after):  # texts of one document
                yield Difference(path, _spelled(before), _spelled(after))
        case Mapping(), Mapping():
            for name in sorted(one.keys() | other.keys()):
                inner = f"{path}.{name}" if path else name
                yield from differences(one.get(name, _NOTHING), other.get(name, _NOTHING), inner)
        case (list() | tuple(), list() | tuple()):
            yield from _in_lists(one, other, path)
        case _:
            yield Difference(path, _spelled(one), _spelled(other))


def _in_lists(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Difference]:
    """Items that were replaced by as many others are compared by place. A place is counted where the item is."""
    matcher = SequenceMatcher(None, [*map(_spelled, before)], [*map(_spelled, after)], autojunk=False)
    for what, first, end, first_after, end_after in matcher.get_opcodes():
        old, new = before[first:end], after[first_after:end_after]
        if what == "replace" and len(old) == len(new):
            for place, (one, other) in enumerate(zip(old, new, strict=True), start=first_after):
                yield from _in_place(one, other, f"{path}[{place}]")
        elif what != "equal":
            for place, one in enumerate(old, start=first):
                yield from differences(one, _NOTHING, f"{path}[{place}]")
            for place, other in enumerate(new, start=first_after):
                yield from differences(_NOTHING, other, f"{path}[{place}]")


def _in_place(one: Any, other: Any, path: str) -> Iterator[Difference]:
    if _is_another(one, other):
        yield from differences(one, _NOTHING, path)
        yield from differences(_NOTHING, other, path)
    else:
        yield from differences(one, other, path)


def changes_of(plan: Plan, before: State, after: State) -> Iterator[Difference]:
    """What differs between two states of a plan's resource, but for what changes by itself."""
    one, other = (
        {shown_name(name): value for name, value in lasting(state, plan.volatile).items()} for state in (before, after)
    )
    yield from differences(one, other)


def planned_differences(plan: Plan) -> Iterator[Difference]:
    """What a plan would change, of what is observed of its resource."""
    leaves = plan.changes[-1].leaves
    yield from changes_of(plan, {name: plan.before[name] for name in leaves if name in plan.before}, leaves)


def print_differences(found: Iterable[Difference]) -> None:
    for difference in found:
        output.say(f"  {difference.line}", _STYLES[difference.sign])


def _is_another(one: Any, other: Any) -> bool:
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return False
    names = one.keys() | other.keys()
    kept = sum(_spelled(one.get(name, _NOTHING)) == _spelled(other.get(name, _NOTHING)) for name in names)
    return 2 * kept < len(names)


def _document(value: Any) -> Any:
    """What a text that is a JSON object says; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _spelled(value: Any) -> str:
    return "" if value is _NOTHING else output.as_text(value)

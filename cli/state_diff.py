"""What changed between two states of a resource, as Terraform shows it: ``+`` added, ``-`` removed, ``~`` changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli import output
from cli.output import Style

if TYPE_CHECKING:
    from runtime.domain.plan import Plan

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
    """Each part in which two states differ, in the order of their names. Lists of one length are compared by place.

    What stands in a place is another thing, and not changed, where less than half of its parts are as before.
    """
    match before, after:
        case Mapping(), Mapping():
            for name in sorted(before.keys() | after.keys()):
                inner = f"{path}.{name}" if path else name
                yield from differences(before.get(name, _NOTHING), after.get(name, _NOTHING), inner)
        case (list() | tuple(), list() | tuple()) if len(before) == len(after):
            for place, (one, other) in enumerate(zip(before, after, strict=True)):
                if _is_another(one, other):
                    yield from differences(one, _NOTHING, f"{path}[{place}]")
                    yield from differences(_NOTHING, other, f"{path}[{place}]")
                else:
                    yield from differences(one, other, f"{path}[{place}]")
        case _ if _spelled(before) != _spelled(after):
            yield Difference(path, _spelled(before), _spelled(after))


def planned_differences(plan: Plan) -> Iterator[Difference]:
    """What a plan would change, of what is observed of its resource."""
    leaves = plan.changes[-1].leaves
    yield from differences({name: plan.before[name] for name in leaves if name in plan.before}, dict(leaves))


def print_differences(found: Iterable[Difference]) -> None:
    for difference in found:
        output.say(f"  {difference.line}", _STYLES[difference.sign])


def _is_another(one: Any, other: Any) -> bool:
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return False
    names = one.keys() | other.keys()
    kept = sum(_spelled(one.get(name, _NOTHING)) == _spelled(other.get(name, _NOTHING)) for name in names)
    return 2 * kept < len(names)


def _spelled(value: Any) -> str:
    return "" if value is _NOTHING else output.as_text(value)

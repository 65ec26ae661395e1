"""Set attributes of a resource to the wanted values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from runtime.domain.fix import Permission
from runtime.domain.plan import Change, Compliant, State, canonical_json, moves, shown
from runtime.fixes.calls import Write, part, with_part
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps


@dataclass(frozen=True, slots=True)
class Option:
    """The value of an option. While that is ``null``, every resource is refused."""

    name: str


@dataclass(frozen=True, slots=True)
class Exactly:
    """One value and no other."""

    value: Any

    def accepts(self, found: Any, look: Look) -> bool:
        return canonical_json(found) == canonical_json(chosen(self.value, look))

    def instead_of(self, found: Any, look: Look) -> Any:  # noqa: ARG002  others need it
        return chosen(self.value, look)


@dataclass(frozen=True, slots=True)
class AtLeast(Exactly):
    """A number. A higher one is stricter, and is kept."""

    def accepts(self, found: Any, look: Look) -> bool:
        return isinstance(found, int | float) and not isinstance(found, bool) and found >= chosen(self.value, look)


@dataclass(frozen=True, slots=True)
class AnyOf(Exactly):
    """One value; the others are acceptable, and are kept."""

    others: tuple[Any, ...]

    def accepts(self, found: Any, look: Look) -> bool:
        return found in self.others or Exactly.accepts(self, found, look)


@dataclass(frozen=True, slots=True)
class Anything(Exactly):
    """One value if none is set. An existing value is kept."""

    def accepts(self, found: Any, look: Look) -> bool:  # noqa: ARG002  others need it
        return found not in (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Including(Exactly):
    """A list that has at least these. Its other items are kept, and order does not matter."""

    def accepts(self, found: Any, look: Look) -> bool:
        return {*chosen(self.value, look)} <= {*(found or ())}

    def instead_of(self, found: Any, look: Look) -> Any:
        return sorted({*(found or ()), *chosen(self.value, look)})


def chosen(value: Any, look: Look) -> Any:
    """The value itself, the value of the option, or the result of a function of the resource. Raises ``Unset``."""
    if isinstance(value, Option):
        return look.option(value.name)
    return value(look) if callable(value) else value


@dataclass(frozen=True, kw_only=True)
class SetAttributes(Declared):
    """``wanted`` has the wanted values of parts of the state; a plain value is short for ``Exactly``.

    ``write`` sets them; in its parameters, ``Value`` stands for the wanted value of a part of the state. ``back``, or
    else ``write``, restores the previous values; ``unset`` does so if nothing was set. ``steady`` are parts that must
    be unchanged for undoing too, because the calls would otherwise change more.
    """

    wanted: Mapping[str, Any]
    write: Write
    back: Write | None = None
    unset: Write | None = None
    steady: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[Permission, ...]:
        return tuple(one.permission for one in (self.write, self.back, self.unset) if one)

    def offending(self, look: Look) -> Found | Compliant:
        off = {
            path: wanted.instead_of(look[path], look)
            for path, wanted in self._wanted.items()
            if not wanted.accepts(look[path], look)
        }
        if not off:
            return Compliant(sentence=look.said(f"${{subject}} complies: {_listed(look.state, self._wanted)}."))
        words = "; ".join(move for path, value in off.items() for move in moves(path, look[path], value))
        return Found(words or "another order", off)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        texts = look.texts
        after: State = look.state
        for path, value in found.detail.items():
            after = with_part(after, path, value)
        back = self.back or self.write
        # Other values that are sent as they were read count as touched: undoing would overwrite later changes to them.
        sent = (*self.write.values, *back.values, *self.steady)
        touched = dict.fromkeys(path.partition(".")[0] for path in (*found.detail, *sent))
        apply = self.write.change(texts, after, {name: after[name] for name in touched}, whole=True)
        undo = self._undo(back, look, texts)
        return (apply,), (undo,) if undo else ()

    def _undo(self, back: Write, look: Look, texts: Mapping[str, str]) -> Change | None:
        if any(look[value] is None for value in back.values):
            return self.unset.change(texts, look.state) if self.unset else None
        return back.change(texts, look.state)

    @cached_property
    def _wanted(self) -> Mapping[str, Exactly]:
        return {path: one if isinstance(one, Exactly) else Exactly(one) for path, one in self.wanted.items()}


def _listed(state: State, paths: Iterable[str]) -> str:
    return ", ".join(f"{path} is {shown(part(state, path))}" for path in paths)

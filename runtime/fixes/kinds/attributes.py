"""Set attributes of a resource to what they should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from runtime.domain.fix import Permission
from runtime.domain.plan import Change, Compliant, State, canonical_json
from runtime.fixes.calls import Write, part, with_part
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps


@dataclass(frozen=True, slots=True)
class Option:
    """Stands for the value of an option. While that is ``null``, every resource is refused."""

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
    """A number. More is stricter, and stays."""

    def accepts(self, found: Any, look: Look) -> bool:
        return isinstance(found, int | float) and not isinstance(found, bool) and found >= chosen(self.value, look)


@dataclass(frozen=True, slots=True)
class AnyOf(Exactly):
    """One value; others are as good, and stay."""

    others: tuple[Any, ...]

    def accepts(self, found: Any, look: Look) -> bool:
        return found in self.others or Exactly.accepts(self, found, look)


@dataclass(frozen=True, slots=True)
class Anything(Exactly):
    """One value where there is none. Whatever is set already stays."""

    def accepts(self, found: Any, look: Look) -> bool:  # noqa: ARG002  others need it
        return found not in (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Including(Exactly):
    """A list that has at least these. What else is in it stays, and order does not matter."""

    def accepts(self, found: Any, look: Look) -> bool:
        return {*chosen(self.value, look)} <= {*(found or ())}

    def instead_of(self, found: Any, look: Look) -> Any:
        return sorted({*(found or ()), *chosen(self.value, look)})


def chosen(value: Any, look: Look) -> Any:
    """The value itself, the option's that it stands for, or what a function makes of the resource. Raises ``Unset``."""
    if isinstance(value, Option):
        return look.option(value.name)
    return value(look) if callable(value) else value


@dataclass(frozen=True, kw_only=True)
class SetAttributes(Declared):
    """``wanted`` says for parts of the state what they should be; a plain value is short for ``Exactly``.

    ``write`` sets them; in its parameters, ``Value`` stands for a part of the state as it should be then. ``back``
    takes that back with the parts as they were, if not ``write`` itself; ``unset`` does where nothing was set.
    ``steady`` are parts that must be as they were for undoing too, because the calls would change more otherwise.
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
        return Found("; ".join(f"{path}: {shown(look[path])} → {shown(value)}" for path, value in off.items()), off)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        texts = look.texts
        after: State = look.state
        for path, value in found.detail.items():
            after = with_part(after, path, value)
        back = self.back or self.write
        # What is sent besides as it was read is touched too: undoing would overwrite what others made of it since.
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


def shown(value: Any) -> str:
    return "nothing" if value is None else canonical_json(value) if not isinstance(value, str) else value


def _listed(state: State, paths: Iterable[str]) -> str:
    return ", ".join(f"{path} is {shown(part(state, path))}" for path in paths)

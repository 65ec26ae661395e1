"""How much of what others look for has a fix, and what the catalog does about it."""

from __future__ import annotations

from dataclasses import dataclass

from infra.framework_lists import read_known
from infra.identifiers import Framework, identifiers_of, read_answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How many of a framework's identifiers have a fix, are refused, or have none."""

    framework: Framework
    known: int
    fixed: int
    refused: int

    @property
    def none(self) -> int:
        return self.known - self.fixed - self.refused


def coverage() -> tuple[Covered, ...]:
    """By framework."""
    answered = {
        (found.framework, found.id) for answers in read_answers().values() for found, _ in identifiers_of(answers)
    }
    return tuple(_covered(framework, answered) for framework in Framework)


def _covered(framework: Framework, answered: set[tuple[Framework, str]]) -> Covered:
    known = read_known(framework).values()
    fixed = [one for one in known if (framework, one.id) in answered]
    refused = [one for one in known if one.refused and (framework, one.id) not in answered]
    return Covered(framework=framework, known=len(known), fixed=len(fixed), refused=len(refused))

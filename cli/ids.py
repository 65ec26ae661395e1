"""Ids that people type: whole, or as much of the beginning as no other id has."""

from __future__ import annotations

from collections.abc import Iterable

from cli.errors import AnswerIsNo, Unusable
from runtime.domain.known import nearest

SHORTEST = 4
"""Characters of an id that stand for all of it."""

_MOST_SHOWN = 5


def complete_id(what: str, given: str, ids: Iterable[str], *, where: str, of: str = "") -> str:
    """The one id that begins like this. ``where`` says in a sentence where to look, ``of`` what the ids are those of.

    Raises ``AnswerIsNo`` if there is none, naming the nearest, and ``Unusable`` if there are several.
    """
    known = list(dict.fromkeys(ids))
    begun = [one for one in known if one.startswith(given)] if len(given) >= SHORTEST else []
    if given in begun:
        return given
    match begun:
        case [one]:
            return one
        case []:
            near = nearest(given, known)
            meant = f" Did you mean {' or '.join(near)}?" if near else ""
            raise AnswerIsNo(f"The {what} {given!r}{of} does not exist.{meant} {where}")
        case _:
            more = ", …" if len(begun) > _MOST_SHOWN else ""
            raise Unusable(
                f"Several {what}s begin with {given!r}: {', '.join(begun[:_MOST_SHOWN])}{more}. Pass more of the id."
            )

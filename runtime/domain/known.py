"""Names that people type, against those that there are."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

_MOST_NAMED = 12
"""Names in one sentence: there are hundreds of fixes."""


def problem_with(label: str, name: str, known: Collection[str]) -> str:
    """That a name is not known, and which were probably meant; empty if it is known."""
    if name in known:
        return ""
    near = nearest(name, known)
    if near:
        return f"{label} {name!r} is unknown. Did you mean {' or '.join(near)}?"
    named = ", ".join(sorted(known)[:_MOST_NAMED])
    more = ", …" if len(known) > _MOST_NAMED else ""
    return f"{label} {name!r} is unknown. Known are {named or 'none'}{more}"


def nearest(name: str, known: Collection[str]) -> list[str]:
    """The names, three at most, that somebody who typed this one may have meant, the most alike first."""
    begun = [one for one in sorted(known) if len(name) > 1 and one.casefold().startswith(name.casefold())]
    by_case = {one.casefold(): one for one in known}
    alike = [by_case[one] for one in get_close_matches(name.casefold(), by_case, cutoff=0.7)]
    return list(dict.fromkeys((*begun, *alike)))[:3]

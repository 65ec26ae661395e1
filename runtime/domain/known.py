"""Suggestions for unknown names."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

_MOST_NAMED = 12
"""Maximum names in one sentence: there are hundreds of fixes."""


def problem_with(label: str, name: str, known: Collection[str]) -> str:
    """A sentence for an unknown name, with suggestions; empty if the name is known."""
    if name in known:
        return ""
    near = nearest(name, known)
    if near:
        return f"{label} {name!r} is unknown. Did you mean {' or '.join(near)}?"
    named = ", ".join(sorted(known)[:_MOST_NAMED])
    more = ", …" if len(known) > _MOST_NAMED else ""
    return f"{label} {name!r} is unknown. Known are {named or 'none'}{more}"


def nearest(name: str, known: Collection[str]) -> list[str]:
    """Up to three similar names, the most similar first."""
    begun = [one for one in sorted(known) if len(name) > 1 and one.casefold().startswith(name.casefold())]
    by_case = {one.casefold(): one for one in known}
    alike = [by_case[one] for one in get_close_matches(name.casefold(), by_case, cutoff=0.7)]
    return list(dict.fromkeys((*begun, *alike)))[:3]

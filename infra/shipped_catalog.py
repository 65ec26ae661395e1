"""The catalog that ships, made from what the fixes answer: ``python -m infra.shipped_catalog`` writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.identifiers import Answer, Framework, read_answers
from runtime.fixes.catalog import SPECS

CATALOG_FILE = Path(__file__).parents[1] / "config" / "catalog.yaml"

_HEAD = """\
# Made by `make docs` from what the fixes answer, the YAML file beside each fix. Do not edit it: what is to differ,
# and what the rules of your own tenant mean, goes into overrides.yaml beside it.
#
# `rules` are Wiz's short ids, the same in every tenant. `controls` are Security Hub's, for bodies that name them as the
# control's id. `control_names` are whole names of Wiz's rules. What an entry does in which environment: `default_modes`
# in policy.yaml.
"""


def shipped_catalog() -> str:
    """The catalog as it stands in its file: every answer that a finding can reach."""
    answers = [answer for fix_id in SPECS for answer in read_answers().get(fix_id, ())]
    return "\n".join([_HEAD, *(_entry(answer) for answer in answers if _match(answer))])


def _match(answer: Answer) -> Mapping[str, Any]:
    wiz = answer.of(Framework.WIZ)
    match = {
        "rules": [rule.id for rule in wiz],
        "controls": [control.id for control in answer.of(Framework.SECURITY_HUB)],
        "control_names": [name for rule in wiz for name in rule.names],
    }
    return {kind: identifiers for kind, identifiers in match.items() if identifiers}


def _entry(answer: Answer) -> str:
    lines = [f"- id: {answer.id}", f"  fix: {answer.fix_id}", "  match:"]
    for kind, identifiers in _match(answer).items():
        if kind == "control_names":
            lines += [f"    {kind}:", *(f"      - {_flow(name)}" for name in identifiers)]
        else:
            lines.append(f"    {kind}: {_flow(identifiers)}")
    for key, value in (("options", answer.options), ("max_blast_radius", answer.max_blast_radius)):
        if value:
            lines += [f"  {key}:", *(f"    {name}: {_flow(chosen)}" for name, chosen in value.items())]
    return "\n".join([*lines, ""])


def _flow(value: Any) -> str:
    """A value on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=float("inf"))
    return text.removesuffix("\n").removesuffix("\n...")


if __name__ == "__main__":
    CATALOG_FILE.write_text(shipped_catalog(), encoding="utf-8")

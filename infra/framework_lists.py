"""What is known of each framework: its identifiers, and for which of them no fix is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.identifiers import Framework

FOLDER = Path(__file__).with_name("frameworks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One identifier of a framework. ``refused`` says why no fix is wanted for it."""

    id: str
    title: str
    refused: str


def read_known(framework: Framework) -> Mapping[str, Known]:
    """What is known of a framework, in its order: tab-separated, an id, a title, and why no fix is wanted."""
    lines = (FOLDER / f"{framework}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [[*line.split("\t"), "", ""][:3] for line in lines if not line.startswith("#")]
    return {row[0]: Known(id=row[0], title=row[1], refused=row[2]) for row in rows}

"""What a new process costs with few fixes and with many: the bundle and the policy, with so many of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

from infra.lambda_asset import INDEX, compile_runtime
from local.bench.rows import Results, Row
from local.bench.target import Target
from local.scenes import Stage
from runtime.fixes.catalog import folder_of
from tests.e2e.policies import deliver, delivered_policy

FIX = "s3-block-public-access"
"""What is measured by, and so is in every bundle."""

FEW, MANY = 8, 150
ROUNDS = 5
MILLISECOND = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A bundle, and the catalog for its fixes."""

    bundle: Path
    catalog: Sequence[Mapping[str, Any]]


def measure_fixes(target: Target) -> Results:
    """The CPU from the first import to the end of the first finding, in turns; the first round only warms the disk."""
    policy = delivered_policy(target.environment)
    index = json.loads((target.asset / INDEX).read_text(encoding="utf-8"))
    fleets = {size: fleet_of(size, target.asset, index, policy["catalog"]) for size in (FEW, len(index), MANY)}
    taken: dict[int, list[float]] = {size: [] for size in fleets}
    for _ in range(ROUNDS + 1):
        for size, fleet in fleets.items():
            deliver(target.environment, {**policy, "catalog": fleet.catalog})
            with target.function(asset=fleet.bundle) as function:
                first = target.handle(function, Stage.public_bucket(target.stage()))
            taken[size].append((function.started["cpu_ns"] + first["cpu_ns"]) / MILLISECOND)
    deliver(target.environment, policy)
    figures = {f"milliseconds_with_{size}": median(one[1:]) for size, one in taken.items()}
    row = Row(
        name=f"cold start with its first finding, of {' / '.join(map(str, taken))} fixes",
        before="",
        target="the same",
        measured=f"{' / '.join(f'{one:.0f}' for one in figures.values())} ms",
        figures=figures,
    )
    return Results(rows=[row])


def fleet_of(size: int, asset: Path, index: Sequence[Mapping[str, Any]], entries: Sequence[Mapping[str, Any]]) -> Fleet:
    """The bundle with so many of its fixes; beyond those that there are, with copies of them under ids of their own."""
    bundle = asset.with_name(f"{asset.name}-of-{size}")
    shutil.rmtree(bundle, ignore_errors=True)
    shutil.copytree(asset, bundle)
    ordered = sorted(index, key=lambda row: row["id"] != FIX)
    rows, catalog = [], []
    for number, row in enumerate(islice(cycle(ordered), size)):
        copied = f"-{number}" if number >= len(ordered) else ""
        source = (bundle / _module(row["id"])).read_text(encoding="utf-8")
        renamed = source.replace(f'"{row["id"]}"', f'"{row["id"]}{copied}"')
        (bundle / _module(row["id"] + copied)).write_text(renamed, encoding="utf-8")
        rows.append({**row, "id": row["id"] + copied})
        catalog += [_renamed(entry, copied) for entry in entries if entry["fix"] == row["id"]]
    for row in ordered[size:]:
        (bundle / _module(row["id"])).unlink()
    (bundle / INDEX).write_text(json.dumps(rows), encoding="utf-8")
    compile_runtime(bundle)
    return Fleet(bundle=bundle, catalog=catalog)


def _module(fix_id: str) -> str:
    folder, _, rest = fix_id.partition("-")
    return f"runtime/fixes/{folder_of(folder)}/{rest.replace('-', '_')}.py"


def _renamed(entry: Mapping[str, Any], copied: str) -> dict[str, Any]:
    """An entry that answers something else."""
    match = {kind: [name + copied for name in names] for kind, names in entry["match"].items()}
    return {**entry, "id": entry["id"] + copied, "fix": entry["fix"] + copied, "match": match}

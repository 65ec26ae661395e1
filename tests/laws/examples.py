"""``python -m tests.laws.examples`` writes ``cli/observed.json``: what each fix observes in its first bad state.

An example that the fix still plans a change for stays as it is: some of what AWS answers is made up anew each time.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from moto import mock_aws

from cli.observed import example_for, example_of_observed
from runtime.domain.plan import Plan
from runtime.domain.resource import Resource
from runtime.fixes.catalog import FIX_BY_ID
from tests.laws.cases import Bad, of_kind
from tests.laws.customer_account import Bench, client

FILE = Path(__file__).parents[2] / "cli" / "observed.json"


def examples() -> dict[str, Any]:
    return {fix_id: _example(fix_id) for fix_id in FIX_BY_ID}


def _example(fix_id: str) -> Any:
    fix, module = FIX_BY_ID[fix_id], import_module(f"tests.laws.cases.{fix_id.replace('-', '_')}")
    case = of_kind(module, Bad)[0]
    with mock_aws():
        bench = Bench(fix, case, case.create(client), answers=getattr(module, "ANSWERS", {}))
        written = example_of_observed(fix_id)
        known = example_for(fix_id, bench.resource)
        if written is not None and known is not None and isinstance(bench.executor.plan(known), Plan):
            return written
        return _for_any(bench.executor.observe(), bench.resource)


def _for_any(value: Any, resource: Resource) -> Any:
    """With the resource's own names replaced by what stands for them, longest first."""
    match value:
        case str():
            names = {name: text for name, text in asdict(resource).items() if name != "type"}
            for name, text in sorted(names.items(), key=lambda item: -len(item[1])):
                value = value.replace(text, f"${{{name}}}") if len(text) > len("aws") else value
            return value
        case dict():
            return {_for_any(name, resource): _for_any(member, resource) for name, member in value.items()}
        case list():
            return [_for_any(member, resource) for member in value]
        case _:
            return value


if __name__ == "__main__":
    FILE.write_text(json.dumps(examples(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

"""``python -m tests.laws.examples`` writes what each fix does in its first bad state, and what it observes there.

The latter is ``cli/observed.json``, for people who state facts by hand, and the calls are ``local/recorded.json``, for
the fix's page. What still holds stays as it is written: some of what AWS answers is made up anew each time.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from moto import mock_aws

from cli.observed import example_for, example_of_observed
from local.recorded import FILE as CALLS
from runtime.application.executor import Applied
from runtime.domain.plan import Change, Plan, resolve
from runtime.domain.resource import Resource
from runtime.fixes.catalog import FIX_BY_ID
from tests.laws.cases import Bad, of_kind
from tests.laws.customer_account import Bench, client

EXAMPLE_KEY = "AKIAIOSFODNN7EXAMPLE"
"""The id of an access key that stands for any: none that could be one is written to a file."""

OBSERVED = Path(__file__).parents[2] / "cli" / "observed.json"


def write() -> None:
    written = json.loads(CALLS.read_text(encoding="utf-8")) if CALLS.exists() else {}
    observed, calls = {}, {}
    for fix_id in FIX_BY_ID:
        observed[fix_id], calls[fix_id] = _example(fix_id, written.get(fix_id))
    for file, found in ((OBSERVED, observed), (CALLS, calls)):
        file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _example(fix_id: str, written_calls: Any) -> tuple[Any, Any]:
    fix, module = FIX_BY_ID[fix_id], import_module(f"tests.laws.cases.{fix_id.replace('-', '_')}")
    case = of_kind(module, Bad)[0]
    with mock_aws():
        bench = Bench(fix, case, case.create(client), answers=getattr(module, "ANSWERS", {}))
        observed = bench.executor.observe()
        calls = {"case": case.name, **_calls(bench)}
    known = example_for(fix_id, bench.resource)
    if known is not None and isinstance(bench.executor.plan(known), Plan):
        return example_of_observed(fix_id), _kept(written_calls, calls)
    return _kept(example_of_observed(fix_id), _for_any(observed, bench.resource)), _kept(written_calls, calls)


def _calls(bench: Bench) -> dict[str, Any]:
    plan = bench.plan_now()
    applied = bench.executor.apply(plan)
    assert isinstance(applied, Applied), applied

    def shown(change: Change) -> dict[str, Any]:
        parameters = resolve(change.parameters, applied.answers, plan.before)
        return {
            "call": f"{change.service}:{change.operation}",
            "parameters": _for_any(parameters, bench.resource),
        }

    return {"apply": [shown(change) for change in plan.changes], "undo": [shown(change) for change in plan.undo[::-1]]}


def _kept(written: Any, found: Any) -> Any:
    return written if _shape(written) == _shape(found) else found


def _shape(value: Any) -> Any:
    """A value without what is made up anew: the ids that AWS gives."""
    match value:
        case dict():
            return {name: _shape(member) for name, member in value.items()}
        case list():
            return [_shape(member) for member in value]
        case str():
            return re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\w*\d\w*", "…", value)
        case _:
            return value


def _for_any(value: Any, resource: Resource) -> Any:
    """With the resource's own names replaced by what stands for them, longest first."""
    match value:
        case str():
            names = {name: text for name, text in asdict(resource).items() if name != "type"}
            for name, text in sorted(names.items(), key=lambda item: -len(item[1])):
                value = value.replace(text, f"${{{name}}}") if len(text) > len("aws") else value
            return re.sub("AKIA[A-Z0-9]{16}", EXAMPLE_KEY, value)
        case dict():
            return {_for_any(name, resource): _for_any(member, resource) for name, member in value.items()}
        case list():
            return [_for_any(member, resource) for member in value]
        case _:
            return value


if __name__ == "__main__":
    write()

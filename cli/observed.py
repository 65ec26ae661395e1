"""What each fix observes, by example: a bad state in ``observed.json`` that the fix plans a change for.

In it ``${arn}``, ``${name}``, ``${region}``, ``${account_id}`` and ``${partition}`` stand for the resource.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import Any

from runtime.domain.plan import State
from runtime.domain.resource import Resource

_FILE = Path(__file__).with_name("observed.json")


def example_of_observed(fix_id: str) -> State | None:
    """The example as it is written; ``None`` for a fix that has none."""
    return _read(_FILE.read_text(encoding="utf-8")).get(fix_id)


def example_for(fix_id: str, resource: Resource) -> State | None:
    """The example for one resource."""
    within_quotes = {name: json.dumps(value)[1:-1] for name, value in asdict(resource).items()}
    return _read(Template(_FILE.read_text(encoding="utf-8")).safe_substitute(within_quotes)).get(fix_id)


def _read(text: str) -> Mapping[str, dict[str, Any]]:
    return dict(json.loads(text))

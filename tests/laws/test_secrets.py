"""What AWS marks as sensitive, a password or a token, is not kept: states are in plans, records and messages.

A call that writes a whole configuration sends back what was read; so one that carries a secret cannot be made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import Shape

from runtime.domain.plan import canonical_json
from runtime.fixes.calls import Read
from runtime.fixes.catalog import FIX_BY_ID, types_by_name
from runtime.fixes.contract import Fix
from runtime.fixes.kinds.by_type import ByType
from runtime.fixes.kinds.declared import Declared
from tests.laws.customer_account import client

SECRET = "hunter2"

NO_SECRETS = frozenset({"SSEKMSKeyId"})
"""Marked as sensitive all the same: the ARN of a key is not what it encrypts with."""


def reads_of(fix: Fix) -> Iterator[Read]:
    for name in fix.spec.resource_types:
        yield from types_by_name()[name].reads
    match fix:
        case Declared():
            yield from fix.all_reads
        case ByType():
            for declared in fix.fixes:
                yield from reads_of(declared)


EVERY_READ = [
    pytest.param(read, id=f"{fix.spec.id}: {read.call} {number}")
    for fix in FIX_BY_ID.values()
    for number, read in enumerate(reads_of(fix))
]


def answer_of(shape: Shape, within: tuple[str, ...] = ()) -> Any:
    """An answer that has everything in it that the service may say, and a secret wherever it says one."""
    if shape.metadata.get("sensitive") and shape.name not in NO_SECRETS:
        return SECRET
    if shape.name in within:
        return None
    within = (*within, shape.name)
    match shape.type_name:
        case "structure":
            return {name: answer_of(member, within) for name, member in shape.members.items()}
        case "list":
            return [answer_of(shape.member, within)]
        case "map":
            return {"key": answer_of(shape.value, within)}
        case "boolean":
            return True
        case "integer" | "long" | "float" | "double":
            return 1
        case _:
            return "text"


class Telling:
    """Stands in for a reader: whatever is asked, the answer is whole."""

    def find(self, service: str, operation: str, absent: Any, **parameters: Any) -> Any:
        shape = client(service).meta.service_model.operation_model(operation).output_shape
        answer = answer_of(shape)
        for token in [name for name in answer if "Token" in name or "Marker" in name or name == "IsTruncated"]:
            del answer[token]
        return answer


@pytest.mark.parametrize("read", EVERY_READ)
def test_what_a_fix_keeps_of_an_answer_has_no_secret_in_it(read: Read) -> None:
    texts = defaultdict(lambda: "text", {name: "text" for name in (read.of, read.option) if name})
    state = read.state(Telling(), texts)  # type: ignore[arg-type]
    assert SECRET not in canonical_json(state)


def test_what_would_keep_a_secret_is_found() -> None:
    whole = Read(call="cloudfront:GetDistributionConfig", by={}, keep=("DistributionConfig",))
    state = whole.state(Telling(), defaultdict(str))  # type: ignore[arg-type]
    assert SECRET in canonical_json(state)

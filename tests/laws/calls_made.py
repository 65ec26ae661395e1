"""The starting states of every fix, and the calls that it makes in each, made once for all who look at them.

The bad ones are held to the laws meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from moto import mock_aws

from customer_role.grants import tag_permissions
from runtime.domain.access import Access
from runtime.domain.errors import AwsError
from runtime.domain.fix import Options, Permission, narrowed
from runtime.domain.plan import Plan, Planned
from runtime.domain.resource import Resource
from runtime.fixes.catalog import FIX_BY_ID
from runtime.fixes.contract import Call, Fix
from tests.laws.cases import Bad, Case, Clients
from tests.laws.customer_account import Bench, Made, RecordingSession, client
from tests.laws.laws import fix_and_undo, stop_and_disturb

CASES: dict[str, ModuleType] = {
    fix_id: import_module(f"tests.laws.cases.{fix_id.replace('-', '_')}") for fix_id in FIX_BY_ID
}


def created(fix: Fix, case: Case) -> Bench:
    clients: Clients = client
    return Bench(fix, case, case.create(clients), answers=answers(fix, case))


def answers(fix: Fix, case: Case) -> dict[str, Any]:
    """What stands in for operations that moto does not have, and for states that it does not keep."""
    found: Mapping[str, Any] = getattr(CASES[fix.spec.id], "ANSWERS", {})
    return {**found, **case.answers}


def permissions_of(
    fix: Fix, resource: Resource, access: Access, options: Options | None = None
) -> tuple[Permission, ...]:
    """What the fix declares; with ``options``, what a session with these is opened for."""
    declared = fix.spec.writes if access is Access.WRITE else fix.spec.reads
    chosen = declared if options is None else narrowed(declared, options, resource)
    return chosen if access is Access.WRITE else (*chosen, *tag_permissions(resource.type))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsMade:
    """What was called while the resource of one case was looked at, fixed if it was bad, and that undone.

    ``planned`` is what the fix made of it first, and ``answered`` what it was answered last, by call. ``unasked`` are
    the calls that the fix or its type declares beforehand and does not make. A law that is ``broken`` is for the test
    of the laws to tell: all others look at the calls that were made.
    """

    case: str
    resource: Resource
    options: Options
    planned: Planned
    answered: Mapping[str, dict[str, Any] | AwsError]
    reads: tuple[Made, ...]
    writes: tuple[Made, ...]
    tag_reads: tuple[Made, ...]
    unasked: tuple[Call, ...]
    broken: list[BaseException]


def calls_made(fix_id: str) -> tuple[CallsMade, ...]:
    """In every case of a fix, each in an account of its own."""
    return tuple(calls_made_in(fix_id, case.name) for case in CASES[fix_id].CASES)


@cache
def calls_made_in(fix_id: str, name: str) -> CallsMade:
    """In one case, by its name. Not to be asked for within another account of moto's: it would be in that."""
    fix = FIX_BY_ID[fix_id]
    (case,) = (case for case in CASES[fix_id].CASES if case.name == name)
    with mock_aws():
        bench = created(fix, case)
        kind, resource = fix.type_of(bench.resource), bench.resource
        tags = RecordingSession(resource.region, answers=answers(fix, case))
        of_tags = tags.reader()
        kind.read_tags(of_tags, resource)
        planned = bench.plan_now()
        seen = partial(CASES[fix_id].read_back, client, resource)
        broken: list[BaseException] = []
        with _kept(broken):
            if isinstance(case, Bad):
                fix_and_undo(bench, case, planned, seen)
        of_fix = bench.looks[0]
        made = CallsMade(
            case=name,
            resource=resource,
            options=bench.options,
            planned=planned,
            answered=dict(bench.read.answered),
            reads=tuple(bench.read.made),
            writes=tuple(bench.write.made),
            tag_reads=tuple(tags.made),
            unasked=(
                *(call for call in kind.tag_calls(resource) if call not in of_tags.used.values()),
                *(call for call in fix.calls(resource) if call not in of_fix.used.values()),
            ),
            broken=broken,
        )
        with _kept(broken):
            if isinstance(case, Bad) and not broken and isinstance(planned, Plan) and planned.reversible:
                stop_and_disturb(bench, case, seen)
    return made


@contextmanager
def _kept(broken: list[BaseException]) -> Iterator[None]:
    try:
        yield
    except (AssertionError, pytest.fail.Exception) as error:
        broken.append(error)

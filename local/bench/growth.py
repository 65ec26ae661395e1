"""What grows with what: decisions with entries and exceptions, findings with what is stored, memory with findings."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any
from unittest import mock

import cli.simulation
from cli.facts import parse_facts
from cli.policy import CONFIG
from cli.registry_writer import add_account
from infra.policy import load_policy
from local.bench.costs import MILLISECOND
from local.bench.rows import Curve, Results, Row
from local.bench.target import Target
from local.scenes import Stage, entries_by_fix, rules_by_entry
from runtime.domain.decision import decide
from runtime.domain.policy import parse_policy
from runtime.fixes.catalog import SPECS, TYPES, summaries
from tests.samples.render import issue_body

FIX_ID = "s3-block-public-access"
ENTRIES = (8, 30, 100, 300, 1000)
EXCEPTIONS = (0, 10, 100, 300, 1000)
STORED_EXCEPTIONS = (0, 30, 100, 300)
STORED_ACCOUNTS = (1, 10, 100, 1000)
BLOCKS = 7
BLOCK_SECONDS = 0.2
FINDINGS = 9

REGIONS = (
    *("us-east-1", "us-east-2", "us-west-2", "eu-west-1"),
    *("eu-central-1", "eu-north-1", "ap-southeast-1", "ap-northeast-1"),
)
ACCOUNTS = 50
LIFE = 1000
"""Findings that one process handles."""
LOOKS = 50
"""Between two looks at its memory."""

_NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
_MEGABYTE = 1e6


# -- the decision alone ----------------------------------------------------------------------------------------------


def measure_decisions() -> Results:
    """The last decision of a finding that may be fixed, with every check made."""
    entries = [(size, decision_microseconds(entries=size)) for size in ENTRIES]
    exceptions = [(size, decision_microseconds(exceptions=size)) for size in EXCEPTIONS]
    few, many = entries[0][1], entries[-1][1]
    row = Row(
        name=f"one decision with {ENTRIES[0]} / {ENTRIES[-1]} entries in the catalog",
        before="75 / 300 µs",
        target="40 / 40 µs",
        measured=f"{few:.0f} / {many:.0f} µs",
        figures={f"microseconds_with_{size}_entries": taken for size, taken in entries},
    )
    curve = Curve(
        key="decision",
        title="One decision",
        x="entries in the catalog, or exceptions in force for the account",
        y="µs of CPU",
        lines={"entries": entries, "exceptions": exceptions},
    )
    return Results(rows=[row], curves=[curve])


def decision_microseconds(*, entries: int = ENTRIES[0], exceptions: int = 0) -> float:
    """The median of several blocks of decisions, in CPU time."""
    arguments = _decided(entries, exceptions)
    blocks = []
    for _ in range(BLOCKS):
        number, began = 0, time.process_time()
        while time.process_time() - began < BLOCK_SECONDS:
            decide(*arguments)
            number += 1
        blocks.append((time.process_time() - began) / number * 1e6)
    return median(blocks)


def _decided(entries: int, exceptions: int) -> tuple[Any, ...]:
    """What ``decide`` is given last for the finding, put together as ``suture simulate`` does it."""
    rule = rules_by_entry()[entries_by_fix()[FIX_ID]]
    body = json.dumps(issue_body("older", rule_id=rule, severity="CRITICAL", projects=()))
    facts = {
        "account": {"environment": "dev", "owner": "team@example.com"},
        "tags": {},
        "observed": {"configuration": None, "policy_is_public": False, "website": None},
        "waivers": [_exception(number) for number in range(exceptions)],
    }
    policy = parse_policy(_policy(entries), summaries(), TYPES)
    with mock.patch.object(cli.simulation, "decide", wraps=decide) as decided:
        simulation = cli.simulation.simulate(body, parse_facts(json.dumps(facts), "bench"), policy, _NOW)
    if simulation.decision is None or simulation.decision.outcome != "REMEDIATE":
        raise ValueError(f"the bench's own finding would not be fixed: {simulation.result}")
    return tuple(decided.call_args.args)


def _policy(entries: int) -> Mapping[str, Any]:
    """The repository's policy with so many entries, the finding's among them as the last."""
    policy = json.loads(load_policy(CONFIG, SPECS))
    (answering,) = [entry for entry in policy["catalog"] if entry["id"] == entries_by_fix()[FIX_ID]]
    fillers = [
        {**answering, "id": f"filler-{number}", "match": {"rules": [f"FILLER-{number}"]}}
        for number in range(entries - 1)
    ]
    return {**policy, "catalog": [*fillers, answering]}


def _exception(number: int) -> dict[str, Any]:
    return {
        "id": f"EX-{number}",
        "status": "approved",
        "requested_by": "ann",
        "requested_at": "2026-03-01T00:00:00Z",
        "approved_by": "bob",
        "expires_at": "2026-06-01T00:00:00Z",
        "resource": f"arn:aws:s3:::another-{number}",
    }


# -- a finding among others ------------------------------------------------------------------------------------------


def measure_stored(target: Target) -> Results:
    """The CPU of a fixed finding among ever more exceptions for its account, and among ever more accounts."""

    def another_exception() -> None:
        target.stage().exception_approved()

    def another_account() -> None:
        number = next(numbers)
        add_account(
            target.environment.store(),
            account_id=f"{number:012}",
            name="bench",
            environment="",
            owner="",
        )

    numbers = iter(range(700_000_000_000, 800_000_000_000))
    curve = Curve(
        key="stored",
        title="A fixed finding",
        x="exceptions in force for its account, or accounts in the registry",
        y="ms of CPU",
        lines={
            "accounts": _among(target, STORED_ACCOUNTS, another_account),
            "exceptions": _among(target, STORED_EXCEPTIONS, another_exception),
        },
    )
    return Results(curves=[curve])


def _among(target: Target, sizes: tuple[int, ...], add: Callable[[], None]) -> list[tuple[float, float]]:
    points, there = [], sizes[0]
    for size in sizes:
        for _ in range(size - there):
            add()
        there = size
        with target.function() as function:
            taken = [target.handle(function, target.stage().public_bucket())["cpu_ns"] for _ in range(FINDINGS)]
        points.append((float(size), median(taken[1:]) / MILLISECOND))
    return points


# -- a process's life ------------------------------------------------------------------------------------------------


def measure_memory(target: Target) -> Results:
    """What one process holds while it fixes findings: each account, region and service in turn."""
    accounts = [f"{600_000_000_000 + number}" for number in range(ACCOUNTS)]
    for account_id in accounts:
        target.onboard(account_id)
    points = []
    kinds = (Stage.public_bucket, Stage.unrotated_key, Stage.open_security_group)
    with target.function() as function:
        for number in range(LIFE + 1):
            stage = target.stage(accounts[number % ACCOUNTS], REGIONS[number % len(REGIONS)])
            answer = target.handle(function, kinds[number % len(kinds)](stage))
            if number % LOOKS == 0:
                points.append((float(number), answer["resident_bytes"] / _MEGABYTE))
    first, last = points[1][1], points[-1][1]
    row = Row(
        name=f"memory after {LOOKS} / {LIFE:,} findings, {ACCOUNTS} accounts, {len(REGIONS)} regions",
        before="grows per region",
        target="flat, under 128 MB",
        measured=f"{first:.0f} / {last:.0f} MB",
        figures={"megabytes_early": first, "megabytes_late": last},
    )
    curve = Curve(
        key="memory", title="One process", x="findings handled", y="MB resident", lines={"S3, KMS, EC2": points}
    )
    return Results(rows=[row], curves=[curve])

"""What a finding costs in calls, waiting and CPU, and what a new process costs, against the floor of the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from statistics import median

from local.bench.gateway import Call
from local.bench.rows import Calls, Results, Row
from local.bench.target import Target
from local.scenes import ROLELESS_ACCOUNT, Scene, Stage

ROUNDS = 5
"""Each with new processes of both. Figures are medians of the rounds, each a median of its findings."""

FINDINGS = 8
"""Of each kind in a round, after one that is not counted."""

DELAY_SECONDS = 0.04
"""Added to each call, so that calls that can overlap do."""

MILLISECOND = 1e6

_ALSO: tuple[Callable[[Stage], Scene], ...] = (
    Stage.severity_below_floor,
    Stage.issue_resolved,
    Stage.dry_run,
    Stage.restricted_production,
    Stage.owner_missing,
    Stage.exception_approved,
    Stage.malformed,
    Stage.account_not_onboarded,
    Stage.role_missing,
)


def measure_calls(target: Target) -> Results:
    """The calls of one finding of each kind, by a process that has handled one before, so that its policy is cached."""
    target.register(ROLELESS_ACCOUNT)
    with target.gateway(delay_seconds=DELAY_SECONDS) as gateway, target.function(gateway.endpoint) as function:
        target.handle(function, target.stage().public_bucket())
        measured = []
        for build in (Stage.public_bucket, *_ALSO):
            scene = build(target.stage())
            gateway.take_calls()
            target.handle(function, scene)
            measured.append(_calls_of(scene, gateway.take_calls()))
    return Results(rows=_call_rows(measured[0]), calls=measured)


def _calls_of(scene: Scene, calls: Sequence[Call]) -> Calls:
    platform = calls[0].key_id
    sessions = [call for call in calls if call.service == "sts"]
    return Calls(
        scene=scene.title,
        outcome=scene.outcome,
        reason=scene.reason,
        platform=sum(call.key_id == platform for call in calls) - len(sessions),
        sessions=len(sessions),
        customer=sum(call.key_id != platform for call in calls),
        in_sequence=in_sequence(calls),
    )


def in_sequence(calls: Iterable[Call]) -> int:
    """The most calls of which each began after the one before had ended: the round trips that are waited for."""
    number, ended = 0, 0.0
    for call in sorted(calls, key=lambda call: call.ended):
        if call.began >= ended:
            number, ended = number + 1, call.ended
    return number


def _call_rows(fixed: Calls) -> list[Row]:
    return [
        Row(
            name="AWS calls of a fixed S3 finding: platform + STS + customer",
            before="22 + 2 + 11",
            target="6 + 2 + 8",
            measured=f"{fixed.platform} + {fixed.sessions} + {fixed.customer}",
            figures={"platform": fixed.platform, "sts": fixed.sessions, "customer": fixed.customer},
        ),
        Row(
            name="round trips one after the other",
            before="35",
            target="9",
            measured=str(fixed.in_sequence),
            figures={"round_trips": fixed.in_sequence},
        ),
    ]


def measure_cpu(target: Target) -> Results:
    """The CPU of a finding in a process that is warm."""
    rounds = [_cpu_round(target) for _ in range(ROUNDS)]
    floor = median(one["floor"] for one in rounds)
    rows = [
        Row(
            name="the floor: read, write, read back, store one row, CPU",
            before="",
            target="",
            measured=f"{floor:.1f} ms",
            figures={"milliseconds": floor},
        )
    ]
    for key, name, before, aim in (
        ("fixed", "a fixed finding", "8.1", "3.5"),
        ("minor", "severity below the floor", "1.9", "0.9"),
        ("resolved", "issue resolved", "1.6", "0.9"),
    ):
        figures = _ratio(key, rounds)
        measured = "{ratio:.1f}; {milliseconds:.1f} ms".format(**figures)
        rows.append(
            Row(name=f"{name}, CPU ÷ the floor's", before=before, target=aim, measured=measured, figures=figures)
        )
    return Results(rows=rows)


def _cpu_round(target: Target) -> dict[str, float]:
    kinds = {
        "fixed": Stage.public_bucket,
        "minor": Stage.severity_below_floor,
        "resolved": Stage.issue_resolved,
    }
    taken: dict[str, list[float]] = {"floor": [], **{key: [] for key in kinds}}
    with target.floor() as floor, target.function() as function:
        for _ in range(FINDINGS + 1):
            taken["floor"].append(floor.ask(_bucket(target))["cpu_ns"])
            for key, build in kinds.items():
                taken[key].append(target.handle(function, build(target.stage()))["cpu_ns"])
    return {key: median(figures[1:]) / MILLISECOND for key, figures in taken.items()}


def measure_cold_start(target: Target) -> Results:
    """The CPU from the first import to the end of the first finding, in turns; the first pair only warms the disk."""
    rounds: list[dict[str, float]] = []
    for _ in range(ROUNDS + 1):
        with ExitStack() as processes:
            floor = processes.enter_context(target.floor())
            first = floor.ask(_bucket(target))["cpu_ns"]
            function = processes.enter_context(target.function())
            ours = target.handle(function, target.stage().public_bucket())["cpu_ns"]
        rounds.append(
            {
                "floor": (floor.started["cpu_ns"] + first) / MILLISECOND,
                "import": function.started["cpu_ns"] / MILLISECOND,
                "cold": (function.started["cpu_ns"] + ours) / MILLISECOND,
            }
        )
    figures = _ratio("cold", rounds[1:]) | {"import_milliseconds": median(one["import"] for one in rounds[1:])}
    text = "{ratio:.2f}; {milliseconds:.0f} ms, {import_milliseconds:.0f} of them importing"
    row = Row(
        name="cold start with its first finding, CPU ÷ the floor's",
        before="1.9",
        target="1.3",
        measured=text.format(**figures),
        figures=figures,
    )
    return Results(rows=[row])


def _bucket(target: Target) -> str:
    return target.stage().public_bucket().resource_arn.rpartition(":")[2]


def _ratio(key: str, rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {
        "ratio": median(one[key] / one["floor"] for one in rounds),
        "milliseconds": median(one[key] for one in rounds),
        "floor_milliseconds": median(one["floor"] for one in rounds),
    }

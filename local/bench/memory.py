"""What only the ports in memory can show: many writers at the same time, and many runs that wait."""

from __future__ import annotations

import time
from collections import Counter

from local.bench.rows import Results, Row
from runtime.domain.followup import run_id
from tests.flow.scene import FIX, a_bucket, resume, stop
from tests.flow.world import World
from tests.memory.contention import measure_contention

WRITERS, RACES = (10, 50), 40
HELD, ACCOUNTS = 10_000, 50
AMPLE = 10_000
"""A limit on writes that is not reached."""


def measure_writers() -> Results:
    """The share of writers that give up, by DynamoDB's rules for transactions that meet, at 8 ms a transaction."""
    gave_up: list[str] = []
    figures: dict[str, float] = {}
    for writers in WRITERS:
        found = measure_contention(writers, seeds=range(RACES))
        share = 100 * found.gave_up / found.writers
        gave_up.append(f"{share:.0f} %")
        figures |= {f"gave_up_{writers}": share, f"cancelled_each_{writers}": found.cancelled / found.writers}
    name = f"findings that give up at {' / '.join(map(str, WRITERS))} writers"
    row = Row(name=name, before="13 % / 68 %", target="0 / 0", measured=" / ".join(gave_up), figures=figures)
    return Results(rows=[row])


def measure_held() -> Results:
    """How often each of many held runs is released, and the CPU of a sweep over all of them."""
    world = World()
    world.policy["writes_per_hour"] = dict.fromkeys(world.policy["writes_per_hour"], AMPLE)
    stop(world)
    for number in range(HELD):
        account_id = f"{number % ACCOUNTS:012}"
        world.onboard(account_id)
        bucket = a_bucket(world, f"bench-{number}", owner=account_id)
        world.platform.findings.handle(world.finding(bucket.arn, FIX, account_id=account_id))
    resume(world)
    with world.watched() as calls:
        began = time.process_time()
        world.platform.runs.resume.sweep()
        sweep_seconds = time.process_time() - began
        world.deliver_to_itself()
        released = Counter(run_id(one.run) for sent in calls.arguments("mail.start") for one in sent)
    twice, left = sum(count > 1 for count in released.values()), len(world.held())
    row = Row(
        name=f"{HELD:,} held findings released",
        before="17 times the messages, 81 s a sweep",
        target="each once, within the sweep's time",
        measured=f"{len(released):,} once, {twice} more than once, {left} left; {sweep_seconds:.1f} s CPU a sweep",
        figures={"released": len(released), "twice": twice, "left": left, "sweep_seconds": sweep_seconds},
    )
    return Results(rows=[row])

"""The parts of the platform, put together over the services they use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runtime.aws.customer import CustomerAccounts
from runtime.aws.exception_register import ExceptionRegister
from runtime.aws.registry import Registry
from runtime.commands import Commands
from runtime.domain.facts import PlatformAccount
from runtime.domain.policy import Policy
from runtime.fixes.catalog import FIX_BY_ID
from runtime.pipeline import Pipeline
from runtime.recorder import Recorder
from runtime.runs import Runs
from runtime.sweep import Sweep
from runtime.undo import Undoing
from runtime.verification import Verification
from runtime.work import Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What takes the messages of each queue."""

    pipeline: Pipeline
    runs: Runs
    commands: Commands


def assemble(
    *,
    policy: Callable[[], Policy],
    runs_in: PlatformAccount,
    registry: Registry,
    exceptions: ExceptionRegister,
    accounts: CustomerAccounts,
    recorder: Recorder,
) -> Platform:
    """Give each part what it needs."""
    workshop = Workshop(registry=registry, accounts=accounts, fixes=FIX_BY_ID)
    verification = Verification(workshop=workshop, recorder=recorder)
    sweep = Sweep(policy=policy, registry=registry, exceptions=exceptions, recorder=recorder)
    pipeline = Pipeline(
        policy=policy,
        platform=runs_in,
        registry=registry,
        exceptions=exceptions,
        workshop=workshop,
        recorder=recorder,
        verification=verification,
    )
    undoing = Undoing(workshop=workshop, recorder=recorder)
    return Platform(
        pipeline=pipeline,
        runs=Runs(recorder=recorder, pipeline=pipeline, undoing=undoing, verification=verification, sweep=sweep),
        commands=Commands(policy=policy, registry=registry, exceptions=exceptions, recorder=recorder, sweep=sweep),
    )

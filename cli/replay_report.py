"""What deciding many recorded findings again comes to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cli.replay import Decided, Replayed, Unreplayable, replay
from runtime.domain.audit import AuditEvent
from runtime.domain.policy import Policy
from runtime.fixes.contract import Fix

UNDECIDED = "UNDECIDED"
"""In the totals: the decision depends on the live resource, which was not read."""
WAITING = "WAITING"
"""In the totals: the change would be made, but not then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``recorded`` and ``replayed`` count the same findings, by what was decided about them then and now.

    ``left_out`` has the run ids of what could not be decided again.
    """

    policy_version: str
    differing: Sequence[Replayed]
    recorded: Mapping[str, int]
    replayed: Mapping[str, int]
    left_out: Mapping[Unreplayable, Sequence[str]]

    @property
    def findings(self) -> int:
        """How many were decided again."""
        return sum(self.recorded.values())


def report_on(events: Iterable[AuditEvent], policy: Policy, fixes: Mapping[str, Fix]) -> Report:
    """Decide each ``OUTCOME`` of the events again by the policy. Keeps only what differs."""
    differing: list[Replayed] = []
    recorded: Counter[str] = Counter()
    replayed: Counter[str] = Counter()
    left_out: defaultdict[Unreplayable, list[str]] = defaultdict(list)
    for event in events:
        match replay(event, policy, fixes):
            case Unreplayable() as why:
                left_out[why].append(event.correlation_id)
            case Replayed() as one:
                recorded[_counted_as(one.recorded)] += 1
                replayed[_counted_as(one.replayed)] += 1
                if one.differs:
                    differing.append(one)
    return Report(
        policy_version=policy.version, differing=differing, recorded=recorded, replayed=replayed, left_out=left_out
    )


def report_to_json(report: Report) -> dict[str, Any]:
    """The report as JSON values: always the same keys."""
    return {
        "policy_version": report.policy_version,
        "findings": report.findings,
        "differing": [_replayed_to_json(one) for one in report.differing],
        "totals": {"recorded": dict(report.recorded), "replayed": dict(report.replayed)},
        "left_out": {why.name: {"meaning": why.value, "runs": list(ids)} for why, ids in report.left_out.items()},
    }


def _replayed_to_json(one: Replayed) -> dict[str, Any]:
    event = one.event
    return {
        "correlation_id": event.correlation_id,
        "at": event.at.isoformat(),
        "issue_id": event.issue_id,
        "account_id": event.account_id,
        "resource_arn": event.resource_arn,
        "policy_version": event.catalog_version,
        "outcome": event.outcome.value,
        "reason": event.reason.value,
        "recorded": asdict(one.recorded),
        "replayed": asdict(one.replayed),
        "differs": list(one.differs),
        "why": one.why,
    }


def _counted_as(decided: Decided) -> str:
    if decided.outcome is None:
        return UNDECIDED
    return decided.outcome.value if decided.waits_for is None else WAITING

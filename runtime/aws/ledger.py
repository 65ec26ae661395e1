"""The ledger in DynamoDB: what was done to each resource, and how many writes there were within the last hour."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from botocore.client import BaseClient

from runtime.aws.table import ITEM, PARTITION, Item, Table, whole
from runtime.domain.errors import ConditionalWriteConflict, LimitReached
from runtime.domain.guardrails import USAGE_WINDOW, Past, PastKind, UsageScope

_ATTEMPTS = 5
"""At counting a write while others count theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a write counts for: a run that changes an account by a fix."""

    correlation_id: str
    account_id: str
    fix_id: str

    @property
    def partitions(self) -> Mapping[UsageScope, str]:
        values = {UsageScope.EVERYTHING: "", UsageScope.ACCOUNT: self.account_id, UsageScope.FIX: self.fix_id}
        return {scope: f"writes#{scope}#{value}" for scope, value in values.items()}


class Ledger:
    """``client`` is a low-level DynamoDB client. Each method raises ``PlatformCallFailed`` if DynamoDB does not answer.

    What reads raises ``RegistryInvalid`` for an item that is not whole.
    """

    def __init__(self, *, client: BaseClient, table: str) -> None:
        self._table = Table(client=client, name=table)

    # -- the past of a resource --------------------------------------------------------------------------------------

    def past(self, resource_arn: str) -> tuple[Past, ...]:
        """What was done to the resource so far, by whichever fix."""
        return tuple(_past_from_item(item) for item in self._table.read(f"resource#{resource_arn}"))

    def note(self, resource_arn: str, past: Past) -> None:
        """Add to the resource's past. Noted already, nothing changes: the first time holds."""
        with suppress(ConditionalWriteConflict):
            self._table.add(
                {
                    PARTITION: f"resource#{resource_arn}",
                    ITEM: f"{past.correlation_id}#{past.kind}",
                    "kind": past.kind,
                    "fix_id": past.fix_id,
                    "correlation_id": past.correlation_id,
                    "at": past.at.isoformat(),
                    "by": past.by,
                    "reason": past.reason,
                }
            )

    # -- limits ------------------------------------------------------------------------------------------------------

    def usage(self, counted: Counted, now: datetime) -> Mapping[UsageScope, int]:
        """How many other runs wrote within the hour before ``now`` (UTC), in each scope."""
        return {
            scope: len(self._tally(partition).others(counted, now)) for scope, partition in counted.partitions.items()
        }

    def count(self, counted: Counted, limits: Mapping[UsageScope, int] | None, now: datetime) -> None:
        """Count a run's write, before it is made. Counted again, it counts once.

        Raises ``LimitReached`` if other runs have used up one of the ``limits``; ``None`` counts without limiting.
        Raises ``ConditionalWriteConflict`` if too many others are counting at the same time.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            tallies = {scope: self._tally(partition) for scope, partition in counted.partitions.items()}
            changed: dict[str, tuple[Item, str | None]] = {}
            for scope, tally in tallies.items():
                others = tally.others(counted, now)
                if limits is not None and len(others) >= limits[scope]:
                    raise LimitReached(scope, limits[scope])
                changed[tally.partition] = (tally.to_item({**others, counted.correlation_id: now}), tally.version)
            try:
                self._table.replace(changed)
            except ConditionalWriteConflict:
                if attempt == _ATTEMPTS:
                    raise
            else:
                return

    def _tally(self, partition: str) -> _Tally:
        items = self._table.read(partition)
        if not items:
            return _Tally(partition=partition, version=None, runs={})
        with whole(items[0]):
            runs = {run: datetime.fromisoformat(at) for run, at in json.loads(items[0]["runs"]).items()}
            return _Tally(partition=partition, version=items[0]["version"], runs=runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tally:
    """The runs that wrote, and when, in one scope. ``version`` is ``None`` before the first."""

    partition: str
    version: str | None
    runs: Mapping[str, datetime]

    def others(self, counted: Counted, now: datetime) -> dict[str, datetime]:
        return {run: at for run, at in self.runs.items() if run != counted.correlation_id and now - at < USAGE_WINDOW}

    def to_item(self, runs: Mapping[str, datetime]) -> Item:
        return {
            PARTITION: self.partition,
            ITEM: "runs",
            "version": str(int(self.version or 0) + 1),
            "runs": json.dumps({run: at.isoformat() for run, at in runs.items()}),
        }


def _past_from_item(item: Item) -> Past:
    with whole(item):
        return Past(
            kind=PastKind(item["kind"]),
            at=datetime.fromisoformat(item["at"]),
            **{name: item[name] for name in ("fix_id", "correlation_id", "by", "reason")},
        )

"""Finds runs in the audit trail, by their id or by how it begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from cli.deployment import Deployment
from cli.ids import complete_id
from runtime.domain.audit import History
from runtime.items import holds

if TYPE_CHECKING:
    from cli.audit_reader import AuditReader
    from runtime.application.ports import Store

_WHERE = (
    "`suture audit list` lists runs; for a run that ended more than a week ago, pass the whole id. For a Wiz issue "
    "`suture audit show` lists its runs."
)


def find_run(deployment: Deployment, given: str) -> tuple[str, History]:
    """The id and the history of a run.

    Raises ``AnswerIsNo`` if there is none, ``Unusable`` if there are several, and as ``AuditReader`` does.
    """
    reader = deployment.audit_reader()
    events = reader.read_run(given)
    if events:
        return given, History(events=events)
    run_id = complete_run_id(deployment, reader, given)
    return run_id, History(events=reader.read_run(run_id))


def complete_run_id(deployment: Deployment, reader: AuditReader, given: str) -> str:
    """The id of the run whose id begins so: held, or ended lately. Raises as ``find_run`` does."""
    recent = reader.recent_runs(datetime.now(UTC).date())
    of = f" in {deployment.audit_table}"
    return complete_id("run", given, chain(_held_runs(deployment.store()), recent), of=of, where=_WHERE)


def _held_runs(store: Store) -> Iterator[str]:
    for account, _ in store.find(holds.ACCOUNTS):
        for hold, _ in store.find(holds.holds_of(account.item)):
            yield hold.item.rpartition("#")[2]

"""Takes an announcement back: nothing was written after it."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.application.lease import Lease
from runtime.application.ports import Store, Write
from runtime.domain.audit import AuditEvent, History, SessionRecord
from runtime.domain.outcome import Outcome
from runtime.domain.plan import State
from runtime.domain.stages import withdrawn
from runtime.items.counters import taken_back
from runtime.items.past import past_key, put_past


def withdrawal(
    store: Store,
    history: History,
    lease: Lease,
    why: str,
    sessions: Sequence[SessionRecord],
    *,
    after: State | None = None,
    certain: bool = True,
) -> tuple[AuditEvent, list[Write]]:
    """The event, and what belongs into its transaction: the mark of an undo goes, and the write counts no more.

    It goes on to count if it is not ``certain`` that none was made, by this delivery or an earlier one.
    """
    intent, certain = history.open_intent, certain and history.doubtful is None
    assert intent is not None, "it was announced"
    also: list[Write] = [lease.released(), *(taken_back(intent.evidence.counted) if certain else ())]
    if intent.outcome is Outcome.UNDO:
        key = past_key(intent.resource_arn)
        also.append(put_past(key, store.read([key]).item(key), drop=intent.correlation_id))
    return withdrawn(intent, why, certain=certain, after=after, sessions=sessions), also

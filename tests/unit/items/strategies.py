"""Values of every kind that items hold."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from runtime.domain.exceptions import ExceptionRequest, Step
from runtime.domain.facts import Account
from runtime.domain.guardrails import Past, PastKind, Stop, StopScope
from runtime.domain.hold import Hold
from runtime.domain.outcome import Reason
from runtime.domain.principal import Principal
from tests.unit.domain.strategies import texts

moments = st.datetimes(timezones=st.just(UTC))


def built(kind: type, /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The dataclass with a text in every field that is not named."""
    return st.builds(kind, **{name: texts for name in kind.__dataclass_fields__ if name not in fields}, **fields)


accounts: st.SearchStrategy[Account] = built(Account)
steps = built(Step, principal=built(Principal), at=moments)
requests: st.SearchStrategy[ExceptionRequest] = built(ExceptionRequest, expires_at=moments, requested=steps)
stops: st.SearchStrategy[Stop] = built(Stop, scope=st.sampled_from(StopScope), at=moments)
pasts: st.SearchStrategy[Past] = built(
    Past,
    kind=st.sampled_from(PastKind),
    fix_id=st.sampled_from(["f-1", "f-2"]),
    correlation_id=st.uuids().map(str),
    at=moments,
)
holds: st.SearchStrategy[Hold] = built(
    Hold,
    since=moments,
    attempt=st.integers(1, 99),
    reason=st.sampled_from(Reason),
    until=st.none() | moments,
    releases=st.integers(0, 9),
    released_at=st.none() | moments,
)

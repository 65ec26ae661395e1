"""Puts stops into effect and ends them, with the caller's own rights, and reads what they hold."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.arguments import parse_account_id
from cli.deployment import Deployment
from cli.errors import AnswerIsNo, Unusable, readable
from cli.ids import complete_id
from cli.known import check_environment, check_fix, check_registered
from cli.output import as_time
from runtime.application.ports import ConditionFailed, Store
from runtime.domain.errors import RegistryInvalid
from runtime.domain.guardrails import Stop, StopScope
from runtime.domain.hold import Hold
from runtime.items import holds
from runtime.items.stops import (
    IN_EFFECT,
    SWITCHES,
    Resumption,
    Switch,
    find_switch,
    put_resumption,
    put_stop,
    stops_in_effect,
)

if TYPE_CHECKING:
    from pathlib import Path

_BUSY = "Other people change the stops at the same time."


def read_stops(deployment: Deployment, store: Store) -> tuple[Stop, ...]:
    """Those in effect. Raises ``PlatformCallFailed``, and ``RecordUnreadable``."""
    with readable(deployment.registry_table):
        return stops_in_effect(store.read([IN_EFFECT]).item(IN_EFFECT))


def parse_scope(chosen: Mapping[StopScope, bool | str], config: Path) -> tuple[StopScope, str]:
    """The one scope that was chosen, and its value. Raises ``Unusable`` otherwise."""
    given = [scope for scope, value in chosen.items() if value]
    if len(given) != 1:
        raise Unusable("Set what to stop, with one of --all, --account, --fix and --environment. Nothing was stopped.")
    scope, value = given[0], str(chosen[given[0]])
    match scope:
        case StopScope.EVERYTHING:
            value = ""
        case StopScope.ACCOUNT:
            parse_account_id(value, "--account")
        case StopScope.FIX:
            value = check_fix(value)
        case StopScope.ENVIRONMENT:
            check_environment(value, config)
    return scope, value


def put_into_effect(deployment: Deployment, scope: StopScope, value: str, reason: str) -> Stop:
    """Stop changes, from now on.

    Raises ``Unusable`` for an account that is not registered, ``AnswerIsNo`` if it cannot be stopped,
    ``PlatformCallFailed``, and ``RecordUnreadable``.
    """
    store = deployment.store()
    if scope is StopScope.ACCOUNT:
        check_registered(store, value)
    stop = Stop(
        id=f"STOP-{secrets.token_hex(4)}",
        scope=scope,
        value=value,
        reason=reason,
        stopped_by=deployment.caller().arn,
        at=datetime.now(UTC),
    )
    with readable(deployment.registry_table):
        try:
            put_stop(store, stop)
        except ConditionFailed as conflict:
            switch = find_switch(store, stop.id)  # it may be this very call, tried again
            if switch is None or switch.stop != stop:
                raise AnswerIsNo(f"{_BUSY} Nothing was stopped: retry.") from conflict
        except ValueError as error:
            raise AnswerIsNo(f"{error}. Nothing was stopped.") from error
    return stop


def find_stop(deployment: Deployment, given: str) -> Stop:
    """The stop with this id, which has not ended.

    Raises ``AnswerIsNo`` if there is none, or it has ended, ``PlatformCallFailed``, and ``RecordUnreadable``.
    """
    switch = _find_switch(deployment, deployment.store(), given)
    if (ended := switch.resumed) is not None:
        raise AnswerIsNo(f"{ended.by} ended {switch.stop.id} already, at {as_time(ended.at)}: {ended.reason}")
    return switch.stop


def end_stop(deployment: Deployment, stop: Stop, reason: str) -> None:
    """Let changes go on. Raises ``AnswerIsNo`` if somebody else ends it at this moment, and as ``find_stop`` does."""
    store = deployment.store()
    resumption = Resumption(by=deployment.caller().arn, reason=reason, at=datetime.now(UTC))
    try:
        with readable(deployment.registry_table):
            put_resumption(store, stop.id, resumption)
    except ConditionFailed as conflict:
        ended = _find_switch(deployment, store, stop.id).resumed
        if ended is None:
            raise AnswerIsNo(f"{_BUSY} Nothing was changed: retry.") from conflict
        if ended != resumption:  # it may be this very call, tried again
            raise AnswerIsNo(
                f"{stop.id} was ended by someone else at the same time. Nothing was changed."
            ) from conflict


def _find_switch(deployment: Deployment, store: Store, given: str) -> Switch:
    """The stop with this id, ended or not. Raises ``AnswerIsNo`` if there is none, and ``RecordUnreadable``."""
    with readable(deployment.registry_table):
        switch = find_switch(store, given)
        if switch is None:
            known = (key.item.partition("#")[0] for key, _ in store.find(SWITCHES) if key != IN_EFFECT)
            stop_id = complete_id("stop", given, known, where="`suture status` shows those in effect.")
            switch = find_switch(store, stop_id)
            assert switch is not None, "it is among them"
    return switch


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The runs that are held, those first that have waited longest; and what is wrong with what cannot be read."""

    runs: Sequence[Hold]
    unreadable: Sequence[str]


def read_held(store: Store, account: str = "") -> Held:
    """In one account, or in all of them. Raises ``PlatformCallFailed``."""
    accounts = [account] if account else [key.item for key, _ in store.find(holds.ACCOUNTS)]
    held, unreadable = [], []
    for account_id in accounts:
        for key, item in store.find(holds.holds_of(account_id)):
            try:
                held.append(holds.hold_from_item(key, item))
            except RegistryInvalid as error:
                unreadable.append(str(error))
    return Held(runs=sorted(held, key=lambda hold: (hold.since, hold.correlation_id)), unreadable=unreadable)

"""Commands of people to the platform, as messages. The queue of a message determines who can send it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any, get_type_hints

from runtime.domain.errors import CommandInvalid
from runtime.domain.principal import Principal

LONGEST_TEXT = 1000
"""Characters of a field. A record of the audit trail is limited by DynamoDB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovePlan:
    """Approve the plan with this digest, of the review ``review_id``, or of the review that this run joined."""

    review_id: str
    digest: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DenyPlan:
    """Deny the plan of a review: it is not sent for approval again until it changes."""

    review_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenReview:
    """Reopen the review of a denied plan. Earlier approvals are revoked."""

    review_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoChange:
    """Undo the change of the run ``target_id``; with ``dry_run`` only check whether that is possible."""

    target_id: str
    reason: str
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """Decide the finding of the run ``target_id`` again, on the resource as it is now, and change nothing."""

    target_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearBlock:
    """Allow the fix of the run ``target_id`` on its resource again, after an undo or a drift loop."""

    target_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRun:
    """Release the held run ``target_id`` again, however often it was released without an outcome."""

    target_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRun:
    """End the held run ``target_id`` without a change."""

    target_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestException:
    """Request an exception. An empty scope field means any; ``expires_at`` is ISO 8601 with a zone."""

    exception_id: str
    control: str
    account_id: str
    resource: str
    environment: str
    reason: str
    ticket: str
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveException:
    """Approve a requested exception. ``account_id`` is the one of its scope, empty for any."""

    exception_id: str
    account_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeException:
    """Revoke an exception, or the request for one."""

    exception_id: str
    account_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceStop:
    """A stop was put into the registry, or ended there: record it, notify people, release the runs that it held."""

    stop_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAccount:
    """Assume each role of an account, with its external id and with a wrong one. Changes nothing."""

    account_id: str


type Command = (
    ApprovePlan
    | DenyPlan
    | ReopenReview
    | UndoChange
    | DryRun
    | ClearBlock
    | RetryRun
    | EndRun
    | RequestException
    | ApproveException
    | RevokeException
    | AnnounceStop
    | VerifyAccount
)

FOR_APPROVERS: tuple[type[Command], ...] = (ApprovePlan, DenyPlan, ReopenReview, ApproveException)
"""The commands of the approvals queue, to which only approvers can send."""

FOR_OPERATORS: tuple[type[Command], ...] = (
    UndoChange,
    DryRun,
    ClearBlock,
    RetryRun,
    EndRun,
    RequestException,
    RevokeException,
    AnnounceStop,
    VerifyAccount,
)
"""The commands of the commands queue."""

_KINDS = {kind.__name__: kind for kind in (*FOR_APPROVERS, *FOR_OPERATORS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command and its sender. ``principal`` is the identity in the message, which the ``SenderId`` of SQS must
    confirm."""

    command: Command
    principal: Principal


def order_to_json(order: Order) -> dict[str, Any]:
    return {
        "kind": type(order.command).__name__,
        **asdict(order.command),
        "principal": asdict(order.principal),
    }


def order_from_json(document: Any) -> Order:
    """The inverse of ``order_to_json``. Raises ``CommandInvalid`` for anything else."""
    if not isinstance(document, dict):
        raise CommandInvalid(f"expected an object, found {str(document)[:80]}")
    kind = _KINDS.get(str(document.get("kind")))
    if kind is None:
        raise CommandInvalid(f"kind {str(document.get('kind'))[:80]!r} is not one of {', '.join(sorted(_KINDS))}")
    known = {"kind", "principal", *(field.name for field in fields(kind))}
    if unknown := sorted(set(document) - known):
        raise CommandInvalid(f"{kind.__name__} has no {', '.join(unknown)[:80]}")
    return Order(
        command=kind(**_fields(kind, document)),
        principal=Principal(**_fields(Principal, document.get("principal"))),
    )


def parse_order(text: str, sender: Principal | None = None) -> Order:
    """Read an operator's message. Raises ``CommandInvalid``.

    A button in a chat channel does not name the person who presses it. Such a message is from the ``sender``, if that
    is certain.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also for a number with thousands of digits
        raise CommandInvalid(f"it is not JSON: {error}") from error
    if sender is not None and isinstance(document, dict) and "principal" not in document:
        document["principal"] = asdict(sender)
    return order_from_json(document)


def parse_moment(text: str, name: str) -> datetime:
    """Read an ISO 8601 time with a zone, as UTC. Raises ``CommandInvalid``."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise CommandInvalid(f"{name} {text!r} has no time zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CommandInvalid(f"{name} {text!r} is not a time") from error


_hints = cache(get_type_hints)


def _fields(kind: type, document: Any) -> Mapping[str, Any]:
    """The fields of a dataclass of texts and booleans. Raises ``CommandInvalid``."""
    found = {}
    for name, wanted in _hints(kind).items():
        value = document.get(name) if isinstance(document, dict) else None
        if not isinstance(value, wanted):
            raise CommandInvalid(f"{kind.__name__}.{name} should be a {wanted.__name__}")
        if isinstance(value, str) and (problem := problem_with_text(value, name)):
            raise CommandInvalid(f"{kind.__name__}.{name} {problem}")
        found[name] = value
    return found


def problem_with_text(text: str, name: str = "") -> str:
    """Why a text cannot be recorded in the field of this name; empty if it can."""
    if name == "reason" and not text.strip():
        return "is empty: give a reason for the record"
    if name == "reason" and text.strip() == "REASON":  # which the commands in messages have
        return "is the placeholder REASON of the message: replace it with your reason"
    if len(text) > LONGEST_TEXT:
        return f"has {len(text)} characters, {LONGEST_TEXT} at most"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half of a surrogate pair"
    return ""

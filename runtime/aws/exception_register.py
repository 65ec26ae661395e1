"""The exceptions, in the ledger: what people asked for, granted and revoked, each an item that is never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from botocore.client import BaseClient

from runtime.aws.table import ITEM, PARTITION, Item, Table, whole
from runtime.domain.errors import ConditionalWriteConflict
from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step
from runtime.domain.facts import Waiver
from runtime.domain.principal import Principal

_REQUEST, _APPROVAL, _REVOCATION = "#1-request", "#2-approval", "#3-revocation"
_BY_END, _WARNED = "exceptions-by-end", "exceptions-warned"
_REQUEST_TEXTS = ("id", "control", "account_id", "resource", "environment", "ticket")


def _partition(account_id: str) -> str:
    return f"exceptions#{account_id or 'any'}"


class ExceptionRegister:
    """``client`` is a low-level DynamoDB client, ``table`` the ledger.

    Each method raises ``PlatformCallFailed`` if DynamoDB does not answer. Those that read raise ``RegistryInvalid`` for
    an item that is not whole: half an exception could be one that forbids a change. ``account_id`` is the one of the
    exception's scope, empty for any.
    """

    def __init__(self, *, client: BaseClient, table: str) -> None:
        self._table = Table(client=client, name=table)

    def request(self, request: ExceptionRequest) -> None:
        """Register a request. Raises ``ConditionalWriteConflict`` if its id is taken in its account."""
        texts = {name: getattr(request, name) for name in _REQUEST_TEXTS}
        end = request.expires_at.isoformat()
        # Listed first: an exception that counts and is not listed would end without a warning.
        self._table.put(
            {PARTITION: _BY_END, ITEM: _end_key(request), "id": request.id, "account_id": request.account_id}
        )
        self._table.add(
            {**_step_to_item(request.account_id, request.id + _REQUEST, request.requested), **texts, "expires_at": end}
        )

    def approve(self, exception_id: str, account_id: str, step: Step) -> None:
        """Raises ``ConditionalWriteConflict`` if it was approved already."""
        self._table.add(_step_to_item(account_id, exception_id + _APPROVAL, step))

    def revoke(self, exception_id: str, account_id: str, step: Step) -> None:
        """Raises ``ConditionalWriteConflict`` if it was revoked already."""
        self._table.add(_step_to_item(account_id, exception_id + _REVOCATION, step))

    def find(self, exception_id: str, account_id: str) -> RegisteredException | None:
        """The exception with this id and account."""
        items = self._table.read(_partition(account_id), begins_with=f"{exception_id}#")
        return next(_exceptions(items), None)

    def waivers(self, account_id: str) -> tuple[Waiver, ...]:
        """Every exception that may concern an account, effective or not."""
        items = [*self._table.read(_partition(account_id)), *self._table.read(_partition(""))]
        return tuple(exception.waiver for exception in _exceptions(items))

    def list_all(self) -> tuple[RegisteredException, ...]:
        """Every exception of every account, the first to end first."""
        return self._ending(self._table.read(_BY_END))

    def ending(self, after: datetime, before: datetime) -> tuple[RegisteredException, ...]:
        """The exceptions that end between these times (UTC), and that no warning was given for."""
        between = (after.isoformat(), before.isoformat())
        warned = {item[ITEM] for item in self._table.read(_WARNED, between=between)}
        listed = self._table.read(_BY_END, between=between)
        return self._ending(item for item in listed if item[ITEM] not in warned)

    def warned(self, exception: RegisteredException) -> None:
        """Remember that a warning was given."""
        with suppress(ConditionalWriteConflict):
            self._table.add({PARTITION: _WARNED, ITEM: _end_key(exception.request)})

    def _ending(self, listed: Iterable[Item]) -> tuple[RegisteredException, ...]:
        found = (self.find(item["id"], item["account_id"]) for item in listed)
        return tuple(exception for exception in found if exception is not None)


def _end_key(request: ExceptionRequest) -> str:
    """Sorts by the exception's end, and is no other's: an id is one account's."""
    return f"{request.expires_at.isoformat()}#{request.account_id}#{request.id}"


def _step_to_item(account_id: str, key: str, step: Step) -> dict[str, str]:
    return {
        PARTITION: _partition(account_id),
        ITEM: key,
        "by": step.principal.arn,
        "by_user_id": step.principal.user_id,
        "reason": step.reason,
        "at": step.at.isoformat(),
        "command_id": step.command_id,
    }


def _step_from_item(item: Item) -> Step:
    return Step(
        principal=Principal(arn=item["by"], user_id=item["by_user_id"]),
        reason=item["reason"],
        at=datetime.fromisoformat(item["at"]),
        command_id=item["command_id"],
    )


def _request_from_item(item: Item) -> ExceptionRequest:
    expires_at = datetime.fromisoformat(item["expires_at"])
    if expires_at.tzinfo is None:
        raise ValueError(f"{expires_at.isoformat()} does not say in which time zone")
    return ExceptionRequest(
        expires_at=expires_at,
        requested=_step_from_item(item),
        **{name: item[name] for name in _REQUEST_TEXTS},
    )


def _exceptions(items: Iterable[Item]) -> Iterator[RegisteredException]:
    by_key = {(item[PARTITION], item[ITEM]): item for item in items}

    def read[T](partition: str, key: str, parse: Callable[[Item], T]) -> T | None:
        item = by_key.get((partition, key))
        if item is None:
            return None
        with whole(item):
            return parse(item)

    for partition, key in by_key:
        if key.endswith(_REQUEST):
            request = read(partition, key, _request_from_item)
            assert request is not None, "its key was just found"
            stem = key.removesuffix(_REQUEST)
            yield RegisteredException(
                request=request,
                approved=read(partition, stem + _APPROVAL, _step_from_item),
                revoked=read(partition, stem + _REVOCATION, _step_from_item),
            )

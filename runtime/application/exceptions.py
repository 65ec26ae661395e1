"""Exceptions: one person requests, another approves, any operator revokes."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.application.commanded import Commanded, Done
from runtime.application.ports import Store
from runtime.domain.command import ApproveException, RequestException, RevokeException, parse_moment
from runtime.domain.errors import CommandInvalid, CommandRefused
from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step, problem_of
from runtime.domain.facts import WaiverStatus
from runtime.domain.outcome import Reason
from runtime.items.exceptions import approved, find_exception, in_force_key, requested, revoked


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptions:
    """Each method raises ``CommandRefused`` or ``CommandInvalid``, or another ``SutureError`` to be retried."""

    store: Store

    def request(self, command: RequestException, commanded: Commanded) -> Done:
        expires_at = parse_moment(command.expires_at, "expires_at")
        if problem := problem_of(command, expires_at, commanded.policy, commanded.now):
            raise CommandInvalid(problem)
        if find_exception(self.store, command.exception_id, command.account_id) is not None:
            raise CommandInvalid(f"exception_id {command.exception_id!r} exists already")
        request = ExceptionRequest(
            id=command.exception_id,
            control=command.control,
            account_id=command.account_id,
            resource=command.resource,
            environment=command.environment,
            ticket=command.ticket,
            expires_at=expires_at,
            requested=_step(command.reason, commanded),
        )
        sentence = f"Exception {command.exception_id} waits for the approval of another person."
        return Done(reason=Reason.EXCEPTION_REQUESTED, sentence=sentence, also=requested(request))

    def approve(self, command: ApproveException, commanded: Commanded) -> Done:
        exception = self._find(command.exception_id, command.account_id)
        requester = exception.request.requested.principal
        if exception.status is not WaiverStatus.PENDING or exception.has_ended(commanded.now):
            state = exception.state(commanded.now)
            raise CommandRefused(Reason.EXCEPTION_NOT_PENDING, f"Exception {command.exception_id} is {state}.")
        if requester.person == commanded.principal.person:
            raise CommandRefused(
                Reason.SAME_PERSON, f"{requester.arn} requested {command.exception_id}; another person must approve it."
            )
        key = in_force_key(command.account_id)
        step = _step(command.reason, commanded)
        try:
            also = approved(exception, step, self.store.read([key]).item(key), commanded.now)
        except ValueError as error:
            raise CommandRefused(Reason.EXCEPTION_NOT_PENDING, f"{error}.") from error
        sentence = f"Exception {command.exception_id} is in force until {exception.request.expires_at.isoformat()}."
        return Done(reason=Reason.EXCEPTION_GRANTED, sentence=sentence, also=also)

    def revoke(self, command: RevokeException, commanded: Commanded) -> Done:
        exception = self._find(command.exception_id, command.account_id)
        if exception.status is WaiverStatus.REVOKED or exception.has_ended(commanded.now):
            state = exception.state(commanded.now)
            raise CommandRefused(Reason.EXCEPTION_NOT_IN_FORCE, f"Exception {command.exception_id} is {state}.")
        key = in_force_key(command.account_id)
        step = _step(command.reason, commanded)
        also = revoked(exception, step, self.store.read([key]).item(key), commanded.now)
        sentence = f"Exception {command.exception_id} is revoked: {command.reason}"
        return Done(reason=Reason.EXCEPTION_REVOKED, sentence=sentence, also=also)

    def _find(self, exception_id: str, account_id: str) -> RegisteredException:
        exception = find_exception(self.store, exception_id, account_id)
        if exception is None:
            where = f"account {account_id}" if account_id else "any account"
            raise CommandRefused(Reason.NOTHING_RECORDED, f"There is no exception {exception_id!r} for {where}.")
        return exception


def _step(reason: str, commanded: Commanded) -> Step:
    return Step(principal=commanded.principal, reason=reason, at=commanded.now, command_id=commanded.run.id)

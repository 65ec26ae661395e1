"""The work on one resource for one run: its sessions in the customer's account, and what they read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from runtime.application.executor import Executor
from runtime.application.ports import Accounts, Session, Together
from runtime.application.reader import SessionReader
from runtime.domain.access import Access, service_of, session_request
from runtime.domain.audit import AuditEvent, SessionRecord
from runtime.domain.case import LiveResourceNeeded
from runtime.domain.errors import AwsError
from runtime.domain.facts import Account, LiveResource, ResourceMissing
from runtime.domain.fix import Permission, PermissionUse, narrowed, options_for, permission_uses
from runtime.domain.resource import Resource
from runtime.domain.stages import Run
from runtime.fixes.contract import Call, Fix, Reader


@dataclass(kw_only=True)
class Work:
    """Opens a session only when it is first needed: one to read, and one to write if needed."""

    accounts: Accounts
    together: Together
    external_id: str
    resource: Resource
    fix: Fix
    options: Mapping[str, Any]
    issue_id: str
    run_id: str
    now: datetime

    def __post_init__(self) -> None:
        self._opened: list[Session] = []
        self._type = self.fix.type_of(self.resource)
        self._observing: tuple[Call, ...] = self.fix.calls(self.resource)
        self._options = options_for(self.fix.spec, self.options, self.now)
        self.executor = Executor(
            fix=self.fix, resource=self.resource, options=self._options, look=self._look, open_write=self.open_write
        )

    @property
    def sessions(self) -> tuple[SessionRecord, ...]:
        """Those opened so far, with the calls made through them."""
        return tuple(session.record for session in self._opened)

    @property
    def permissions(self) -> tuple[PermissionUse, ...]:
        """The permissions for planning, and those for carrying out the plan."""
        read = permission_uses(Access.READ, self._read_permissions, self.resource)
        return (*read, *permission_uses(Access.WRITE, self._write_permissions, self.resource))

    def read_live(self) -> LiveResource | ResourceMissing:
        """The resource's tags and the fix's plan for its state. Raises an ``AwsError`` if it cannot be read."""
        expected = (*self._type.tag_calls(self.resource), *self.fix.calls(self.resource))
        reader = SessionReader(self._read, self.together, expected)
        try:
            tags = self._type.read_tags(reader, self.resource)
            reader.used.clear()  # the tags are read once
            state = self.fix.observe(reader, self.resource, self._options)
        except AwsError as error:
            if not self._type.is_gone(error.code):
                raise
            return ResourceMissing(sentence=f"{self.resource.arn} does not exist: {error}.")
        self._observing = tuple(reader.used.values())
        return LiveResource(tags=tags, observed=state, planned=self.executor.plan(state))

    def open_write(self) -> Session:
        """Open the write session. Raises as ``Accounts.open`` does."""
        return self._open(Access.WRITE, self._write_permissions)

    def _look[T](self, see: Callable[[Reader], T], *, whole: bool = True) -> T:
        """The calls of the first read are made again, in parallel."""
        return see(SessionReader(self._read, self.together, self._observing if whole else ()))

    @property
    def _read_permissions(self) -> tuple[Permission, ...]:
        return (*narrowed(self.fix.spec.reads, self._options, self.resource), *self._type.tag_permissions)

    @property
    def _write_permissions(self) -> tuple[Permission, ...]:
        return narrowed(self.fix.spec.writes, self._options, self.resource)

    @cached_property
    def _read(self) -> Session:
        return self._open(Access.READ, self._read_permissions)

    def _open(self, access: Access, permissions: tuple[Permission, ...]) -> Session:
        session = self.accounts.open(
            session_request(
                access=access,
                resource=self.resource,
                external_id=self.external_id,
                issue_id=self.issue_id,
                correlation_id=self.run_id,
                fix_id=self.fix.spec.id,
                permissions=permissions,
                service=service_of(self.resource.type, self.fix.spec.writes),
            ),
            self.resource,
        )
        self._opened.append(session)
        return session


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Creates the work for a run."""

    accounts: Accounts
    together: Together
    fixes: Mapping[str, Fix]

    def prepare(self, needed: LiveResourceNeeded, issue_id: str, run: Run) -> Work:
        """The work for a finding that is being decided."""
        return Work(
            accounts=self.accounts,
            together=self.together,
            external_id=needed.account.external_id,
            resource=needed.resource,
            fix=self.fixes[needed.entry.fix.id],
            options=needed.entry.options,
            issue_id=issue_id,
            run_id=run.id,
            now=run.at,
        )

    def resume(self, recorded: AuditEvent, account: Account | None, run_id: str) -> Work | None:
        """The work for a recorded run; ``None`` if its account is no longer registered, or its fix does not exist."""
        resource = recorded.evidence.resource
        if account is None or resource is None or recorded.fix_id not in self.fixes:
            return None
        return Work(
            accounts=self.accounts,
            together=self.together,
            external_id=account.external_id,
            resource=resource,
            fix=self.fixes[recorded.fix_id],
            options=recorded.evidence.options,
            issue_id=recorded.issue_id,
            run_id=run_id,
            now=recorded.at,
        )

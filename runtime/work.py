"""The work on one resource for one run: its sessions in the customer's account, and what was seen through them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from runtime.aws.customer import CustomerAccounts, CustomerSession
from runtime.aws.executor import Executor
from runtime.aws.registry import Registry
from runtime.domain.access import Access, session_request
from runtime.domain.audit import AuditEvent, SessionRecord
from runtime.domain.case import LiveResourceNeeded
from runtime.domain.errors import AwsNotFound
from runtime.domain.facts import LiveResource, ResourceMissing
from runtime.domain.fix import Permission, PermissionUse, options_for, permission_uses
from runtime.domain.resource import Resource
from runtime.fixes.contract import Fix
from runtime.fixes.tags import read_tags, tag_permissions


@dataclass(frozen=True, kw_only=True)
class Work:
    """Opens a session only when it is first needed: one to read, and one to write if anything is written."""

    accounts: CustomerAccounts
    external_id: str
    resource: Resource
    fix: Fix
    options: Mapping[str, Any]
    issue_id: str
    correlation_id: str
    now: datetime
    earlier: tuple[SessionRecord, ...] = ()
    """The sessions of an earlier delivery of the same run."""
    _sessions: list[CustomerSession] = field(default_factory=list)

    def read_live(self) -> LiveResource | ResourceMissing:
        """The resource's tags and what the fix makes of its state. Raises an ``AwsError`` if it cannot be read."""
        reader = self._read.reader()
        try:
            tags = read_tags(reader, self.resource)
            state = self.fix.observe(reader, self.resource)
        except AwsNotFound as error:
            return ResourceMissing(sentence=f"{self.resource.arn} does not exist: {error}.")
        return LiveResource(tags=tags, observed=state, planned=self.executor.plan(state))

    @cached_property
    def executor(self) -> Executor:
        return Executor(
            fix=self.fix,
            resource=self.resource,
            options=options_for(self.fix.spec, self.options, self.now),
            read=self._read,
            open_write=lambda: self._open(Access.WRITE, self.fix.spec.writes),
        )

    @property
    def permissions(self) -> tuple[PermissionUse, ...]:
        """What planning by the fix uses, and what carrying out its plan would use."""
        read = permission_uses(Access.READ, self._read_permissions, self.resource)
        return (*read, *permission_uses(Access.WRITE, self.fix.spec.writes, self.resource))

    def witnessed(self, event: AuditEvent) -> AuditEvent:
        """The event with the sessions of this work so far, and the calls made through them, behind earlier ones."""
        sessions = (*self.earlier, *(session.record for session in self._sessions))
        return replace(event, evidence=replace(event.evidence, sessions=sessions))

    @property
    def _read_permissions(self) -> tuple[Permission, ...]:
        return (*self.fix.spec.reads, *tag_permissions(self.resource.type))

    @cached_property
    def _read(self) -> CustomerSession:
        return self._open(Access.READ, self._read_permissions)

    def _open(self, access: Access, permissions: tuple[Permission, ...]) -> CustomerSession:
        session = self.accounts.open(
            session_request(
                access=access,
                resource=self.resource,
                external_id=self.external_id,
                issue_id=self.issue_id,
                correlation_id=self.correlation_id,
                fix_id=self.fix.spec.id,
                permissions=permissions,
            ),
            self.resource,
        )
        self._sessions.append(session)
        return session


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Where the work for a run is set up."""

    registry: Registry
    accounts: CustomerAccounts
    fixes: Mapping[str, Fix]

    def prepare(self, needed: LiveResourceNeeded, event: AuditEvent) -> Work:
        """The work for a finding that is being decided."""
        return Work(
            accounts=self.accounts,
            external_id=needed.account.external_id,
            resource=needed.resource,
            fix=self.fixes[needed.entry.fix.id],
            options=needed.entry.options,
            issue_id=event.issue_id,
            correlation_id=event.correlation_id,
            now=event.at,
        )

    def resume(self, recorded: AuditEvent) -> Work | None:
        """The work on what was recorded; ``None`` if its account is registered no more, or its fix does not exist.

        Raises ``PlatformCallFailed`` if the registry does not answer.
        """
        account, resource = self.registry.account(recorded.account_id), recorded.evidence.resource
        if account is None or resource is None or recorded.fix_id not in self.fixes:
            return None
        return Work(
            accounts=self.accounts,
            external_id=account.external_id,
            resource=resource,
            fix=self.fixes[recorded.fix_id],
            options=recorded.evidence.options,
            issue_id=recorded.issue_id,
            correlation_id=recorded.correlation_id,
            now=recorded.at,
            earlier=recorded.evidence.sessions,
        )

"""Verifies that the roles of an account can be assumed, and only with its external id. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from runtime.application.commanded import Commanded, Done
from runtime.application.ports import Accounts, Store, Together
from runtime.domain.access import VERIFICATION, Access, RoleCheck, session_request
from runtime.domain.command import VerifyAccount
from runtime.domain.errors import CommandRefused, RoleNotAssumable
from runtime.domain.facts import Account
from runtime.domain.fix import Permission
from runtime.domain.outcome import Reason
from runtime.domain.resource import Resource
from runtime.fixes.catalog import summaries
from runtime.items.accounts import account_from_item, account_key

_NOTHING = Permission(action="sts:GetCallerIdentity", operation="GetCallerIdentity", resource="*")
"""What a session that is opened to see whether it can be may do. A session policy has to allow something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """``partition`` is the platform's: it acts in no other."""

    store: Store
    accounts: Accounts
    together: Together
    partition: str

    def verify(self, command: VerifyAccount, commanded: Commanded) -> Done:
        """Raises ``CommandRefused``, or another ``SutureError`` if the message should be retried."""
        key = account_key(command.account_id)
        account = account_from_item(key, self.store.read([key]).item(key))
        if account is None:
            raise CommandRefused(Reason.NOTHING_RECORDED, f"Account {command.account_id!r} is not registered.")
        services = sorted({service for fix in summaries().values() for service in fix.services})
        checks = self.together(*(partial(self._check, account, service, commanded.run.id) for service in services))
        assumed = sum(not check.refused for check in checks)
        return Done(
            reason=Reason.ACCOUNT_VERIFIED,
            sentence=f"{assumed} of {len(checks)} roles of account {account.id} can be assumed.",
            roles=tuple(checks),
        )

    def _check(self, account: Account, service: str, run_id: str) -> RoleCheck:
        if refused := self._refused(account, service, run_id):
            return RoleCheck(service=service, refused=refused, wrong_external_id_refused=None)
        stranger = replace(account, external_id=f"{account.external_id}-wrong")
        refuses = bool(self._refused(stranger, service, run_id))
        return RoleCheck(service=service, refused="", wrong_external_id_refused=refuses)

    def _refused(self, account: Account, service: str, run_id: str) -> str:
        """STS's error for a session with this external id; empty if it opens one."""
        role = Resource(
            type="",
            arn="*",
            partition=self.partition,
            account_id=account.id,
            region="",
            name=f"{VERIFICATION}-{service}",
        )
        request = session_request(
            access=Access.READ,
            resource=role,
            external_id=account.external_id,
            issue_id=VERIFICATION,
            correlation_id=run_id,
            fix_id=VERIFICATION,  # which no statement of the role is for
            permissions=[_NOTHING],
            service=service,
        )
        try:
            self.accounts.open(request, role, patient=False)
        except RoleNotAssumable as error:
            return f"{error.code}: {error.message}"
        return ""

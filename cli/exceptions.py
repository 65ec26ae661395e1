"""Finds exceptions in the ledger, and checks what is asked for before it is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.arguments import parse_account_id
from cli.deployment import Deployment
from cli.errors import NOTHING_SENT, Unusable, readable
from cli.ids import complete_id
from cli.known import as_sentence
from cli.policy import read_policy
from runtime.domain.command import RequestException
from runtime.domain.exceptions import RegisteredException, problem_of
from runtime.items.exceptions import find_exception, list_exceptions

if TYPE_CHECKING:
    from pathlib import Path

ANY_ACCOUNT = "any"


def check_request(request: RequestException, expires_at: datetime, config: Path) -> str:
    """Raises ``Unusable`` for what the platform would refuse by the folder's policy.

    Without a policy returns a sentence that says that it was not checked, otherwise nothing.
    """
    try:
        policy = read_policy(config)
    except Unusable as error:
        return f"{error}\nNot checked: whether the policy allows this exception."
    if problem := problem_of(request, expires_at, policy, datetime.now(UTC)):
        raise Unusable(f"{as_sentence(problem)} {NOTHING_SENT}")
    return ""


def find_registered(deployment: Deployment, exception_id: str, account: str) -> RegisteredException:
    """The exception with this id.

    ``account`` is the one of its scope, ``ANY_ACCOUNT``, or empty for whichever has one. Raises ``AnswerIsNo`` if there
    is none, ``Unusable`` if there are several, and ``RecordUnreadable``.
    """
    store = deployment.store()
    scope = None
    if account:
        scope = "" if account == ANY_ACCOUNT else parse_account_id(account, "--account")
    with readable(deployment.ledger_table):
        found = find_exception(store, exception_id, scope) if scope is not None else None
        if found is not None:
            return found
        listed = [one for one in list_exceptions(store) if scope in (None, one.request.account_id)]
    exception_id = complete_id(
        "exception",
        exception_id,
        (one.request.id for one in listed),
        of=f" for account {account}" if account else "",
        where="`suture exceptions list --all` lists all.",
    )
    exceptions = [one for one in listed if one.request.id == exception_id]
    if len(exceptions) > 1:
        accounts = ", ".join(sorted(one.request.account_id or ANY_ACCOUNT for one in exceptions))
        raise Unusable(f"Several exceptions have the id {exception_id!r}: pass --account, one of {accounts}.")
    return exceptions[0]

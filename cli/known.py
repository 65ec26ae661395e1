"""Accounts, environments and fixes that people name: one that there is not would otherwise be an empty answer.

Or worse: a stop of an account that is not registered stops nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from cli import output
from cli.arguments import parse_account_id
from cli.errors import NOTHING_SENT, AnswerIsNo, Unusable, readable
from cli.policy import read_policy
from runtime.domain.fix import find_spec
from runtime.domain.known import nearest, problem_with
from runtime.fixes.catalog import SPECS
from runtime.items.accounts import account_from_item, account_key

if TYPE_CHECKING:
    from pathlib import Path

    from cli.audit_reader import AuditReader
    from cli.deployment import Deployment
    from runtime.application.ports import Store
    from runtime.domain.facts import Account


def check_registered(store: Store, account_id: str, option: str = "--account") -> str:
    """The account's id. Raises ``Unusable`` for one that is not registered, and ``PlatformCallFailed``."""
    key = account_key(parse_account_id(account_id, option))
    if store.read([key]).item(key) is None:
        from cli.registry_writer import registered_ids  # noqa: PLC0415  only for the sentence

        check_known(option, account_id, registered_ids(store), "`suture accounts list` shows which are registered.")
    return account_id


def find_account(deployment: Deployment, account_id: str) -> Account:
    """A registered account. Raises ``AnswerIsNo`` for another, ``RecordUnreadable`` and ``PlatformCallFailed``."""
    key, store = account_key(account_id), deployment.store()
    with readable(deployment.registry_table):
        account = account_from_item(key, store.read([key]).item(key))
    if account is None:
        from cli.registry_writer import registered_ids  # noqa: PLC0415  only for the sentence

        near = nearest(account_id, registered_ids(store))
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise AnswerIsNo(
            f"Account {account_id} is not registered in {deployment.registry_table}.{meant} "
            "`suture accounts list` shows which are; `suture accounts add` registers it."
        )
    return account


def check_account_on_record(reader: AuditReader, store: Store, account_id: str) -> str:
    """The account's id, if it is registered or was: its records stay. Raises as ``check_registered`` does."""
    if reader.has_any(account_id=parse_account_id(account_id, "--account")):
        return account_id
    return check_registered(store, account_id)


def check_fix(fix_id: str, option: str = "--fix") -> str:
    """The id of the fix, or of the one that had it. Raises ``Unusable`` if there is none."""
    spec = find_spec(SPECS, fix_id)
    return spec.id if spec else check_known(option, fix_id, SPECS, "`suture fixes` lists them.")


def fix_ids_on_record(reader: AuditReader, fix_id: str) -> tuple[str, ...]:
    """The ids under which a fix has records: its own first, and those that it had.

    Raises ``Unusable`` if there is no such fix and never was, and ``PlatformCallFailed``.
    """
    spec = find_spec(SPECS, fix_id)
    if spec is not None:
        return (spec.id, *spec.aliases)
    return (fix_id,) if reader.has_any(fix_id=fix_id) else (check_fix(fix_id),)


def check_environment(environment: str, config: Path) -> None:
    """Raises ``Unusable`` for an environment that the policy does not have. Without a policy it only warns."""
    try:
        known = read_policy(config).environments
    except Unusable as error:
        output.say_aside(f"{error}\nSo it was not checked whether the policy has an environment {environment!r}.")
        return
    check_known("--environment", environment, known, f"They are those of the policy in {config}.")


def check_known(option: str, name: str, known: Collection[str], where: str) -> str:
    """The name. Raises ``Unusable`` if it is none of those; ``where`` is a sentence that says where they are."""
    if problem := problem_with(option, name, known):
        raise Unusable(f"{as_sentence(problem)} {where} {NOTHING_SENT}")
    return name


def as_sentence(problem: str) -> str:
    """A problem, as the domain says it, as a sentence of its own. An ARN that it begins with stays as it is."""
    begin = problem[0] if problem.startswith("arn:") else problem[0].upper()
    return f"{begin}{problem[1:]}{'' if problem.endswith('?') else '.'}"

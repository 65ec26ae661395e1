"""The options by which rows of the audit trail are chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from cli.arguments import check_reach, parse_account_id
from cli.completion import environments, fix_ids
from cli.deployment import Deployment
from cli.errors import Unusable
from cli.known import as_sentence, check_account_on_record, fix_ids_on_record
from cli.options import given
from cli.rows import Wanted, account_in
from runtime.domain.known import problem_with
from runtime.domain.outcome import Outcome, Reason

Since = Annotated[str, typer.Option(metavar="DAY or TIME", callback=given, help="From this day or ISO 8601 time on.")]
ForOutcome = Annotated[
    Outcome | None,
    typer.Option(
        "--outcome",
        metavar="OUTCOME",
        case_sensitive=False,
        help=f"Only findings with this outcome: {', '.join(Outcome)}.",
    ),
]
InAccount = Annotated[
    str, typer.Option("--account", metavar="ID", callback=given, help="Only this account, 12 digits.")
]
ByFix = Annotated[
    str, typer.Option("--fix", metavar="ID", callback=given, autocompletion=fix_ids, help="Only this fix.")
]
InEnvironment = Annotated[
    str,
    typer.Option(
        "--environment", metavar="NAME", callback=given, autocompletion=environments, help="Only this environment."
    ),
]
OfOwner = Annotated[str, typer.Option("--owner", metavar="TEXT", callback=given, help="Only this owner.")]
OnResource = Annotated[
    str,
    typer.Option(
        "--resource",
        metavar="ARN",
        callback=given,
        help="Only this resource: an ARN, in which * matches any text; or its name.",
    ),
]


def reasons() -> list[str]:
    return list(Reason)


ForReason = Annotated[
    str, typer.Option("--reason", metavar="REASON", callback=given, autocompletion=reasons, help="Only this reason.")
]


def narrowed(wanted: Wanted, deployment: Deployment) -> Wanted:
    """The same rows, checked and found faster: the account that a resource's ARN names has an index.

    Raises ``Unusable`` for an account, a fix or a reason that there is not, and ``PlatformCallFailed``.
    """
    if problem := wanted.reason and problem_with("--reason", wanted.reason.upper(), tuple(Reason)):
        raise Unusable(as_sentence(problem))
    reader = deployment.audit_reader()
    if wanted.account_id:
        check_account_on_record(reader, deployment.store(), parse_account_id(wanted.account_id, "--account"))
    if wanted.fix_id:
        fix_id, *former = fix_ids_on_record(reader, wanted.fix_id)
        wanted = replace(wanted, fix_id=fix_id, former_fix_ids=tuple(former))
    return replace(wanted, reason=wanted.reason.upper(), account_id=wanted.account_id or account_in(wanted.resource))


def check_window(wanted: Wanted, now: datetime) -> None:
    """Raises ``Unusable`` if too many days are asked for by nothing that an index has: all of each is read."""
    if wanted.since and not wanted.indexed and not account_in(wanted.resource):
        check_reach(wanted.since, wanted.until or now, narrowing="--account, --fix, --outcome or --issue")

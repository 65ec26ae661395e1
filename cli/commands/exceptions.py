"""``suture exceptions``: what is to be left alone for a time, because one person asked and another agreed."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import output
from cli.arguments import parse_account_id, parse_until
from cli.completion import environments
from cli.confirmation import confirm
from cli.deployment import Deployment
from cli.errors import readable
from cli.exception_view import ENDED, exception_to_json, print_exception, print_exceptions, state_of
from cli.exceptions import ANY_ACCOUNT, check_request, find_registered
from cli.known import check_registered
from cli.options import (
    DEFAULT_TIMEOUT_SECONDS,
    AsJson,
    ConfigFolder,
    NoWait,
    Plain,
    Ticket,
    TimeoutSeconds,
    Why,
    Yes,
    YesToo,
    given,
    patience,
)
from cli.order_view import carry_out
from cli.policy import CONFIG
from runtime.domain.command import ApproveException, RequestException, RevokeException
from runtime.domain.facts import WaiverStatus
from runtime.items.exceptions import list_exceptions

app = typer.Typer(
    add_completion=False,
    help="Exceptions: one person requests, another approves.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""\b
Examples:
  suture -e production exceptions add --control s3-block-public-access \\
      --resource arn:aws:s3:::acme-downloads \\
      --reason "serves the download page" --ticket SEC-1234 \\
      --expires 2027-03-31
  suture -e production exceptions approve EX-1a2b3c4d --reason "reviewed"
  suture -e production exceptions list
  suture -e production exceptions revoke EX-1a2b3c4d \\
      --reason "moved behind CloudFront"
""",
)

ExceptionId = Annotated[
    str, typer.Argument(metavar="ID", callback=given, help="The exception, as `suture exceptions list` shows it.")
]
ScopeAccount = Annotated[
    str,
    typer.Option(
        "--account",
        metavar="ID",
        callback=given,
        help=f"The account of its scope, or `{ANY_ACCOUNT}`. Only needed if several have this id.",
    ),
]


@app.command(
    "add",
    epilog="""\b
Examples:
  suture -e production exceptions add --control s3-block-public-access \\
      --resource arn:aws:s3:::acme-downloads \\
      --reason "serves the download page" --ticket SEC-1234 \\
      --expires 2027-03-31
  suture -e production exceptions add --account 111122223333 \\
      --environment dev --reason "a trial" --ticket SEC-77 \\
      --expires 2026-12-01T18:00:00Z --id EX-trial
\b
It is in force once another person has approved it: suture exceptions approve
ID
""",
)
def add(
    context: typer.Context,
    reason: Why,
    ticket: Ticket,
    expires: Annotated[
        str,
        typer.Option(metavar="DAY or TIME", callback=given, help="The last day, in UTC, or the time at which it ends."),
    ],
    control: Annotated[
        str,
        typer.Option(
            metavar="ID", callback=given, help="For this catalog entry, or rule or control in Wiz. Default: any."
        ),
    ] = "",
    account: Annotated[
        str, typer.Option(metavar="ID", callback=given, help="In this account, 12 digits. Default: any.")
    ] = "",
    resource: Annotated[
        str, typer.Option(metavar="ARN", callback=given, help="For this resource; * matches any text. Default: any.")
    ] = "",
    environment: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            callback=given,
            autocompletion=environments,
            help="In this environment, as the policy names it. Default: any.",
        ),
    ] = "",
    exception_id: Annotated[
        str,
        typer.Option(
            "--id",
            metavar="ID",
            callback=given,
            help="Letters, digits and hyphens. Default: generated.",
            show_default=False,
        ),
    ] = "",
    config: ConfigFolder = CONFIG,
    yes: YesToo = False,  # noqa: ARG001  it does not ask
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Request an exception. The findings in its scope are skipped once another person has approved it."""
    expires_at = parse_until(expires, "--expires")
    request = RequestException(
        exception_id=exception_id or f"EX-{secrets.token_hex(4)}",
        control=control,
        account_id=parse_account_id(account, "--account") if account else "",
        resource=resource,
        environment=environment,
        reason=reason,
        ticket=ticket,
        expires_at=expires_at.isoformat(),
    )
    if unchecked := check_request(request, expires_at, config):
        output.say_aside(unchecked)
    deployment: Deployment = context.obj()
    if account:
        check_registered(deployment.store(), account)
    carry_out(
        deployment,
        request,
        timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
        as_json=as_json,
        also={"exception_id": request.exception_id},
    )


@app.command(
    "approve",
    epilog="""\b
Example:
  suture -e production exceptions approve EX-1a2b3c4d \\
      --reason "reviewed with the owner"
\b
The requester cannot approve it. It changes no account, so it does not ask for
confirmation. Only approvers can send it.
""",
)
def approve(
    context: typer.Context,
    exception_id: ExceptionId,
    reason: Why,
    account: ScopeAccount = "",
    yes: YesToo = False,  # noqa: ARG001  it does not ask
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Approve an exception that another person requested. It is in force from then on."""
    deployment: Deployment = context.obj()
    exception = find_registered(deployment, exception_id, account)
    exception_id = exception.request.id
    if not as_json:
        print_exception(exception, datetime.now(UTC))
    carry_out(
        deployment,
        ApproveException(exception_id=exception_id, account_id=exception.request.account_id, reason=reason),
        timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
        as_json=as_json,
        also={"exception_id": exception_id},
    )


@app.command(
    "revoke",
    epilog="""\b
Examples:
  suture -e production exceptions revoke EX-1a2b3c4d \\
      --reason "moved behind CloudFront"
  suture -e production exceptions revoke EX-1a2b3c4d --reason unused --yes
\b
Findings in its scope are processed again when Wiz next publishes them.
""",
)
def revoke(
    context: typer.Context,
    exception_id: ExceptionId,
    reason: Why,
    account: ScopeAccount = "",
    yes: Yes = False,
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Revoke an exception, or withdraw a request for one. Asks for confirmation."""
    deployment: Deployment = context.obj()
    exception = find_registered(deployment, exception_id, account)
    exception_id = exception.request.id
    if not as_json:
        print_exception(exception, datetime.now(UTC))
    confirm("Revoke it, so that fixes run in its scope again?", yes=yes, as_json=as_json)
    carry_out(
        deployment,
        RevokeException(exception_id=exception_id, account_id=exception.request.account_id, reason=reason),
        timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
        as_json=as_json,
        also={"exception_id": exception_id},
    )


@app.command(
    "list",
    epilog="""\b
Examples:
  suture -e production exceptions list
  suture -e production exceptions list --all --account 111122223333
  suture -e production exceptions list --json \\
      | jq -r '.[] | select(.state == "pending") | .id'
""",
)
def list_registered(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Include expired and revoked exceptions.")] = False,
    account: Annotated[
        str,
        typer.Option(metavar="ID", callback=given, help="Only exceptions for this account, and for any account."),
    ] = "",
    plain: Plain = False,
    as_json: AsJson = False,
) -> None:
    """List the exceptions in force and those that wait for approval, by expiry."""
    deployment: Deployment = context.obj()
    store = deployment.store()
    concerned = ("", parse_account_id(account, "--account")) if account else None
    with readable(deployment.ledger_table):
        registered = list_exceptions(store)
    if account and all(exception.request.account_id != account for exception in registered):
        check_registered(store, account)
    now = datetime.now(UTC)
    exceptions = [
        exception
        for exception in registered
        if (every or state_of(exception, now) not in (ENDED, WaiverStatus.REVOKED))
        and (concerned is None or exception.request.account_id in concerned)
    ]
    if as_json:
        output.print_json([exception_to_json(exception, now) for exception in exceptions])
    elif not exceptions:
        output.say_aside(
            "No exceptions. `suture exceptions add` requests one; --all includes expired and revoked ones."
        )
    else:
        print_exceptions(exceptions, now, plain=plain)


@app.command(
    "show",
    epilog="""\b
Examples:
  suture -e production exceptions show EX-1a2b3c4d
  suture -e production exceptions show EX-1a2b3c4d --account 111122223333 \\
      --json
""",
)
def show(
    context: typer.Context, exception_id: ExceptionId, account: ScopeAccount = "", as_json: AsJson = False
) -> None:
    """Show an exception: its scope, and who requested, approved and revoked it. Exits with 1 if it does not exist."""
    exception, now = find_registered(context.obj(), exception_id, account), datetime.now(UTC)
    if as_json:
        output.print_json(exception_to_json(exception, now))
    else:
        print_exception(exception, now)

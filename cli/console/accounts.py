"""The pages about the customer accounts that findings may be acted on in."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.arguments import parse_account_id
from cli.console.findings import COLUMNS, rows_of
from cli.console.site import path, site_of
from cli.errors import AnswerIsNo, readable
from cli.registry_writer import list_accounts
from cli.rows import Wanted
from cli.web.render import Grid, Link, fields, href
from runtime.items.accounts import account_from_item, account_key
from runtime.items.holds import holds_of

_NEWEST = 10


def show_accounts(request: Request) -> Response:
    """Every registered account."""
    site = site_of(request)
    with readable(site.connection.registry_table):
        accounts = list_accounts(site.connection.store())
    return site.page(
        "accounts.html",
        title="Accounts",
        current="/accounts",
        table=Grid(
            caption="The accounts that findings may be acted on in",
            columns=("Account", "Name", "Environment", "Owner"),
            rows=[
                (
                    Link(account.id, path("accounts", account.id)),
                    account.name,
                    account.environment or "(several)",
                    account.owner or "(several)",
                )
                for account in accounts
            ],
            empty="No account is registered.",
        ),
    )


def show_account(request: Request) -> Response:
    """One of them, what is held in it, and what was decided there last."""
    site = site_of(request)
    store, key = site.connection.store(), account_key(parse_account_id(request.path_params["account_id"], "Account"))
    with readable(site.connection.registry_table):
        account = account_from_item(key, store.read([key]).item(key))
    if account is None:
        raise AnswerIsNo(f"Account {request.path_params['account_id']} is not registered.")
    page = site.connection.audit_reader().read_page(
        Wanted(account_id=account.id), size=_NEWEST, today=datetime.now(UTC).date()
    )
    return site.page(
        "account.html",
        title=account.name,
        current="/accounts",
        account=account,
        facts=fields(
            [
                ("account", account.id),
                ("environment", account.environment or "(several)"),
                ("owner", account.owner or "(several)"),
                ("held runs", str(len(store.find(holds_of(account.id))))),
                (
                    "to see what could run in it",
                    f"suture -e {site.connection.environment} accounts verify {account.id}",
                ),
            ]
        ),
        table=Grid(caption="The newest first", columns=COLUMNS, rows=rows_of(page.rows), empty="None is on record."),
        search=href("/audit", account=account.id),
    )


ROUTES = (Route("/accounts", show_accounts), Route("/accounts/{account_id}", show_account))

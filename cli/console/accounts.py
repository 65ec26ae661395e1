"""The pages about customer accounts."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.arguments import parse_account_id
from cli.console.findings import COLUMNS, rows_of
from cli.console.orders import verified_at
from cli.console.site import Act, path, site_of
from cli.errors import AnswerIsNo, readable
from cli.known import find_account
from cli.orders import Result, look
from cli.registry_writer import list_accounts
from cli.role_reader import verify_account
from cli.rows import Wanted
from cli.verification import ALL_WELL, FixState, PackReport, RoleState, TemplateState, Verification
from cli.verification_view import PACK_COLUMNS, row_of_pack
from cli.web.render import Badge, Cell, Grid, Link, Tone, fields, href
from runtime.domain.command import VerifyAccount
from runtime.domain.facts import Account
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
            caption="Customer accounts",
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
    account = _account(request)
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
                ("held runs", str(len(site.connection.store().find(holds_of(account.id))))),
            ]
        ),
        verify=Act(
            action=path("accounts", account.id, "verify"),
            title="What could run in it",
            button="Verify",
            hint="The platform assumes each role, and tries a wrong external id. IAM is asked with your credentials, "
            "through the pack verification, what each fix may do. Nothing is changed.",
            ask_why=False,
        ),
        table=Grid(caption="The newest first", columns=COLUMNS, rows=rows_of(page.rows), empty="None is on record."),
        search=href("/audit", account=account.id),
    )


def verify(request: Request) -> Response:
    """Have the platform assume the account's roles. What it finds is followed by ``show_verification``."""
    return site_of(request).carry_out(VerifyAccount(account_id=_account(request).id))


def show_verification(request: Request) -> Response:
    """What the platform found, and what IAM says now that each fix may do. Changes nothing."""
    site, account = site_of(request), _account(request)
    command_id = request.path_params["command_id"]
    result = look(site.connection.audit_reader(), Result(command_id=command_id))
    if result.command is None or verified_at(result) != path("accounts", account.id, "verifications", command_id):
        raise AnswerIsNo(f"{command_id!r} is not a verification of account {account.id}.")
    verified = verify_account(site.connection, account, result.command.evidence.roles)
    return site.page(
        "verification.html",
        title=f"What could run in {account.name}",
        current="/accounts",
        account=account,
        again=path("accounts", account.id, "verify"),
        verdict=verified.verdict or ALL_WELL,
        tone=_tone_of(verified),
        verification=verified,
        next_steps=dict.fromkeys(pack.next_step for pack in verified.packs if pack.unknown and not pack.problems),
        assumed_at=result.command.at,
        packs=Grid(
            caption="Packs: whether the role can be assumed, and only with the registered external id",
            columns=PACK_COLUMNS,
            rows=[_row_of_pack(pack) for pack in verified.packs],
        ),
        fixes_of=_fixes_of,
    )


def _account(request: Request) -> Account:
    """Raises as ``find_account`` does, and ``Unusable`` for what is no account's id."""
    account_id = parse_account_id(request.path_params["account_id"], "Account")
    return find_account(site_of(request).connection, account_id)


def _tone_of(verification: Verification) -> Tone:
    if any(pack.problems for pack in verification.packs):
        return Tone.BAD
    return Tone.WAITS if verification.verdict else Tone.GOOD


def _row_of_pack(pack: PackReport) -> tuple[Cell, ...]:
    service, role, external_id, template, fixes = row_of_pack(pack)
    asked = Badge(external_id, Tone.BAD) if pack.wrong_external_id_refused is False else external_id
    return (
        service,
        Badge(role, _ROLES[pack.role]),
        asked,
        Badge(template, _TEMPLATES[pack.template]) if template else "",
        fixes,
    )


def _fixes_of(pack: PackReport) -> Grid:
    return Grid(
        caption=f"What each fix of the pack {pack.service} could do",
        columns=("Fix", "State", "Denied", "By"),
        rows=[
            (
                fix.fix_id,
                Badge(fix.state, _FIXES[fix.state]),
                ", ".join(fix.denied),
                fix.by.value if fix.by is not None else "",
            )
            for fix in pack.fixes
        ],
    )


_ROLES = {
    RoleState.ASSUMED: Tone.GOOD,
    RoleState.NOT_DEPLOYED: Tone.PLAIN,
    RoleState.REFUSED: Tone.BAD,
    RoleState.UNKNOWN: Tone.WAITS,
}
_TEMPLATES = {TemplateState.CURRENT: Tone.GOOD, TemplateState.OTHER: Tone.BAD, TemplateState.UNKNOWN: Tone.WAITS}
_FIXES = {
    FixState.COULD_RUN: Tone.GOOD,
    FixState.OFF: Tone.PLAIN,
    FixState.DENIED: Tone.BAD,
    FixState.UNKNOWN: Tone.WAITS,
}

ROUTES = (
    Route("/accounts", show_accounts),
    Route("/accounts/{account_id}", show_account),
    Route("/accounts/{account_id}/verify", verify, methods=["POST"]),
    Route("/accounts/{account_id}/verifications/{command_id}", show_verification),
)

"""``suture accounts``: the customer accounts that findings may be acted on in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import output
from cli.arguments import parse_account_id
from cli.completion import environments
from cli.confirmation import confirm
from cli.deployment import Deployment
from cli.errors import AnswerIsNo, RecordUnreadable, Unusable, readable
from cli.known import check_environment
from cli.options import AsJson, Plain, Yes
from cli.policy import CONFIG
from cli.registry_writer import AccountRegistered, add_account, list_accounts, registered_ids, remove_account
from runtime.application.ports import ConditionFailed
from runtime.domain.access import CUSTOMER_ROLE_PREFIX, services_of
from runtime.domain.facts import Account
from runtime.domain.known import nearest
from runtime.domain.resource import parse_arn
from runtime.fixes.catalog import SPECS
from runtime.items.accounts import account_from_item, account_key
from runtime.items.holds import holds_of

app = typer.Typer(
    help="The customer accounts that findings may be acted on in.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""\b
Examples:
  suture -e production accounts add 111122223333 --name acme-payments --environment production
  suture -e production accounts list
  suture -e production accounts show 111122223333
  suture -e production accounts remove 111122223333
""",
)

AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT_ID", help="The AWS account, 12 digits.")]


@app.command(
    "add",
    epilog="""\b
Examples:
  suture -e production accounts add 111122223333 --name payments --environment production --owner payments@example.com
  suture -e production accounts add 111122223333 --name acme-shared
""",
)
def add(
    context: typer.Context,
    account_id: AccountId,
    name: Annotated[str, typer.Option(help="What people call the account.")],
    environment: Annotated[
        str,
        typer.Option(
            autocompletion=environments,
            help="The environment of everything in it, as the policy names it. Unset: it holds several.",
        ),
    ] = "",
    owner: Annotated[str, typer.Option(help="The owner of everything in it. Unset: it has several.")] = "",
    config: Annotated[
        Path, typer.Option(help="The folder whose policy knows the environments.", show_default="this checkout's")
    ] = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Onboard an account under a new external id, and say what its owner has to deploy.

    Ends with 2 for the account that the platform itself runs in, and with 1 if the account is registered already: it is
    left as it is, and so is its external id.
    """
    deployment: Deployment = context.obj()
    parse_account_id(account_id, "ACCOUNT_ID")
    if not name.strip():
        raise Unusable("--name must say what people call the account; it is empty.")
    if environment:
        check_environment(environment, config)
    execution_role_arn = deployment.execution_role_arn()
    if parse_arn(execution_role_arn).account_id == account_id:
        raise Unusable(
            f"Account {account_id} is the one that the platform runs in: it can be neither onboarded nor acted on."
        )
    try:
        with readable(deployment.registry_table):
            account = add_account(
                deployment.store(),
                account_id=account_id,
                name=name.strip(),
                environment=environment,
                owner=owner.strip(),
            )
    except AccountRegistered as registered:
        raise AnswerIsNo(
            f"Account {account_id} is registered already, as {registered.account.name!r}. Nothing was changed; its "
            f"external id is kept. `suture accounts show {account_id}` shows it."
        ) from registered
    except ConditionFailed as half:
        raise RecordUnreadable(
            f"{deployment.registry_table} lists account {account_id}, but does not have it. Nothing was changed. "
            "Somebody may be registering it at this moment: try again, and then look at the table."
        ) from half
    if as_json:
        output.print_json(_with_parameters(account, execution_role_arn))
        return
    output.say(f"Account {account_id} is registered. Nothing can be done in it before its packs are there:")
    _print_next(account, execution_role_arn)


@app.command(
    "list",
    epilog="""\b
Examples:
  suture -e production accounts list
  suture -e production accounts list --json | jq -r '.[].id'
""",
)
def list_registered(context: typer.Context, plain: Plain = False, as_json: AsJson = False) -> None:
    """Every registered account."""
    deployment: Deployment = context.obj()
    with readable(deployment.registry_table):
        accounts = list_accounts(deployment.store())
    if as_json:
        output.print_json([_to_json(account) for account in accounts])
        return
    if not accounts:
        output.say_aside("No account is registered. `suture accounts add` registers one.")
        return
    output.print_table(
        ("Account", "Name", "Environment", "Owner"),
        (
            (account.id, account.name, account.environment or "(several)", account.owner or "(several)")
            for account in accounts
        ),
        plain=plain,
    )


@app.command(
    "show",
    epilog="""\b
Examples:
  suture -e production accounts show 111122223333
  suture -e production accounts show 111122223333 --json | jq .parameters
""",
)
def show(context: typer.Context, account_id: AccountId, as_json: AsJson = False) -> None:
    """An account, and the parameters for its packs' templates. Ends with 1 if it is not registered."""
    deployment: Deployment = context.obj()
    parse_account_id(account_id, "ACCOUNT_ID")
    account = _find(deployment, account_id)
    execution_role_arn = deployment.execution_role_arn()
    if as_json:
        output.print_json(_with_parameters(account, execution_role_arn))
        return
    _print_account(account)
    _print_next(account, execution_role_arn)


@app.command(
    "remove",
    epilog="""\b
Examples:
  suture -e production accounts remove 111122223333
  suture -e production accounts remove 111122223333 --yes --json
\b
What is on record stays. Findings in the account end as REJECT,
ACCOUNT_NOT_ONBOARDED from then on, held ones too once they are released. Its
external id is not given out again: an account that is added anew gets another
one, and its owner has to deploy the role's template with it.
""",
)
def remove(context: typer.Context, account_id: AccountId, yes: Yes = False, as_json: AsJson = False) -> None:
    """Take an account out of the registry: nothing is acted on in it any more. Asks first."""
    deployment: Deployment = context.obj()
    parse_account_id(account_id, "ACCOUNT_ID")
    account = _find(deployment, account_id)
    store = deployment.store()
    if not as_json:
        _print_account(account)
        output.print_fields({"held runs": len(store.find(holds_of(account_id))) or ""})
    confirm("Remove this account, and have its findings rejected?", yes=yes, as_json=as_json)
    try:
        remove_account(store, account)
    except ConditionFailed as failed:
        raise AnswerIsNo(
            f"Somebody else has changed or removed account {account_id} at this moment. Nothing was changed."
        ) from failed
    if as_json:
        output.print_json(_to_json(account))
        return
    output.say(f"Account {account_id} is removed. Its owner can delete the stacks of its packs now:")
    output.say(f"  for pack in {' '.join(services_of(SPECS.values()))}; do")
    output.say(f"    aws cloudformation delete-stack --stack-name {CUSTOMER_ROLE_PREFIX}-$pack")
    output.say("  done")


def _find(deployment: Deployment, account_id: str) -> Account:
    """A registered account. Raises ``AnswerIsNo`` for another, and ``RecordUnreadable``."""
    key = account_key(account_id)
    with readable(deployment.registry_table):
        account = account_from_item(key, deployment.store().read([key]).item(key))
    if account is None:
        near = nearest(account_id, registered_ids(deployment.store()))
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise AnswerIsNo(
            f"Account {account_id} is not registered in {deployment.registry_table}.{meant} "
            "`suture accounts list` shows which are; `suture accounts add` registers it."
        )
    return account


def _print_account(account: Account) -> None:
    output.print_fields(
        {
            "account": account.id,
            "name": account.name,
            "environment": account.environment or "(several)",
            "owner": account.owner or "(several)",
        }
    )


def _parameters(account: Account, execution_role_arn: str) -> Mapping[str, str]:
    """What the customer's template asks for."""
    return {"ExecutionRoleArn": execution_role_arn, "ExternalId": account.external_id}


def _with_parameters(account: Account, execution_role_arn: str) -> dict[str, Any]:
    return {
        **_to_json(account),
        "packs": list(services_of(SPECS.values())),
        "parameters": dict(_parameters(account, execution_role_arn)),
    }


def _to_json(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "environment": account.environment,
        "owner": account.owner,
        "external_id": account.external_id,
    }


def _print_next(account: Account, execution_role_arn: str) -> None:
    parameters = _parameters(account, execution_role_arn)
    output.print_heading("Parameters of each pack's template")
    output.print_fields(parameters)
    output.print_heading(f"Deploy the packs that are wanted, with credentials of account {account.id}")
    overrides = " ".join(f"{name}={value}" for name, value in parameters.items())
    output.say("  make customer-templates")
    output.say(f"  for pack in {' '.join(services_of(SPECS.values()))}; do")
    output.say(
        f"    aws cloudformation deploy --stack-name {CUSTOMER_ROLE_PREFIX}-$pack "
        f"--template-file build/customer-role/{CUSTOMER_ROLE_PREFIX}-$pack.yaml "
        f"--capabilities CAPABILITY_NAMED_IAM --parameter-overrides {overrides}"
    )
    output.say("  done")

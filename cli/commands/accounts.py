"""``suture accounts``: the customer accounts that findings may be acted on in."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from cli import output
from cli.arguments import parse_account_id
from cli.completion import environments
from cli.confirmation import confirm
from cli.deployment import Deployment
from cli.errors import AnswerIsNo, RecordUnreadable, Unusable, readable
from cli.known import check_environment, check_known, find_account
from cli.onboarding import Onboarding, packs
from cli.options import DEFAULT_TIMEOUT_SECONDS, AsJson, ConfigFolder, Plain, TimeoutSeconds, Yes, YesToo, given
from cli.order_view import check_done
from cli.orders import Orders
from cli.policy import CONFIG
from cli.registry_writer import AccountRegistered, add_account, list_accounts, remove_account
from runtime.application.ports import ConditionFailed
from runtime.domain.access import customer_role_name
from runtime.domain.command import VerifyAccount
from runtime.domain.facts import Account
from runtime.domain.resource import parse_arn
from runtime.items.holds import holds_of

app = typer.Typer(
    add_completion=False,
    help="The customer accounts that findings may be acted on in.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""\b
Examples:
  suture -e production accounts add 111122223333 --name acme-payments \\
      --environment production
  suture -e production accounts list
  suture -e production accounts show 111122223333
  suture -e production accounts verify 111122223333
  suture -e production accounts remove 111122223333
""",
)

AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT_ID", help="The AWS account, 12 digits.")]
Region = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        callback=given,
        help="The region of the stacks; roles are global.",
        show_default="the platform's",
    ),
]


@app.command(
    "add",
    epilog="""\b
Examples:
  suture -e production accounts add 111122223333 --name payments \\
      --environment production --owner payments@example.com
  suture -e production accounts add 111122223333 --name acme-shared
""",
)
def add(
    context: typer.Context,
    account_id: AccountId,
    name: Annotated[str, typer.Option(metavar="TEXT", help="What people call the account.")],
    environment: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            autocompletion=environments,
            help="The environment of everything in it, as the policy names it. Unset: it holds several.",
        ),
    ] = "",
    owner: Annotated[
        str, typer.Option(metavar="TEXT", help="The owner of everything in it. Unset: it has several.")
    ] = "",
    config: ConfigFolder = CONFIG,
    yes: YesToo = False,  # noqa: ARG001  it does not ask
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
    onboarding = Onboarding(execution_role_arn=deployment.execution_role_arn())
    if parse_arn(onboarding.execution_role_arn).account_id == account_id:
        raise Unusable(f"Account {account_id} is the platform's account: it can be neither onboarded nor changed.")
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
        output.print_json(_with_parameters(account, onboarding))
        return
    output.say(f"Account {account_id} is registered. Nothing can be done in it before its packs are there:")
    _print_next(account, onboarding)


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
  suture -e production accounts show 111122223333 \\
      --templates https://acme-templates.s3.amazonaws.com/suture
""",
)
def show(
    context: typer.Context,
    account_id: AccountId,
    templates: Annotated[
        str,
        typer.Option(
            metavar="URL",
            callback=given,
            help="The https address of a bucket's folder that has the templates: shows quick-create links to them.",
        ),
    ] = "",
    region: Region = "",
    as_json: AsJson = False,
) -> None:
    """An account, and how its owner deploys its packs. Ends with 1 if it is not registered."""
    deployment: Deployment = context.obj()
    parse_account_id(account_id, "ACCOUNT_ID")
    if templates and not templates.startswith("https://"):
        raise Unusable(f"--templates {templates!r} is no https address, which the CloudFormation console asks for.")
    account = find_account(deployment, account_id)
    onboarding = Onboarding(execution_role_arn=deployment.execution_role_arn())
    in_region = _region(region, deployment) if templates else ""
    links = onboarding.links(account, packs(), templates_url=templates, region=in_region) if templates else {}
    if as_json:
        links_of = {"links": links} if links else {}
        output.print_json({**_with_parameters(account, onboarding), **links_of})
        return
    _print_account(account)
    _print_next(account, onboarding)
    if links:
        output.print_heading("Or with links, for whoever is logged in to the account's console")
        for pack, link in links.items():
            output.say(f"  {pack}: {link}")


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
    account = find_account(deployment, account_id)
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
    output.say_whole(f"  for pack in {' '.join(packs())}; do")
    output.say_whole(f"    aws cloudformation delete-stack --stack-name {customer_role_name('$pack')}")
    output.say_whole("  done")


@app.command(
    "verify",
    epilog="""\b
Examples:
  suture -e production accounts verify 111122223333
  suture -e production accounts verify 111122223333 --json \\
      | jq '.packs[].problems'
\b
The platform assumes each role with the account's external id, and tries a
wrong one. What each fix may do is asked of IAM with your own credentials,
through the pack verification; policies of resources, and service control
policies with conditions, IAM leaves out. Nothing is changed.
\b
Ends with 1 if something would not work, or could not be seen.
""",
)
def verify(
    context: typer.Context,
    account_id: AccountId,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    plain: Plain = False,
    as_json: AsJson = False,
) -> None:
    """What could run in an account, pack by pack and fix by fix, and what to do about the rest. Changes nothing."""
    from cli.role_reader import verify_account  # noqa: PLC0415  brings botocore and every fix, as what follows
    from cli.verification import verification_to_json  # noqa: PLC0415
    from cli.verification_view import print_verification  # noqa: PLC0415

    deployment: Deployment = context.obj()
    parse_account_id(account_id, "ACCOUNT_ID")
    account = find_account(deployment, account_id)
    orders = Orders(deployment=deployment, timeout_seconds=timeout, tell=output.show_progress)
    result = orders.carry_out(VerifyAccount(account_id=account_id))
    check_done(result)
    assert result.command is not None, "it is done"
    verified = verify_account(deployment, account, result.command.evidence.roles)
    if as_json:
        output.print_json({"account_id": account_id, "run_id": result.command_id, **verification_to_json(verified)})
    else:
        print_verification(verified, plain=plain)
    if verified.verdict:
        raise AnswerIsNo(verified.verdict)


@app.command(
    "stack-sets",
    epilog="""\b
Examples:
  suture -e production accounts stack-sets \\
      --organizational-unit ou-abcd-12345678 > stack-sets.sh
  suture -e production accounts stack-sets \\
      --organizational-unit ou-abcd-12345678 --pack s3 --pack verification
\b
Read the script, and run it in this checkout with credentials of the
organization's management account, in which StackSets are trusted. Run it anew
after each new version and each new account: it creates what is missing and
updates what is there. It deletes nothing. A delegated administrator adds
--call-as DELEGATED_ADMIN to each aws command. Service-managed StackSets
deploy to any account but the management account.
""",
)
def stack_sets(
    context: typer.Context,
    organizational_unit: Annotated[
        str, typer.Option(metavar="ID", callback=given, help="The unit, or the root, that the accounts are below.")
    ],
    pack: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A pack to deploy; may be repeated.", show_default="all")
    ] = None,
    region: Region = "",
) -> None:
    """A script that deploys the packs to every registered account of an organization. Changes nothing itself."""
    if re.fullmatch(r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32}", organizational_unit) is None:
        raise Unusable(
            f"--organizational-unit {organizational_unit!r} is neither a unit's id (ou-…) nor a root's (r-…)."
        )
    for name in pack or ():
        check_known("--pack", name, packs(), f"They are: {', '.join(packs())}.")
    deployment: Deployment = context.obj()
    with readable(deployment.registry_table):
        accounts = list_accounts(deployment.store())
    if not accounts:
        raise AnswerIsNo("No account is registered. `suture accounts add` registers one.")
    onboarding = Onboarding(execution_role_arn=deployment.execution_role_arn())
    for line in onboarding.stack_sets(
        accounts,
        pack or packs(),
        organizational_unit=organizational_unit,
        region=_region(region, deployment),
    ):
        output.say_whole(line)


def _region(given_region: str, deployment: Deployment) -> str:
    """The region of the stacks: the one that was given, or the caller's own. Raises ``Unusable`` for another text."""
    region = given_region or str(deployment.client("cloudformation").meta.region_name)
    if re.fullmatch(r"[a-z]{2}(-[a-z]+)+-[0-9]", region) is None:
        raise Unusable(f"--region {region!r} is not the name of a region.")
    return region


def _print_account(account: Account) -> None:
    output.print_fields(
        {
            "account": account.id,
            "name": account.name,
            "environment": account.environment or "(several)",
            "owner": account.owner or "(several)",
        }
    )


def _with_parameters(account: Account, onboarding: Onboarding) -> dict[str, Any]:
    return {**_to_json(account), "packs": list(packs()), "parameters": dict(onboarding.parameters(account))}


def _to_json(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "environment": account.environment,
        "owner": account.owner,
        "external_id": account.external_id,
    }


def _print_next(account: Account, onboarding: Onboarding) -> None:
    output.print_heading("Parameters of each pack's template")
    output.print_fields(onboarding.parameters(account))
    output.print_heading(f"Deploy the packs that are wanted, with credentials of account {account.id}")
    for line in onboarding.commands(account, packs()):
        output.say_whole(f"  {line}")

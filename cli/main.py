"""``suture``: the command's front door. Global options, and where every expected error ends."""

from __future__ import annotations

import tomllib
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli import output
from cli.advice import explain
from cli.commands import accounts, audit, exceptions, fixes, replay, review, runs, simulate, stops
from cli.deployment import Deployment
from cli.errors import CommandError, ExitCode
from runtime.domain.errors import PlatformCallFailed

_PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


class _Suture(TyperGroup):
    """Turns every expected error into a sentence on standard error and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CommandError as error:
            output.say_aside(str(error))
            raise typer.Exit(error.exit_code) from error
        except PlatformCallFailed as error:
            output.say_aside(explain(error, ctx.params.get("environment") or ""))
            raise typer.Exit(ExitCode.AWS) from error


app = typer.Typer(
    cls=_Suture,
    help="Safe, audited, reversible auto-remediation of Wiz findings on AWS.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="""\b
Examples:
  suture fixes                                         what can be fixed
  suture simulate payload.json --facts facts.json      what would be decided, without AWS
  suture -e production accounts add 111122223333 --name acme-payments
  suture -e production audit list --outcome FAILED
  suture -e production replay --since 2026-03-01       what config/ would decide otherwise
  suture -e production review list                     what waits for approval
  suture -e production stop --all --reason "an incident"
\b
Exit codes:
  0  done
  1  the answer is no: nothing has that id, something has it already, the
     platform refused, or nobody confirmed
  2  an option, a value or a file cannot be used; nothing was done
  3  AWS refused, could not be reached, or holds something unreadable
  4  simulate only: the decision depends on the live resource
  5  a command was sent, and what it comes to is not known yet, or it waits
\b
Answers go to standard output, with --json as one JSON document; everything
else goes to standard error. Credentials and region come from where the AWS
command line takes them (AWS_PROFILE, AWS_REGION ...).
""",
)
app.add_typer(fixes.app, name="fixes")
app.command("simulate", epilog=simulate.EPILOG)(simulate.simulate_payload)
app.command("replay", epilog=replay.EPILOG)(replay.replay_findings)
app.add_typer(audit.app, name="audit")
app.add_typer(review.app, name="review")
app.command("approve", epilog=review.APPROVE_EPILOG)(review.approve_plan)
app.command("deny", epilog=review.DENY_EPILOG)(review.deny_plan)
app.command("undo", epilog=runs.UNDO_EPILOG)(runs.undo_change)
app.command("clear", epilog=runs.CLEAR_EPILOG)(runs.clear_block)
app.command("dry-run", epilog=runs.DRY_RUN_EPILOG)(runs.decide_without_changing)
app.command("retry", epilog=runs.RETRY_EPILOG)(runs.retry_run)
app.command("end", epilog=runs.END_EPILOG)(runs.end_run)
app.add_typer(exceptions.app, name="exceptions")
app.command("stop", epilog=stops.STOP_EPILOG)(stops.stop_changes)
app.command("resume", epilog=stops.RESUME_EPILOG)(stops.resume_changes)
app.command("status", epilog=stops.STATUS_EPILOG)(stops.show_status)
app.add_typer(accounts.app, name="accounts")


def _print_version(wanted: bool) -> None:
    if wanted:
        version = tomllib.loads(_PYPROJECT.read_text(encoding="utf-8"))["project"]["version"]
        output.say(f"suture {version}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    environment: Annotated[
        str,
        typer.Option(
            "--environment",
            "-e",
            metavar="NAME",
            envvar="SUTURE_ENVIRONMENT",
            help="The environment that the platform was deployed under. All but fixes and simulate need it.",
        ),
    ] = "",
    version: Annotated[  # noqa: ARG001  its callback does it all
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Safe, audited, reversible auto-remediation of Wiz findings on AWS."""
    context.obj = partial(Deployment, environment)  # made by the commands that need it: not all do


def main() -> None:
    """Run the command with the process's arguments, and exit."""
    app(prog_name="suture")

"""``suture``: the command's front door. Global options, and where every expected error ends."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import output
from cli.deployment import Deployment
from cli.errors import CommandError, ExitCode
from cli.lazy import Commands, Later, LazyGroup
from cli.policy import deployments
from runtime.domain.errors import PlatformCallFailed

_PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


COMMANDS = (
    Later(
        name="simulate",
        module="simulate",
        function="simulate_payload",
        epilog="EPILOG",
        summary="Decide and plan one payload offline, with the reasons.",
    ),
    Later(
        name="replay",
        module="replay",
        function="replay_findings",
        epilog="EPILOG",
        summary="Decide past findings again with another policy.",
    ),
    Later(name="fixes", module="fixes", summary="All fixes, and the permissions that they need."),
    Later(name="audit", module="audit", summary="The audit trail."),
    Later(
        name="report",
        module="report",
        function="make_report",
        epilog="EPILOG",
        summary="Results of the findings of a period.",
    ),
    Later(name="review", module="review", summary="Plans that wait for approval."),
    Later(
        name="approve",
        module="review",
        function="approve_plan",
        epilog="APPROVE_EPILOG",
        summary="Approve a plan.",
    ),
    Later(name="deny", module="review", function="deny_plan", epilog="DENY_EPILOG", summary="Deny a plan."),
    Later(
        name="undo",
        module="runs",
        function="undo_change",
        epilog="UNDO_EPILOG",
        summary="Undo the change of a run.",
    ),
    Later(
        name="clear",
        module="runs",
        function="clear_block",
        epilog="CLEAR_EPILOG",
        summary="Allow a fix again after an undo or a drift loop.",
    ),
    Later(
        name="dry-run",
        module="runs",
        function="decide_without_changing",
        epilog="DRY_RUN_EPILOG",
        summary="Decide a run's finding again without changing anything.",
    ),
    Later(
        name="retry", module="runs", function="retry_run", epilog="RETRY_EPILOG", summary="Release a held run again."
    ),
    Later(name="end", module="runs", function="end_run", epilog="END_EPILOG", summary="End a held run."),
    Later(name="exceptions", module="exceptions", summary="Exceptions."),
    Later(name="stop", module="stops", function="stop_changes", epilog="STOP_EPILOG", summary="Stop changes."),
    Later(name="resume", module="stops", function="resume_changes", epilog="RESUME_EPILOG", summary="End a stop."),
    Later(
        name="status",
        module="stops",
        function="show_status",
        epilog="STATUS_EPILOG",
        summary="Stops in effect and held runs.",
    ),
    Later(
        name="console",
        module="console",
        function="serve_console",
        epilog="EPILOG",
        summary="Start the console, a local web application.",
    ),
    Later(
        name="doctor",
        module="doctor",
        function="examine_deployment",
        epilog="EPILOG",
        summary="Check the deployment.",
    ),
    Later(name="accounts", module="accounts", summary="Customer accounts."),
)


class _Suture(LazyGroup):
    """Turns every expected error into a sentence on standard error and an exit code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = Commands(COMMANDS)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CommandError as error:
            output.say_aside(str(error))
            raise typer.Exit(error.exit_code) from error
        except PlatformCallFailed as error:
            from cli.advice import explain  # noqa: PLC0415  only if it fails

            output.say_aside(explain(error, ctx.params.get("environment") or ""))
            raise typer.Exit(ExitCode.AWS) from error
        finally:
            output.clear_progress()


app = typer.Typer(
    cls=_Suture,
    help="Safe, audited, reversible auto-remediation of Wiz findings on AWS.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="""\b
Examples:
  suture fixes                                      what can be fixed
  suture simulate payload.json                      what would be decided
  suture -e production accounts add 111122223333 --name acme-payments
  suture -e production audit list --outcome FAILED
  suture -e production replay --since 2026-03-01    what would change
  suture -e production review list                  what waits for approval
  suture -e production stop --all --reason "an incident"
\b
Exit codes:
  0  done
  1  the answer is no: the id does not exist, or exists already, the
     platform refused, or it was not confirmed
  2  an option, a value or a file cannot be used; nothing was done
  3  AWS refused or could not be reached, or a record is unreadable
  4  simulate only: the decision depends on the live resource
  5  a command was sent, and its result is not known yet, or it is held
  6  undo: it needs the approval of other people
\b
Results go to standard output, with --json as one JSON document; everything
else goes to standard error. Credentials and region are those of the AWS
command line (AWS_PROFILE, AWS_REGION ...).
""",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        import tomllib  # noqa: PLC0415  for this alone

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
            autocompletion=deployments,
            help="The platform's environment. All commands except fixes and simulate need it.",
        ),
    ] = "",
    version: Annotated[  # noqa: ARG001  its callback does it all
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Safe, audited, reversible auto-remediation of Wiz findings on AWS."""
    context.obj = partial(
        Deployment, environment, output.show_progress
    )  # made by the commands that need it: not all do


def main() -> None:
    """Run the command with the process's arguments, and exit."""
    app(prog_name="suture")

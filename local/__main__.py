"""``python -m local up | down | status | demo | screenshots``: the local AWS from the command line."""

from __future__ import annotations

import shutil

import typer
from rich.console import Console

from local.cdk import CommandFailed
from local.console_process import stop_console
from local.emulator import REPOSITORY, EmulatorFailed, find_emulator
from local.environment import LocalEnvironment
from local.progress import Progress
from local.stacks import ENVIRONMENT_FILE, SOURCES_FILE, bring_up, sources_digest

STATE = REPOSITORY / ".local"

app = typer.Typer(help="The local AWS: Suture's own stacks on an emulator, on this machine.", no_args_is_help=True)
console = Console(highlight=False)


@app.command()
def up() -> None:
    """Start the local AWS and deploy both accounts. Does nothing if it is up and as the sources are now."""
    environment = ensure_up()
    console.print(
        f"The local AWS is up: {environment.endpoint}\n"
        f"  platform account {environment.platform_account}, customer account {environment.customer_account}\n"
        f"  for a shell: . {(STATE / ENVIRONMENT_FILE).relative_to(REPOSITORY)} && suture audit list"
    )


@app.command()
def down() -> None:
    """Stop the local AWS and remove everything it held."""
    emulator = find_emulator(STATE)
    stop_console(STATE)
    if emulator is not None:
        emulator.stop()
    shutil.rmtree(STATE, ignore_errors=True)
    console.print("The local AWS was not up." if emulator is None else "The local AWS is down.")


@app.command()
def status() -> None:
    """Say whether the local AWS is up, and where. Ends with 1 if it is not."""
    emulator = find_emulator(STATE)
    if emulator is None:
        console.print("The local AWS is not up.")
        raise typer.Exit(1)
    state = "is up" if emulator.answers() else "runs, but does not answer"
    console.print(f"The local AWS {state}: {emulator.endpoint}, process {emulator.pid}, files in {STATE.name}/")


@app.command()
def demo() -> None:
    """Bring the local AWS up and show what becomes of a series of findings."""
    from local.demo import show  # noqa: PLC0415  the other commands do without

    show(ensure_up(), console, STATE)


@app.command()
def screenshots() -> None:
    """Take the pictures of docs/console.md again, of what the demonstration has left on the local AWS."""
    from local.screenshots import PicturesFailed, take_pictures  # noqa: PLC0415  the other commands do without

    try:
        for file in take_pictures(ensure_up(), STATE):
            console.print(f"{file.relative_to(REPOSITORY)}: {file.stat().st_size // 1000} kB")
    except PicturesFailed as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(1) from error


def ensure_up() -> LocalEnvironment:
    """The local AWS as the sources are now: the one that runs, or a new one.

    Ends the command with 1 and the end of a log if it cannot be brought up.
    """
    progress = Progress(console=console)
    emulator = find_emulator(STATE)
    try:
        if emulator is not None:
            if emulator.answers() and _made_from_these_sources():
                return LocalEnvironment.read(STATE / ENVIRONMENT_FILE)
            with progress.step("stop the local AWS, which is not as the sources are now"):
                emulator.stop()
        stop_console(STATE)
        shutil.rmtree(STATE, ignore_errors=True)
        return bring_up(STATE, progress)
    except (CommandFailed, EmulatorFailed) as error:
        console.print(f"\n[red]The local AWS could not be brought up.[/red]\n{error}\n", soft_wrap=True, markup=True)
        console.print("Once that is put right, run the same command again: it starts afresh.")
        raise typer.Exit(1) from error


def _made_from_these_sources() -> bool:
    made_from = STATE / SOURCES_FILE
    return made_from.exists() and made_from.read_text() == sources_digest()


if __name__ == "__main__":
    app(prog_name="python -m local")

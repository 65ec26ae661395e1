"""The demonstration: findings of every kind, what was decided, what was changed, and what was recorded."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.registry_writer import AccountRegistered, add_account
from local.acts import Act, ActFailed, Troupe
from local.console_process import ConsoleFailed, start_console
from local.environment import LocalEnvironment
from local.people import APPROVER, OPERATOR, CommandRefused, person
from local.player import NoOutcome, Played, Player
from local.progress import Progress
from local.scenes import ROLELESS_ACCOUNT, Scene, Stage, State
from runtime.domain.outcome import Outcome
from runtime.fixes.catalog import SPECS

_COLOURS = {
    Outcome.REMEDIATE: "green",
    Outcome.APPROVED: "green",
    Outcome.UNDO: "bright_green",
    Outcome.APPROVE: "yellow",
    Outcome.DRY_RUN: "cyan",
    Outcome.NOTIFY: "magenta",
    Outcome.SKIP: "blue",
    Outcome.REJECT: "red",
    Outcome.FAILED: "bright_red",
    Outcome.DONE: "white",
}


OF_FINDINGS = set(Outcome) - {Outcome.APPROVED, Outcome.UNDO, Outcome.DONE}
"""The outcomes that a finding can have without anybody's doing anything about it."""


def show(environment: LocalEnvironment, console: Console, state: Path) -> None:
    """Play every scene, show each, play them all again, and end the command with 1 if anything was not as it should.

    ``state`` is the local AWS's folder: the report goes there, and a console is served until the local AWS ends.
    Each run builds resources of its own, so it can be run again on the same local AWS.
    """
    progress = Progress(console=console)
    try:
        with progress.step("build misconfigured resources in the customer's account"):
            scenes = list(build_stage(environment, secrets.token_hex(3)).scenes())
        player = Player(environment)
        with progress.step(f"publish {len(scenes)} findings as Wiz, through the publisher role, and wait for each"):
            first = player.play(scenes, done=lambda played: console.print(_line(played)))
        for outcome in Outcome:
            for played in first:
                if played.outcome.outcome is outcome:
                    console.print(_panel(played))
        with progress.step("publish the same findings again"):
            again = player.play(scenes)
        console.print(_summary(first, again))
        for act in build_troupe(environment, player, secrets.token_hex(3)).acts():
            console.print(_act(act))
        with progress.step("write the report and serve the console, as an operator"):
            report, address = show_afterwards(environment, state)
    except (NoOutcome, ActFailed, CommandRefused, ConsoleFailed) as error:
        console.print(f"[red]{error}[/red]: look into .local/emulator.log and the dead-letter queue.", soft_wrap=True)
        raise typer.Exit(1) from error
    problems = [*_problems(first), *_problems_again(first, again)]
    for problem in problems:
        console.print(f"[red]✗ {problem}[/red]", soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    counts = Counter(played.outcome.outcome for played in first)
    console.print(
        f"[green]✓[/green] {len(first)} findings, each with one outcome: "
        + ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
        + ". Published again: nothing was changed twice."
    )
    console.print(
        "Look closer:\n"
        f"  the report:  {report}\n"
        f"  the console: {address}\n"
        "               it opens once; `make down` ends it, and `suture console` serves another\n"
        "  a shell:     . .local/env && suture audit list; suture audit show <run id>",
        soft_wrap=True,
    )


def show_afterwards(environment: LocalEnvironment, state: Path) -> tuple[Path, str]:
    """Write the report of today, and serve the console. Returns where each is.

    Raises ``CommandRefused`` or ``ConsoleFailed``.
    """
    operator = person(environment, OPERATOR, "olga")
    report = state / "report.html"
    yesterday = datetime.now(UTC) - timedelta(days=1)
    operator.suture("report", "--since", yesterday.date().isoformat(), "--output", str(report))
    return report, start_console(state, operator)


def build_stage(environment: LocalEnvironment, name: str) -> Stage:
    """The stage in the customer's account. Onboards the account that has no role, if that was not done yet."""
    with suppress(AccountRegistered):
        add_account(
            environment.store(),
            account_id=ROLELESS_ACCOUNT,
            name="roleless",
            environment="dev",
            owner="nobody@example.com",
        )
    return Stage.of(environment, name)


def build_troupe(environment: LocalEnvironment, player: Player, name: str) -> Troupe:
    """People of every role, and a stage of their own."""
    return Troupe(
        stage=build_stage(environment, name),
        player=player,
        operator=person(environment, OPERATOR, "olga"),
        approvers=(person(environment, APPROVER, "ann"), person(environment, APPROVER, "bob")),
    )


def _act(act: Act) -> Panel:
    rows = Table("who", "did", "and", box=None, pad_edge=False)
    seen = act.before
    for step, state in zip(act.steps, act.states, strict=True):
        changed = "" if state == seen else f"\n[green]the resource is now {escape(_state(state))}[/green]"
        seen = state
        rows.add_row(step.who, step.did, escape(step.came) + changed)
    return Panel(rows, title=f" {act.title} ", title_align="left")


def _problems(first: Sequence[Played]) -> list[str]:
    problems = []
    for played in first:
        outcome, scene = played.outcome, played.scene
        if not played.as_expected:
            problems.append(
                f"{scene.title}: expected {scene.outcome} {scene.reason}, found {outcome.outcome} {outcome.reason}: "
                f"{outcome.sentence}"
            )
        changed, should = played.before != played.after, scene.outcome is Outcome.REMEDIATE
        if changed is not should:
            problems.append(f"{scene.title}: the resource was {'changed' if changed else 'not changed'}")
    missing = OF_FINDINGS - {played.outcome.outcome for played in first}
    return problems + [f"no finding ended as {outcome}" for outcome in sorted(missing)]


def _problems_again(first: Sequence[Played], again: Sequence[Played]) -> list[str]:
    problems = []
    for one, two in zip(first, again, strict=True):
        if one.after != two.after:
            problems.append(f"{one.scene.title}: changed again when its finding was published again")
        if two.outcome.outcome is Outcome.REMEDIATE:
            problems.append(f"{one.scene.title}: remediated twice")
    return problems


def _line(played: Played) -> Text:
    outcome = played.outcome
    return Text.assemble(
        "    ", (f"{outcome.outcome:<10}", _COLOURS[outcome.outcome]), f"{outcome.reason:<24}", played.scene.title
    )


def _panel(played: Played) -> Panel:
    outcome, evidence = played.outcome, played.outcome.evidence
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    rows.add_row("published", _published(played.scene))
    rows.add_row("decided", f"{outcome.reason}: {outcome.sentence}")
    rows.add_row("checks", _checks(played))
    if outcome.owner:
        rows.add_row("owner", outcome.owner)
    if evidence.plan is not None:
        rows.add_row("plan", f"{evidence.plan.summary} ({outcome.plan_digest[:12]})")
        rows.add_row("hazard", SPECS[outcome.fix_id].hazard)
        rows.add_row("blast radius", json.dumps(dict(evidence.plan.blast_radius)))
    if played.scene.look is not None:
        rows.add_row("before", _state(played.before))
        rows.add_row("after", "unchanged" if played.before == played.after else _state(played.after))
    for session in evidence.sessions:
        calls = ", ".join(f"{call.service}:{call.operation}" for call in session.calls) or "no call"
        rows.add_row(
            "session", f"{session.tags['suture:access']} as {session.role_arn.split(':')[4]}/{session.session_name}"
        )
        rows.add_row("", f"[dim]{calls}[/dim]")
    rows.add_row("recorded", f"{played.correlation_id}: " + ", ".join(e.sequence for e in played.history.events))
    title = Text.assemble((f" {outcome.outcome} ", f"bold {_COLOURS[outcome.outcome]}"), f" {played.scene.title} ")
    return Panel(Group(rows), title=title, title_align="left")


def _published(scene: Scene) -> str:
    """The gist of a body, or the body itself where it has none to take."""
    try:
        body = json.loads(scene.body)
    except json.JSONDecodeError:
        return scene.body
    issue, resource, control = body["issue"], body["resource"], body["control"]
    rule = control.get("sourceCloudConfigurationRuleId") or control["id"]
    return (
        f"{body['trigger']['type']} {issue['severity']} issue {issue['id']}, {issue['status']}, rule {rule}, "
        f"account {resource['subscriptionId']}, {resource['id']}"
    )


def _checks(played: Played) -> str:
    checks = played.outcome.evidence.checks
    failed = [f"{check.name}: {check.found} (expected {check.expected})" for check in checks if not check.passed]
    return f"{sum(check.passed for check in checks)} passed" + "".join(f"; {text}" for text in failed)


def _state(state: State) -> str:
    return "nothing" if state is None else json.dumps(state)


def _summary(first: Sequence[Played], again: Sequence[Played]) -> Table:
    table = Table("finding", "first", "published again", title="The same findings, twice")
    for one, two in zip(first, again, strict=True):
        table.add_row(
            one.scene.title,
            Text(f"{one.outcome.outcome} {one.outcome.reason}", style=_COLOURS[one.outcome.outcome]),
            Text(f"{two.outcome.outcome} {two.outcome.reason}", style=_COLOURS[two.outcome.outcome]),
        )
    return table

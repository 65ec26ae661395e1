"""``suture simulate``: what would be decided and planned, and why, without AWS."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.errors import ExitCode, Unusable
from cli.evidence_view import print_checks, print_permissions, print_plan, print_template
from cli.facts import parse_facts
from cli.options import AsJson, ConfigFolder
from cli.policy import CONFIG, read_policy
from cli.simulation import Simulation, sentence_of, simulate, simulation_to_json
from runtime.domain.case import Decision, LiveResourceNeeded, Wait
from runtime.domain.finding import Dismissed

EPILOG = """\b
Examples:
  suture simulate payload.json
  suture simulate payload.json --facts facts.json --config config
  suture simulate - --json < payload.json | jq .outcome
\b
Ends with 0 whatever the outcome, 4 if it depends on the live resource and
the facts do not describe it, 2 if a file cannot be used.
The form of the facts: docs/simulate.md
"""


def simulate_payload(
    payload: Annotated[
        str,
        typer.Argument(metavar="PAYLOAD", help="The file with the message's body as Wiz publishes it; - for stdin."),
    ],
    facts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The facts as JSON: account, exceptions, tags, the resource's state, stops ..."
        ),
    ] = None,
    config: ConfigFolder = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Decide and plan one payload offline, and say why. Calls no AWS and changes nothing."""
    body = sys.stdin.read() if payload == "-" else _text(Path(payload))
    stated = parse_facts(_text(facts) if facts else "{}", str(facts))
    simulation = simulate(body, stated, read_policy(config), stated.now or datetime.now(UTC))
    if as_json:
        output.print_json(simulation_to_json(simulation))
    else:
        _print(simulation)
    if simulation.needed is not None:
        raise typer.Exit(ExitCode.LIVE_NEEDED)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Unusable(f"{path} is not text in UTF-8: {error.reason} at byte {error.start}.") from error


def _print(simulation: Simulation) -> None:
    output.print_heading(_title(simulation))
    for sentence in (simulation.obstacle.sentence if simulation.obstacle else "", sentence_of(simulation)):
        if sentence:
            output.say(sentence)
    for assumption in simulation.assumptions:
        output.say(f"Assumed, because the facts do not say: {assumption}")
    decision, needed = simulation.decision, simulation.needed
    established = decision or needed
    if established is None:
        return
    document = simulation_to_json(simulation)
    spec = established.entry.fix.spec if established.entry else None
    output.print_fields(
        {
            "resource": established.resource.arn if established.resource else "",
            "catalog entry": document["entry_id"],
            "fix": f"{spec.id}: {spec.title}" if spec else "",
            "environment": document["environment"],
            "owner": document["owner"],
            "exception": document["waiver_id"],
            "hazard": document["hazard"],
            "disruption": document["disruption"],
            "policy": simulation.policy_version,
            "decided as of": simulation.now.isoformat(),
        }
    )
    print_checks(established.checks)
    if decision is not None and decision.template is not None:
        print_template(decision.template)
    if decision is not None and decision.plan is not None:
        print_plan(decision.plan)
    if needed is not None:
        output.print_heading("To go on, state what the fix would observe, for example")
        output.say_whole(output.as_text({"tags": {}, "observed": document["observed_example"]}))
    if simulation.permissions:
        print_permissions(simulation.permissions)


def _title(simulation: Simulation) -> str:
    match simulation.result:
        case Wait(decision=decision, obstacle=obstacle):
            return f"{decision.outcome}: {decision.reason}, but it would wait: {obstacle.reason}"
        case LiveResourceNeeded():
            return "The decision depends on the live resource"
        case Dismissed() | Decision() as ended:
            return f"{ended.outcome}: {ended.reason}"

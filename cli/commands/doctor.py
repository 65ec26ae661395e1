"""``suture doctor``: whether a deployment is in order, and what to do about what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.deployment import Deployment
from cli.errors import AnswerIsNo
from cli.options import AsJson, Plain
from cli.output import Style
from cli.policy import CONFIG

EPILOG = """\b
Examples:
  suture -e production doctor
  suture -e production doctor --json | jq '.[] | select(.health != "good")'
\b
It looks at the stack, the version of its code and of its policy, the queues,
the alarms, the roles of operators and approvers, and at who is subscribed to
the topics of reviewers and of the security team. It changes nothing.
Customers' accounts: suture accounts verify --help
\b
Ends with 1 if something is not in order, or could not be looked at.
"""

_STYLES = {"good": Style.GREEN, "bad": Style.RED, "unknown": Style.YELLOW}


def examine_deployment(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option(help="The folder with policy.yaml and catalog.yaml.", show_default="this checkout's")
    ] = CONFIG,
    plain: Plain = False,
    as_json: AsJson = False,
) -> None:
    """Whether the deployment is in order, and what to do. Changes nothing."""
    from cli.doctor import Doctor, Health  # noqa: PLC0415  brings botocore
    from infra.lambda_asset import checkout_version  # noqa: PLC0415  brings TLS

    deployment: Deployment = context.obj()
    doctor = Doctor(deployment=deployment, version=checkout_version(CONFIG.parent), config=config)
    diagnoses = doctor.examine()
    if as_json:
        output.print_json(
            [
                {"part": one.part, "health": one.health.value, "sentence": one.sentence, "next_step": one.next_step}
                for one in diagnoses
            ]
        )
    elif plain:
        output.print_table(
            ("Health", "Part", "Sentence", "Next step"),
            ((one.health.value, one.part, one.sentence, one.next_step) for one in diagnoses),
            plain=True,
        )
    else:
        for one in diagnoses:
            output.say(f"{one.health.value:<8}{one.part}: {one.sentence}", _STYLES[one.health.value])
            if one.next_step:
                output.say(f"        {one.next_step}")
    wrong = sum(one.health is not Health.GOOD for one in diagnoses)
    if wrong:
        raise AnswerIsNo(f"{wrong} of {len(diagnoses)} are not in order.")

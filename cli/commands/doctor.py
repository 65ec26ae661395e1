"""``suture doctor``: whether a deployment is in order, and what to do about what is not."""

from __future__ import annotations

import typer

from cli import output
from cli.deployment import Deployment
from cli.errors import AnswerIsNo
from cli.options import AsJson, ConfigFolder, Plain
from cli.output import Style
from cli.policy import CHECKOUT, CONFIG

EPILOG = """\b
Examples:
  suture -e production doctor
  suture -e production doctor --json | jq '.[] | select(.health != "good")'
\b
It looks at the stack, the version of its code and of its policy, the queues
and whether the function reads them, the alarms, the roles of operators and
approvers, who is subscribed to the topics of the security team and of the
reviewers, and whether the owners in the policy's directory are. It changes
nothing. Customers' accounts: suture accounts verify --help
\b
Ends with 1 if something is not in order, or could not be looked at.
"""

_HANG = 8
_STYLES = {"good": Style.GREEN, "bad": Style.RED, "unknown": Style.YELLOW}


def examine_deployment(
    context: typer.Context,
    config: ConfigFolder = CONFIG,
    plain: Plain = False,
    as_json: AsJson = False,
) -> None:
    """Whether the deployment is in order, and what to do. Changes nothing."""
    from cli.doctor import Doctor, Health  # noqa: PLC0415  brings botocore
    from infra.lambda_asset import checkout_version  # noqa: PLC0415  brings TLS

    deployment: Deployment = context.obj()
    doctor = Doctor(deployment=deployment, version=checkout_version(CHECKOUT), config=config)
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
            output.say(f"{one.health.value:<8}{one.part}: {one.sentence}", _STYLES[one.health.value], hang=_HANG)
            if one.next_step:
                say = output.say_whole if one.next_step.startswith("aws ") else output.say
                say(" " * _HANG + one.next_step)
    wrong = sum(one.health is not Health.GOOD for one in diagnoses)
    if wrong:
        raise AnswerIsNo(f"{wrong} of {len(diagnoses)} are not in order.")

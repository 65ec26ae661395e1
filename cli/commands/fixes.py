"""``suture fixes``: what there is to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from cli import output
from cli.completion import fix_ids
from cli.errors import AnswerIsNo
from cli.observed import example_of_observed
from cli.options import AsJson, Plain, given
from runtime.domain.fix import FixSpec, Permission
from runtime.domain.known import nearest
from runtime.fixes.catalog import SPECS

app = typer.Typer(
    help="Every fix there is: what it answers, what it needs, and what it may break. Needs no AWS.",
    rich_markup_mode=None,
    epilog="""\b
Examples:
  suture fixes
  suture fixes show s3-block-public-access
  suture fixes --json | jq -r '.[] | select(.disruption == "none") | .id'
""",
)


@app.callback(invoke_without_command=True)
def list_fixes(context: typer.Context, plain: Plain = False, as_json: AsJson = False) -> None:
    """Every fix there is: what it answers, what it needs, and what it may break. Needs no AWS."""
    if context.invoked_subcommand is not None:
        return
    if as_json:
        output.print_json([_spec_to_json(spec) for spec in SPECS.values()])
        return
    output.print_table(
        ("Fix", "What it does", "Undo", "Disruption", "Resource types"),
        (
            (spec.id, spec.title, _undo(spec), spec.disruption.value, ", ".join(spec.resource_types))
            for spec in SPECS.values()
        ),
        plain=plain,
    )
    output.say_aside("Everything about one of them, hazard and permissions included: suture fixes show ID")


@app.command(
    "show",
    epilog="""\b
Example:
  suture fixes show ec2-security-group-world-ingress
""",
)
def show_fix(
    fix_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", callback=given, autocompletion=fix_ids, help="The fix's id, as `suture fixes` lists it."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Everything about one fix. Ends with 1 if there is none with this id."""
    spec = SPECS.get(fix_id)
    if spec is None:
        near = nearest(fix_id, SPECS)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise AnswerIsNo(f"There is no fix {fix_id!r}.{meant} `suture fixes` lists them.")
    if as_json:
        output.print_json(_spec_to_json(spec))
        return
    output.print_heading(f"{spec.id}: {spec.title}")
    output.print_fields(
        {
            "resource types": ", ".join(spec.resource_types),
            "controls": "; ".join(spec.controls),
            "undo": _undo(spec),
            "disruption": spec.disruption.value,
            "hazard": spec.hazard,
            "observes, for example": output.as_text(example_of_observed(spec.id)),
        }
    )
    output.print_heading("Permissions")
    output.print_table(
        ("Session", "IAM action", "Resource", "API operation"),
        (
            (session, permission.action, permission.resource, permission.operation)
            for session, permissions in (("read", spec.reads), ("write", spec.writes))
            for permission in permissions
        ),
    )
    if spec.options:
        output.print_heading("Options of a catalog entry")
        output.print_table(
            ("Option", "Default", "What it does"),
            ((name, output.as_text(option.default), option.description) for name, option in spec.options.items()),
            fold=("Default", "What it does"),
        )


def _undo(spec: FixSpec) -> str:
    return "yes" if spec.reversible else "no: needs approval"


def _spec_to_json(spec: FixSpec) -> dict[str, Any]:
    return {
        "id": spec.id,
        "title": spec.title,
        "resource_types": list(spec.resource_types),
        "controls": list(spec.controls),
        "permissions": {"reads": _permissions_to_json(spec.reads), "writes": _permissions_to_json(spec.writes)},
        "reversible": spec.reversible,
        "disruption": spec.disruption.value,
        "hazard": spec.hazard,
        "options": {
            name: {"schema": dict(option.schema), "default": option.default, "description": option.description}
            for name, option in spec.options.items()
        },
        "observed_example": example_of_observed(spec.id),
    }


def _permissions_to_json(permissions: Iterable[Permission]) -> list[dict[str, str]]:
    return [
        {"action": permission.action, "operation": permission.operation, "resource": permission.resource}
        for permission in permissions
    ]

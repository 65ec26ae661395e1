"""``suture fixes``: what there is to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

from cli import output
from cli.completion import fix_ids
from cli.errors import AnswerIsNo
from cli.observed import example_of_observed
from cli.options import AsJson, Plain, given
from infra.effects import Effect, read_effects
from infra.identifiers import Answer, Framework, Identifier, identifiers_of, read_answers, read_rows
from runtime.domain.access import services_of
from runtime.domain.fix import Disruption, FixSpec, Permission, find_spec
from runtime.domain.known import nearest
from runtime.domain.policy import fold_name
from runtime.fixes.catalog import SPECS

app = typer.Typer(
    add_completion=False,
    help="All fixes: their identifiers, permissions and hazards. Needs no AWS.",
    rich_markup_mode=None,
    epilog="""\b
Examples:
  suture fixes
  suture fixes --service ec2 --disruption none
  suture fixes --control S3.8
  suture fixes --kind AWS::RDS::DBInstance
  suture fixes --text "access key"
  suture fixes --effects --text "flow logs"
  suture fixes show s3-block-public-access
  suture fixes --json | jq -r '.[] | select(.disruption == "none") | .id'
""",
)


@app.callback(invoke_without_command=True)
def list_fixes(
    context: typer.Context,
    service: Annotated[
        str, typer.Option(metavar="NAME", callback=given, help="Only fixes for a service, such as s3 or ec2.")
    ] = "",
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            "--type",
            metavar="TYPE",
            callback=given,
            help="Only fixes for a kind of resource: its type, such as AWS::S3::Bucket.",
        ),
    ] = "",
    disruption: Annotated[Disruption | None, typer.Option(help="Only fixes with this disruption.")] = None,
    control: Annotated[
        str,
        typer.Option(
            metavar="ID",
            callback=given,
            help=(
                "Only fixes for this identifier of Wiz, Security Hub, AWS Config, Prowler or CIS, or for the full "
                "name of a Wiz rule."
            ),
        ),
    ] = "",
    text: Annotated[
        str, typer.Option(metavar="TEXT", callback=given, help="Only fixes whose description contains this text.")
    ] = "",
    effects: Annotated[
        bool,
        typer.Option(
            "--effects",
            help="List what other tools change in AWS, with the fix and options for it here, or why it is refused.",
        ),
    ] = False,
    plain: Plain = False,
    as_json: AsJson = False,
) -> None:
    """All fixes: their identifiers, permissions and hazards. Needs no AWS."""
    if context.invoked_subcommand is not None:
        return
    found = [
        spec
        for spec in SPECS.values()
        if (not service or service.casefold() in services_of([spec]))
        and (not kind or kind.casefold() in map(str.casefold, spec.resource_types))
        and (disruption is None or spec.disruption is disruption)
        and (not control or _answering(spec, control))
        and (effects or text.casefold() in _described(spec).casefold())
    ]
    if effects:
        narrowed = bool(kind or disruption or control)
        _list_effects(
            _effects(found if narrowed or service else None, text, service="" if narrowed else service),
            plain=plain,
            as_json=as_json,
        )
        return
    if as_json:
        output.print_json([_spec_to_json(spec) for spec in found])
        return
    if not found:
        output.say("No such fix. `suture fixes` lists all.")
        return
    output.print_table(
        ("Fix", "What it does", "Undo", "Disruption", "Answers", "Resource types"),
        (
            (
                spec.id,
                spec.title,
                _undo(spec),
                spec.disruption.value,
                _meant(spec, control) if control else _counted(spec),
                ", ".join(spec.resource_types),
            )
            for spec in found
        ),
        plain=plain,
    )
    output.say_aside("Details of one fix, with hazard and permissions: suture fixes show ID")


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
    """Show all details of a fix. Exits with 1 if it does not exist."""
    spec = find_spec(SPECS, fix_id)
    if spec is None:
        near = nearest(fix_id, SPECS)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise AnswerIsNo(f"The fix {fix_id!r} does not exist.{meant} `suture fixes` lists all.")
    if as_json:
        output.print_json(_spec_to_json(spec))
        return
    output.print_heading(f"{spec.id}: {spec.title}")
    output.print_fields(
        {
            "resource types": ", ".join(spec.resource_types),
            "stage": spec.stage.value,
            "undo": _undo(spec),
            "disruption": spec.disruption.value,
            "hazard": spec.hazard,
            "hazard of an undo": spec.undo_hazard,
            "observes, for example": output.as_text(example_of_observed(spec.id)),
        }
    )
    output.print_heading("Answers")
    output.print_table(
        ("Identifier", "Catalog entry", "Options", "Remarks"),
        (
            (found.text, answer.id, output.as_text(dict(answer.options)) if answer.options else "", _remarks(found))
            for found, answer in _identifiers(spec)
        ),
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


def _effects(fixes: Sequence[FixSpec] | None, text: str, *, service: str) -> list[Effect]:
    """The rows that these fixes answer or that are of a service, answered or not; or all. A text occurs in each."""
    wanted = None if fixes is None else {spec.id for spec in fixes}
    return [
        effect
        for effect in read_effects()
        if (
            wanted is None
            or effect.service.casefold() == service.casefold()
            or any(fixed.fix_id in wanted for fixed in effect.fixes)
        )
        and text.casefold() in " ".join((effect.service, effect.title, *_answers(effect))).casefold()
    ]


def _answers(effect: Effect) -> list[str]:
    """What is done about a row, one line for each fix."""
    if effect.refusal:
        return [f"refused: {effect.refusal.because}"]
    return [fixed.fix_id + _with(fixed.options) for fixed in effect.fixes] or ["no fix yet"]


def _with(options: Mapping[str, Any]) -> str:
    """What options are set to, as a catalog entry has it; those that are null, which is to leave alone, together."""
    given = [f"{name}: {output.as_text(value)}" for name, value in options.items() if value is not None]
    unset = ["all else null"] if None in options.values() else []
    return f" with {', '.join((*given, *unset))}" if options else ""


def _list_effects(effects: Sequence[Effect], *, plain: bool, as_json: bool) -> None:
    if as_json:
        output.print_json([_effect_to_json(effect) for effect in effects])
        return
    if not effects:
        output.say("No such effect. `suture fixes --effects` lists all.")
        return
    output.print_table(
        ("Row", "Service", "Effect", "Answer"),
        ((str(effect.row), effect.service, effect.title, "; ".join(_answers(effect))) for effect in effects),
        fold=("Effect", "Answer"),
        plain=plain,
    )


def _effect_to_json(effect: Effect) -> dict[str, Any]:
    return {
        "row": effect.row,
        "service": effect.service,
        "effect": effect.title,
        "fixes": [{"id": fixed.fix_id, "options": dict(fixed.options)} for fixed in effect.fixes],
        "refused": effect.refusal.because if effect.refusal else None,
    }


def _identifiers(spec: FixSpec) -> Sequence[tuple[Identifier, Answer]]:
    return tuple(identifiers_of(read_answers().get(spec.id, ())))


def _answering(spec: FixSpec, control: str) -> list[tuple[Identifier, Answer]]:
    """What a fix answers that is called so."""
    asked = fold_name(control)
    return [
        (found, answer)
        for found, answer in _identifiers(spec)
        if asked in map(fold_name, (found.id, found.text, *found.names))
    ]


def _meant(spec: FixSpec, control: str) -> str:
    """What is called so, and the options that it means."""
    return "; ".join(
        f"{found.text}: {answer.id}" + (f" {output.as_text(dict(answer.options))}" if answer.options else "")
        for found, answer in _answering(spec, control)
    )


def _counted(spec: FixSpec) -> str:
    counts = dict.fromkeys(Framework, 0)
    for found, _ in _identifiers(spec):
        counts[found.framework] += 1
    return ", ".join(f"{framework.title} {count}" for framework, count in counts.items() if count)


def _remarks(found: Identifier) -> str:
    known = f"confidence {found.confidence}" if found.confidence else ""
    return "; ".join(filter(None, (*found.names[:1], known, found.partly)))


def _described(spec: FixSpec) -> str:
    names = [name for found, _ in _identifiers(spec) for name in (found.text, *found.names)]
    return "\n".join((spec.id, spec.title, spec.hazard, *spec.aliases, *spec.resource_types, *names))


def _undo(spec: FixSpec) -> str:
    return "yes" if spec.reversible else "no: needs approval"


def _spec_to_json(spec: FixSpec) -> dict[str, Any]:
    return {
        "id": spec.id,
        "title": spec.title,
        "resource_types": list(spec.resource_types),
        "services": list(services_of([spec])),
        "stage": spec.stage.value,
        "aliases": list(spec.aliases),
        "rows": [{"row": row, "options": dict(options)} for row, options in read_rows()[spec.id]],
        "identifiers": [_identifier_to_json(found, answer) for found, answer in _identifiers(spec)],
        "permissions": {"reads": _permissions_to_json(spec.reads), "writes": _permissions_to_json(spec.writes)},
        "reversible": spec.reversible,
        "disruption": spec.disruption.value,
        "hazard": spec.hazard,
        "undo_hazard": spec.undo_hazard,
        "options": {
            name: {"schema": dict(option.schema), "default": option.default, "description": option.description}
            for name, option in spec.options.items()
        },
        "observed_example": example_of_observed(spec.id),
    }


def _identifier_to_json(found: Identifier, answer: Answer) -> dict[str, Any]:
    return {
        "framework": found.framework.value,
        "id": found.id,
        "names": list(found.names),
        "confidence": found.confidence.value if found.confidence else None,
        "partly": found.partly,
        "entry": answer.id,
        "options": dict(answer.options),
    }


def _permissions_to_json(permissions: Iterable[Permission]) -> list[dict[str, str]]:
    return [
        {"action": permission.action, "operation": permission.operation, "resource": permission.resource}
        for permission in permissions
    ]

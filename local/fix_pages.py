"""A page for each fix, made from its docstring and its declaration: ``python -m local.fix_pages`` writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from botocore import xform_name

from customer_role.grants import packs_of, switch_name, tag_permissions
from infra.effects import Effect, read_effects
from infra.identifiers import Answer, Framework, Identifier, read_answers
from infra.prevention import Prevention, read_prevention
from local.recorded import RecordedCall, recorded_calls
from runtime.domain.fix import Disruption, FixSpec, Permission
from runtime.domain.template import TemplateTool
from runtime.fixes.catalog import FIX_BY_ID, page_of
from runtime.fixes.contract import Fix

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "fixes"
INDEX = "README.md"

_NOTE = "<!-- Made from the fixes by `python -m local.fix_pages`. Do not edit. -->"
_NOTICED = {
    Disruption.NONE: "nothing",
    Disruption.RECONNECT: "clients must reconnect",
    Disruption.RESTART: "it restarts",
    Disruption.DATA_PATH: "some requests or connections are denied",
}
_TOOLS = {
    TemplateTool.CLOUDFORMATION: "CloudFormation",
    TemplateTool.CDK: "the AWS CDK",
    TemplateTool.TERRAFORM: "Terraform",
}
_COMMAND_LINE_NAMES = {"s3": "s3api"}
"""Where the AWS command line calls a service by another name than the SDK does."""


def pages() -> Mapping[str, str]:
    """Every page by its file name, the index too."""
    return {INDEX: _index(), **{f"{fix.spec.id}.md": _page(fix) for fix in FIX_BY_ID.values()}}


def write(folder: Path = FOLDER) -> None:
    """Write every page, and remove those of fixes that are no longer there."""
    wanted = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def _index() -> str:
    rows = (
        (
            f"[{spec.title}]({spec.id}.md)",
            code([spec.id]),
            code(spec.resource_types),
            "yes" if spec.reversible else "no",
            _NOTICED[spec.disruption],
        )
        for spec in (fix.spec for fix in FIX_BY_ID.values())
    )
    return "\n".join(
        [
            _NOTE,
            "",
            "# The fixes",
            "",
            "Suture can change only what is listed here. `suture fixes` prints the same list.",
            "",
            *table(("fix", "id", "resource types", "reversible", "disruption"), rows),
            "",
            "## By effect",
            "",
            "What other tools change in AWS, the most common first, and the fixes for it here.",
            "`suture fixes --effects` prints the same.",
            "",
            *table(("", "service", "effect", "answer"), map(_effect, read_effects())),
            "",
        ]
    )


def _effect(effect: Effect) -> tuple[str, ...]:
    fixes = "<br>".join(f"[`{fixed.fix_id}`]({fixed.fix_id}.md){_with(fixed.options)}" for fixed in effect.fixes)
    refused = f"refused: {effect.refusal.because}" if effect.refusal else "no fix yet"
    return str(effect.row), effect.service, effect.title, fixes or refused


def _with(options: Mapping[str, Any]) -> str:
    return f" with {as_options(options)}" if options else ""


def _page(fix: Fix) -> str:
    spec = fix.spec
    _, _, sections = page_of(spec.id).partition("\n\n")
    facts = (
        ("id", code([spec.id])),
        ("resource types", code(spec.resource_types)),
        ("stage", spec.stage.value),
        ("reversible", "yes" if spec.reversible else "no: it needs approval"),
        ("disruption", _NOTICED[spec.disruption]),
        ("hazard", spec.hazard),
        ("hazard of an undo", spec.undo_hazard or "there is no undo"),
        ("customer's packs", code(pack.service for pack in packs_of([spec]))),
        ("parameter in the pack's template", code([switch_name(spec.id)])),
    )
    return "\n".join(
        [
            _NOTE,
            "",
            f"# {spec.title}",
            "",
            *table(("", ""), facts),
            "",
            _markdown(sections).strip(),
            "",
            *_identifiers(spec),
            *_permissions(spec),
            *_options(spec),
            *_calls(spec),
            *_template(spec),
            *_prevention(spec),
        ]
    )


def _identifiers(spec: FixSpec) -> list[str]:
    found = [(answer, rows) for answer in read_answers().get(spec.id, ()) if (rows := _rows(answer))]
    return [
        "## Identifiers",
        "",
        "Rules and controls, by the options that they mean. Confidence of Wiz's identifiers: *A* from several sources",
        "or from Wiz, *B* from one source that runs against a tenant, *C* from a paraphrase.",
        "",
        *table(
            ("catalog entry", "options", "identifiers"),
            ((f"`{answer.id}`", options_of(answer), rows) for answer, rows in found),
        ),
        "",
    ]


def _rows(answer: Answer) -> str:
    return "<br>".join(
        f"{framework.title}: " + ", ".join(map(_identifier, identifiers))
        for framework in Framework
        if (identifiers := answer.of(framework))
    )


def _identifier(found: Identifier) -> str:
    said = [*(f"*{name}*" for name in found.names), *([found.confidence.value] if found.confidence else [])]
    said += [found.partly] if found.partly else []
    return f"{found.id} ({'; '.join(said)})" if said else found.id


def options_of(answer: Answer) -> str:
    return as_options(answer.options) or "the defaults"


def as_options(options: Mapping[str, Any]) -> str:
    """Options as the catalog has them."""
    return ", ".join(f"`{name}: {json.dumps(value)}`" for name, value in options.items())


def _permissions(spec: FixSpec) -> list[str]:
    tags = [permission for name in spec.resource_types for permission in tag_permissions(name)]
    reads = dict.fromkeys([*spec.reads, *tags])
    rows = [
        (session, f"`{permission.action}`", f"`{_command(permission)}`", f"`{permission.resource}`")
        for session, permissions in (("read", reads), ("write", spec.writes))
        for permission in permissions
    ]
    return [
        "## Permissions",
        "",
        "A read-only session gets the first, a write session only the others; both on this one resource. `${arn}`",
        "and similar stand for the finding's resource, `*` for actions without resource-level permissions.",
        "",
        *table(("session", "IAM action", "AWS CLI command", "resource"), rows),
        "",
    ]


def _command(permission: Permission) -> str:
    return f"aws {_command_of(permission.operation)}"


def _command_of(call: str) -> str:
    service, operation = call.split(":")
    return f"{_COMMAND_LINE_NAMES.get(service, service)} {xform_name(operation, '-')}"


def _options(spec: FixSpec) -> list[str]:
    if not spec.options:
        return ["## Options", "", "None.", ""]
    rows = (
        (f"`{name}`", f"`{json.dumps(option.default)}`", option.description, f"`{json.dumps(option.schema)}`")
        for name, option in spec.options.items()
    )
    return [
        "## Options",
        "",
        "Set in the catalog entry, under `options`.",
        "",
        *table(("option", "default", "description", "JSON Schema"), rows),
        "",
    ]


def _template(spec: FixSpec) -> list[str]:
    return [
        "## In a template",
        "",
        "The next deployment of a template reverts the fix. Change in the template:",
        "",
        *table(("tool", "change"), ((_TOOLS[tool], spec.template_properties[tool]) for tool in TemplateTool)),
        "",
    ]


def _calls(spec: FixSpec) -> list[str]:
    recorded = recorded_calls()[spec.id]
    return [
        "## Calls",
        "",
        f"As recorded in the case *{recorded.case}*. The resource's values are replaced by `${{arn}}`,",
        "`${name}`, `${account_id}` and `${region}`.",
        "",
        *_recorded("Applied", recorded.apply),
        *_recorded("Undone", recorded.undo),
    ]


def _recorded(title: str, calls: Iterable[RecordedCall]) -> Iterator[str]:
    lines = [f"aws {_command_of(call.call)} --cli-input-json {quote(json.dumps(call.parameters))}" for call in calls]
    yield from ([f"{title}:", "", "```sh", *lines, "```", ""] if lines else [f"{title}: nothing.", ""])


def _prevention(spec: FixSpec) -> list[str]:
    prevented = read_prevention()[spec.id]
    head = ["## Prevention", ""]
    if not prevented.ways:
        return [*head, prevented.because, ""]
    return [
        *head,
        "Suture applies none of this. SCPs and RCPs affect neither the organization's management account nor",
        "service-linked roles.",
        "",
        *(line for way in prevented.ways for line in _way(way)),
    ]


def _way(way: Prevention) -> Iterator[str]:
    yield f"**{way.by[0].upper()}{way.by[1:]}.** {way.what} It also denies: {way.forbids}. <{way.source}>"
    yield ""
    if way.statement is not None:
        yield from ("```json", *way.json.splitlines(), "```", "")


def _markdown(page: str) -> str:
    """The sections of a docstring, which are written in reStructuredText of the simplest kind."""
    text = re.sub(r"^(\S.*)\n-+$", r"## \1\n", page, flags=re.MULTILINE)
    text = re.sub(r"\n{3,}", "\n\n", text.replace("``", "`"))
    return re.sub(r"https://\S+", r"<\g<0>>", text)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table in Markdown."""
    yield _row(heads)
    yield _row("---" for _ in heads)
    yield from map(_row, rows)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def code(words: Iterable[str]) -> str:
    """The words as code, one after the other."""
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    write()

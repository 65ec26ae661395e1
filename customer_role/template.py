"""The packs as plain CloudFormation templates and as a Terraform module, and the SCPs.

``python -m customer_role.template FOLDER`` writes them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from aws_cdk import App

from customer_role.app import build
from customer_role.grants import packs_of
from customer_role.scp import service_control_policies
from customer_role.terraform import module
from runtime.domain.access import CUSTOMER_ROLE_PREFIX
from runtime.fixes.catalog import SPECS

TERRAFORM = "terraform"
"""The folder of the module."""
FORMAT_VERSION = "2010-09-09"
_SECTIONS = ("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Conditions", "Resources", "Outputs")


class _Line(dict[str, Any]):
    """A mapping that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes lists within lists without indenting them, as people do."""


_Dumper.add_representer(
    _Line, lambda dumper, line: dumper.represent_mapping("tag:yaml.org,2002:map", line, flow_style=True)
)


def render() -> Mapping[str, str]:
    """The template of every pack as YAML, by the name of its role: the same text for the same fixes."""
    with TemporaryDirectory() as assembly:
        return rendered(build(assembly))


def rendered(app: App) -> Mapping[str, str]:
    """The templates of an app's stacks, with the sections in the order people expect and a statement on each line."""
    return {stack.stack_name: _yaml(stack.template) for stack in app.synth().stacks}


def _yaml(template: Mapping[str, Any]) -> str:
    whole = {"AWSTemplateFormatVersion": FORMAT_VERSION, **template}
    assert set(whole) <= set(_SECTIONS)
    ordered = {section: _in_lines(whole[section]) for section in _SECTIONS if section in whole}
    text: str = yaml.dump(ordered, Dumper=_Dumper, default_flow_style=None, sort_keys=False, width=10_000)
    return text


def _in_lines(section: Any) -> Any:
    """A copy with sorted keys, in which nothing is shared, so that YAML writes no anchors."""
    return json.loads(json.dumps(section, sort_keys=True), object_pairs_hook=_line_or_block)


def _line_or_block(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A statement, with its switch if it has one, a condition and a parameter's own fields are lines."""
    names = {name for name, _ in pairs}
    one_line = names & {"Effect", "Fn::If", "Fn::Equals", "Fn::Or", "AllowedValues", "Fn::GetAtt"}
    return _Line(pairs) if one_line else dict(pairs)


def write(folder: Path) -> list[Path]:
    """Write the templates, the Terraform module, and the SCPs that bound their roles. Returns the files."""
    packs = packs_of(SPECS.values())
    files = {f"{name}.yaml": text for name, text in render().items()}
    files |= {f"{TERRAFORM}/{name}": text for name, text in module(packs).items()}
    for number, policy in enumerate(service_control_policies(packs), start=1):
        files[f"{CUSTOMER_ROLE_PREFIX}-scp-{number}.json"] = policy + "\n"
    (folder / TERRAFORM).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m customer_role.template", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the files are written")
    for file in write(parser.parse_args().folder):
        print(file)  # noqa: T201  what a command says


if __name__ == "__main__":
    main()

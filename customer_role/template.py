"""The customer role as one plain CloudFormation template: ``python -m customer_role.template [--output FILE]``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from customer_role.app import build

FORMAT_VERSION = "2010-09-09"
_SECTIONS = ("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Conditions", "Resources", "Outputs")


def render() -> str:
    """The template as YAML: the same text for the same fixes, with the sections in the order people expect."""
    with TemporaryDirectory() as assembly:
        template = {"AWSTemplateFormatVersion": FORMAT_VERSION, **build(assembly).synth().stacks[0].template}
    ordered = {section: _sorted(template.pop(section)) for section in _SECTIONS}
    text: str = yaml.safe_dump(ordered, default_flow_style=None, sort_keys=False, width=1000)
    return text


def _sorted(section: Any) -> Any:
    """A copy with sorted keys, in which nothing is shared, so that YAML writes no anchors."""
    return json.loads(json.dumps(section, sort_keys=True))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m customer_role.template", description=__doc__)
    parser.add_argument("--output", type=Path, help="the file to write; the terminal if not given")
    chosen = parser.parse_args()
    if chosen.output is None:
        sys.stdout.write(render())
    else:
        chosen.output.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()

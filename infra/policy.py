"""The policy that AppConfig delivers, made from the files an operator edits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from infra.catalog_schema import overrides as overrides_schema
from infra.overrides import Catalog, apply_overrides
from infra.policy_schema import NAME, policy_schema
from infra.yaml_document import ConfigurationInvalid, Place, YamlDocument, read_yaml, schema_problems, shown
from runtime.domain.errors import PolicyInvalid
from runtime.domain.fix import FixSpec
from runtime.domain.fix_summary import FixSummary, by_name, summarize
from runtime.domain.policy import default_mode, parse_policy
from runtime.fixes.catalog import TYPES

CATALOG = "catalog"

LONGEST_POLICY = 250_000
"""Characters: a quarter of the CloudFormation template in which the policy stands.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


def load_policy(config: Path, specs: Mapping[str, FixSpec], *, catalog_file: Path | None = None) -> str:
    """The policy in a folder's ``policy.yaml``, ``catalog.yaml`` and ``overrides.yaml``, checked, as one JSON document.

    ``catalog_file`` is one to take in place of the folder's, without its overrides. Raises ``ConfigurationInvalid``
    with every defect found, by file and line.
    """
    policy, file = read_yaml(config / "policy.yaml"), read_yaml(catalog_file or config / "catalog.yaml")
    overrides = _read_overrides(config / "overrides.yaml") if catalog_file is None else _NONE
    schema, fixes = policy_schema(specs), by_name(map(summarize, specs.values()))
    parts = {"definitions": schema["definitions"]}
    entries = {**schema["properties"][CATALOG], **parts}
    problems = (
        *schema_problems(policy, _without_catalog(schema)),
        *schema_problems(file, entries),
        *schema_problems(overrides, {**overrides_schema(NAME), **parts}),
    )
    if problems:
        raise ConfigurationInvalid(problems)
    catalog = apply_overrides(file, overrides, partial(_default_modes, policy.content["environments"], fixes))
    if problems := schema_problems(catalog, entries):
        raise ConfigurationInvalid(problems)
    document = {**policy.content, CATALOG: catalog.content}
    try:
        parse_policy(document, fixes, TYPES)
    except PolicyInvalid as error:
        raise ConfigurationInvalid(tuple(_located(text, policy, catalog) for text in error.problems)) from error
    content = json.dumps(document, indent=1)
    if len(content) > LONGEST_POLICY:
        raise ConfigurationInvalid(
            (f"{shown(config)}: policy and catalog have {len(content)} characters as JSON; {LONGEST_POLICY} at most",)
        )
    return content


_NONE = YamlDocument(path=Path("overrides.yaml"), content={}, lines={(): 1})


def _read_overrides(path: Path) -> YamlDocument:
    """The overrides, of which a folder may have none."""
    found = read_yaml(path) if path.exists() else _NONE
    return found if found.content is not None else replace(found, content={})


def _default_modes(
    environments: Mapping[str, Any], fixes: Mapping[str, FixSummary], entry: Mapping[str, Any]
) -> Mapping[str, str]:
    """What an entry that names no environments may do in each."""
    fix = fixes.get(entry.get("fix", ""))
    modes = {name: raw["default_modes"] for name, raw in environments.items() if "default_modes" in raw}
    return {} if fix is None else {name: default_mode(fix, kinds).value for name, kinds in modes.items()}


def _without_catalog(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **schema,
        "required": [name for name in schema["required"] if name != CATALOG],
        "properties": {name: part for name, part in schema["properties"].items() if name != CATALOG},
    }


def _located(problem: str, policy: YamlDocument, catalog: Catalog) -> str:
    """A problem of ``parse_policy``, which begins with its place in the one document, with file and line."""
    where, _, sentence = problem.partition(": ")
    # An account's id is a key that consists of digits: only what stands in brackets is an index.
    place: Place = tuple(int(index) if index else key for index, key in re.findall(r"\[(\d+)\]|([^.\[\]]+)", where))
    if place[0] == CATALOG:
        return catalog.problem(place[1:], sentence)
    return policy.problem(place, sentence)

"""The policy that AppConfig delivers, made from the files an operator edits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.policy_schema import policy_schema
from infra.yaml_document import ConfigurationInvalid, Place, YamlDocument, read_yaml, schema_problems, shown
from runtime.domain.errors import PolicyInvalid
from runtime.domain.fix import FixSpec
from runtime.domain.policy import parse_policy
from runtime.fixes.catalog import TYPES

CATALOG = "catalog"

LONGEST_POLICY = 250_000
"""Characters: a quarter of the CloudFormation template in which the policy stands.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


def load_policy(config: Path, specs: Mapping[str, FixSpec], *, catalog_file: Path | None = None) -> str:
    """The policy in a folder's ``policy.yaml`` and ``catalog.yaml``, checked, as one JSON document.

    ``catalog_file`` is one to take in place of the folder's. Raises ``ConfigurationInvalid`` with every defect found,
    by file and line.
    """
    policy, catalog = read_yaml(config / "policy.yaml"), read_yaml(catalog_file or config / "catalog.yaml")
    schema = policy_schema(specs)
    problems = schema_problems(policy, _without_catalog(schema)) + schema_problems(
        catalog, {**schema["properties"][CATALOG], "definitions": schema["definitions"]}
    )
    if problems:
        raise ConfigurationInvalid(problems)
    document = {**policy.content, CATALOG: catalog.content}
    try:
        parse_policy(document, specs, TYPES)
    except PolicyInvalid as error:
        raise ConfigurationInvalid(tuple(_located(text, policy, catalog) for text in error.problems)) from error
    content = json.dumps(document, indent=1)
    if len(content) > LONGEST_POLICY:
        raise ConfigurationInvalid(
            (f"{shown(config)}: policy and catalog have {len(content)} characters as JSON; {LONGEST_POLICY} at most",)
        )
    return content


def _without_catalog(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **schema,
        "required": [name for name in schema["required"] if name != CATALOG],
        "properties": {name: part for name, part in schema["properties"].items() if name != CATALOG},
    }


def _located(problem: str, policy: YamlDocument, catalog: YamlDocument) -> str:
    """A problem of ``parse_policy``, which begins with its place in the one document, with file and line."""
    where, _, sentence = problem.partition(": ")
    # An account's id is a key that consists of digits: only what stands in brackets is an index.
    place: Place = tuple(int(index) if index else key for index, key in re.findall(r"\[(\d+)\]|([^.\[\]]+)", where))
    if place[0] == CATALOG:
        return catalog.problem(place[1:], sentence)
    return policy.problem(place, sentence)

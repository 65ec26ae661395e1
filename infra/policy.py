"""The policy that AppConfig delivers, made from the files an operator edits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.policy_schema import policy_schema
from infra.yaml_document import ConfigurationInvalid, Place, YamlDocument, read_yaml, schema_problems
from runtime.domain.errors import PolicyInvalid
from runtime.domain.fix import FixSpec
from runtime.domain.policy import parse_policy

CATALOG = "catalog"


def load_policy(config: Path, specs: Mapping[str, FixSpec]) -> str:
    """The policy in a folder's ``policy.yaml`` and ``catalog.yaml``, checked, as one JSON document.

    Raises ``ConfigurationInvalid`` with every defect found, by file and line.
    """
    policy, catalog = read_yaml(config / "policy.yaml"), read_yaml(config / "catalog.yaml")
    schema = policy_schema(specs)
    problems = schema_problems(policy, _without_catalog(schema)) + schema_problems(
        catalog, {**schema["properties"][CATALOG], "definitions": schema["definitions"]}
    )
    if problems:
        raise ConfigurationInvalid(problems)
    document = {**policy.content, CATALOG: catalog.content}
    try:
        parse_policy(document, specs)
    except PolicyInvalid as error:
        raise ConfigurationInvalid(tuple(_located(text, policy, catalog) for text in error.problems)) from error
    return json.dumps(document, indent=1)


def _without_catalog(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **schema,
        "required": [name for name in schema["required"] if name != CATALOG],
        "properties": {name: part for name, part in schema["properties"].items() if name != CATALOG},
    }


def _located(problem: str, policy: YamlDocument, catalog: YamlDocument) -> str:
    """A problem of ``parse_policy``, which begins with its place in the one document, with file and line."""
    where, _, sentence = problem.partition(": ")
    place: Place = tuple(int(part) if part.isdecimal() else part for part in re.findall(r"[^.\[\]]+", where))
    if place[0] == CATALOG:
        return catalog.problem(place[1:], sentence)
    return policy.problem(place, sentence)

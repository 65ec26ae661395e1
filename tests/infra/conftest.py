"""The synthesized stacks. Synthesis takes seconds, so each environment is synthesized once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import app
from customer_role.template import render

ENVIRONMENTS = ("local", "dev", "staging", "production")


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesized:
    """One environment's template."""

    environment: str
    template: Mapping[str, Any]

    def resources(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """All of a type, by logical id."""
        return {
            logical_id: resource
            for logical_id, resource in self.template["Resources"].items()
            if resource["Type"] == resource_type
        }

    def find(self, resource_type: str, **properties: str) -> tuple[str, dict[str, Any]]:
        """The one with these properties: its logical id and itself."""
        (found,) = (
            (logical_id, resource)
            for logical_id, resource in self.resources(resource_type).items()
            if properties.items() <= resource["Properties"].items()
        )
        return found

    def properties(self, resource_type: str, **properties: str) -> dict[str, Any]:
        found: dict[str, Any] = self.find(resource_type, **properties)[1]["Properties"]
        return found

    def name(self, suffix: str) -> str:
        return f"suture-{self.environment}-{suffix}"


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Synthesized]:
    """Synthesizes an environment with cdk-nag, which raises on a finding that is not acknowledged."""

    @cache
    def synthesize(environment: str, config: Path = app.CONFIG) -> Synthesized:
        assembly = tmp_path_factory.mktemp("assembly")
        cloud_assembly = app.build(environment, config=config, outdir=str(assembly)).synth()
        template = cloud_assembly.get_stack_by_name(f"Suture-{environment}").template
        # With a copy of the bundle in it.
        shutil.rmtree(assembly)
        return Synthesized(environment=environment, template=template)

    return synthesize


@pytest.fixture(scope="session", params=ENVIRONMENTS)
def every(request: pytest.FixtureRequest, synthesize: Callable[..., Synthesized]) -> Synthesized:
    """Each environment in turn."""
    return synthesize(request.param)


@pytest.fixture(scope="session")
def local(synthesize: Callable[..., Synthesized]) -> Synthesized:
    """The environment whose parameters are fixed."""
    return synthesize("local")


@pytest.fixture(scope="session")
def one(synthesize: Callable[..., Synthesized]) -> Synthesized:
    """An environment that is kept, for what is the same in all."""
    return synthesize("dev")


@pytest.fixture(scope="session")
def texts() -> Mapping[str, str]:
    """The templates of the customer's roles, by the name of the role."""
    return render()


@pytest.fixture(scope="session")
def templates(texts: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The same, parsed."""
    return {name: yaml.safe_load(text) for name, text in texts.items()}

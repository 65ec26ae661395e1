"""The policy in a folder of configuration files, as the platform would have it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.errors import Unusable

if TYPE_CHECKING:
    from runtime.domain.policy import Policy

CONFIG = Path(__file__).parents[1] / "config"


def deployments() -> list[str]:
    """The environments that this checkout can deploy."""
    return sorted(file.stem for file in (CONFIG / "deployments").glob("*.yaml"))


def read_policy(config: Path, *, catalog_file: Path | None = None) -> Policy:
    """The folder's policy, with another catalog if one is given. Raises ``Unusable`` with every defect, by line."""
    from runtime.domain.policy import parse_policy  # noqa: PLC0415  only here
    from runtime.fixes.catalog import TYPES, summaries  # noqa: PLC0415  only here

    return parse_policy(read_document(config, catalog_file=catalog_file), summaries(), TYPES)


def read_document(config: Path, *, catalog_file: Path | None = None) -> Any:
    """The same, as it is delivered to the platform. Raises the same."""
    from infra.policy import load_policy  # noqa: PLC0415  brings YAML and JSON Schema
    from infra.yaml_document import ConfigurationInvalid  # noqa: PLC0415  the same
    from runtime.fixes.catalog import SPECS  # noqa: PLC0415  only here

    try:
        return json.loads(load_policy(config, SPECS, catalog_file=catalog_file))
    except ConfigurationInvalid as error:
        raise Unusable("\n".join(("The policy cannot be used:", *error.problems))) from error

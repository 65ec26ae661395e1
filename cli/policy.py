"""The policy in a folder of configuration files, as the platform would have it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import Unusable

if TYPE_CHECKING:
    from runtime.domain.policy import Policy

CONFIG = Path(__file__).parents[1] / "config"


def read_policy(config: Path, *, catalog_file: Path | None = None) -> Policy:
    """The folder's policy, with another catalog if one is given. Raises ``Unusable`` with every defect, by line."""
    from infra.policy import load_policy  # noqa: PLC0415  brings YAML and JSON Schema
    from infra.yaml_document import ConfigurationInvalid  # noqa: PLC0415  the same
    from runtime.domain.policy import parse_policy  # noqa: PLC0415  only here
    from runtime.fixes.catalog import SPECS, TYPES, summaries  # noqa: PLC0415  only here

    try:
        return parse_policy(json.loads(load_policy(config, SPECS, catalog_file=catalog_file)), summaries(), TYPES)
    except ConfigurationInvalid as error:
        raise Unusable("\n".join(("The policy cannot be used:", *error.problems))) from error

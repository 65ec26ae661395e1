"""The policy in a folder of configuration files, as the platform would have it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.errors import Unusable
from runtime.domain.known import nearest

if TYPE_CHECKING:
    from runtime.domain.policy import Policy

CHECKOUT = Path(__file__).parents[1]
_ELSEWHERE = os.environ.get("SUTURE_CONFIG")
CONFIG = Path(_ELSEWHERE or CHECKOUT / "config")
"""The folder that the platform was deployed from, as ``cdk deploy -c config=FOLDER`` has it."""


def deployments() -> list[str]:
    """The environments that can be deployed from there."""
    return sorted(file.stem for file in (CONFIG / "deployments").glob("*.yaml"))


def meant_by(environment: str) -> str:
    """Which of them somebody may have meant, and which there are: sentences, after a space."""
    near = [name for name in nearest(environment, deployments()) if name != environment]
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"{meant} {deployments_folder()} has {', '.join(deployments()) or 'none'}."


def deployments_folder() -> str:
    """As people call it."""
    return str(CONFIG / "deployments") if _ELSEWHERE else "config/deployments"


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

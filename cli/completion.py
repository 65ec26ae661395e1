"""What the shell completes: fixes, environments, the plans that wait. Outcomes are choices, which Typer completes.

Nothing is printed and nothing raised: whoever presses the tab key gets what can be found, or nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from cli.deployment import Deployment
from cli.errors import CommandError
from cli.policy import CONFIG
from runtime.domain.errors import PlatformCallFailed

_FEW = 10


def fix_ids(incomplete: str) -> list[tuple[str, str]]:
    """Those that begin so; a few with their titles, for which each is imported."""
    from runtime.fixes.catalog import SPECS  # noqa: PLC0415  only here

    begun = [fix_id for fix_id in SPECS if fix_id.startswith(incomplete)]
    return [(fix_id, SPECS[fix_id].title if len(begun) <= _FEW else "") for fix_id in begun]


def environments(context: typer.Context) -> list[str]:
    """Those of the policy."""
    import yaml  # noqa: PLC0415  only here; the policy's schema need not hold for this

    try:
        document = yaml.safe_load((Path(context.params.get("config") or CONFIG) / "policy.yaml").read_text("utf-8"))
        return sorted(document["environments"])
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return []


def open_reviews(context: typer.Context) -> list[tuple[str, str]]:
    """The runs whose plans wait for approval, each with its resource. Asks AWS."""
    from cli.reviews import recent_rows  # noqa: PLC0415  brings the records' form

    try:
        deployment = Deployment(context.find_root().params.get("environment") or "")
        rows = recent_rows(deployment.audit_reader(), now=datetime.now(UTC))
        return [(row.correlation_id, f"{row.fix_id} {row.resource_arn}") for row in rows]
    except (CommandError, PlatformCallFailed):
        return []

"""The fixes that need approval: each of them runs here, with IAM enforced."""

from __future__ import annotations

from runtime.domain.fix import Stage
from runtime.fixes.catalog import SPECS

MADE_UNASKED = frozenset(fix_id for fix_id, spec in SPECS.items() if spec.stage is Stage.STABLE)

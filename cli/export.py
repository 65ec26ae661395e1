"""Rows of the audit trail in the forms that other tools read: CSV, and OCSF as JSON Lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from cli import output
from cli.rows import Row, account_in, row_to_json
from runtime.domain.outcome import Outcome

OCSF_VERSION = "1.5.0"
_REMEDIATION, _REMEDIATION_ACTIVITY = 7, 7001
"""A category and a class of https://schema.ocsf.io"""
_HARDEN, _OTHER = 4, 99
_INFORMATIONAL = 1
_RESOURCE_UID = 10
_STATUS = {
    Outcome.REMEDIATE: 1,
    Outcome.APPROVED: 1,
    Outcome.UNDO: 1,
    Outcome.DONE: 1,
    Outcome.FAILED: 2,
    Outcome.REJECT: 5,
}
"""Success, failure, unsupported; everything else is another status, and named."""


class _Answer:
    """Where the CSV goes."""

    write = staticmethod(output.write)


def write_csv(rows: Iterable[Row]) -> None:
    """Below the columns' names. A value that a spreadsheet would take for a formula is quoted with an apostrophe.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    names = [field.name for field in fields(Row)]
    names.insert(0, names.pop())  # the run's id comes first, as in every table
    writer = csv.DictWriter(_Answer(), names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: harmless(value) for name, value in row_to_json(row).items()})


def write_ocsf(rows: Iterable[Row]) -> None:
    """One event a line, of the class Remediation Activity."""
    for row in rows:
        output.write(json.dumps(row_to_ocsf(row)) + "\n")


def row_to_ocsf(row: Row) -> dict[str, Any]:
    undo = row.outcome == Outcome.UNDO
    activity = _OTHER if undo else _HARDEN
    region = row.resource_arn.split(":")[3] if row.resource_arn.count(":") > 3 else ""
    status = _STATUS.get(Outcome(row.outcome), _OTHER)
    return {
        "activity_id": activity,
        "activity_name": "Undo" if undo else "Harden",
        "category_uid": _REMEDIATION,
        "class_uid": _REMEDIATION_ACTIVITY,
        "type_uid": _REMEDIATION_ACTIVITY * 100 + activity,
        "time": int(row.at.timestamp() * 1000),
        "severity_id": _INFORMATIONAL,
        "status_id": status,
        "status": row.outcome,
        "status_detail": row.reason,
        "command_uid": row.correlation_id,
        "message": f"{row.outcome}, {row.reason}: {row.fix_id or 'no fix'} on {row.resource_arn or 'no resource'}",
        "metadata": {
            "version": OCSF_VERSION,
            "product": {"name": "Suture", "vendor_name": "Suture"},
            "profiles": ["cloud"],
            "correlation_uid": row.correlation_id,
            "uid": f"{row.correlation_id}/{row.kind}",
        },
        "cloud": {
            "provider": "AWS",
            "account": {"uid": row.account_id or account_in(row.resource_arn)},
            "region": region,
        },
        "observables": (
            [{"name": "resource.uid", "type_id": _RESOURCE_UID, "type": "Resource UID", "value": row.resource_arn}]
            if row.resource_arn
            else []
        ),
        "unmapped": {
            "fix_id": row.fix_id,
            "environment": row.environment,
            "owner": row.owner,
            "wiz_issue_id": row.issue_id,
        },
    }


def harmless(value: str) -> str:
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value

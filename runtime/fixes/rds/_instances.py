"""What the fixes of DB instances have in common."""

from __future__ import annotations

from typing import Any

from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.declared import Guard, Look, one_of

WAITING = "waiting"
"""The part of the state with the names of the modifications that are pending for the maintenance window."""


def instance(*names: str, or_none: tuple[str, ...] = (), sets: tuple[str, ...] = (), **paths: str) -> Read:
    """The members of the instance to keep, by name or by path; always its engine and its cluster."""
    return Read(
        call="rds:DescribeDBInstances",
        by={"DBInstanceIdentifier": "${name}"},
        at="DBInstances[0]",
        keep={**{name: f'"{name}"' for name in ("Engine", "DBClusterIdentifier", *names)}, **paths},
        or_none=("DBClusterIdentifier", *or_none),
        sets=sets,
    )


def modify_instance(**settings: Any) -> Write:
    """Set only these: omitted settings do not change.

    Without ApplyImmediately, on purpose: with it RDS would also apply every modification that is pending for the
    maintenance window, possibly a restart.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    """
    return Write(call="rds:ModifyDBInstance", by={"DBInstanceIdentifier": "${name}", **settings})


MODIFIABLE = Guard(
    holds=one_of("status", "available", "storage-optimization"),
    because="${subject} is ${status}; only an available one can be modified.",
)

NOT_CUSTOM = Guard(
    holds=lambda look: not look["Engine"].startswith("custom-"),
    because="${subject} is of RDS Custom, ${Engine}, which cannot be modified in this way.",
)

ON_ITS_OWN = Guard(
    holds=one_of("DBClusterIdentifier", None),
    because="${subject} is a member of the DB cluster ${DBClusterIdentifier}, where this setting belongs to the whole.",
)


def _is_modified_itself(look: Look) -> bool:
    return look["DBClusterIdentifier"] is None or look["Engine"].startswith(("aurora", "neptune"))


MODIFIED_ITSELF = Guard(
    holds=_is_modified_itself,
    because=(
        "${subject} is a member of the ${Engine} DB cluster ${DBClusterIdentifier}, whose instances cannot be "
        "modified individually."
    ),
)

WHAT_WAITS = "join(', ', sort(keys(PendingModifiedValues || `{}`)))"

NOTHING_WAITS = Guard(
    holds=one_of(WAITING, ""),
    because=(
        "Modifications of ${subject} are pending for its maintenance window, and would be applied at once with this "
        "one: ${waiting}."
    ),
)
"""For changes that are applied immediately, on purpose: otherwise they would wait for the window."""

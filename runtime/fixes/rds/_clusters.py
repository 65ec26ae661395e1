"""What the fixes of DB clusters have in common: those of RDS, of Amazon DocumentDB and of Neptune."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import AtLeast, Option, SetAttributes
from runtime.fixes.kinds.declared import Declared, Guard, none_of, one_of
from runtime.fixes.rds import BACKUP_DAYS, DB_CLUSTER
from runtime.fixes.rds._logs import send_logs

AURORA = ("aurora", "aurora-mysql", "aurora-postgresql")
RDS = (*AURORA, "mysql", "postgres")
DOCUMENTDB = ("docdb",)
NEPTUNE = ("neptune",)


def cluster(*names: str, or_none: tuple[str, ...] = (), sets: tuple[str, ...] = (), **paths: str) -> Read:
    """The members of the cluster to keep, by name or by path; always its engine."""
    return Read(
        call="rds:DescribeDBClusters",
        by={"DBClusterIdentifier": "${name}"},
        at="DBClusters[0]",
        keep={**{name: f'"{name}"' for name in ("Engine", *names)}, **paths},
        or_none=or_none,
        sets=sets,
    )


def modify_cluster(**settings: Any) -> Write:
    """Set only these: omitted settings do not change. Without ApplyImmediately, as for an instance."""
    return Write(call="rds:ModifyDBCluster", by={"DBClusterIdentifier": "${name}", **settings})


AVAILABLE = Guard(
    holds=one_of("status", "available"),
    because="${subject} is ${status}; only an available one can be modified.",
)

NOT_SERVERLESS_V1 = Guard(
    holds=none_of("EngineMode", "serverless"),
    because="${subject} is of Aurora Serverless v1, which does not support this setting.",
)


def guards(engines: tuple[str, ...]) -> tuple[Guard, ...]:
    return (
        Guard(
            holds=one_of("Engine", *engines),
            because=f"${{subject}} is of the engine ${{Engine}}; this is for {', '.join(engines)}.",
        ),
        AVAILABLE,
    )


def deletion_protection(
    engines: tuple[str, ...], fix_id: str, product: str, template: Mapping[TemplateTool, str]
) -> SetAttributes:
    return SetAttributes(
        of=DB_CLUSTER,
        id=fix_id,
        title=f"Turn on deletion protection of {product}",
        disruption=Disruption.NONE,
        hazard="Stacks and pipelines that delete or replace the cluster fail until the protection is off.",
        undo_hazard="The cluster can be deleted by mistake.",
        reads=(cluster("DeletionProtection"),),
        wanted={"DeletionProtection": True},
        guards=guards(engines),
        write=modify_cluster(DeletionProtection=Value("DeletionProtection")),
        template=template,
    )


def copy_tags(
    engines: tuple[str, ...], fix_id: str, product: str, template: Mapping[TemplateTool, str]
) -> SetAttributes:
    return SetAttributes(
        of=DB_CLUSTER,
        id=fix_id,
        title=f"Copy the tags of {product} to its snapshots",
        disruption=Disruption.NONE,
        hazard="Policies and budgets by tag apply to the new snapshots.",
        undo_hazard="Later snapshots do not have the tags of the cluster.",
        reads=(cluster("CopyTagsToSnapshot"),),
        wanted={"CopyTagsToSnapshot": True},
        guards=guards(engines),
        write=modify_cluster(CopyTagsToSnapshot=Value("CopyTagsToSnapshot")),
        template=template,
    )


def backup_retention(
    engines: tuple[str, ...], fix_id: str, product: str, template: Mapping[TemplateTool, str]
) -> SetAttributes:
    """A cluster always has backups, so a longer period interrupts nothing; it is applied without a window."""
    return SetAttributes(
        of=DB_CLUSTER,
        id=fix_id,
        title=f"Extend the backup retention of {product}",
        disruption=Disruption.NONE,
        hazard="AWS charges for backup storage beyond the free amount.",
        undo_hazard="Deletes the automated backups that are older than the former period.",
        reads=(cluster("BackupRetentionPeriod", "AwsBackupRecoveryPointArn", or_none=("AwsBackupRecoveryPointArn",)),),
        options={"days": BACKUP_DAYS},
        wanted={"BackupRetentionPeriod": AtLeast(Option("days"))},
        guards=(
            Guard(
                holds=one_of("AwsBackupRecoveryPointArn", None),
                because="AWS Backup makes continuous backups of ${subject}: its backup plan sets the retention.",
            ),
            *guards(engines),
        ),
        write=modify_cluster(BackupRetentionPeriod=Value("BackupRetentionPeriod")),
        shows={"days": lambda look: look["BackupRetentionPeriod"], "engine": lambda look: look["Engine"]},
        template=template,
    )


def cluster_logs(
    fix_id: str,
    product: str,
    *,
    types: Mapping[str, tuple[str, ...]],
    known: tuple[str, ...],
    template: Mapping[TemplateTool, str],
) -> Declared:
    """``types`` are the default logs by engine, and ``known`` all that the option accepts."""
    return send_logs(
        of=DB_CLUSTER,
        fix_id=fix_id,
        product=product,
        read=cluster("EngineVersion", "EngineMode", or_none=("EngineMode",)),
        write=modify_cluster(),
        types=types,
        known=known,
        guards=(NOT_SERVERLESS_V1, AVAILABLE),
        template=template,
    )

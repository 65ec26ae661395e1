"""An EFS file system and its backups. moto knows whether they are on from the beginning, and nothing else of them."""

from __future__ import annotations

from typing import Any

from runtime.aws.errors import customer_errors
from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.file_systems import file_system, stored
from tests.laws.customer_account import client


def _put(FileSystemId: str, BackupPolicy: dict[str, str]) -> dict[str, Any]:  # noqa: N803  boto3's names
    stored(FileSystemId).policy_of_backups = BackupPolicy
    return {"BackupPolicy": BackupPolicy}


def _describe(FileSystemId: str) -> dict[str, Any]:  # noqa: N803
    if found := getattr(stored(FileSystemId), "policy_of_backups", None):
        return {"BackupPolicy": found}
    with customer_errors("efs", "DescribeBackupPolicy"):
        answer: dict[str, Any] = client("efs").describe_backup_policy(FileSystemId=FileSystemId)
    return answer


ANSWERS = {"efs:PutBackupPolicy": _put, "efs:DescribeBackupPolicy": _describe}


def _set(status: str) -> Any:
    def disturb(clients: Clients, resource: Resource) -> None:
        _put(resource.name, {"Status": status})

    return disturb


def _turned_off(clients: Clients) -> Resource:
    resource = file_system()(clients)
    _set("DISABLED")(clients, resource)
    return resource


def _being_turned_off(clients: Clients) -> Resource:
    resource = file_system()(clients)
    _set("DISABLING")(clients, resource)
    return resource


def read_back(clients: Clients, resource: Resource) -> Any:
    (found,) = clients("efs").describe_file_systems(FileSystemId=resource.name)["FileSystems"]
    backups = getattr(stored(resource.name), "policy_of_backups", {"Status": "DISABLED"})
    return {"backups": backups["Status"], "status": found["LifeCycleState"], "throughput": found["ThroughputMode"]}


FIXED = {"backups": "ENABLED", "status": "available", "throughput": "bursting"}

CASES = (
    Bad(name="never backed up", create=file_system(), fixed=FIXED, disturb=_set("DISABLING")),
    Bad(name="not backed up any more", create=_turned_off, fixed=FIXED, disturb=_set("DISABLING")),
    AlreadyCompliant(name="backed up", create=file_system(Backup=True)),
    Refusal(name="one whose backups are being turned off", create=_being_turned_off, because="are DISABLING"),
    Refusal(name="broken", create=file_system(status="error"), because="is error; only an available one"),
    Refusal(name="being changed", create=file_system(status="updating"), because="which is transitional"),
)

"""EFS file systems for the cases of several fixes."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

from moto.efs.models import efs_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, Clients, resource_from

NUMBERS = count(1)


def file_system(*, policy: Any = None, status: str = "", **parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        efs = clients("efs")
        made = efs.create_file_system(CreationToken=f"orders-{next(NUMBERS)}", **parameters)
        if policy is not None:
            put_policy(clients, made["FileSystemId"], policy)
        if status:
            stored(made["FileSystemId"]).life_cycle_state = status
        return resource_from(made["FileSystemArn"])

    return create


def put_policy(clients: Clients, name: str, policy: Any) -> None:
    text = policy if isinstance(policy, str) else json.dumps(policy, indent=1)
    clients("efs").put_file_system_policy(FileSystemId=name, Policy=text)


def stored(name: str) -> Any:
    """What moto keeps of a file system."""
    return efs_backends[ACCOUNT_ID][REGION].file_systems_by_id[name]

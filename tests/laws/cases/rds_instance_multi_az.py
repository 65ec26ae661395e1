"""An RDS DB instance and its standby."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.db_instances import (
    NUMBERS,
    answering,
    create_instance,
    described,
    instance,
    member,
    replaced,
    waiting,
)


def _subnet_group(clients: Clients, zones: str) -> str:
    ec2, name = clients("ec2"), f"orders-{next(NUMBERS)}"
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for number, zone in enumerate(zones)
    ]
    clients("rds").create_db_subnet_group(
        DBSubnetGroupName=name,
        DBSubnetGroupDescription="For the orders",
        SubnetIds=[subnet["Subnet"]["SubnetId"] for subnet in subnets],
    )
    return name


def _in(zones: str, **parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        group = _subnet_group(clients, zones)
        return create_instance(clients, f"{group}-db", DBSubnetGroupName=group, **parameters)

    return create


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return {name: found[name] for name in ("MultiAZ", "DBInstanceStatus", "Engine")}


ALONE = {"MultiAZ": False, "BackupRetentionPeriod": 0, "DBInstanceClass": "db.m6i.large", "AllocatedStorage": 100}

CASES = (
    Bad(
        name="in one zone",
        create=_in("ab", MultiAZ=False),
        fixed={"MultiAZ": True, "DBInstanceStatus": "available", "Engine": "postgres"},
        disturb=replaced(MultiAZ=False),
    ),
    AlreadyCompliant(name="in two zones", create=instance(MultiAZ=True)),
    Refusal(name="with subnets in one zone", create=_in("a", MultiAZ=False), because="not in two Availability Zones"),
    Refusal(name="with subnets that are not shown", create=instance(), because="not in two Availability Zones"),
    Refusal(name="a member of a DB cluster", create=member(), because="is a member of the DB cluster"),
    waiting(
        **ALONE,
        DBSubnetGroup={"Subnets": [{"SubnetAvailabilityZone": {"Name": f"{REGION}{zone}"}} for zone in "ab"]},
    ),
    answering("one of SQL Server Express", "does not support standbys", **ALONE, Engine="sqlserver-ex"),
    answering("one of SQL Server without backups", "no automated backups", **ALONE, Engine="sqlserver-se"),
)

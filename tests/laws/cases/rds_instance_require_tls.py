"""An RDS DB instance and whether it takes connections without TLS.

moto keeps what is set in a parameter group, and neither what may be set nor how to reset it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from moto.rds.models import rds_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.db_instances import answering, create_instance, described, instance, member

NUMBERS = count(1)
VERSIONS = {"postgres": "16.4", "mysql": "8.0.40", "mariadb": "10.11.9"}
PARAMETERS = {
    "postgres": {"ParameterName": "rds.force_ssl", "ParameterValue": "0", "AllowedValues": "0,1"},
    "mysql": {"ParameterName": "require_secure_transport", "AllowedValues": "0,1"},
    "mariadb": {"ParameterName": "require_secure_transport", "AllowedValues": "0,1,OFF,ON"},
}
FIRST_PAGE = {"Parameters": [{"ParameterName": "autocommit", "ParameterValue": "1"}], "Marker": "more"}


def _group_of(name: str) -> Any:
    return rds_backends[ACCOUNT_ID][REGION].db_parameter_groups[name]


def _parameters(**by: str) -> dict[str, Any]:
    if "Marker" not in by:
        return FIRST_PAGE
    known = {"ApplyType": "dynamic", "IsModifiable": True, "Source": "engine-default"}
    group = _group_of(by["DBParameterGroupName"])
    parameter = PARAMETERS[group.family.rstrip("0123456789.")]
    found = dict(group.parameters.get(parameter["ParameterName"], {}))
    if found:
        found["Source"] = "user"
    return {"Parameters": [{**known, **parameter, **found}]}


def _reset(**by: Any) -> dict[str, Any]:
    assert by["ResetAllParameters"] is False
    for parameter in by["Parameters"]:
        _group_of(by["DBParameterGroupName"]).parameters.pop(parameter["ParameterName"])
    return {"DBParameterGroupName": by["DBParameterGroupName"]}


ANSWERS = {"rds:DescribeDBParameters": _parameters, "rds:ResetDBParameterGroup": _reset}


def _static(**by: str) -> dict[str, Any]:
    answer = _parameters(**by)
    return {**answer, "Parameters": [{**one, "ApplyType": "static"} for one in answer["Parameters"]]}


def _too_old(**by: str) -> dict[str, Any]:
    return FIRST_PAGE if "Marker" not in by else {"Parameters": []}


def _set(clients: Clients, group: str, engine: str, value: str) -> None:
    name = PARAMETERS[engine]["ParameterName"]
    parameter = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "immediate"}
    clients("rds").modify_db_parameter_group(DBParameterGroupName=group, Parameters=[parameter])


def _with_group(engine: str = "postgres", value: str | None = None, *, users: int = 1) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        group, version = f"parameters-{next(NUMBERS)}", VERSIONS[engine]
        parameters = {"Engine": engine, "EngineVersion": version, "DBParameterGroupName": group}
        clients("rds").create_db_parameter_group(
            DBParameterGroupName=group,
            DBParameterGroupFamily=f"{engine}{version.rpartition('.')[0]}",
            Description="of orders",
        )
        if value is not None:
            _set(clients, group, engine, value)
        for user in range(1, users):
            create_instance(clients, f"{group}-user-{user}", **parameters)
        return create_instance(clients, f"{group}-orders", **parameters)

    return create


def _turned_off(value: str) -> Callable[[Clients, Resource], None]:
    """To disturb a case: somebody else set the parameter."""

    def disturb(clients: Clients, resource: Resource) -> None:
        found = described(clients, resource)
        _set(clients, found["DBParameterGroups"][0]["DBParameterGroupName"], found["Engine"], value)

    return disturb


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    group = found["DBParameterGroups"][0]["DBParameterGroupName"]
    return {
        "parameters": {
            name: parameter["ParameterValue"] for name, parameter in sorted(_group_of(group).parameters.items())
        },
        "status": found["DBInstanceStatus"],
    }


def _fixed(**parameters: str) -> dict[str, Any]:
    return {
        "parameters": {name.replace("rds_", "rds."): value for name, value in parameters.items()},
        "status": "available",
    }


CASES = (
    Bad(
        name="one of PostgreSQL as it is made",
        create=_with_group(),
        fixed=_fixed(rds_force_ssl="1"),
        disturb=_turned_off("0"),
    ),
    Bad(
        name="one of MySQL where it was turned off",
        create=_with_group("mysql", "0"),
        fixed=_fixed(require_secure_transport="1"),
        disturb=_turned_off("OFF"),
    ),
    Bad(
        name="one of MariaDB as it is made",
        create=_with_group("mariadb"),
        fixed=_fixed(require_secure_transport="ON"),
        disturb=_turned_off("OFF"),
    ),
    AlreadyCompliant(name="one of PostgreSQL that takes only TLS", create=_with_group(value="1")),
    AlreadyCompliant(name="one of MariaDB that takes only TLS", create=_with_group("mariadb", "1")),
    Refusal(name="one of a default group", create=instance(EngineVersion="16.4"), because="which cannot be changed"),
    Refusal(
        name="one of a group that is shared", create=_with_group(users=2), because="is also used by other instances"
    ),
    Refusal(
        name="one of an old version",
        create=_with_group("mariadb"),
        answers={"rds:DescribeDBParameters": _too_old},
        because="has no parameter for it",
    ),
    Refusal(
        name="one that would have to be restarted",
        create=_with_group(),
        answers={"rds:DescribeDBParameters": _static},
        because="would need a restart for it",
    ),
    Refusal(name="one of Aurora", create=member(), because="which has another setting for this"),
    Refusal(name="a member of a Multi-AZ DB cluster", create=member("postgres"), because="is a member of the DB"),
    answering(
        "one of SQL Server",
        "has another setting for this",
        Engine="sqlserver-se",
        DBParameterGroups=[{"DBParameterGroupName": "orders", "ParameterApplyStatus": "in-sync"}],
    ),
)

"""Require TLS for connections to an RDS DB instance.

What it does
------------
Sets the parameter that makes an RDS for PostgreSQL, MySQL or MariaDB database refuse connections without TLS, in the DB
parameter group of the instance: ``rds.force_ssl``, or ``require_secure_transport``. It takes effect immediately,
without a restart. Open connections stay open.

A DB parameter group is a separate resource, so the fix refuses

* one that another instance also uses;
* a default one, which cannot be changed: first give the instance its own, in the maintenance window;
* one with a change that waits for a restart or has failed;
* a member of a DB cluster, whose parameters are those of the cluster;
* an instance of another engine: SQL Server requires a restart, Oracle an option group, and the setting of Amazon
  Aurora, Neptune and Amazon DocumentDB is on the cluster.

IAM cannot limit the permission to a parameter, and the group's name is known only after a read: the session may change
any parameter of any DB parameter group of the account and region.

Why it matters
--------------
An attacker between a client and the database can read and change unencrypted traffic, including passwords.

What can break
--------------
Clients that do not use TLS are refused from their next connection on. AWS's API does not show which these are: first
check ``pg_stat_ssl`` or the status variables of the sessions in the database.

Undo
----
Restores the former value, or resets this one parameter to its default.

References
----------
* Security Hub controls RDS.38, RDS.39 and RDS.44:
  https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-38
* PostgreSQL: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
* MySQL: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mysql-ssl-connections.require-ssl.html
* MariaDB: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mariadb-ssl-connections.require-ssl.html
* ModifyDBParameterGroup: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Disruption, Permission
from runtime.domain.plan import Compliant
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Pages, Read, Value, Write
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps, one_of
from runtime.fixes.rds import DB_INSTANCE
from runtime.fixes.rds._instances import MODIFIABLE, ON_ITS_OWN, instance

_MARKER = Pages(more="Marker", sent_as="Marker")
# Its name is known only after the instance is read.
_GROUPS = "arn:${partition}:rds:${region}:${account_id}:pg:*"
_BY_GROUP = {"DBParameterGroupName": Value("group")}
_NAME = {"ParameterName": Value("parameter.name"), "ApplyMethod": "immediate"}
_ON = ("1", "ON")
"""MySQL and MariaDB accept both. AWS Config checks for ``ON`` with MariaDB and for ``1`` with all others."""

_MODIFY = Write(
    call="rds:ModifyDBParameterGroup",
    by={**_BY_GROUP, "Parameters": [{**_NAME, "ParameterValue": Value("parameter.value")}]},
    on=_GROUPS,
)
_RESET = Write(
    call="rds:ResetDBParameterGroup",
    # Otherwise all parameters are reset.
    by={**_BY_GROUP, "ResetAllParameters": False, "Parameters": [_NAME]},
    on=_GROUPS,
)


def _word_for_on(look: Look) -> str | None:
    """The value that AWS accepts, if it accepts any."""
    allowed = (look["parameter.allowed"] or "").split(",")
    preferred = _ON[::-1] if look["Engine"] == "mariadb" else _ON
    return next((word for word in preferred if word in allowed), None)


@dataclass(frozen=True, kw_only=True)
class _RequireTls(Declared):
    """The resource is the instance; the fix writes to its parameter group."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return (_MODIFY.permission, _RESET.permission)

    def offending(self, look: Look) -> Found | Compliant:
        if look["parameter"] is not None and look["parameter.value"] in _ON:
            return Compliant(sentence=look.said("${subject} refuses connections without TLS."))
        return Found("connections without TLS: accepted → refused")

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:  # noqa: ARG002  others need it
        after = {**look.state, "parameter": {**look["parameter"], "value": _word_for_on(look), "source": "user"}}
        apply = _MODIFY.change(look.texts, after, {name: after[name] for name in ("group", "parameter", "users")})
        was_set = look["parameter.source"] == "user"
        return (apply,), ((_MODIFY if was_set else _RESET).change(look.texts, look.state),)


FIX = _RequireTls(
    of=DB_INSTANCE,
    id="rds-instance-require-tls",
    title="Require TLS for connections to an RDS DB instance",
    disruption=Disruption.DATA_PATH,
    hazard="Clients that do not use TLS are refused from their next connection on.",
    undo_hazard="Passwords and data can be sent unencrypted again.",
    reads=(
        instance(
            group="DBParameterGroups[0].DBParameterGroupName",
            group_status="DBParameterGroups[0].ParameterApplyStatus",
        ),
        Read(
            call="rds:DescribeDBParameters",
            by={"DBParameterGroupName": "${group}"},
            on=_GROUPS,
            at="Parameters[?ParameterName == 'rds.force_ssl' || ParameterName == 'require_secure_transport']",
            keep={
                "parameter": "[0].{name: ParameterName, value: ParameterValue, source: Source, type: ApplyType, "
                "modifiable: IsModifiable, allowed: AllowedValues}"
            },
            or_none=("parameter",),
            pages=_MARKER,
            of="group",
        ),
        Read(
            call="rds:DescribeDBInstances",
            by={},
            on="arn:${partition}:rds:${region}:${account_id}:db:*",
            at="DBInstances[?DBParameterGroups[?DBParameterGroupName == ${group}]].DBInstanceIdentifier",
            keep={"users": "@"},
            sets=("users",),
            pages=_MARKER,
            of="group",
        ),
    ),
    # It is "applying" for a time after a change.
    informs=("group_status",),
    guards=(
        Guard(
            holds=one_of("Engine", "postgres", "mysql", "mariadb"),
            because="${subject} is of ${Engine}, which has another setting for this.",
            first=True,
        ),
        ON_ITS_OWN,
        Guard(
            holds=lambda look: not look["group"].startswith("default."),
            because="${subject} has the DB parameter group ${group}, which cannot be changed.",
        ),
        Guard(
            holds=lambda look: look["users"] == [look.resource.name],
            because="The DB parameter group ${group} of ${subject} is also used by other instances.",
        ),
        Guard(
            holds=lambda look: look["parameter"] is not None and _word_for_on(look) is not None,
            because="The version of ${subject} has no parameter for it.",
        ),
        Guard(
            holds=lambda look: look["parameter.modifiable"] is True and look["parameter.type"] == "dynamic",
            because="${subject} would need a restart for it.",
        ),
        Guard(
            holds=one_of("group_status", "in-sync"),
            because="The DB parameter group ${group} of ${subject} is ${group_status}; it must be in-sync.",
        ),
        MODIFIABLE,
    ),
    shows={"parameter_group": lambda look: look["group"]},
    template={
        TemplateTool.CLOUDFORMATION: "set rds.force_ssl or require_secure_transport in Parameters of "
        "AWS::RDS::DBParameterGroup to 1",
        TemplateTool.CDK: "set rds.force_ssl or require_secure_transport in parameters of ParameterGroup to 1",
        TemplateTool.TERRAFORM: "add a parameter block for rds.force_ssl or require_secure_transport to "
        "aws_db_parameter_group",
    },
)

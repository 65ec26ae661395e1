"""Make an RDS DB instance not publicly accessible.

What it does
------------
Sets ``PubliclyAccessible`` of the DB instance to false. Nothing else of the instance changes: RDS makes this change
at once whatever the maintenance window, so modifications that wait for the window keep waiting.

It refuses an instance whose status is not ``available``, and a member of a DB cluster that is not an Aurora cluster:
the instances of a Multi-AZ DB cluster cannot be modified one by one.

Why it matters
--------------
The name of a publicly accessible instance resolves to a public address. One careless security group rule then puts
the database's login before the whole internet.

What can break
--------------
Clients outside the VPC that use the instance's name get its private address and can no longer connect, unless they
reach the VPC by VPN, peering or Direct Connect. Clients inside the VPC notice nothing; the instance does not restart.

Undo
----
Sets ``PubliclyAccessible`` to true again. The instance may get another public address; its name stays the same.

References
----------
* Security Hub control RDS.2:
  https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-2
* Public access of an instance in a VPC:
  https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
* ModifyDBInstance: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
* Multi-AZ DB clusters: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/modify-multi-az-db-cluster.html
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Disruption, FixSpec, Options, Permission, Stage
from runtime.domain.plan import Change, Compliant, Plan, Planned, Refused, State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.contract import Call, Reader

SPEC = FixSpec(
    id="rds-instance-not-public",
    title="Make an RDS DB instance not publicly accessible",
    resource_types=("AWS::RDS::DBInstance",),
    reads=(Permission(action="rds:DescribeDBInstances", operation="rds:DescribeDBInstances"),),
    writes=(Permission(action="rds:ModifyDBInstance", operation="rds:ModifyDBInstance"),),
    reversible=True,
    stage=Stage.STABLE,
    disruption=Disruption.DATA_PATH,
    hazard="Clients outside the VPC that connect by the instance's name can no longer reach the database.",
    template_properties={
        TemplateTool.CLOUDFORMATION: "set PubliclyAccessible of AWS::RDS::DBInstance to false",
        TemplateTool.CDK: "set publiclyAccessible of DatabaseInstance, or in an Aurora cluster of ClusterInstance, "
        "to false",
        TemplateTool.TERRAFORM: "set publicly_accessible of aws_db_instance, or in an Aurora cluster of "
        "aws_rds_cluster_instance, to false",
    },
)


@dataclass(frozen=True, slots=True)
class RdsInstanceNotPublic:
    """The change is slow: it has settled when the status, ``modifying`` meanwhile, is ``available`` again."""

    spec: FixSpec = SPEC

    def calls(self, resource: Resource) -> tuple[Call, ...]:
        return (Call("rds", "DescribeDBInstances", {"DBInstanceIdentifier": resource.name}),)

    def observe(self, aws: Reader, resource: Resource) -> State:
        answer = aws.read("rds", "DescribeDBInstances", DBInstanceIdentifier=resource.name)
        instances = answer.get("DBInstances", ())
        if len(instances) != 1:
            return {}
        found = {
            "publicly_accessible": instances[0].get("PubliclyAccessible"),
            "status": instances[0].get("DBInstanceStatus"),
            "engine": instances[0].get("Engine"),
        }
        # RDS leaves the cluster out of an instance that stands alone; the others are always there in a full answer.
        state = {name: value for name, value in found.items() if value is not None}
        return {**state, "db_cluster": instances[0].get("DBClusterIdentifier")}

    def plan(self, resource: Resource, state: State, options: Options) -> Planned:  # noqa: ARG002  the contract's
        try:
            public = state["publicly_accessible"]
            status = state["status"]
            engine = state["engine"]
            db_cluster = state["db_cluster"]
        except KeyError as missing:
            return Refused(sentence=f"The {missing.args[0]} of the DB instance {resource.name} could not be read.")
        # Also while it is public no more: the modification may be this fix's own, and has not taken effect yet.
        if status == "modifying":
            return Refused(sentence=f"A modification of the DB instance {resource.name} is in progress.")
        if not public:
            return Compliant(sentence=f"The DB instance {resource.name} is not publicly accessible.")
        if db_cluster is not None and not engine.startswith("aurora"):
            return Refused(
                sentence=f"The DB instance {resource.name} is a member of the {engine} DB cluster {db_cluster}, "
                "whose instances cannot be modified one by one."
            )
        if status != "available":
            return Refused(
                sentence=f"The DB instance {resource.name} is {status}; only an available one can be modified."
            )
        return Plan(
            fix_id=SPEC.id,
            resource_arn=resource.arn,
            summary=f"Make the DB instance {resource.name} not publicly accessible.",
            before=state,
            changes=(_set_publicly_accessible(resource, False),),
            undo=(_set_publicly_accessible(resource, True),),
            blast_radius={"engine": engine, "db_cluster": db_cluster},
        )


def _set_publicly_accessible(resource: Resource, public: bool) -> Change:
    # Without ApplyImmediately, on purpose: with it RDS would also apply every pending modification, a restart perhaps.
    # PubliclyAccessible is applied immediately either way:
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    return Change(
        service="rds",
        operation="ModifyDBInstance",
        parameters={"DBInstanceIdentifier": resource.name, "PubliclyAccessible": public},
    )

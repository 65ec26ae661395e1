"""Stop sharing a database snapshot with every AWS account.

What it does
------------
Removes ``all`` from the accounts that may restore the snapshot. Accounts that it is shared with by account id keep
their access. It applies to snapshots of DB instances and of DB clusters: Aurora, Multi-AZ, Amazon DocumentDB and
Neptune.

It refuses a snapshot whose status is not ``available``. Automated snapshots cannot be shared, so they comply.

Why it matters
--------------
Every AWS account can restore a public snapshot and read the whole database. Nothing in the owner's account shows it.

What can break
--------------
Accounts that have access to the snapshot only because it is public can no longer restore it. Existing databases and
copies made from it are not changed, including those in other accounts.

Undo
----
Adds ``all`` again.

References
----------
* Security Hub control RDS.1: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-1
* Security Hub control DocumentDB.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/documentdb-controls.html#documentdb-3
* Security Hub control Neptune.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/neptune-controls.html#neptune-3
* Sharing a snapshot: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html
* ModifyDBSnapshotAttribute:
  https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSnapshotAttribute.html
* ModifyDBClusterSnapshotAttribute:
  https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBClusterSnapshotAttribute.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.by_type import ByType
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.kinds.sharing import Unshare
from runtime.fixes.rds import DB_CLUSTER_SNAPSHOT, DB_SNAPSHOT
from runtime.fixes.resource_type import ResourceType


def _private(of: ResourceType, what: str) -> Unshare:
    """``what`` is the name of such a snapshot in the operations of RDS."""
    by = {f"{what}Identifier": "${name}"}

    def modify(change: str) -> Write:
        return Write(call=f"rds:Modify{what}Attribute", by={**by, "AttributeName": "restore", change: ["all"]})

    return Unshare(
        of=of,
        id="rds-snapshot-private",
        title="Stop sharing a database snapshot with every AWS account",
        disruption=Disruption.NONE,
        hazard="Accounts that have access to the snapshot only because it is public can no longer restore it.",
        undo_hazard="Shares the database with every AWS account again.",
        reads=(
            Read(
                call=f"rds:Describe{what}s",
                by=by,
                at=f"{what}s[0]",
                keep=("Engine", "SnapshotType"),
                or_none=("Engine",),
            ),
            Read(
                call=f"rds:Describe{what}Attributes",
                by=by,
                at=f"{what}AttributesResult.{what}Attributes",
                keep={"shared_with": "[?AttributeName == 'restore'] | [0].AttributeValues"},
                sets=("shared_with",),
            ),
        ),
        guards=(
            Guard(
                holds=one_of("status", "available"),
                because="${subject} is ${status}; only an available one can be modified.",
            ),
        ),
        shared_with="shared_with",
        stop=modify("ValuesToRemove"),
        share=modify("ValuesToAdd"),
        shows={
            "accounts_shared_with_by_number": lambda look: len([one for one in look["shared_with"] if one != "all"]),
            "engine": lambda look: look["Engine"],
        },
        template={
            TemplateTool.CLOUDFORMATION: "remove the custom resource that shares the snapshot with all; CloudFormation "
            "itself has no property for it",
            TemplateTool.CDK: "remove the AwsCustomResource that shares the snapshot with all; the CDK itself has no "
            "property for it",
            TemplateTool.TERRAFORM: "remove all from shared_accounts of aws_db_snapshot, aws_db_cluster_snapshot or "
            "their copies",
        },
    )


FIX = ByType(fixes=(_private(DB_SNAPSHOT, "DBSnapshot"), _private(DB_CLUSTER_SNAPSHOT, "DBClusterSnapshot")))

"""Turn on deletion protection of a DocumentDB cluster.

What it does
------------
Sets ``DeletionProtection`` of the DB cluster to true. AWS then refuses to delete the cluster for every principal, until
the protection is turned off. Its instances can still be deleted one by one. Nothing restarts.

It refuses a cluster of another product, and one whose status is not ``available``.

Why it matters
--------------
Without it, one wrong call deletes the database, and its automated backups too if no final snapshot is requested.

What can break
--------------
Everything that deletes or replaces the cluster on purpose fails: the deletion of a stack, a template change that
replaces the cluster, the end of a blue/green deployment.

Undo
----
Sets it to false again.

References
----------
* Security Hub control DocumentDB.5:
  https://docs.aws.amazon.com/securityhub/latest/userguide/documentdb-controls.html#documentdb-5
* ModifyDBCluster: https://docs.aws.amazon.com/documentdb/latest/developerguide/API_ModifyDBCluster.html
"""

from __future__ import annotations

from runtime.domain.template import TemplateTool
from runtime.fixes.rds._clusters import DOCUMENTDB, deletion_protection

FIX = deletion_protection(
    DOCUMENTDB,
    "docdb-cluster-deletion-protection",
    "a DocumentDB cluster",
    {
        TemplateTool.CLOUDFORMATION: "set DeletionProtection of AWS::DocDB::DBCluster to true",
        TemplateTool.CDK: "set deletionProtection of DatabaseCluster to true",
        TemplateTool.TERRAFORM: "set deletion_protection of aws_docdb_cluster to true",
    },
)

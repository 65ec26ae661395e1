"""Encrypt the query results of an Athena workgroup.

What it does
------------
Sets the encryption of the workgroup's query results to SSE-S3, which requires no key and no permissions. A workgroup
that already encrypts its results, in any way, is not changed, and neither is one whose results Athena manages, which
are always encrypted.

Since S3 encrypts every object by default, this changes little but the workgroup's setting. It refuses a workgroup for
Spark, which has a different setting.

Why it matters
--------------
Results contain the queried data. Encryption that is set in the workgroup does not depend on the bucket's.

What can break
--------------
Nothing. Clients that set the encryption of their results themselves continue to do so, unless the workgroup enforces
its own settings.

Undo
----
Removes the setting. Results that were written are not changed.

References
----------
* Encrypting query results:
  https://docs.aws.amazon.com/athena/latest/ug/encrypting-query-results-stored-in-s3.html
* UpdateWorkGroup: https://docs.aws.amazon.com/athena/latest/APIReference/API_UpdateWorkGroup.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.athena import FOR_SQL, WORK_GROUP, configuration
from runtime.fixes.calls import Value, Write
from runtime.fixes.kinds.attributes import Anything, SetAttributes
from runtime.fixes.kinds.declared import Look


@dataclass(frozen=True, slots=True)
class _UnlessAthenaKeepsThem(Anything):
    def accepts(self, found: Any, look: Look) -> bool:
        return look["managed"] is True or Anything.accepts(self, found, look)


def _update(results: dict[str, Any]) -> Write:
    """Members that are not sent do not change."""
    return Write(
        call="athena:UpdateWorkGroup",
        by={"WorkGroup": "${name}", "ConfigurationUpdates": {"ResultConfigurationUpdates": results}},
    )


FIX = SetAttributes(
    of=WORK_GROUP,
    id="athena-workgroup-encryption",
    title="Encrypt the query results of an Athena workgroup",
    disruption=Disruption.NONE,
    hazard="Clients can still use another encryption, unless the workgroup enforces its settings.",
    undo_hazard="The workgroup no longer asks for the encryption of query results.",
    reads=(
        configuration(
            "encryption",
            "managed",
            "enforced",
            encryption="ResultConfiguration.EncryptionConfiguration",
            managed="ManagedQueryResultsConfiguration.Enabled",
            enforced="EnforceWorkGroupConfiguration",
        ),
    ),
    wanted={"encryption": _UnlessAthenaKeepsThem({"EncryptionOption": "SSE_S3"})},
    guards=(FOR_SQL,),
    write=_update({"EncryptionConfiguration": Value("encryption")}),
    unset=_update({"RemoveEncryptionConfiguration": True}),
    shows={"enforced": lambda look: look["enforced"] is True},
    template={
        TemplateTool.CLOUDFORMATION: "set EncryptionOption in ResultConfiguration of AWS::Athena::WorkGroup to SSE_S3",
        TemplateTool.CDK: "set encryptionOption in resultConfiguration of CfnWorkGroup to SSE_S3",
        TemplateTool.TERRAFORM: "set encryption_option in result_configuration of aws_athena_workgroup to SSE_S3",
    },
)

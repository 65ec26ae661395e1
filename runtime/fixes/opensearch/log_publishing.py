"""Publish the logs of an OpenSearch domain to CloudWatch Logs.

What it does
------------
Publishes the logs of the domain that the option ``types`` names, by default its errors (``ES_APPLICATION_LOGS``), to
the log group that the option ``log_group`` names. Logs that are already published to any log group continue to be.

The log group must be in the domain's account and region and have a retention, and a resource policy of CloudWatch Logs
must allow ``es.amazonaws.com`` to write to it. The fix creates neither.

It refuses ``AUDIT_LOGS`` for a domain without fine-grained access control, which has none, and a domain that is being
changed, isolated or deleted.

Why it matters
--------------
Without it, errors, slow requests and read access are not visible, and are lost with the node.

What can break
--------------
Nothing. CloudWatch Logs charges for each gigabyte. Slow logs and audit logs need a second step, in the domain itself:
thresholds in the settings of its indexes, and audit logs in OpenSearch Dashboards. Both can contain users' queries.

Undo
----
Turns off the logs that were turned on. The log group and its content are kept.

References
----------
* Security Hub controls Opensearch.4 and Opensearch.5:
  https://docs.aws.amazon.com/securityhub/latest/userguide/opensearch-controls.html#opensearch-4
* Logs of domains, and what lets the service write them:
  https://docs.aws.amazon.com/opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html
* Audit logs: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/audit-logs.html
* UpdateDomainConfig:
  https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_UpdateDomainConfig.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Write
from runtime.fixes.es import ACTIVE, DOMAIN, domain, update_domain
from runtime.fixes.kinds.attributes import Exactly
from runtime.fixes.kinds.declared import Found, Guard, Look, Steps
from runtime.fixes.kinds.destinations import LogTo, log_group_arn, log_group_for

_AUDIT = "AUDIT_LOGS"
_TYPES = (_AUDIT, "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS")


def _log_group(name: str) -> str:
    """The log group that receives logs of a type, or nothing."""
    return f"LogPublishingOptions.{name} | (Enabled && CloudWatchLogsLogGroupArn) || `null`"


@dataclass(frozen=True, slots=True)
class _IfAsked(Exactly):
    """The log group for logs of a type, if the option names the type."""

    type: str

    def accepts(self, found: Any, look: Look) -> bool:
        return found is not None or self.type not in look.options["types"]


@dataclass(frozen=True, kw_only=True)
class _Publish(LogTo):
    """Sends all published types again: AWS does not document whether omitted types are kept."""

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        before = {name: look[name] for name in _TYPES}
        after = {**before, **found.detail}
        apply = _publish(after, after).change(look.texts, {}, after, whole=True)
        undo = _publish(after, {name: before[name] for name in after}).change(look.texts, {})
        return (apply,), (undo,)


def _publish(groups: Mapping[str, str | None], on: Mapping[str, str | None]) -> Write:
    return update_domain(
        LogPublishingOptions={
            name: {"CloudWatchLogsLogGroupArn": group, "Enabled": on[name] is not None}
            for name, group in groups.items()
            if group is not None
        }
    )


FIX = _Publish(
    of=DOMAIN,
    id="opensearch-log-publishing",
    title="Publish the logs of an OpenSearch domain to CloudWatch Logs",
    disruption=Disruption.NONE,
    hazard="CloudWatch Logs charges for the logs, and slow and audit logs can contain users' queries.",
    undo_hazard="Errors, slow requests and read access are not logged.",
    reads=(
        domain(
            or_none=_TYPES,
            fine_grained="AdvancedSecurityOptions.Enabled || `false`",
            **{name: _log_group(name) for name in _TYPES},
        ),
    ),
    named=(log_group_for("es.amazonaws.com"),),
    options={
        "types": OptionSpec(
            schema={
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"type": "string", "enum": [*_TYPES]},
            },
            default=["ES_APPLICATION_LOGS"],
            description="Which logs are published: errors (ES_APPLICATION_LOGS), audit logs, slow logs.",
        )
    },
    wanted={name: _IfAsked(log_group_arn, name) for name in _TYPES},
    guards=(
        Guard(
            holds=lambda look: _AUDIT not in look.options["types"] or look["fine_grained"],
            because="${subject} has no fine-grained access control, which audit logs require.",
        ),
        ACTIVE,
    ),
    write=update_domain(),
    shows={"log_group_retention_days": lambda look: look["log_group_retention_days"]},
    template={
        TemplateTool.CLOUDFORMATION: "set CloudWatchLogsLogGroupArn and Enabled of each type in LogPublishingOptions "
        "of AWS::OpenSearchService::Domain",
        TemplateTool.CDK: "set appLogEnabled and appLogGroup, or those of the other types, in logging of Domain",
        TemplateTool.TERRAFORM: "add a log_publishing_options block for each type to aws_opensearch_domain",
    },
)

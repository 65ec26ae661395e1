"""Turn on control plane logging of an EKS cluster.

What it does
------------
Turns on the log types that the option ``types`` lists, by default the audit log. Types that are on stay on. The logs go
to the log group ``/aws/eks/<cluster>/cluster``, which EKS creates.

It refuses a cluster that is only registered with EKS, one on an outpost, and one that does not accept changes.

Why it matters
--------------
The audit log shows who requested what from the cluster. Without it, the actions of an intruder cannot be determined.

What can break
--------------
Nothing. CloudWatch Logs charges for the logs: the audit log of a busy cluster costs hundreds of US dollars a month, and
its log group keeps it indefinitely unless it has a retention.

Undo
----
Turns the same types off again. Existing logs are kept.

References
----------
* Security Hub control EKS.8: https://docs.aws.amazon.com/securityhub/latest/userguide/eks-controls.html#eks-8
* Logs of the control plane: https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
* UpdateClusterConfig: https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec, Permission
from runtime.domain.plan import Compliant
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value, Write
from runtime.fixes.eks import ACTIVE, CLUSTER, IN_AWS, cluster
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps

_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_WRITE = Write(
    call="eks:UpdateClusterConfig", by={"name": "${name}", "logging": {"clusterLogging": Value("cluster_logging")}}
)


@dataclass(frozen=True, kw_only=True)
class LogControlPlane(Declared):
    """Each change names every log type: nothing depends on how EKS handles an omitted one."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return (_WRITE.permission,)

    def offending(self, look: Look) -> Found | Compliant:
        missing = {*look.option("types")} - {*look["types"]}
        if not missing:
            return Compliant(sentence=look.said(f"${{subject}} logs {', '.join(look['types']) or 'nothing'}."))
        return Found(f"logs turned on: {', '.join(sorted(missing))}", sorted({*look["types"], *missing}))

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        on, off = ({"cluster_logging": _setups(types)} for types in (found.detail, look["types"]))
        return (_WRITE.change(look.texts, on, {"types": found.detail}),), (_WRITE.change(look.texts, off),)


def _setups(types: Collection[str]) -> list[dict[str, Any]]:
    """EKS accepts no empty list."""
    setups = (([one for one in _TYPES if (one in types) is enabled], enabled) for enabled in (True, False))
    return [{"types": named, "enabled": enabled} for named, enabled in setups if named]


FIX = LogControlPlane(
    of=CLUSTER,
    id="eks-control-plane-logging",
    title="Turn on control plane logging of an EKS cluster",
    disruption=Disruption.NONE,
    hazard="CloudWatch Logs charges for the logs; the audit log of a busy cluster is large.",
    undo_hazard="Later events of the control plane are not logged.",
    reads=(cluster(types="logging.clusterLogging[?enabled].types[] | sort(@)"),),
    guards=(*IN_AWS, ACTIVE),
    shows={"types": lambda look: look.found.detail},
    options={
        "types": OptionSpec(
            schema={
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"type": "string", "enum": list(_TYPES)},
            },
            default=["audit"],
            description="The log types to turn on. Other types that are on stay on.",
        )
    },
    template={
        TemplateTool.CLOUDFORMATION: "add the types to EnabledTypes in Logging of AWS::EKS::Cluster",
        TemplateTool.CDK: "add the types to clusterLogging of Cluster",
        TemplateTool.TERRAFORM: "add the types to enabled_cluster_log_types of aws_eks_cluster",
    },
)

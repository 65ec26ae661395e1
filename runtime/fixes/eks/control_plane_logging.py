"""Turn on control plane logging of an EKS cluster.

What it does
------------
Turns on the kinds of logs that the option ``types`` lists, the audit log if nothing else is said, besides those that
are on. They go to the log group ``/aws/eks/<cluster>/cluster``, which EKS makes.

It refuses a cluster that is registered with EKS only, one on an outpost, and one that takes no changes.

Why it matters
--------------
The audit log says who asked what of the cluster. Without it, nobody can tell afterwards what an intruder did there.

What can break
--------------
Nothing. CloudWatch Logs charges for what is written: the audit log of a busy cluster costs hundreds of US dollars a
month, and its log group keeps it for ever unless it has a retention.

Undo
----
Turns the same kinds off again. What was logged stays.

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
    """Every kind of log is named in each change: then nothing depends on what EKS makes of one that is not."""

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
    """EKS takes no empty list."""
    setups = (([one for one in _TYPES if (one in types) is enabled], enabled) for enabled in (True, False))
    return [{"types": named, "enabled": enabled} for named, enabled in setups if named]


FIX = LogControlPlane(
    of=CLUSTER,
    id="eks-control-plane-logging",
    title="Turn on control plane logging of an EKS cluster",
    disruption=Disruption.NONE,
    hazard="CloudWatch Logs charges for the logs; the audit log of a busy cluster is large.",
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

"""A Redshift cluster and its audit logs. After they are turned off, moto still shows where they went; AWS does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.redshift_clusters import cluster, paused, replaced


def _logged(**destination: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = cluster()(clients)
        clients("redshift").enable_logging(ClusterIdentifier=resource.name, **destination)
        return resource

    return create


def _into_a_bucket(clients: Clients, resource: Resource) -> None:
    clients("s3").create_bucket(Bucket=f"{resource.name}-audit")
    clients("redshift").enable_logging(ClusterIdentifier=resource.name, BucketName=f"{resource.name}-audit")


def read_back(clients: Clients, resource: Resource) -> Any:
    status = clients("redshift").describe_logging_status(ClusterIdentifier=resource.name)
    if not status["LoggingEnabled"]:
        return None
    return {"to": status.get("LogDestinationType"), "logs": sorted(status.get("LogExports") or ())}


CASES = (
    Bad(
        name="not kept",
        create=cluster(),
        fixed={"to": "cloudwatch", "logs": ["connectionlog", "useractivitylog", "userlog"]},
        disturb=replaced(),
        instead=_into_a_bucket,
    ),
    AlreadyCompliant(
        name="sent to CloudWatch Logs",
        create=_logged(LogDestinationType="cloudwatch", LogExports=["connectionlog"]),
    ),
    Refusal(name="those of a paused one", create=paused(), because="only an available one"),
)

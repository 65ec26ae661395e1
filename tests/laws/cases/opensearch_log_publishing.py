"""An OpenSearch domain and the logs that it publishes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.domains import answer, changed, described, domain
from tests.laws.cases.policies import allow, document

GROUP = "/domains/logs"
ARN = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{GROUP}"
OTHER = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/others"
ERRORS, SLOW = "ES_APPLICATION_LOGS", ["INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS"]
NAMED = {"log_group": GROUP}
USERS = {"AdvancedSecurityOptions": {"Enabled": True, "InternalUserDatabaseEnabled": False}}


def _to(group: str, *types: str, enabled: bool = True) -> dict[str, Any]:
    return {name: {"CloudWatchLogsLogGroupArn": group, "Enabled": enabled} for name in types}


def _publishing(*published: dict[str, Any]) -> dict[str, Any]:
    return {"LogPublishingOptions": {name: log for one in published for name, log in one.items()}}


def _with_log_group(
    create: Callable[[Clients], Resource], *, retention: int | None = 30, streams: str = f"{ARN}:*"
) -> Callable[[Clients], Resource]:
    def make(clients: Clients) -> Resource:
        logs = clients("logs")
        if not logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]:
            logs.create_log_group(logGroupName=GROUP)
        if retention:
            logs.put_retention_policy(logGroupName=GROUP, retentionInDays=retention)
        else:
            logs.delete_retention_policy(logGroupName=GROUP)
        actions = ["logs:PutLogEvents", "logs:CreateLogStream"]
        let_in = allow({"Service": "es.amazonaws.com"}, actions, streams)
        logs.put_resource_policy(policyName="domains", policyDocument=json.dumps(document(let_in)))
        return create(clients)

    return make


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    published = found.get("LogPublishingOptions") or {}
    return {
        # Once a type was published, the domain goes on showing that it is not.
        "published": {name: log["CloudWatchLogsLogGroupArn"] for name, log in published.items() if log["Enabled"]},
        "policy": found["AccessPolicies"],
    }


def _fixed(**published: str) -> dict[str, Any]:
    return {"published": published, "policy": ""}


CASES = (
    Bad(
        name="publishing nothing",
        create=_with_log_group(domain()),
        options=NAMED,
        fixed=_fixed(ES_APPLICATION_LOGS=ARN),
        disturb=changed(**_publishing(_to(OTHER, *SLOW))),
    ),
    Bad(
        name="publishing slow searches, and no errors any more",
        create=_with_log_group(domain(**_publishing(_to(OTHER, SLOW[1]), _to(OTHER, ERRORS, enabled=False)))),
        options=NAMED,
        fixed=_fixed(ES_APPLICATION_LOGS=ARN, SEARCH_SLOW_LOGS=OTHER),
        disturb=changed(**_publishing(_to(ARN, SLOW[0]))),
    ),
    Bad(
        name="publishing one kind of slow logs, and both are asked for",
        create=_with_log_group(domain(**_publishing(_to(OTHER, SLOW[0])))),
        options={**NAMED, "types": SLOW},
        fixed=_fixed(INDEX_SLOW_LOGS=OTHER, SEARCH_SLOW_LOGS=ARN),
        disturb=changed(**_publishing(_to(ARN, ERRORS))),
    ),
    Bad(
        name="with users of its own, and audit logs are asked for",
        create=_with_log_group(domain(**USERS)),
        options={**NAMED, "types": ["AUDIT_LOGS"]},
        fixed=_fixed(AUDIT_LOGS=ARN),
        disturb=changed(**_publishing(_to(OTHER, ERRORS))),
    ),
    AlreadyCompliant(
        name="publishing its errors elsewhere", create=domain(**_publishing(_to(OTHER, ERRORS))), options=NAMED
    ),
    Refusal(name="one for which no log group is named", create=domain(), because="option log_group"),
    Refusal(name="one whose log group is not there", create=domain(), options=NAMED, because="no log group"),
    Refusal(
        name="one whose log group keeps everything",
        create=_with_log_group(domain(), retention=None),
        options=NAMED,
        because="has no retention period: set one first",
    ),
    Refusal(
        name="one whose log group it may not write to",
        create=_with_log_group(domain(), streams=f"{OTHER}:*"),
        options=NAMED,
        because="allows es.amazonaws.com to write to the log group",
    ),
    Refusal(
        name="without users of its own, and audit logs are asked for",
        create=_with_log_group(domain()),
        options={**NAMED, "types": ["AUDIT_LOGS"]},
        because="which audit logs require",
    ),
    Refusal(
        name="isolated",
        create=_with_log_group(domain()),
        answers=answer(DomainProcessingStatus="Isolated"),
        options=NAMED,
        because="is Isolated; only an active one",
    ),
)

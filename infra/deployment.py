"""The parameters of one deployment: one file per environment in ``config/deployments``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aws_cdk.aws_logs import RetentionDays

from infra.json_schema import ACCOUNT_ID, Schema, closed_object
from infra.yaml_document import ConfigurationInvalid, YamlDocument, read_yaml, schema_problems
from runtime.domain.people import People

_ROLE_ARN: Schema = {
    "type": "string",
    "pattern": "^arn:aws(-us-gov|-cn)?:iam::[0-9]{12}:role/[^*?]+$",
    "description": "an IAM role's ARN, without wildcards",
}
_ROLE_ARNS: Schema = {"type": "array", "uniqueItems": True, "items": _ROLE_ARN}
_CHOSEN_BY_NOBODY = (
    "botocore-session-1764073000",
    "aws-sdk-js-1764073000123",
    "aws-go-sdk-1764073000123456789",
    "AWSCLI-Session",
    "AWS-Tools-1764073000",
    "terraform-1764073000",
    "i-0123456789abcdef0",
)
"""Session names that tools and EC2 make up where nobody gives one: two of them may be one person.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html"""
_SECONDS = {"type": "integer", "minimum": 1, "maximum": 900}
_UUID: Schema = {
    "type": "string",
    "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "description": "a UUID",
}
_SLACK_ID: Schema = {"type": "string", "pattern": "^[0-9A-Z]+$", "description": "an id of Slack's"}
_TEAMS_ID: Schema = {"type": "string", "pattern": "%3[aA].+%40", "description": "a channel's id, as its link has it"}

SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "account",
        "region",
        "wiz",
        "findings_concurrency",
        "log_level",
        "log_retention",
        "retry_seconds",
        "verify_seconds",
        "policy_rollout",
        "session_names",
        "operator_role_arns",
        "approver_role_arns",
        "administrator_role_arns",
        "disposable",
    ],
    "properties": {
        "account": ACCOUNT_ID,
        "region": {"type": "string", "pattern": "^[a-z]{2}(-[a-z]+)+-[0-9]$", "description": "an AWS region"},
        "wiz": {
            "type": "object",
            "additionalProperties": False,
            "required": ["delegator_role_arn", "tenant_id"],
            "properties": {
                "delegator_role_arn": _ROLE_ARN,
                "tenant_id": _UUID,
            },
        },
        # The bounds are those of a Lambda event source mapping's maximum concurrency.
        "findings_concurrency": {"type": "integer", "minimum": 2, "maximum": 1000},
        "log_level": {"type": "string", "enum": ["DEBUG", "INFO", "WARNING"]},
        "log_retention": {"type": "string", "enum": [days.name for days in RetentionDays]},
        "retry_seconds": _SECONDS,
        "verify_seconds": _SECONDS,
        "policy_rollout": {
            "type": "object",
            "additionalProperties": False,
            "required": ["minutes", "growth_percent", "bake_minutes"],
            "properties": {
                "minutes": {"type": "integer", "minimum": 0, "maximum": 1440},
                "growth_percent": {"type": "integer", "minimum": 1, "maximum": 100},
                "bake_minutes": {"type": "integer", "minimum": 0, "maximum": 1440},
            },
        },
        "session_names": {"type": "string", "minLength": 1},
        "operator_role_arns": _ROLE_ARNS,
        "approver_role_arns": _ROLE_ARNS,
        "administrator_role_arns": _ROLE_ARNS,
        "disposable": {"type": "boolean"},
        "chat": {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
            "properties": {
                "slack": closed_object({"workspace": _SLACK_ID, "channel": _SLACK_ID}),
                "teams": closed_object({"team": _UUID, "tenant": _UUID, "channel": _TEAMS_ID}),
            },
        },
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRollout:
    """How AppConfig hands out a new policy: over ``minutes``, in steps of ``growth_percent``.

    It is then kept open for ``bake_minutes`` for a rollback by hand; no alarm watches it.
    """

    minutes: int
    growth_percent: int
    bake_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One environment of the platform.

    Operators, of ``people``, may also move messages out of the dead-letter queues; ``administrator_role_arns`` are the
    roles that may onboard accounts. The data of a ``disposable`` one goes with its stack.
    """

    environment: str
    account: str
    region: str
    wiz_delegator_role_arn: str
    wiz_tenant_id: str
    findings_concurrency: int
    log_level: str
    log_retention: RetentionDays
    retry_seconds: int
    verify_seconds: int
    policy_rollout: PolicyRollout
    people: People
    administrator_role_arns: tuple[str, ...]
    disposable: bool
    chat: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The channel's ids, by the kind of chat; empty if there is none."""


def deployment_names(config: Path) -> tuple[str, ...]:
    """The environments that there is a file for."""
    return tuple(sorted(path.stem for path in (config / "deployments").glob("*.yaml")))


def load_deployment(config: Path, environment: str | None) -> Deployment:
    """Read one environment's parameters. Raises ``ConfigurationInvalid`` if there is none of that name, or bad ones."""
    names = deployment_names(config)
    if environment not in names:
        found = f"{environment!r} is not an environment" if environment else "No environment is set"
        raise ConfigurationInvalid((f"{found}; give -c env=NAME with one of: {', '.join(names)}",))
    document = read_yaml(config / "deployments" / f"{environment}.yaml")
    if problems := schema_problems(document, SCHEMA) or tuple(_people_problems(document)):
        raise ConfigurationInvalid(problems)
    parameters = dict(document.content)
    wiz = parameters.pop("wiz")
    return Deployment(
        environment=environment,
        wiz_delegator_role_arn=wiz["delegator_role_arn"],
        wiz_tenant_id=wiz["tenant_id"],
        policy_rollout=PolicyRollout(**parameters.pop("policy_rollout")),
        log_retention=RetentionDays[parameters.pop("log_retention")],
        people=People(
            session_names=parameters.pop("session_names"),
            operator_role_arns=tuple(parameters.pop("operator_role_arns")),
            approver_role_arns=tuple(parameters.pop("approver_role_arns")),
        ),
        administrator_role_arns=tuple(parameters.pop("administrator_role_arns")),
        **parameters,
    )


def _people_problems(document: YamlDocument) -> Iterator[str]:
    """By what one person could be two: roles and session names that anybody may have."""
    content = document.content
    pattern = content["session_names"]
    try:
        accepted = [name for name in _CHOSEN_BY_NOBODY if re.fullmatch(pattern, name, re.IGNORECASE)]
    except re.PatternError as error:
        yield document.problem(("session_names",), f"{pattern!r} is not a regular expression: {error}")
    else:
        if accepted:
            sentence = (
                f"{pattern!r} also matches {accepted[0]!r}, which tools generate: it must match only names of people"
            )
            yield document.problem(("session_names",), sentence)
    for key in ("operator_role_arns", "approver_role_arns", "administrator_role_arns"):
        for index, arn in enumerate(content[key]):
            if arn.split(":")[4] != content["account"]:
                yield document.problem((key, index), f"{arn!r} is not a role of the account {content['account']}")
    for key in ("operator_role_arns", "approver_role_arns"):
        if "chat" in content and len(content[key]) != 1:
            yield document.problem(
                (key,), ("with a chat channel there must be one role, because its buttons do not name any")
            )
    for index, arn in enumerate(content["approver_role_arns"]):
        if arn in content["operator_role_arns"]:
            sentence = f"{arn!r} is in operator_role_arns too: its people could approve their own requests"
            yield document.problem(("approver_role_arns", index), sentence)

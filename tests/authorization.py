"""Whether IAM allows a call in a session of a customer's role. For tests only.

The decision is ministack's own evaluator, in this process: moto's knows neither resources nor conditions. It is given
what AWS would authorise a call on: the action's resource as the Service Authorization Reference has it, not as the fix
declares it, and the condition keys that the call's parameters make.
``tests/e2e/test_authorization.py`` compares it with what the local AWS answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document
from policy_sentry.querying.actions import get_action_data

from customer_role.grants import Pack, policy_document
from customer_role.guard_rails import guard_rails
from runtime.domain.access import customer_role_name
from runtime.domain.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """The policies of one customer's role: what is allowed to the fixes that are on, and what is denied to all."""

    arn: str
    allowed: Mapping[str, Any]
    limits: Mapping[str, Any]

    @classmethod
    def of(cls, pack: Pack, *, account_id: str, off: Iterable[str] = ()) -> Self:
        """The role of a pack, as deployed in an account with these fixes switched off."""
        off = set(off)
        statements = [it for grant in pack.grants if grant.spec.id not in off for it in grant.statements]
        return cls(
            arn=f"arn:aws:iam::{account_id}:role/{customer_role_name(pack.service)}",
            allowed=_in_account(policy_document(statements), account_id),
            limits=_in_account(guard_rails(pack), account_id),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What IAM is asked about one call: the action, what it acts on, and the keys made of the call's parameters."""

    action: str
    resource: str
    keys: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session of a role. ``policy`` is the session policy as STS gets it, if there is one; ``scps`` are those of the
    account's organization that deny, besides the one that allows everything.
    """

    role: Role
    tags: Mapping[str, str]
    policy: str | None
    scps: tuple[str, ...] = ()

    def allows(self, question: Question) -> bool:
        """IAM's answer."""
        context = EvalContext(
            principal_arn=self.role.arn,
            principal_type="AssumedRole",
            principal_account=self.role.arn.split(":")[4],
            action=question.action,
            resource_arn=question.resource,
            region="us-east-1",
            principal_keys={f"aws:principaltag/{name}".lower(): value for name, value in self.tags.items()},
            service_context={"aws:tagkeys": None} | {name.lower(): value for name, value in question.keys.items()},
        )
        documents = (self.role.allowed, self.role.limits, *map(json.loads, self.scps))
        policies = [parse_policy_document(dict(document)) for document in documents]
        limits = [] if self.policy is None else [[parse_policy_document(self.policy)]]
        return str(evaluate(context, policies, *limits).decision) == "Allow"


def question(action: str, operation: str, parameters: Mapping[str, Any], resource: Resource) -> Question:
    """What IAM is asked about a call on a resource."""
    return Question(action=action, resource=authorized_on(action, resource), keys=_keys(operation, parameters))


def authorized_on(action: str, resource: Resource) -> str:
    """The ARN that AWS authorises the action on: in the form of the reference, ``*`` where it has none.

    Raises ``LookupError`` if the reference has forms for the action, but none for a resource of this type.
    """
    forms = _arn_forms(action)
    if forms == {"*"}:
        return "*"
    for form in forms - {"*"}:
        text = form.replace("${Partition}", resource.partition).replace("${Region}", resource.region)
        text = text.replace("${Account}", resource.account_id)
        pattern = re.sub(r"\\\$\\\{[A-Za-z]+\\\}", "(?P<id>.+)", re.escape(text))
        # An ARN may name an account where the reference's form does not, and the other way round.
        service, last = pattern.split(":")[2], pattern.split(":", 5)[5]
        found = re.fullmatch(last, resource.arn.split(":", 5)[5])
        if found and service == resource.arn.split(":")[2]:
            return re.sub(r"\$\{[A-Za-z]+\}", found["id"], text)
    raise LookupError(f"{action} acts on {', '.join(sorted(forms))}, and not on {resource.arn}")


@cache
def _arn_forms(action: str) -> frozenset[str]:
    service, name = action.split(":")
    rows = get_action_data(service, name)[service]
    return frozenset(row["resource_arn_format"] for row in rows if row["action"] == action)


def _keys(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The condition keys that a call's parameters make.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    keys: dict[str, Any] = {}
    tags = [tag for one in parameters.get("TagSpecifications", ()) for tag in one["Tags"]]
    if tags:
        keys["aws:TagKeys"] = [tag["Key"] for tag in tags]
        keys |= {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    match operation:
        case "ec2:ModifySnapshotAttribute":
            verb = parameters["OperationType"].capitalize()
            keys |= {"ec2:Attribute": parameters["Attribute"]}
            keys |= {f"ec2:{verb}/group": group for group in parameters.get("GroupNames", ())}
            keys |= {f"ec2:{verb}/userId": user for user in parameters.get("UserIds", ())}
        case "kms:EnableKeyRotation":
            keys |= {f"kms:{name}": value for name, value in parameters.items() if name == "RotationPeriodInDays"}
        case "rds:ModifyDBInstance":
            keys |= {f"rds:{name}": value for name, value in parameters.items() if name == "ManageMasterUserPassword"}
    return keys


def _in_account(document: Mapping[str, Any], account_id: str) -> dict[str, Any]:
    text = json.dumps(document).replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", account_id)
    resolved: dict[str, Any] = json.loads(text)
    return resolved

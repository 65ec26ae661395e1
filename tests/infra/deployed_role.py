"""A role as IAM gets it, after the functions of its template are resolved for given parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.domain.access import execution_role_name

ACCOUNT = "123456789012"
EXECUTION_ROLE = f"arn:aws:iam::210987654321:role/{execution_role_name('prod')}"
EXTERNAL_ID = "a-generated-external-id-of-this-account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """One thing that one kind of session may do."""

    fix: str
    only_when_writing: bool
    action: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedRole:
    """The role as IAM gets it."""

    role: Mapping[str, Any]
    policies: Mapping[str, Mapping[str, Any]]

    @property
    def limits(self) -> Mapping[str, Any]:
        (policy,) = self.role["Policies"]
        document: Mapping[str, Any] = policy["PolicyDocument"]
        return document

    @property
    def allowed(self) -> set[Allowed]:
        return {
            Allowed(
                fix=tags["aws:PrincipalTag/suture:fix"],
                only_when_writing=tags.get("aws:PrincipalTag/suture:access") == "write",
                action=action,
                resource=resource,
            )
            for document in self.policies.values()
            for statement in document["Statement"]
            for tags in [statement["Condition"]["StringEquals"]]
            for action in statement["Action"]
            for resource in listed(statement["Resource"])
        }


def listed(value: str | list[str]) -> list[str]:
    """What stands in a policy as one or as several."""
    return [value] if isinstance(value, str) else value


def deployed_role(template: Mapping[str, Any], partition: str, parameters: Mapping[str, str]) -> DeployedRole:
    """A template's role, as CloudFormation makes it."""
    defaults = {name: it["Default"] for name, it in template["Parameters"].items() if "Default" in it}
    values = {**defaults, **parameters, "AWS::Partition": partition, "AWS::AccountId": ACCOUNT}
    values["Role"] = template["Resources"]["Role"]["Properties"]["RoleName"]
    nothing = object()

    def resolved(value: Any) -> Any:
        match value:
            case {"Ref": "AWS::NoValue"}:
                return nothing
            case {"Ref": name}:
                return values[name]
            case {"Condition": str(name)}:
                return resolved(template["Conditions"][name])
            case {"Fn::Sub": str(pattern)}:
                return re.sub(r"\$\{([A-Za-z:]+)\}", lambda placeholder: values[placeholder[1]], pattern)
            case {"Fn::Join": [str(separator), list(parts)]}:
                return separator.join(map(resolved, parts))
            case {"Fn::Select": [int(index), {"Fn::Split": [str(separator), text]}]}:
                return resolved(text).split(separator)[index]
            case {"Fn::Equals": [left, right]}:
                return resolved(left) == resolved(right)
            case {"Fn::Or": list(operands)}:
                assert 2 <= len(operands) <= 10
                return any(map(resolved, operands))
            case {"Fn::If": [condition, yes, no]}:
                return resolved(yes if resolved(template["Conditions"][condition]) else no)
            case dict() | list():
                return members(value)
            case _:
                return value

    def members(value: dict[str, Any] | list[Any]) -> Any:
        if isinstance(value, list):
            return [member for member in map(resolved, value) if member is not nothing]
        assert not any(key.startswith("Fn::") for key in value)
        return {key: resolved(member) for key, member in value.items()}

    existing = [
        resolved(resource["Properties"]) | {"Type": resource["Type"]}
        for resource in template["Resources"].values()
        if "Condition" not in resource or resolved(template["Conditions"][resource["Condition"]])
    ]
    (role,) = [resource for resource in existing if resource["Type"] == "AWS::IAM::Role"]
    policies = [resource for resource in existing if resource["Type"] == "AWS::IAM::ManagedPolicy"]
    assert all(policy["Roles"] == [role["RoleName"]] for policy in policies)
    assert all(policy["PolicyDocument"]["Statement"] for policy in policies)
    return DeployedRole(
        role=role, policies={policy["ManagedPolicyName"]: policy["PolicyDocument"] for policy in policies}
    )

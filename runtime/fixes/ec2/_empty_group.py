"""Remove every rule from an unused security group."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from runtime.domain.fix import Options, OptionSpec, Permission
from runtime.domain.plan import Change, Compliant, State, canonical_json
from runtime.domain.resource import Resource
from runtime.fixes.calls import Read
from runtime.fixes.contract import Reader
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps, Unread
from runtime.fixes.kinds.ingress import EVERY_RULE, GROUP, INTERFACES, RULE_ARN, with_keeper

EVEN_IF_USED = OptionSpec(
    schema={"type": "boolean"},
    default=False,
    description="Whether a group that network interfaces have is emptied too.",
)

DIRECTIONS = ("Ingress", "Egress")


_NAMED_BY = tuple(
    Read(
        call="ec2:DescribeSecurityGroups",
        by={"Filters": [{"Name": where, "Values": ["${name}"]}]},
        on="*",
        keep={part: "SecurityGroups[].GroupId"},
        sets=(part,),
    )
    for part, where in (
        ("named_by_ingress", "ip-permission.group-id"),
        ("named_by_egress", "egress.ip-permission.group-id"),
    )
)
"""The groups with rules that name this group as source or destination."""


READS = (GROUP, EVERY_RULE, INTERFACES, *_NAMED_BY)

UNUSED = Guard(
    holds=lambda look: look["network_interfaces"] == 0 or bool(look.options["even_if_used"]),
    because="${subject} is in use by ${network_interfaces} network interfaces, which would lose their connections.",
)


RULES_CAN_BE_ADDED_AGAIN = Guard(
    holds=lambda look: all(rule["peer"] in ("", "active") for rule in look["rules"]),
    because="It cannot be undone: a rule names a group of a peered VPC that was deleted.",
)


@dataclass(frozen=True, kw_only=True)
class EmptyGroup(Declared):
    """The state holds every rule. ``directions`` says which of ``Ingress`` and ``Egress`` to remove.

    A rule that names a deleted group of a peered VPC cannot be restored.
    """

    directions: Callable[[Look], Collection[str]] = lambda _: DIRECTIONS
    reads: tuple[Read, ...] = READS
    informs: tuple[str, ...] = (
        "rule_ids",
        "network_interfaces",
        "public_addresses",
        "named_by_ingress",
        "named_by_egress",
    )
    takes_back: tuple[Guard, ...] = (RULES_CAN_BE_ADDED_AGAIN,)
    shows: Mapping[str, Callable[[Look], Any]] = field(
        default_factory=lambda: {
            "rules": lambda look: len(look.found.detail),
            "network_interfaces": lambda look: look["network_interfaces"],
            "groups_that_name_it": lambda look: sorted(
                {*look["named_by_ingress"], *look["named_by_egress"]} - {look.resource.name}
            ),
        }
    )

    @property
    def writes(self) -> tuple[Permission, ...]:
        authorize = [f"ec2:AuthorizeSecurityGroup{direction}" for direction in DIRECTIONS]
        revoke = [f"ec2:RevokeSecurityGroup{direction}" for direction in DIRECTIONS]
        return (
            *(Permission(action=one, operation=one) for one in (*authorize, *revoke)),
            *(Permission(action=one, operation=one, resource=RULE_ARN) for one in authorize),
            Permission(action="ec2:CreateTags", operation=authorize[0], resource=RULE_ARN),
        )

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        state = dict(super().observe(aws, resource, options, only))
        with_keeper(state)
        if "rules" in state:
            ids = {canonical_json(_rule(answer)): answer.get("SecurityGroupRuleId") for answer in state["rules"]}
            state["rules"] = sorted(map(_rule, state["rules"]), key=canonical_json)
            state["rule_ids"] = ids
        return state

    def offending(self, look: Look) -> Found | Compliant:
        directions = self.directions(look)
        if not all(map(_is_whole, look["rules"])):
            raise Unread("every part of a rule")
        rules = [rule for rule in look["rules"] if _direction(rule) in directions]
        if not rules:
            return Compliant(sentence=look.said("${subject} has no such rule."))
        return Found(f"rules removed: {len(rules)}", rules)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        changes: list[Change] = []
        undo: list[Change] = []
        left = list(look["rules"])
        # Rules with the same tags are restored by one call: it sets its tags on all rules that it adds.
        alike = [list(group) for _, group in groupby(sorted(found.detail, key=_order), key=_order)]
        for rules in alike:
            direction = _direction(rules[0])
            left = [rule for rule in left if rule not in rules]
            ids = [look["rule_ids"].get(canonical_json(rule)) for rule in rules]
            if None in ids:
                raise Unread("the id of every rule")
            # By their ids: otherwise AWS silently ignores a rule that matches nothing in a default VPC. Except those
            # that are restored, with other ids, if a later call fails, and then removed again by the same plan.
            # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
            which = {"SecurityGroupRuleIds": ids}
            if rules is not alike[-1]:
                which = {"IpPermissions": [rule["permission"] for rule in rules]}
            changes.append(_call(look, "Revoke", direction, which, {"rules": left}))
            put_back: dict[str, Any] = {"IpPermissions": [rule["permission"] for rule in rules]}
            if tags := rules[0]["tags"]:
                written = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
                put_back["TagSpecifications"] = [{"ResourceType": "security-group-rule", "Tags": written}]
            undo.append(_call(look, "Authorize", direction, put_back))
        return tuple(changes), tuple(undo)


def _order(rule: Mapping[str, Any]) -> tuple[str, str]:
    return _direction(rule), canonical_json(rule["tags"])


def _direction(rule: Mapping[str, Any]) -> str:
    return "Egress" if rule["egress"] else "Ingress"


def _call(look: Look, verb: str, direction: str, parameters: Mapping[str, Any], leaves: State | None = None) -> Change:
    return Change(
        service="ec2",
        operation=f"{verb}SecurityGroup{direction}",
        parameters={"GroupId": look.resource.name, **parameters},
        leaves=leaves or {},
    )


def _rule(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as it can be restored: ``permission`` is what AWS accepts.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    """
    permission: dict[str, Any] = {"IpProtocol": answer.get("IpProtocol")}
    if permission["IpProtocol"] != "-1":
        permission |= {"FromPort": answer.get("FromPort"), "ToPort": answer.get("ToPort")}
    described = {"Description": answer["Description"]} if answer.get("Description") else {}
    if "CidrIpv4" in answer:
        permission["IpRanges"] = [{"CidrIp": answer["CidrIpv4"], **described}]
    elif "CidrIpv6" in answer:
        permission["Ipv6Ranges"] = [{"CidrIpv6": answer["CidrIpv6"], **described}]
    elif "PrefixListId" in answer:
        permission["PrefixListIds"] = [{"PrefixListId": answer["PrefixListId"], **described}]
    else:
        group = answer.get("ReferencedGroupInfo", {})
        names = ("GroupId", "UserId", "VpcId", "VpcPeeringConnectionId")
        permission["UserIdGroupPairs"] = [{**{name: group[name] for name in names if group.get(name)}, **described}]
    return {
        "egress": answer.get("IsEgress"),
        "permission": permission,
        "tags": {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ()) if not tag["Key"].startswith("aws:")},
        "peer": answer.get("ReferencedGroupInfo", {}).get("PeeringStatus") or "",
    }


def _is_whole(rule: Mapping[str, Any]) -> bool:
    permission = rule["permission"]
    sources = permission.get("UserIdGroupPairs", [{"GroupId": "a range"}])
    return rule["egress"] is not None and None not in permission.values() and all("GroupId" in one for one in sources)

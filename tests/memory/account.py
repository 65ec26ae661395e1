"""A customer's account in memory: sessions, buckets, security groups and DB instances, as far as tests need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from runtime.domain.access import Access, SessionRequest
from runtime.domain.audit import ApiCall, SessionRecord
from runtime.domain.errors import AwsAccessDenied, AwsError, AwsNotFound, AwsUnavailable
from runtime.domain.plan import canonical_json
from runtime.domain.resource import Resource
from tests.memory.calls import Watched

type Judge = Callable[[SessionRequest, str, str, Mapping[str, Any]], None]

_BLOCK = "PublicAccessBlockConfiguration"


@dataclass
class Bucket:
    owner: str
    tags: dict[str, str] = field(default_factory=dict)
    block: dict[str, bool] | None = None
    website: bool = False
    public_policy: bool | None = None
    lag: int = 0
    """How many reads still show the old public access block after a change of it."""
    _shown: tuple[dict[str, bool] | None, int] = (None, 0)

    def set_block(self, block: dict[str, bool] | None) -> None:
        self._shown = (self.block, self.lag)
        self.block = block

    def read_block(self) -> dict[str, bool] | None:
        old, reads = self._shown
        if reads == 0:
            return self.block
        self._shown = (old, reads - 1)
        return old


@dataclass
class Group:
    """A security group: its rules as ``(protocol, from, to)`` → ranges of addresses.

    A rule's id is made of those unless it was changed in place: then it has the one that it had, as in ``changed``.
    """

    rules: dict[tuple[str, int, int], set[str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    interfaces: int = 0
    owner: str = "222222222222"
    changed: dict[tuple[str, int, int, str], str] = field(default_factory=dict)

    def id_of(self, rule: tuple[str, int, int], cidr: str) -> str:
        return self.changed.get((*rule, cidr), f"sgr-{'-'.join(map(str, rule))}-{cidr}")

    def by_id(self) -> dict[str, tuple[tuple[str, int, int], str]]:
        return {self.id_of(rule, cidr): (rule, cidr) for rule, cidrs in self.rules.items() for cidr in cidrs}

    def remove(self, rule: tuple[str, int, int], cidr: str) -> None:
        self.rules[rule] -= {cidr}
        self.changed.pop((*rule, cidr), None)
        if not self.rules[rule]:
            del self.rules[rule]

    def change(self, rule_id: str, new: Mapping[str, Any]) -> None:
        self.remove(*self.by_id()[rule_id])
        rule, cidr = (new["IpProtocol"], new["FromPort"], new["ToPort"]), new.get("CidrIpv4") or new["CidrIpv6"]
        self.rules.setdefault(rule, set()).add(cidr)
        if self.id_of(rule, cidr) != rule_id:
            self.changed[*rule, cidr] = rule_id


@dataclass
class Instance:
    """An RDS DB instance. While ``passing``, it is in that status; RDS takes no change then, and says so."""

    public: bool = True
    engine: str = "postgres"
    passing: str = ""
    tags: dict[str, str] = field(default_factory=dict)


class MemoryAccounts:
    """Every customer's account. ``calls`` watches the sessions that are opened and the calls made through them."""

    def __init__(self, calls: Watched) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.groups: dict[str, Group] = {}
        self.instances: dict[str, Instance] = {}
        self.judge: Judge = lambda request, service, operation, parameters: None
        """Is asked about each write, right before it takes effect."""
        self._calls = calls

    def open(self, request: SessionRequest, resource: Resource, *, patient: bool = True) -> MemorySession:
        return self._calls("sts:AssumeRole", request, lambda: self._open(request))

    def _open(self, request: SessionRequest) -> MemorySession:
        return MemorySession(self, request, self._calls)

    def answer(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """What AWS answers. Raises an ``AwsError``."""
        name = f"{service}:{operation}"
        if service == "s3":
            return self._s3(operation, parameters, lambda code, kind: _error(name, code, kind))
        if service == "rds":
            return self._rds(operation, parameters, lambda code, kind: _error(name, code, kind))
        return self._ec2(operation, parameters, lambda code, kind: _error(name, code, kind))

    def _s3(
        self, operation: str, parameters: Mapping[str, Any], error: Callable[[str, type[AwsError]], AwsError]
    ) -> dict[str, Any]:
        bucket = self.buckets.get(parameters["Bucket"])
        if bucket is None:
            raise error("NoSuchBucket", AwsNotFound)
        if bucket.owner != parameters.get("ExpectedBucketOwner", bucket.owner):
            raise error("AccessDenied", AwsAccessDenied)
        match operation:
            case "GetBucketTagging" if bucket.tags:
                return {"TagSet": [{"Key": key, "Value": value} for key, value in bucket.tags.items()]}
            case "GetBucketTagging":
                raise error("NoSuchTagSet", AwsNotFound)
            case "GetPublicAccessBlock":
                block = bucket.read_block()
                if block is None:
                    raise error("NoSuchPublicAccessBlockConfiguration", AwsNotFound)
                return {_BLOCK: dict(block)}
            case "GetBucketPolicyStatus" if bucket.public_policy is not None:
                return {"PolicyStatus": {"IsPublic": bucket.public_policy}}
            case "GetBucketPolicyStatus":
                raise error("NoSuchBucketPolicy", AwsNotFound)
            case "GetBucketWebsite" if bucket.website:
                return {"IndexDocument": {"Suffix": "index.html"}}
            case "GetBucketWebsite":
                raise error("NoSuchWebsiteConfiguration", AwsNotFound)
            case "PutPublicAccessBlock":
                bucket.set_block(dict(parameters[_BLOCK]))
                return {}
            case "DeletePublicAccessBlock":
                bucket.set_block(None)
                return {}
        raise AssertionError(f"s3:{operation} is not in the memory account")

    def _rds(
        self, operation: str, parameters: Mapping[str, Any], error: Callable[[str, type[AwsError]], AwsError]
    ) -> dict[str, Any]:
        name = parameters["DBInstanceIdentifier"]
        instance = self.instances.get(name)
        if instance is None:
            raise error("DBInstanceNotFound", AwsNotFound)
        if operation == "ModifyDBInstance":
            if instance.passing:
                raise error("InvalidDBInstanceState", AwsUnavailable)
            instance.public = parameters["PubliclyAccessible"]
            return {}
        described = {
            "DbiResourceId": f"db-{name}",
            "DBInstanceStatus": instance.passing or "available",
            "PubliclyAccessible": instance.public,
            "Engine": instance.engine,
            "TagList": [{"Key": key, "Value": value} for key, value in instance.tags.items()],
        }
        return {"DBInstances": [described]}

    def _ec2(
        self, operation: str, parameters: Mapping[str, Any], error: Callable[[str, type[AwsError]], AwsError]
    ) -> dict[str, Any]:
        if "Filters" in parameters:
            group = self.groups[parameters["Filters"][0]["Values"][0]]
            rules = [_rule(rule_id, *rule) for rule_id, rule in sorted(group.by_id().items())]
            return {"NetworkInterfaces": [{}] * group.interfaces, "SecurityGroupRules": rules}
        group_id = parameters["GroupIds"][0] if "GroupIds" in parameters else parameters["GroupId"]
        if group_id not in self.groups:
            raise error("InvalidGroup.NotFound", AwsNotFound)
        group = self.groups[group_id]
        if operation == "DescribeSecurityGroups":
            permissions = [_permission(rule, ranges) for rule, ranges in sorted(group.rules.items())]
            tags = [{"Key": key, "Value": value} for key, value in group.tags.items()]
            described = {"GroupId": group_id, "GroupName": "web", "OwnerId": group.owner}
            return {"SecurityGroups": [{**described, "IpPermissions": permissions, "Tags": tags}]}
        if not set(parameters.get("SecurityGroupRuleIds", ())) <= group.by_id().keys():
            raise error("InvalidSecurityGroupRuleId.NotFound", AwsNotFound)
        given = _rules(parameters.get("IpPermissions", []))
        match operation:
            case "AuthorizeSecurityGroupIngress":
                if any(ranges & group.rules.get(rule, set()) for rule, ranges in given):
                    raise error("InvalidPermission.Duplicate", AwsError)
                for rule, ranges in given:
                    group.rules.setdefault(rule, set()).update(ranges)
                return {"Return": True}
            case "ModifySecurityGroupRules":
                (changed,) = parameters["SecurityGroupRules"]
                if changed["SecurityGroupRuleId"] not in group.by_id():
                    raise error("InvalidSecurityGroupRuleId.NotFound", AwsNotFound)
                group.change(changed["SecurityGroupRuleId"], changed["SecurityGroupRule"])
                return {"Return": True}
            case "RevokeSecurityGroupIngress":
                if not all(ranges <= group.rules.get(rule, set()) for rule, ranges in given):
                    raise error("InvalidPermission.NotFound", AwsNotFound)
                by_id = [group.by_id()[rule_id] for rule_id in parameters.get("SecurityGroupRuleIds", ())]
                for rule, cidr in [*by_id, *((rule, cidr) for rule, ranges in given for cidr in ranges)]:
                    group.remove(rule, cidr)
                return {"Return": True}
        raise AssertionError(f"ec2:{operation} is not in the memory account")


class MemorySession:
    """A session that, as its policy, only does what it was opened for."""

    def __init__(self, accounts: MemoryAccounts, request: SessionRequest, calls: Watched) -> None:
        self._accounts = accounts
        self._request = request
        self._calls = calls
        self._made: list[ApiCall] = []

    @property
    def record(self) -> SessionRecord:
        return SessionRecord(
            role_arn=self._request.role_arn,
            session_name=self._request.name,
            source_identity=self._request.source_identity,
            tags=self._request.tags,
            policy=self._request.policy,
            calls=tuple(self._made),
        )

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        writes = not operation.startswith(("Get", "Describe", "List"))
        assert writes == (self._request.access is Access.WRITE), f"{operation} through a {self._request.access} session"
        canonical_json(parameters)  # what is sent is JSON
        self._made.append(ApiCall(service=service, operation=operation, request_id=f"request-{len(self._made)}"))

        def effect() -> dict[str, Any]:
            if writes:
                self._accounts.judge(self._request, service, operation, parameters)
            return self._accounts.answer(service, operation, parameters)

        return deepcopy(self._calls(f"{service}:{operation}", parameters, effect))


def _error(name: str, code: str, kind: type[AwsError]) -> AwsError:
    service, _, operation = name.partition(":")
    return kind(service=service, operation=operation, code=code, message=code, request_id="request")


def _rule(rule_id: str, rule: tuple[str, int, int], cidr: str) -> dict[str, Any]:
    protocol, first, last = rule
    return {
        "SecurityGroupRuleId": rule_id,
        "IsEgress": False,
        "IpProtocol": protocol,
        "FromPort": first,
        "ToPort": last,
        "CidrIpv6" if ":" in cidr else "CidrIpv4": cidr,
    }


def _permission(rule: tuple[str, int, int], ranges: set[str]) -> dict[str, Any]:
    protocol, first, last = rule
    return {
        "IpProtocol": protocol,
        "FromPort": first,
        "ToPort": last,
        "IpRanges": [{"CidrIp": one} for one in sorted(ranges) if ":" not in one],
        "Ipv6Ranges": [{"CidrIpv6": one} for one in sorted(ranges) if ":" in one],
        "PrefixListIds": [],
        "UserIdGroupPairs": [],
    }


def _rules(permissions: list[Mapping[str, Any]]) -> list[tuple[tuple[str, int, int], set[str]]]:
    return [
        (
            (one["IpProtocol"], one["FromPort"], one["ToPort"]),
            {given["CidrIp"] for given in one.get("IpRanges", [])}
            | {given["CidrIpv6"] for given in one.get("Ipv6Ranges", [])},
        )
        for one in permissions
    ]

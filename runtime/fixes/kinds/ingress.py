"""Close ports of a security group to the internet."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from itertools import pairwise
from typing import Any

from runtime.domain.fix import Options, OptionSpec, Permission, texts_of
from runtime.domain.plan import Change, Compliant, Refused, State, canonical_json
from runtime.domain.resource import Resource
from runtime.fixes.calls import NEXT_TOKEN, Read
from runtime.fixes.contract import Reader
from runtime.fixes.ec2 import INTERFACES_COUNTED, OWN, counted
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps, Unread

WITH_PORTS = ("tcp", "udp")
LAST_PORT = 65535
ALL = "all"
ALL_BUT = "all_but"

_RULES, _RULE_IDS, _PREFIX_LISTS, _KEPT_BY = "rules", "rule_ids", "prefix_lists", "kept_by"
_ALL_TRAFFIC = "-1"
_NO_PORT = -1
_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")


# --- Ports ---

type Ports = tuple[int, int]
"""A range of ports, both ends included."""


def parse_ports(option: Any) -> tuple[Ports, ...] | None:
    """An option's ports as sorted, non-adjacent ranges; ``None`` if they are not ports."""
    match option:
        case None:
            return ()
        case "all":
            return ((0, LAST_PORT),)
        case {"all_but": open_ports}:
            ranges = _ranges(open_ports)
            return None if ranges is None else tuple(without((0, LAST_PORT), ranges))
        case _:
            return _ranges(option)


def _ranges(option: Any) -> tuple[Ports, ...] | None:
    found: list[Ports] = []
    for item in option if isinstance(option, list) else (None,):
        ports = _range(item)
        if ports is None or not 0 <= ports[0] <= ports[1] <= LAST_PORT:
            return None
        found.append(ports)
    return merged(found)


def _range(item: Any) -> Ports | None:
    if isinstance(item, int) and not isinstance(item, bool):
        return item, item
    match = _RANGE.fullmatch(item) if isinstance(item, str) else None
    return (int(match[1]), int(match[2])) if match else None


def merged(ranges: Iterable[Ports]) -> tuple[Ports, ...]:
    """The same ports as sorted, non-adjacent ranges."""
    found: list[Ports] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def without(ports: Ports, closed: Iterable[Ports]) -> list[Ports]:
    """The parts of a range that are in none of the closed ranges, which are sorted."""
    start, end = ports
    left: list[Ports] = []
    for first, last in closed:
        if last < start or first > end:
            continue
        if start < first:
            left.append((start, first - 1))
        start = last + 1
    if start <= end:
        left.append((start, end))
    return left


def common(some: Iterable[Ports], others: Iterable[Ports]) -> tuple[Ports, ...]:
    """The ports that are in both."""
    others = tuple(others)
    both = ((max(a, c), min(b, d)) for a, b in some for c, d in others)
    return merged((first, last) for first, last in both if first <= last)


def spelled(ranges: Iterable[Ports]) -> str:
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def _ports_schema() -> dict[str, Any]:
    item = {
        "anyOf": [
            {"type": "integer", "minimum": 0, "maximum": LAST_PORT},
            {"type": "string", "pattern": f"^{_RANGE.pattern}$"},
        ]
    }
    ports = {"type": "array", "minItems": 1, "items": item}
    all_but = {"type": "object", "properties": {ALL_BUT: ports}, "required": [ALL_BUT], "additionalProperties": False}
    return {"anyOf": [{"type": "null"}, {"const": ALL}, ports, all_but]}


def _further_ports(protocol: str) -> OptionSpec:
    return OptionSpec(
        schema=_ports_schema(),
        default=None,
        description=f"Further ports to close, for {protocol} only; as in ports.",
    )


PORT_OPTIONS = {
    "ports": OptionSpec(
        schema=_ports_schema(),
        default=None,
        description=(
            "The ports to close: a list of port numbers and of ranges such as '27017-27019', 'all', or "
            "{all_but: [80, 443]} for all except a list. If this option, tcp_ports and udp_ports are all null, every "
            "resource is refused."
        ),
    ),
    "protocols": OptionSpec(
        schema={"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": list(WITH_PORTS)}},
        default=list(WITH_PORTS),
        description=(
            "Protocols for which the ports of the option ports are closed. Both by default, because the controls "
            "require both."
        ),
    ),
    "tcp_ports": _further_ports("TCP"),
    "udp_ports": _further_ports("UDP"),
}


def ports_to_close(look: Look) -> Mapping[str, tuple[Ports, ...]] | Refused:
    """The ports that the options name, by protocol."""
    closed: dict[str, tuple[Ports, ...]] = {}
    for protocol in WITH_PORTS:
        named = [look.options["ports"]] if protocol in look.options["protocols"] else []
        parsed = [parse_ports(option) for option in (*named, look.options[f"{protocol}_ports"])]
        if None in parsed:
            return Refused(sentence="The options do not name the ports to close: one is invalid.")
        closed[protocol] = merged(ports for found in parsed for ports in found or ())
    if not any(closed.values()):
        return Refused(sentence="The options ports, tcp_ports and udp_ports do not name the ports to close.")
    return closed


def spelled_by_protocol(closed: Mapping[str, Iterable[Ports]]) -> str:
    return ", ".join(f"{protocol.upper()} {spelled(ports)}" for protocol, ports in closed.items() if ports)


# --- Addresses ---

type Network = IPv4Network | IPv6Network

type Sources = Mapping[str, tuple[Network, ...]]
"""The addresses behind what rules name: CIDRs and prefix lists."""

WORLD = ("0.0.0.0/0", "::/0")

_EVERYTHING = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}

_NOT_PUBLIC: Mapping[int, tuple[Network, ...]] = {
    version: tuple(map(ip_network, cidrs.split()))
    for version, cidrs in {
        4: "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3",
        6: "::/3 2001:db8::/32 4000::/2 8000::/1",
    }.items()
}
"""Addresses that do not exist on the internet: a rule that excludes only them still allows the whole internet.

https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
https://www.iana.org/assignments/ipv6-address-space/ipv6-address-space.xhtml
"""

_PUBLIC_ADDRESSES = {
    version: _EVERYTHING[version].num_addresses - sum(network.num_addresses for network in networks)
    for version, networks in _NOT_PUBLIC.items()
}


def inside(networks: Iterable[Network], others: Sequence[Network]) -> bool:
    """Whether each of some networks is within one of others."""
    return all(
        any(network.version == other.version and network.subnet_of(other) for other in others)  # type: ignore[arg-type]
        for network in networks
    )


def _is_world(networks: Sequence[Network], version: int) -> bool:
    if sum(network.num_addresses for network in networks) < _PUBLIC_ADDRESSES[version]:
        return False
    everything: list[Any] = [*networks, *_NOT_PUBLIC[version]]
    return list(collapse_addresses(everything)) == [_EVERYTHING[version]]


def letting_in_the_world(sources: Sources) -> frozenset[str]:
    """The sources that together allow the whole internet; empty if they do not.

    A source within another one, such as an office beside ``0.0.0.0/0``, is not one of them, unless the internet has
    access without the wider ones too.
    """
    found: set[str] = set()
    for version in _EVERYTHING:
        left = {
            name: own
            for name, networks in sources.items()
            if (own := [network for network in networks if network.version == version])
            and not inside(own, _NOT_PUBLIC[version])
        }
        while _is_world([network for own in left.values() for network in own], version):
            widest = {name for name, own in left.items() if not any(_narrower(own, other) for other in left.values())}
            found |= widest
            left = {name: own for name, own in left.items() if name not in widest}
    return frozenset(found)


def _narrower(networks: Sequence[Network], others: Sequence[Network]) -> bool:
    return inside(networks, others) and not inside(others, networks)


# --- Rules ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One inbound rule for one source. A rule for all traffic has ``_NO_PORT`` for its ports."""

    protocol: str
    from_port: int
    to_port: int
    source: str
    description: str | None = None
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> str:
        """What distinguishes rules for AWS: two that differ only in their description are duplicates."""
        return f"{self.protocol} {self.from_port}-{self.to_port} {self.source}"

    @property
    def ports(self) -> Ports:
        return (0, LAST_PORT) if self.protocol == _ALL_TRAFFIC else (self.from_port, self.to_port)

    @property
    def names_a_prefix_list(self) -> bool:
        return self.source.startswith("pl-")

    def covers(self, protocol: str, ports: Iterable[Ports]) -> bool:
        return self.protocol in (protocol, _ALL_TRAFFIC) and bool(common([self.ports], ports))


type Parts = Mapping[Rule, Mapping[str, tuple[Ports, ...]]]
"""Ports of rules, by protocol."""


def open_to_the_world(rules: Iterable[Rule], sources: Sources) -> Parts:
    """The rules that, alone or together, allow the whole internet, and on which ports."""
    rules = list(rules)
    known: dict[frozenset[str], frozenset[str]] = {}
    found: dict[Rule, dict[str, list[Ports]]] = {}
    for protocol in WITH_PORTS:
        of_it = [rule for rule in rules if rule.protocol in (protocol, _ALL_TRAFFIC)]
        ends = sorted({end for rule in of_it for end in (rule.ports[0], rule.ports[1] + 1)})
        for first, after in pairwise(ends):
            here = [rule for rule in of_it if rule.ports[0] <= first <= rule.ports[1]]
            named = frozenset(rule.source for rule in here)
            if named not in known:
                known[named] = letting_in_the_world({name: sources.get(name, ()) for name in named})
            for rule in here:
                if rule.source in known[named]:
                    found.setdefault(rule, {}).setdefault(protocol, []).append((first, after - 1))
    return {rule: {name: merged(ports) for name, ports in parts.items()} for rule, parts in found.items()}


def _parsed(rule: Mapping[str, Any]) -> Rule:
    """A rule of the state. Raises ``Unread`` if a part of it is not there, or not understood."""
    try:
        found = Rule(**{**rule, "tags": tuple(sorted(rule["tags"].items()))})
        if not found.names_a_prefix_list:
            ip_network(found.source)
        if found.protocol not in (_ALL_TRAFFIC, *WITH_PORTS):
            raise Unread("the protocol of a rule")
        if found.protocol != _ALL_TRAFFIC and not 0 <= found.from_port <= found.to_port <= LAST_PORT:
            raise Unread("the port range of a rule")
    except (KeyError, TypeError, ValueError, AttributeError) as missing:
        raise Unread("every part of a rule") from missing
    return found


def _shown(rule: Rule) -> dict[str, Any]:
    return {**asdict(rule), "tags": dict(rule.tags)}


def _of_answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "protocol": answer.get("IpProtocol"),
        "from_port": answer.get("FromPort"),
        "to_port": answer.get("ToPort"),
        "source": answer.get("CidrIpv4") or answer.get("CidrIpv6") or answer.get("PrefixListId"),
        "description": answer.get("Description"),
        # Tags with this prefix are AWS's: no one else can set them.
        "tags": {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ()) if not tag["Key"].startswith("aws:")},
    }


# --- Groups ---


def with_keeper(state: dict[str, Any]) -> None:
    """Replace what ``GROUP`` keeps by the service that manages the rules and would restore them; ``None`` for none."""
    if (group := state.pop(_KEPT_BY, None)) and group["name"] is not None:
        state[_KEPT_BY] = _keeper(group["name"], {tag["Key"] for tag in group["tags"]})


def _keeper(name: str, tags: Collection[str]) -> str | None:
    """The service, identified by the names and tags of its groups."""
    for keeper, pattern in _KEEPERS.items():
        if re.match(pattern, name):
            return keeper
    if any(tag.startswith(("elbv2.k8s.aws/cluster", "kubernetes.io/cluster/", "aws:eks:cluster-name")) for tag in tags):
        return "a controller of a Kubernetes cluster"
    return None


_KEEPERS = {
    "AWS Firewall Manager": "FMManagedSecurityGroup",
    "AWS Directory Service": "d-[0-9a-f]+_controllers$",
    "Amazon EMR": "ElasticMapReduce-",
    "Amazon EKS": "eks-cluster-sg-",
    "a controller of a Kubernetes cluster": "k8s-elb-|k8s-traffic-",
}

GROUP = Read(
    call="ec2:DescribeSecurityGroups",
    by={"GroupIds": ["${name}"]},
    on="*",
    at="SecurityGroups[0]",
    keep={"OwnerId": "OwnerId", _KEPT_BY: "{name: GroupName, tags: Tags || `[]`}"},
)

EVERY_RULE = Read(
    call="ec2:DescribeSecurityGroupRules",
    by={"Filters": [{"Name": "group-id", "Values": ["${name}"]}], "MaxResults": 1000},
    on="*",
    at="SecurityGroupRules",
    keep={_RULES: "[]"},
    pages=NEXT_TOKEN,
)

INTERFACES = Read(
    call="ec2:DescribeNetworkInterfaces",
    by={
        "Filters": [{"Name": "group-id", "Values": ["${name}"]}],
        "MaxResults": INTERFACES_COUNTED,
    },
    on="*",
    keep={
        "network_interfaces": counted("NetworkInterfaces"),
        "public_addresses": counted("NetworkInterfaces[?Association.PublicIp || Ipv6Addresses[0]]"),
    },
)

_PREFIX_LIST = Read(
    call="ec2:GetManagedPrefixListEntries",
    by={"PrefixListId": "${prefix_list}", "MaxResults": 100},
    # The ARNs of AWS's own lists, and of lists that other accounts share, name other accounts.
    on="arn:${partition}:ec2:${region}:*:prefix-list/*",
    at="Entries",
    keep={"cidrs": "[].Cidr"},
    absent="InvalidPrefixListID.NotFound",
    sets=("cidrs",),
    pages=NEXT_TOKEN,
)

NOT_KEPT = Guard(
    holds=lambda look: look[_KEPT_BY] is None,
    because="The rules of ${subject} are managed by ${kept_by}, which would restore them: change them there.",
)

RULE_ARN = "arn:${partition}:ec2:${region}:${account_id}:security-group-rule/*"

_WRITES = (
    Permission(action="ec2:AuthorizeSecurityGroupIngress", operation="ec2:AuthorizeSecurityGroupIngress"),
    Permission(
        action="ec2:AuthorizeSecurityGroupIngress",
        operation="ec2:AuthorizeSecurityGroupIngress",
        resource=RULE_ARN,
    ),
    Permission(action="ec2:CreateTags", operation="ec2:AuthorizeSecurityGroupIngress", resource=RULE_ARN),
    Permission(action="ec2:ModifySecurityGroupRules", operation="ec2:ModifySecurityGroupRules"),
    Permission(action="ec2:ModifySecurityGroupRules", operation="ec2:ModifySecurityGroupRules", resource=RULE_ARN),
    Permission(action="ec2:RevokeSecurityGroupIngress", operation="ec2:RevokeSecurityGroupIngress"),
)


@dataclass(frozen=True, kw_only=True)
class CloseToTheWorld(Declared):
    """Remove ports from the rules that allow the whole internet, and from no other.

    The state holds those rules and others for the same sources, so that no other rule affects a plan. A rule with
    remaining ports keeps its id and tags: it is changed in place, and further rules for the rest are added.
    """

    undo_hazard: str = "Re-opens the ports to the whole internet."
    reads: tuple[Read, ...] = (GROUP, EVERY_RULE, INTERFACES)
    guards: tuple[Guard, ...] = (OWN, NOT_KEPT)
    extra_reads: tuple[Permission, ...] = (_PREFIX_LIST.permission,)
    informs: tuple[str, ...] = (_RULE_IDS, "network_interfaces", "public_addresses")
    shows: Mapping[str, Callable[[Look], Any]] = field(
        default_factory=lambda: {
            "rules": lambda look: len(look.found.detail),
            "network_interfaces": lambda look: look["network_interfaces"],
            "public_addresses": lambda look: look["public_addresses"],
        }
    )

    @property
    def writes(self) -> tuple[Permission, ...]:
        return _WRITES

    # What a fix of this kind may override:

    def watched(self, rules: Sequence[Rule], sources: Sources) -> Collection[Rule]:
        """The rules that a plan may touch, whatever the options."""
        return open_to_the_world(rules, sources)

    def to_close(
        self, rules: Sequence[Rule], sources: Sources, closed: Mapping[str, tuple[Ports, ...]], look: Look
    ) -> Parts | Refused:
        """The rules to change, and which ports to remove from each."""
        offending: dict[Rule, dict[str, tuple[Ports, ...]]] = {}
        for rule, parts in open_to_the_world(rules, sources).items():
            found = {protocol: common(ports, closed[protocol]) for protocol, ports in parts.items()}
            if any(found.values()):
                offending[rule] = {protocol: ports for protocol, ports in found.items() if ports}
        lists = sorted({rule.source for rule in offending if rule.names_a_prefix_list})
        if lists:
            return Refused(
                sentence=look.said(
                    f"${{subject}} allows the internet through the prefix list {' and '.join(lists)}, which other "
                    "groups may use too: narrow the list, or remove its rule."
                )
            )
        together = sorted({rule.source for rule in offending if rule.source not in WORLD})
        if together and not look.options["unions"]:
            return Refused(
                sentence=look.said(
                    f"${{subject}} allows the whole internet through a combination of rules: {', '.join(together)}. "
                    "Each may be intended; the option unions closes them."
                )
            )
        return offending

    def instead(self, rule: Rule, closed: Sequence[Ports], look: Look) -> list[Rule]:  # noqa: ARG002
        """The rules that replace the ports that are removed from one."""
        return []

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        state = dict(super().observe(aws, resource, options, only))
        with_keeper(state)
        if _RULES in state:
            state |= self._observed(aws, resource, state[_RULES])
        return state

    def _observed(self, aws: Reader, resource: Resource, answers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        rules: dict[Rule, str | None] = {}
        lists: dict[str, list[str] | None] = {}
        not_understood: list[dict[str, Any]] = []
        for answer in answers:
            other = answer.get("IpProtocol", _ALL_TRAFFIC) not in (_ALL_TRAFFIC, *WITH_PORTS)
            if other or answer.get("IsEgress") or "ReferencedGroupInfo" in answer:
                continue
            try:
                rule = _parsed(_of_answer(answer))
            except Unread:
                not_understood.append(_of_answer(answer))
                continue
            rules[rule] = answer.get("SecurityGroupRuleId")
            if rule.names_a_prefix_list and rule.source not in lists:
                texts = texts_of(resource) | {"prefix_list": rule.source}
                lists[rule.source] = _PREFIX_LIST.state(aws, texts).get("cidrs")
        kept = self._kept(list(rules), lists)
        return {
            _RULES: sorted([*map(_shown, kept), *not_understood], key=canonical_json),
            _RULE_IDS: {rule.identity: rules[rule] for rule in kept},
            _PREFIX_LISTS: {rule.source: lists[rule.source] for rule in kept if rule.names_a_prefix_list},
        }

    def _kept(self, rules: Sequence[Rule], lists: Mapping[str, list[str] | None]) -> list[Rule]:
        """The rules that the state holds."""
        watched = {(rule.protocol, rule.source) for rule in self.watched(rules, _sources(rules, lists))}
        unresolved = {name for name, cidrs in lists.items() if cidrs is None}
        return [rule for rule in rules if (rule.protocol, rule.source) in watched or rule.source in unresolved]

    def offending(self, look: Look) -> Found | Compliant | Refused:
        closed = ports_to_close(look)
        if isinstance(closed, Refused):
            return closed
        rules, lists = [_parsed(rule) for rule in look[_RULES]], look[_PREFIX_LISTS]
        for rule in rules:
            covers = any(rule.covers(protocol, ports) for protocol, ports in closed.items())
            if rule.names_a_prefix_list and lists.get(rule.source) is None and covers:
                sentence = f"The prefix list {rule.source}, which ${{subject}} allows, could not be resolved."
                return Refused(sentence=look.said(sentence))
        offending = self.to_close(rules, _sources(rules, lists), closed, look)
        if isinstance(offending, Refused):
            return offending
        if not offending:
            return Compliant(sentence=look.said("${subject} has none of these ports open to the internet."))
        if whole := [rule for rule in offending if rule.protocol == _ALL_TRAFFIC and not _is_whole(offending[rule])]:
            return Refused(
                sentence=look.said(
                    f"${{subject}} allows all traffic from {_names(whole)}; a rule for all traffic cannot be split by "
                    "port: replace it manually."
                )
            )
        return Found(f"{spelled_by_protocol(_together(offending))} to {_names(offending)}", offending)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        rules, lists = [_parsed(rule) for rule in look[_RULES]], look[_PREFIX_LISTS]
        known = {rule.identity for rule in rules}
        added: list[Rule] = []
        changed: list[tuple[Rule, Rule]] = []
        removed: list[Rule] = []
        for rule, parts in found.detail.items():
            # Adding an existing rule is an error (InvalidPermission.Duplicate), and undoing must not remove it: it is
            # omitted. So is the second of two equal ones; the description of the first is kept.
            new = {one.identity: one for one in self._left_of(rule, parts, look) if one.identity not in known}
            known |= new.keys()
            first, *further = new.values() if new else (None,)
            added += [replace(one, tags=()) for one in further]
            if first is None:
                removed.append(rule)
            else:
                changed.append((rule, first))
        steps = _Steps(
            group_id=look.resource.name,
            ids=look[_RULE_IDS],
            rules=rules,
            seen=lambda now: sorted(map(_shown, self._kept(now, lists)), key=canonical_json),
        )
        return steps.of(added, changed, removed)

    def _left_of(self, rule: Rule, parts: Mapping[str, tuple[Ports, ...]], look: Look) -> Iterator[Rule]:
        if rule.protocol == _ALL_TRAFFIC:
            yield from self.instead(rule, [(_NO_PORT, _NO_PORT)], look)
            return
        closed = parts[rule.protocol]
        for first, last in without(rule.ports, closed):
            yield replace(rule, from_port=first, to_port=last)
        yield from self.instead(rule, closed, look)


def _sources(rules: Iterable[Rule], lists: Mapping[str, Collection[str] | None]) -> Sources:
    cidrs = {
        rule.source: lists.get(rule.source) or () if rule.names_a_prefix_list else (rule.source,) for rule in rules
    }
    return {source: tuple(map(ip_network, named)) for source, named in cidrs.items()}


def _is_whole(parts: Mapping[str, tuple[Ports, ...]]) -> bool:
    return all(parts.get(protocol) == ((0, LAST_PORT),) for protocol in WITH_PORTS)


def _together(parts: Parts) -> Mapping[str, tuple[Ports, ...]]:
    return {
        protocol: merged(ports for of_rule in parts.values() for ports in of_rule.get(protocol, ()))
        for protocol in WITH_PORTS
    }


def _names(rules: Iterable[Rule]) -> str:
    return " and ".join(sorted({rule.source for rule in rules}))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    """Turns rules into calls. ``seen`` is the part of the state with some rules."""

    group_id: str
    ids: Mapping[str, str | None]
    rules: Sequence[Rule]
    seen: Callable[[Sequence[Rule]], list[dict[str, Any]]]

    def of(
        self, added: Sequence[Rule], changed: Iterable[tuple[Rule, Rule]], removed: Iterable[Rule]
    ) -> tuple[Steps, Steps]:
        """Additions first, so that ports that stay open are open all the time; removals last."""
        changes: list[Change] = []
        undo: list[Change] = []
        now = list(self.rules)
        if added:
            now += added
            changes.append(self._authorize(added, now))
            # Their ids are in an answer, which may be lost. A later read shows whether they are removed.
            permissions = {"IpPermissions": [_permission(one) for one in added]}
            undo.append(self._call("RevokeSecurityGroupIngress", permissions))
        for old, new in changed:
            now = [new if one == old else one for one in now]
            changes.append(self._modify(old, new, now))
            undo.append(self._modify(old, old))
        # Rules with the same tags are restored by one call: it sets its tags on all rules that it adds.
        tag_sets = sorted({one.tags for one in removed})
        for tags in tag_sets:
            alike = [one for one in removed if one.tags == tags]
            now = [one for one in now if one not in alike]
            # By their ids: otherwise AWS silently ignores a rule that matches nothing in a default VPC. Except those
            # that are restored, with other ids, if a later call fails, and then removed again by the same plan.
            # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
            which: dict[str, Any] = {"SecurityGroupRuleIds": [self._id(one) for one in alike]}
            if tags != tag_sets[-1]:
                which = {"IpPermissions": [_permission(one) for one in alike]}
            changes.append(self._call("RevokeSecurityGroupIngress", which, now))
            undo.append(self._authorize(alike))
        return tuple(changes), tuple(undo)

    def _id(self, rule: Rule) -> str:
        found = self.ids.get(rule.identity)
        if found is None:
            raise Unread("the id of every rule")
        return found

    def _authorize(self, rules: Sequence[Rule], now: Sequence[Rule] | None = None) -> Change:
        """One call for all the rules: AWS applies all of it or nothing."""
        parameters: dict[str, Any] = {"IpPermissions": [_permission(rule, described=True) for rule in rules]}
        if tags := rules[0].tags:
            written = [{"Key": key, "Value": value} for key, value in tags]
            parameters["TagSpecifications"] = [{"ResourceType": "security-group-rule", "Tags": written}]
        return self._call("AuthorizeSecurityGroupIngress", parameters, now)

    def _modify(self, old: Rule, new: Rule, now: Sequence[Rule] | None = None) -> Change:
        """One call for each rule: AWS does not document whether a call for several is atomic."""
        name = "CidrIpv6" if ":" in new.source else "CidrIpv4"
        rule = {"IpProtocol": new.protocol, "FromPort": new.from_port, "ToPort": new.to_port, name: new.source}
        if new.description is not None:
            rule["Description"] = new.description
        changed = [{"SecurityGroupRuleId": self._id(old), "SecurityGroupRule": rule}]
        return self._call("ModifySecurityGroupRules", {"SecurityGroupRules": changed}, now)

    def _call(self, operation: str, parameters: Mapping[str, Any], now: Sequence[Rule] | None = None) -> Change:
        return Change(
            service="ec2",
            operation=operation,
            parameters={"GroupId": self.group_id, **parameters},
            leaves={} if now is None else {_RULES: self.seen(now)},
        )


def _permission(rule: Rule, *, described: bool = False) -> dict[str, Any]:
    permission: dict[str, Any] = {"IpProtocol": rule.protocol}
    if rule.protocol != _ALL_TRAFFIC:
        permission |= {"FromPort": rule.from_port, "ToPort": rule.to_port}
    description = {"Description": rule.description} if described and rule.description is not None else {}
    if ":" in rule.source:
        return {**permission, "Ipv6Ranges": [{"CidrIpv6": rule.source, **description}]}
    return {**permission, "IpRanges": [{"CidrIp": rule.source, **description}]}


UNIONS = OptionSpec(
    schema={"type": "boolean"},
    default=False,
    description=(
        "Whether to close ports also for address ranges that only in combination are the whole internet, such as "
        "0.0.0.0/1 and 128.0.0.0/1. If false, a group with such ranges is refused."
    ),
)

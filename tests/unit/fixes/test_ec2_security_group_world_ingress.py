from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.errors import AwsNotFound
from runtime.domain.fix import options_for
from runtime.domain.plan import Change, Compliant, Elsewhere, Plan, Planned, Refused
from runtime.fixes.ec2.security_group_world_ingress import FIX
from runtime.fixes.kinds.ingress import letting_in_the_world
from tests.laws.cases import resource_from
from tests.unit.fixes.answers import Answers

RESOURCE = resource_from("arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0123456789abcdef0")
WORLD, WORLD6 = "0.0.0.0/0", "::/0"
DEFAULTS = options_for(FIX.spec, {}, datetime(2030, 1, 1, tzinfo=UTC))
UNKNOWN = object()

type Group = Mapping[str, dict[str, Any]]
"""The rules of a group by their ids, as the state tells them."""


def rule(
    protocol: str, first: int, last: int, source: str = WORLD, description: str | None = None, **tags: str
) -> dict[str, Any]:
    return {
        "protocol": protocol,
        "from_port": first,
        "to_port": last,
        "source": source,
        "description": description,
        "tags": tags,
    }


def identity(found: Mapping[str, Any]) -> str:
    return f"{found['protocol']} {found['from_port']}-{found['to_port']} {found['source']}"


def answer(rules: list[dict[str, Any]], lists: Mapping[str, Any] | None = None, **group: Any) -> Answers:
    """What AWS answers for a group of these rules."""

    def entries(*, PrefixListId: str, **_: Any) -> dict[str, Any]:  # noqa: N803  AWS's name
        found = (lists or {})[PrefixListId]
        if found is UNKNOWN:
            raise AwsNotFound(
                service="ec2",
                operation="GetManagedPrefixListEntries",
                code="InvalidPrefixListID.NotFound",
                message="no",
            )
        return {"Entries": [{"Cidr": cidr} for cidr in found]}

    def shown(found: dict[str, Any], number: int) -> dict[str, Any]:
        source = found["source"]
        named = "PrefixListId" if source.startswith("pl-") else "CidrIpv6" if ":" in source else "CidrIpv4"
        return {
            "SecurityGroupRuleId": f"sgr-{number}",
            "IsEgress": False,
            "IpProtocol": found["protocol"],
            "FromPort": found["from_port"],
            "ToPort": found["to_port"],
            named: source,
            **({"Description": found["description"]} if found["description"] is not None else {}),
            "Tags": [{"Key": key, "Value": value} for key, value in found["tags"].items()],
        }

    named = {"OwnerId": RESOURCE.account_id, "GroupName": "web", **group}
    return Answers(
        {
            "ec2:DescribeSecurityGroups": {"SecurityGroups": [named]},
            "ec2:DescribeSecurityGroupRules": {
                "SecurityGroupRules": [shown(found, number) for number, found in enumerate(rules)]
            },
            "ec2:GetManagedPrefixListEntries": entries,
            "ec2:DescribeNetworkInterfaces": {"NetworkInterfaces": [{}] * 3},
        }
    )


def plan(*rules: dict[str, Any], lists: Mapping[str, Any] | None = None, **options: Any) -> Planned:
    return plan_of(FIX.observe(answer(list(rules), lists), RESOURCE, DEFAULTS), **options)


def plan_of(state: Mapping[str, Any], **options: Any) -> Planned:
    return FIX.plan(RESOURCE, state, options_for(FIX.spec, options, datetime(2030, 1, 1, tzinfo=UTC)))


# --- A model of EC2 ---


def carry_out(change: Change, group: Group) -> Group:
    """What EC2 makes of a call: a rule that is there cannot be added, one that is not there cannot be removed."""
    assert change.service == "ec2"
    found, parameters = dict(group), dict(change.parameters)
    assert parameters.pop("GroupId") == RESOURCE.name
    if change.operation == "ModifySecurityGroupRules":
        (one,) = parameters["SecurityGroupRules"]
        old = found.pop(one["SecurityGroupRuleId"])
        written = dict(one["SecurityGroupRule"])
        source = written.get("CidrIpv4") or written["CidrIpv6"]
        assert (":" in source) == (":" in old["source"])
        new = rule(
            written["IpProtocol"],
            written["FromPort"],
            written["ToPort"],
            source,
            written.get("Description"),
            **old["tags"],
        )
        assert identity(new) not in map(identity, found.values()), "InvalidPermission.Duplicate"
        return {**found, one["SecurityGroupRuleId"]: new}
    if "SecurityGroupRuleIds" in parameters:
        assert change.operation == "RevokeSecurityGroupIngress"
        return {name: one for name, one in found.items() if name not in set(parameters["SecurityGroupRuleIds"])}
    (*specifications,) = parameters.get("TagSpecifications", ())
    tags = {tag["Key"]: tag["Value"] for one in specifications for tag in one["Tags"]}
    for permission in parameters["IpPermissions"]:
        for named in [*permission.get("IpRanges", []), *permission.get("Ipv6Ranges", [])]:
            one = rule(
                permission["IpProtocol"],
                permission.get("FromPort", -1),
                permission.get("ToPort", -1),
                named.get("CidrIp") or named["CidrIpv6"],
                named.get("Description"),
                **tags,
            )
            there = [name for name, other in found.items() if identity(other) == identity(one)]
            if change.operation == "AuthorizeSecurityGroupIngress":
                assert not there, "InvalidPermission.Duplicate"
                found[f"new-{len(found)}-{identity(one)}"] = one
            else:
                assert change.operation == "RevokeSecurityGroupIngress"
                assert there, "InvalidPermission.NotFound"
                del found[there[0]]
    return found


def contents(group: Group) -> list[tuple[str, str]]:
    """What is in a group, whatever the ids."""
    return sorted((identity(one), f"{one['description']} {one['tags']}") for one in group.values())


def stages(planned: Planned, *rules: dict[str, Any]) -> list[Group]:
    """The group before the plan and after each of its changes; undoing leads back to the first."""
    assert isinstance(planned, Plan), planned
    found: list[Group] = [{f"sgr-{number}": one for number, one in enumerate(rules)}]
    for change in planned.changes:
        found.append(carry_out(change, found[-1]))
    undone = found[-1]
    for made in range(len(planned.undo), 0, -1):
        undone = carry_out(planned.undo[made - 1], undone)
        assert contents(undone) == contents(found[made - 1])
    return found


def sources_at(group: Group, protocol: str, port: int) -> set[str]:
    return {
        one["source"]
        for one in group.values()
        if one["protocol"] == "-1" or (one["protocol"] == protocol and one["from_port"] <= port <= one["to_port"])
    }


SAMPLES = [
    ip_address(text)
    for text in ("1.1.1.1", "52.1.1.1", "65.1.1.1", "129.1.1.1", "193.1.1.1", "2001:500::1", "3fff::1", "10.1.1.1")
]
"""One address in each of the parts that the ranges below cut the internet into, and a private one."""

PUBLIC = {4: set(SAMPLES[:5]), 6: set(SAMPLES[5:7])}


def addresses(source: str) -> set[Any]:
    return {sample for sample in SAMPLES if sample in ip_network(source)}


def for_the_world(sources: set[str]) -> set[str]:
    """Those of some ranges that are the whole internet, alone or together, by sets of addresses: the widest first."""
    found: set[str] = set()
    for public in PUBLIC.values():
        left = {source for source in sources if addresses(source) & public}
        while public <= set().union(*map(addresses, left)):
            widest = {one for one in left if not any(addresses(one) < addresses(other) for other in left)}
            found |= widest
            left -= widest
    return found


# Ports close to each other and to both ends, so that ranges touch, overlap and contain each other often.
PORTS = st.one_of(st.integers(0, 12), st.integers(65528, 65535))
RANGES = st.tuples(PORTS, PORTS).map(lambda ports: (min(ports), max(ports)))
WHOLE = [WORLD, WORLD6]
PARTS = ["0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2", "52.0.0.0/8"]
OTHERS = ["10.0.0.0/8", "2000::/3", "2000::/4", "3000::/4"]
CLOSED = st.lists(st.one_of(PORTS, RANGES), min_size=1, max_size=4)
PROTOCOLS = st.sampled_from([["tcp"], ["udp"], ["tcp", "udp"]])


def rules_of(sources: list[str], most: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(
        st.builds(
            lambda protocol, ports, source, description, tags: rule(protocol, *ports, source, description, **tags),
            st.sampled_from(["tcp", "udp"]),
            RANGES,
            st.sampled_from(sources),
            st.sampled_from([None, "kept", "legacy"]),
            st.sampled_from([{}, {}, {"Name": "a"}]),
        ),
        max_size=most,
        unique_by=identity,
    )


RULES = st.one_of(rules_of(WHOLE, 6), rules_of([*WHOLE, *PARTS, *OTHERS], 10))


def option(closed: list[int | tuple[int, int]], protocols: list[str]) -> dict[str, Any]:
    spelled = [item if isinstance(item, int) else f"{item[0]}-{item[1]}" for item in closed]
    if closed[0] == closed[-1]:
        return {"ports": spelled, "protocols": protocols}
    return {f"{protocol}_ports": spelled for protocol in protocols}


@given(rules=RULES, closed=CLOSED, protocols=PROTOCOLS, unions=st.booleans())
def test_exactly_the_named_ports_are_closed_for_the_world_and_all_else_stays_open_all_the_time(
    rules: list[dict[str, Any]], closed: list[int | tuple[int, int]], protocols: list[str], unions: bool
) -> None:
    ranges = [(item, item) if isinstance(item, int) else item for item in closed]
    planned = plan(*rules, **option(closed, protocols), unions=unions)

    def should_close(protocol: str, port: int) -> bool:
        return protocol in protocols and any(first <= port <= last for first, last in ranges)

    # Whether a port is open changes only at the ends of ranges: looking at those and beside them is looking everywhere.
    ends = {end for first, last in [*ranges, *((r["from_port"], r["to_port"]) for r in rules)] for end in (first, last)}
    ports = sorted({port for end in ends for port in (end - 1, end, end + 1) if 0 <= port <= 65535})
    before: Group = {str(number): one for number, one in enumerate(rules)}
    open_now = {
        (protocol, port): for_the_world(sources_at(before, protocol, port))
        for protocol in ("tcp", "udp")
        for port in ports
        if should_close(protocol, port)
    }
    if not any(open_now.values()):
        assert isinstance(planned, Compliant)
        return
    if not unions and any(found - set(WHOLE) for found in open_now.values()):
        assert isinstance(planned, Refused)
        assert "combination" in planned.sentence
        return
    original, *between, final = stages(planned, *rules)
    for protocol in ("tcp", "udp"):
        for port in ports:
            was = sources_at(original, protocol, port)
            wanted = was - open_now.get((protocol, port), set())
            assert sources_at(final, protocol, port) == wanted
            assert all(wanted <= sources_at(stage, protocol, port) <= was for stage in between)
    untouched = {
        identity(one): (one["description"], one["tags"])
        for one in rules
        if not any(
            one["source"] in open_now.get((one["protocol"], port), ())
            for port in ports
            if one["from_port"] <= port <= one["to_port"]
        )
    }
    assert untouched.items() <= {identity(one): (one["description"], one["tags"]) for one in final.values()}.items()


@given(rules=RULES, closed=CLOSED)
def test_what_is_left_is_compliant_and_what_the_plan_said(
    rules: list[dict[str, Any]], closed: list[int | tuple[int, int]]
) -> None:
    options = {**option(closed, ["tcp", "udp"]), "unions": True}
    planned = plan(*rules, **options)
    if isinstance(planned, Plan):
        left = list(stages(planned, *rules)[-1].values())
        state = FIX.observe(answer(left), RESOURCE, DEFAULTS)
        assert isinstance(plan_of(state, **options), Compliant)
        assert state["rules"] == planned.changes[-1].leaves["rules"]
        assert planned.took_effect(state)


def test_a_wide_rule_is_changed_in_place_and_the_rest_of_it_added_before() -> None:
    wide = rule("tcp", 0, 65535, WORLD6, "legacy", Name="wide")
    planned = plan(wide, tcp_ports=[22])
    assert isinstance(planned, Plan)
    assert [change.operation for change in planned.changes] == [
        "AuthorizeSecurityGroupIngress",
        "ModifySecurityGroupRules",
    ]
    final = stages(planned, wide)[-1]
    assert final["sgr-0"] == rule("tcp", 0, 21, WORLD6, "legacy", Name="wide")
    assert contents(final) == contents(
        {"0": final["sgr-0"], "1": rule("tcp", 23, 65535, WORLD6, "legacy")},
    )


def test_a_rule_of_which_one_part_is_left_keeps_its_id_and_undoing_gives_it_back_its_ports() -> None:
    planned = plan(rule("tcp", 20, 30), tcp_ports=["20-22"])
    assert isinstance(planned, Plan)
    assert [change.operation for change in planned.changes] == ["ModifySecurityGroupRules"]
    assert stages(planned, rule("tcp", 20, 30))[-1] == {"sgr-0": rule("tcp", 23, 30)}


def test_a_rule_for_the_port_alone_is_removed_by_its_id() -> None:
    exact = rule("tcp", 22, 22, description="ssh")
    planned = plan(exact, tcp_ports=[22])
    assert isinstance(planned, Plan)
    assert [(change.operation, change.parameters["SecurityGroupRuleIds"]) for change in planned.changes] == [
        ("RevokeSecurityGroupIngress", ["sgr-0"])
    ]
    assert stages(planned, exact)[-1] == {}
    assert planned.blast_radius == {"rules": 1, "network_interfaces": 3, "public_addresses": 0}


def test_rules_that_were_removed_come_back_with_the_tags_that_each_had() -> None:
    rules = (rule("tcp", 22, 22, WORLD, Name="a"), rule("tcp", 22, 22, WORLD6, Name="b"), rule("tcp", 23, 23))
    planned = plan(*rules, tcp_ports=[22, 23])
    assert isinstance(planned, Plan)
    assert len(planned.changes) == 3
    assert stages(planned, *rules)[-1] == {}


def test_a_rule_that_is_put_back_after_a_failure_is_not_named_by_the_id_that_it_had() -> None:
    """If a later call fails it comes back with another id, and the same plan is carried out again."""
    rules = (rule("tcp", 22, 22, WORLD, Name="a"), rule("tcp", 22, 22, WORLD6, Name="b"))
    planned = plan(*rules, tcp_ports=[22])
    assert isinstance(planned, Plan)
    assert ["SecurityGroupRuleIds" in change.parameters for change in planned.changes] == [False, True]


def test_a_rule_whose_id_is_not_known_is_not_touched() -> None:
    state = {**FIX.observe(answer([rule("tcp", 22, 22)]), RESOURCE, DEFAULTS), "rule_ids": {}}
    planned = plan_of(state, tcp_ports=[22])
    assert isinstance(planned, Refused)
    assert "the id" in planned.sentence


def test_a_remainder_that_exists_is_neither_added_nor_taken_away_by_undoing() -> None:
    rules = (rule("tcp", 0, 100), rule("tcp", 0, 21, description="mine"))
    assert stages(plan(*rules, tcp_ports=[22]), *rules)[-1] == {
        "sgr-0": rule("tcp", 23, 100),
        "sgr-1": rule("tcp", 0, 21, description="mine"),
    }


def test_two_rules_with_the_same_remainder_leave_it_once() -> None:
    rules = (rule("tcp", 20, 22, description="first"), rule("tcp", 20, 25, description="second"))
    assert stages(plan(*rules, tcp_ports=[22]), *rules)[-1] == {
        "sgr-0": rule("tcp", 20, 21, description="first"),
        "sgr-1": rule("tcp", 23, 25, description="second"),
    }


@pytest.mark.parametrize(
    "options", [{"tcp_ports": [22]}, {"tcp_ports": ["0-65535"]}, {"tcp_ports": "all", "udp_ports": ["1-65535"]}]
)
def test_a_rule_for_all_traffic_is_refused_because_it_cannot_be_split(options: dict[str, Any]) -> None:
    planned = plan(rule("-1", -1, -1, WORLD6), rule("tcp", 22, 22), **options)
    assert isinstance(planned, Refused)
    assert f"all traffic from {WORLD6}" in planned.sentence


def test_a_rule_for_all_traffic_goes_whole_where_all_ports_are_closed() -> None:
    rules = (rule("-1", -1, -1, WORLD, "any"), rule("udp", 53, 53))
    planned = plan(*rules, tcp_ports="all", udp_ports="all")
    assert stages(planned, *rules)[-1] == {}
    assert isinstance(planned, Plan)
    assert planned.undo[0].parameters["IpPermissions"][0] == {
        "IpProtocol": "-1",
        "IpRanges": [{"CidrIp": WORLD, "Description": "any"}],
    }


def test_a_rule_for_all_traffic_of_half_the_internet_is_not_removed_for_one_port() -> None:
    rules = (rule("-1", -1, -1, "0.0.0.0/1"), rule("tcp", 22, 22, "128.0.0.0/1"))
    planned = plan(*rules, tcp_ports="all", udp_ports="all", unions=True)
    assert isinstance(planned, Refused)
    assert "all traffic from 0.0.0.0/1" in planned.sentence


@pytest.mark.parametrize("name", ["ports", "tcp_ports", "udp_ports"])
@pytest.mark.parametrize(
    "ports", [None, [], ["22"], ["30-20"], ["0-65536"], [65536], [-1], [22, "x"], "22", [True], {"all_but": []}, {}]
)
def test_ports_that_are_not_set_or_not_ports_close_nothing(name: str, ports: Any) -> None:
    planned = plan(rule("tcp", 0, 65535), **{name: ports})
    if ports == {"all_but": []} and name != "udp_ports":
        assert stages(planned, rule("tcp", 0, 65535))[-1] == {}
    elif ports != {"all_but": []}:
        assert isinstance(planned, Refused)
        assert "name the ports to close" in planned.sentence


@pytest.mark.parametrize(
    "ports", [[], ["22"], [65536], [-1], [22.5], "22", ["22-23-24"], [True], {}, {"all_but": []}, {"but": [1]}]
)
def test_the_schema_lets_no_catalog_say_what_are_no_ports(ports: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(ports, FIX.spec.options["tcp_ports"].schema)


@pytest.mark.parametrize("ports", ["all", [22], [0, 65535, "27017-27019"], {"all_but": [80, "440-450"]}])
def test_the_schema_takes_ports_ranges_all_and_all_but_some(ports: Any) -> None:
    jsonschema.validate(ports, FIX.spec.options["tcp_ports"].schema)
    assert isinstance(plan(rule("tcp", 0, 65535), tcp_ports=ports), Plan)


def test_ports_for_both_protocols_and_for_one_add_up() -> None:
    rules = (rule("tcp", 20, 30), rule("udp", 20, 30))
    final = stages(plan(*rules, ports=["20-22"], udp_ports=["23-30"]), *rules)[-1]
    assert final == {"sgr-0": rule("tcp", 23, 30)}


def test_all_but_some_ports_leaves_those_open_and_no_other() -> None:
    wide = rule("tcp", 0, 65535)
    final = stages(plan(wide, tcp_ports={"all_but": [80, 443]}), wide)[-1]
    assert contents(final) == contents({"0": rule("tcp", 80, 80), "1": rule("tcp", 443, 443)})


# --- Who is the world ---


@pytest.mark.parametrize(
    "cidrs",
    [
        [WORLD],
        [WORLD6],
        ["0.0.0.0/1", "128.0.0.0/1"],
        ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/1"],
        ["::/1"],
        ["2000::/3"],
        ["2000::/4", "3000::/4"],
        # all but 10.0.0.0/8, which nobody has on the internet
        ["0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2", "128.0.0.0/1"],
    ],
)
def test_ranges_that_are_the_internet_together_are_the_world(cidrs: list[str]) -> None:
    assert letting_in_the_world({cidr: (ip_network(cidr),) for cidr in cidrs}) == set(cidrs)


@pytest.mark.parametrize(
    "cidrs",
    [
        [],
        ["0.0.0.0/1"],
        ["0.0.0.0/1", "128.0.0.0/2", "193.0.0.0/8"],
        ["10.0.0.0/8", "192.168.0.0/16", "fc00::/7"],
        ["2000::/4"],
        ["0.0.0.0/1", "8000::/1"],
    ],
)
def test_ranges_that_leave_out_a_part_of_the_internet_are_not_the_world(cidrs: list[str]) -> None:
    assert letting_in_the_world({cidr: (ip_network(cidr),) for cidr in cidrs}) == set()


@pytest.mark.parametrize("unions", [False, True])
def test_the_world_by_a_prefix_list_is_refused_and_the_list_named(unions: bool) -> None:
    whole = plan(rule("tcp", 22, 22, "pl-1"), lists={"pl-1": [WORLD, "10.0.0.0/8"]}, tcp_ports=[22], unions=unions)
    assert isinstance(whole, Refused)
    assert "pl-1" in whole.sentence
    half = (rule("tcp", 22, 22, "pl-1"), rule("tcp", 22, 22, "128.0.0.0/1"))
    together = plan(*half, lists={"pl-1": ["0.0.0.0/1"]}, tcp_ports=[22], unions=unions)
    assert isinstance(together, Refused)
    assert "pl-1" in together.sentence


def test_a_prefix_list_that_cannot_be_resolved_is_never_compliant() -> None:
    refused = plan(rule("tcp", 20, 30, "pl-1"), lists={"pl-1": UNKNOWN}, tcp_ports=[22])
    assert isinstance(refused, Refused)
    assert "could not be resolved" in refused.sentence
    elsewhere = plan(rule("tcp", 443, 443, "pl-1"), lists={"pl-1": UNKNOWN}, tcp_ports=[22])
    assert isinstance(elsewhere, Compliant)


def test_a_prefix_list_of_offices_is_compliant() -> None:
    assert isinstance(plan(rule("tcp", 22, 22, "pl-1"), lists={"pl-1": ["52.0.0.0/8"]}, tcp_ports=[22]), Compliant)


# --- Whose group it is ---


@pytest.mark.parametrize(
    ("group", "keeper"),
    [
        ({"GroupName": "FMManagedSecurityGroup5c2"}, "AWS Firewall Manager"),
        ({"GroupName": "d-9067aabbcc_controllers"}, "AWS Directory Service"),
        ({"GroupName": "ElasticMapReduce-master"}, "Amazon EMR"),
        ({"GroupName": "eks-cluster-sg-shop-1"}, "Amazon EKS"),
        ({"GroupName": "k8s-elb-a1b2"}, "a Kubernetes cluster"),
        ({"Tags": [{"Key": "elbv2.k8s.aws/cluster", "Value": "shop"}]}, "a Kubernetes cluster"),
        ({"Tags": [{"Key": "kubernetes.io/cluster/shop", "Value": "owned"}]}, "a Kubernetes cluster"),
    ],
)
def test_a_group_that_something_else_keeps_is_not_fought_over(group: dict[str, Any], keeper: str) -> None:
    refused = plan_of(FIX.observe(answer([rule("tcp", 22, 22)], **group), RESOURCE, DEFAULTS), tcp_ports=[22])
    assert isinstance(refused, Refused)
    assert keeper in refused.sentence
    compliant = plan_of(FIX.observe(answer([], **group), RESOURCE, DEFAULTS), tcp_ports=[22])
    assert isinstance(compliant, Compliant)


def test_a_group_of_another_account_is_to_be_fixed_there() -> None:
    found = plan_of(
        FIX.observe(answer([rule("tcp", 22, 22)], OwnerId="111111111111"), RESOURCE, DEFAULTS), tcp_ports=[22]
    )
    assert isinstance(found, Elsewhere)
    assert "111111111111" in found.sentence


# --- What is observed ---


@pytest.mark.parametrize("missing", ["protocol", "from_port", "to_port", "source", "description", "tags"])
def test_a_rule_of_which_something_is_not_known_is_refused(missing: str) -> None:
    state = dict(FIX.observe(answer([rule("tcp", 22, 22)]), RESOURCE, DEFAULTS))
    partial = {name: value for name, value in rule("tcp", 22, 22).items() if name != missing}
    planned = plan_of({**state, "rules": [partial]}, tcp_ports=[22])
    assert isinstance(planned, Refused) or missing == "description"


@pytest.mark.parametrize(
    "missing", ["OwnerId", "kept_by", "rules", "rule_ids", "prefix_lists", "network_interfaces", "public_addresses"]
)
def test_a_group_of_which_something_is_not_known_is_refused(missing: str) -> None:
    state = {**FIX.observe(answer([rule("tcp", 22, 22)]), RESOURCE, DEFAULTS)}
    del state[missing]
    assert isinstance(plan_of(state, tcp_ports=[22]), Refused)


def observed(rules: list[dict[str, Any]] | None, interfaces: int | None = 0, **page: str) -> Any:
    answers = Answers(
        {
            "ec2:DescribeSecurityGroups": {"SecurityGroups": [{}]},
            "ec2:DescribeSecurityGroupRules": {} if rules is None else {"SecurityGroupRules": rules},
            "ec2:DescribeNetworkInterfaces": {}
            if interfaces is None
            else {"NetworkInterfaces": [{}] * interfaces, **page},
        }
    )
    return FIX.observe(answers, RESOURCE, DEFAULTS)


SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IsEgress": False}


def test_only_rules_for_the_whole_internet_are_looked_at() -> None:
    found = [
        {**SSH, "SecurityGroupRuleId": "sgr-1", "CidrIpv4": WORLD, "Description": "ssh"},
        {**SSH, "SecurityGroupRuleId": "sgr-2", "CidrIpv4": "10.0.0.0/8"},
        {**SSH, "SecurityGroupRuleId": "sgr-3", "CidrIpv4": "52.0.0.0/8"},
        {**SSH, "SecurityGroupRuleId": "sgr-4", "CidrIpv6": "2001:db8::/32"},
        {**SSH, "SecurityGroupRuleId": "sgr-5", "ReferencedGroupInfo": {"GroupId": "sg-2"}},
        {**SSH, "SecurityGroupRuleId": "sgr-6", "IsEgress": True, "CidrIpv4": WORLD},
        {"SecurityGroupRuleId": "sgr-7", "IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "CidrIpv4": WORLD},
        {"SecurityGroupRuleId": "sgr-8", "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv6": WORLD6},
    ]
    state = observed(found, 2)
    assert state == {
        "rules": [rule("tcp", 22, 22, WORLD, "ssh"), rule("-1", -1, -1, WORLD6)],
        "rule_ids": {"tcp 22-22 0.0.0.0/0": "sgr-1", "-1 -1--1 ::/0": "sgr-8"},
        "prefix_lists": {},
        "network_interfaces": 2,
        "public_addresses": 0,
    }
    assert state == observed(found[::-1], 2)


@pytest.mark.parametrize("on_the_first_page", [0, 2, 1000])
def test_more_network_interfaces_than_a_page_holds_count_as_a_whole_page(on_the_first_page: int) -> None:
    """A page may hold fewer than were asked for, or none, and yet not be the last."""
    for name in ("network_interfaces", "public_addresses"):
        assert observed([], on_the_first_page, NextToken="more")[name] == 1000
    assert observed([], on_the_first_page, NextToken="")["network_interfaces"] == on_the_first_page


def test_interfaces_with_a_public_address_of_either_family_are_counted() -> None:
    own = {"Ipv6Addresses": [{"Ipv6Address": "2001:500::1"}]}
    interfaces = [{"Association": {"PublicIp": "52.1.1.1"}}, own, {"Ipv6Addresses": []}, {}]
    answers = answer([])
    answers.given["ec2:DescribeNetworkInterfaces"] = {"NetworkInterfaces": interfaces}
    state = FIX.observe(answers, RESOURCE, DEFAULTS)
    assert (state["network_interfaces"], state["public_addresses"]) == (4, 2)


def test_the_number_of_network_interfaces_and_the_ids_of_rules_are_told_and_not_approved() -> None:
    state = FIX.observe(answer([rule("tcp", 22, 22)]), RESOURCE, DEFAULTS)
    few, many = (plan_of({**state, "network_interfaces": n}, tcp_ports=[22]) for n in (1, 900))
    assert isinstance(few, Plan)
    assert isinstance(many, Plan)
    assert (few.blast_radius["network_interfaces"], many.blast_radius["network_interfaces"]) == (1, 900)
    assert few.digest == many.digest
    assert "rule_ids" in few.volatile


@pytest.mark.parametrize(
    "found",
    [
        {"IpProtocol": "tcp", "IsEgress": False, "CidrIpv4": WORLD},
        {**SSH},
        {**SSH, "CidrIpv4": "everywhere"},
        {"FromPort": 22, "ToPort": 22, "CidrIpv4": WORLD},
    ],
)
def test_a_rule_that_is_not_understood_whole_is_unknown_and_not_harmless(found: dict[str, Any]) -> None:
    state = {**FIX.observe(answer([]), RESOURCE, DEFAULTS), **observed([found])}
    assert isinstance(plan_of(state, tcp_ports=[443]), Refused)


def test_what_aws_leaves_out_of_its_answer_is_unknown_and_not_empty() -> None:
    assert observed(None) == {"network_interfaces": 0, "public_addresses": 0}
    assert observed([], None) == {"rules": [], "rule_ids": {}, "prefix_lists": {}}


def test_undoing_restores_the_rules_though_others_changed_since() -> None:
    wide, other = rule("tcp", 20, 30), rule("tcp", 5432, 5432, WORLD6)
    planned = plan(wide, tcp_ports=[22])
    assert isinstance(planned, Plan)
    left = [*stages(planned, wide)[-1].values(), other]
    assert planned.in_place(FIX.observe(answer(left), RESOURCE, DEFAULTS)) == len(planned.changes)

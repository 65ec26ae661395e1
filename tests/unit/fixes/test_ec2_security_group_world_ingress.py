from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.fix import options_for
from runtime.domain.plan import Change, Compliant, Plan, Planned, Refused
from runtime.fixes.ec2.security_group_world_ingress import FIX
from tests.laws.cases import resource_from
from tests.unit.fixes.answers import Answers, defaults

RESOURCE = resource_from("arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0123456789abcdef0")
WORLD, WORLD6 = "0.0.0.0/0", "::/0"

type Identity = tuple[str, int, int, str]


def rule(protocol: str, first: int, last: int, cidr: str = WORLD, description: str | None = None) -> dict[str, Any]:
    return {"protocol": protocol, "from_port": first, "to_port": last, "cidr": cidr, "description": description}


def plan(*rules: dict[str, Any], **options: Any) -> Planned:
    return plan_of({"world_ingress": list(rules), "network_interfaces": 3}, **options)


def plan_of(state: dict[str, Any], **options: Any) -> Planned:
    chosen = options_for(FIX.spec, options, datetime(2030, 1, 1, tzinfo=UTC))
    return FIX.plan(RESOURCE, state, chosen)


def carry_out(change: Change, group: dict[Identity, str | None]) -> dict[Identity, str | None]:
    """What EC2 makes of a call: a rule that is there cannot be added, one that is not there cannot be removed."""
    assert change.service == "ec2"
    assert change.parameters["GroupId"] == RESOURCE.name
    group = dict(group)
    for permission in change.parameters["IpPermissions"]:
        for source in [*permission.get("IpRanges", []), *permission.get("Ipv6Ranges", [])]:
            identity = (
                permission["IpProtocol"],
                permission.get("FromPort", -1),
                permission.get("ToPort", -1),
                source.get("CidrIp") or source["CidrIpv6"],
            )
            if change.operation == "AuthorizeSecurityGroupIngress":
                assert identity not in group, "InvalidPermission.Duplicate"
                group[identity] = source.get("Description")
            else:
                assert change.operation == "RevokeSecurityGroupIngress"
                assert identity in group, "InvalidPermission.NotFound"
                del group[identity]
    return group


def stages(planned: Planned, *rules: dict[str, Any]) -> list[dict[Identity, str | None]]:
    """The group's rules before the plan and after each of its changes; undoing leads back to the first."""
    assert isinstance(planned, Plan)
    found = [{(r["protocol"], r["from_port"], r["to_port"], r["cidr"]): r["description"] for r in rules}]
    for change in planned.changes:
        found.append(carry_out(change, found[-1]))
    undone = found[-1]
    for made in range(len(planned.undo), 0, -1):
        undone = carry_out(planned.undo[made - 1], undone)
        assert undone == found[made - 1]
    return found


def is_open(group: dict[Identity, str | None], protocol: str, port: int, cidr: str) -> bool:
    return any(
        known == protocol and first <= port <= last and known_cidr == cidr for known, first, last, known_cidr in group
    )


# Ports close to each other and to both ends, so that ranges touch, overlap and contain each other often.
PORTS = st.one_of(st.integers(0, 12), st.integers(65528, 65535))
RANGES = st.tuples(PORTS, PORTS).map(lambda ports: (min(ports), max(ports)))
RULES = st.lists(
    st.builds(
        lambda protocol, ports, cidr, description: rule(protocol, *ports, cidr, description),
        st.sampled_from(["tcp", "udp"]),
        RANGES,
        st.sampled_from([WORLD, WORLD6]),
        st.sampled_from([None, "kept", "legacy"]),
    ),
    max_size=6,
    unique_by=lambda found: (found["protocol"], found["from_port"], found["to_port"], found["cidr"]),
)
CLOSED = st.lists(st.one_of(PORTS, RANGES), min_size=1, max_size=4)


@given(rules=RULES, closed=CLOSED, protocols=st.sampled_from([["tcp"], ["udp"], ["tcp", "udp"]]))
def test_exactly_the_named_ports_are_closed_and_every_other_port_stays_open_all_the_time(
    rules: list[dict[str, Any]], closed: list[int | tuple[int, int]], protocols: list[str]
) -> None:
    ranges = [(item, item) if isinstance(item, int) else item for item in closed]
    option = [item if isinstance(item, int) else f"{item[0]}-{item[1]}" for item in closed]
    planned = plan(*rules, ports=option, protocols=protocols)

    def should_close(protocol: str, port: int) -> bool:
        return protocol in protocols and any(first <= port <= last for first, last in ranges)

    # Whether a port is open changes only at the ends of ranges: looking at those and beside them is looking everywhere.
    ends = {end for first, last in [*ranges, *((r["from_port"], r["to_port"]) for r in rules)] for end in (first, last)}
    ports = sorted({port for end in ends for port in (end - 1, end, end + 1) if 0 <= port <= 65535})
    where = [(protocol, port, cidr) for protocol in ("tcp", "udp") for port in ports for cidr in (WORLD, WORLD6)]
    before = {(r["protocol"], r["from_port"], r["to_port"], r["cidr"]): None for r in rules}
    exposed = any(should_close(*place[:2]) and is_open(before, *place) for place in where)

    if not exposed:
        assert isinstance(planned, Compliant)
        return
    original, *between, final = stages(planned, *rules)
    for place in where:
        stays = is_open(original, *place) and not should_close(*place[:2])
        assert is_open(final, *place) == stays
        assert all(is_open(stage, *place) for stage in between) or not stays
    untouched = {
        identity: description
        for identity, description in original.items()
        if not any(should_close(identity[0], port) for port in ports if identity[1] <= port <= identity[2])
    }
    assert untouched.items() <= final.items()


@given(rules=RULES, closed=CLOSED)
def test_the_rules_that_are_left_are_compliant(
    rules: list[dict[str, Any]], closed: list[int | tuple[int, int]]
) -> None:
    option = [item if isinstance(item, int) else f"{item[0]}-{item[1]}" for item in closed]
    planned = plan(*rules, ports=option)
    if isinstance(planned, Plan):
        left = [rule(*identity, description) for identity, description in stages(planned, *rules)[-1].items()]
        assert isinstance(plan(*left, ports=option), Compliant)


def test_a_wide_rule_is_split_around_the_port_and_its_description_is_kept() -> None:
    wide = rule("tcp", 0, 65535, WORLD6, "legacy")
    assert stages(plan(wide, ports=[22]), wide)[-1] == {
        ("tcp", 0, 21, WORLD6): "legacy",
        ("tcp", 23, 65535, WORLD6): "legacy",
    }


def test_the_remainders_are_added_before_the_wide_rule_is_removed() -> None:
    planned = plan(rule("tcp", 20, 30), ports=[22])
    assert isinstance(planned, Plan)
    assert [change.operation for change in planned.changes] == [
        "AuthorizeSecurityGroupIngress",
        "RevokeSecurityGroupIngress",
    ]


def test_a_rule_for_the_port_alone_is_only_removed() -> None:
    exact = rule("tcp", 22, 22, description="ssh")
    planned = plan(exact, ports=[22])
    assert isinstance(planned, Plan)
    assert [change.operation for change in planned.changes] == ["RevokeSecurityGroupIngress"]
    assert stages(planned, exact)[-1] == {}
    assert planned.blast_radius == {"rules": 1, "network_interfaces": 3}


def test_a_remainder_that_exists_is_neither_added_nor_taken_away_by_undoing() -> None:
    rules = (rule("tcp", 0, 100), rule("tcp", 0, 21, description="mine"))
    assert stages(plan(*rules, ports=[22]), *rules)[-1] == {
        ("tcp", 0, 21, WORLD): "mine",
        ("tcp", 23, 100, WORLD): None,
    }


def test_two_rules_with_the_same_remainder_add_it_once() -> None:
    rules = (rule("tcp", 20, 22, description="first"), rule("tcp", 20, 25, description="second"))
    assert stages(plan(*rules, ports=[22]), *rules)[-1] == {
        ("tcp", 20, 21, WORLD): "first",
        ("tcp", 23, 25, WORLD): "second",
    }


@pytest.mark.parametrize("options", [{"ports": [22]}, {"ports": ["0-65535"]}, {"ports": "all", "protocols": ["tcp"]}])
def test_a_rule_for_all_traffic_is_refused_because_it_cannot_be_split(options: dict[str, Any]) -> None:
    planned = plan(rule("-1", -1, -1, WORLD6), rule("tcp", 22, 22), **options)
    assert isinstance(planned, Refused)
    assert f"all traffic from {WORLD6}" in planned.sentence


def test_a_rule_for_all_traffic_goes_whole_where_all_ports_are_closed() -> None:
    rules = (rule("-1", -1, -1, WORLD, "any"), rule("udp", 53, 53))
    planned = plan(*rules, ports="all")
    assert stages(planned, *rules)[-1] == {}
    assert isinstance(planned, Plan)
    assert planned.changes[0].parameters["IpPermissions"][0] == {"IpProtocol": "-1", "IpRanges": [{"CidrIp": WORLD}]}


@pytest.mark.parametrize("ports", [None, [], ["22"], ["30-20"], ["0-65536"], [65536], [-1], [22, "x"], "22"])
def test_ports_that_are_not_set_or_not_ports_close_nothing(ports: Any) -> None:
    planned = plan(rule("tcp", 0, 65535), ports=ports)
    assert isinstance(planned, Refused)
    assert "which ports" in planned.sentence


@pytest.mark.parametrize("ports", [[], ["22"], [65536], [-1], [22.5], "22", ["22-23-24"], [True]])
def test_the_schema_lets_no_catalog_say_what_are_no_ports(ports: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(ports, FIX.spec.options["ports"].schema)


@pytest.mark.parametrize("ports", ["all", [22], [0, 65535, "27017-27019"]])
def test_the_schema_takes_ports_ranges_and_all(ports: Any) -> None:
    jsonschema.validate(ports, FIX.spec.options["ports"].schema)
    assert isinstance(plan(rule("tcp", 0, 65535), ports=ports), Plan)


@pytest.mark.parametrize("missing", ["protocol", "from_port", "to_port", "cidr", "description"])
def test_a_rule_of_which_something_is_not_known_is_refused(missing: str) -> None:
    partial = {name: value for name, value in rule("tcp", 22, 22).items() if name != missing}
    assert isinstance(plan(partial, ports=[22]), Refused)


@pytest.mark.parametrize("missing", ["world_ingress", "network_interfaces"])
def test_a_group_of_which_something_is_not_known_is_refused(missing: str) -> None:
    state = {"world_ingress": [rule("tcp", 22, 22)], "network_interfaces": 3}
    del state[missing]
    assert isinstance(plan_of(state, ports=[22]), Refused)


def observed(permissions: list[dict[str, Any]] | None, interfaces: int | None = 0, **page: str) -> Any:
    group = {} if permissions is None else {"IpPermissions": permissions}
    answers = Answers(
        {
            "ec2:DescribeSecurityGroups": {"SecurityGroups": [group]},
            "ec2:DescribeNetworkInterfaces": {}
            if interfaces is None
            else {"NetworkInterfaces": [{}] * interfaces, **page},
        }
    )
    return FIX.observe(answers, RESOURCE, defaults(FIX))


def test_only_rules_for_the_whole_internet_are_looked_at() -> None:
    ssh = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": WORLD, "Description": "ssh"}],
        "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
        "UserIdGroupPairs": [{"GroupId": "sg-2"}],
    }
    ping = {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": WORLD}]}
    anything = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": WORLD6}]}
    state = observed([ssh, ping, anything], 2)
    assert state == {
        "world_ingress": [rule("tcp", 22, 22, WORLD, "ssh"), rule("-1", -1, -1, WORLD6)],
        "network_interfaces": 2,
    }
    assert state == observed([anything, ping, ssh], 2)


@pytest.mark.parametrize("on_the_first_page", [0, 2, 1000])
def test_more_network_interfaces_than_a_page_holds_count_as_a_whole_page(on_the_first_page: int) -> None:
    """A page may hold fewer than were asked for, or none, and yet not be the last."""
    assert observed([], on_the_first_page, NextToken="more")["network_interfaces"] == 1000
    assert observed([], on_the_first_page, NextToken="")["network_interfaces"] == on_the_first_page


def test_the_number_of_network_interfaces_is_told_and_not_approved() -> None:
    rules = [rule("tcp", 22, 22)]
    few, many = (plan_of({"world_ingress": rules, "network_interfaces": n}, ports=[22]) for n in (1, 900))
    assert isinstance(few, Plan)
    assert isinstance(many, Plan)
    assert (few.blast_radius["network_interfaces"], many.blast_radius["network_interfaces"]) == (1, 900)
    assert few.digest == many.digest


def test_a_rule_without_its_ports_is_unknown_and_not_harmless() -> None:
    state = observed([{"IpProtocol": "tcp", "IpRanges": [{"CidrIp": WORLD}]}])
    assert isinstance(plan_of(state, ports=[22]), Refused)


def test_what_aws_leaves_out_of_its_answer_is_unknown_and_not_empty() -> None:
    assert observed(None) == {"network_interfaces": 0}
    assert observed([], None) == {"world_ingress": []}

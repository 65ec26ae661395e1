"""Whom a network ACL lets in, by a model that asks entry after entry, before and after the plan."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.fix import options_for
from runtime.domain.plan import Compliant, Plan, Planned, Refused
from runtime.fixes.ec2.network_acl_world_ingress import FIX
from tests.laws.cases import ACCOUNT_ID, resource_from

RESOURCE = resource_from("arn:aws:ec2:eu-west-1:123456789012:network-acl/acl-0123456789abcdef0")
SAMPLES = [ip_address(text) for text in ("1.1.1.1", "52.1.1.1", "129.1.1.1", "10.1.1.1", "2001:500::1", "3fff::1")]
PUBLIC = [ip_address(text) for text in ("1.1.1.1", "129.1.1.1")], [ip_address("2001:500::1"), ip_address("3fff::1")]
"""One address in each part that the ranges below cut the internet into; 52.0.0.0/8 is not enough to leave out."""

ENTRIES = st.lists(
    st.builds(
        lambda number, protocol, action, cidr, ports: entry(number, protocol, action, cidr, *sorted(ports)),
        st.integers(1, 12),
        st.sampled_from(["6", "6", "-1", "17", "1"]),
        st.sampled_from(["allow", "allow", "deny"]),
        st.sampled_from(["0.0.0.0/0", "::/0", "52.0.0.0/8", "10.0.0.0/8", "0.0.0.0/1", "128.0.0.0/1"]),
        st.tuples(st.integers(0, 5), st.integers(0, 5)),
    ),
    max_size=6,
    unique_by=lambda found: found["RuleNumber"],
)


def entry(number: int, protocol: str, action: str, cidr: str, first: int, last: int) -> dict[str, Any]:
    ports = (first, last) if protocol in ("6", "17") else (None, None)
    return {
        "RuleNumber": number,
        "Protocol": protocol,
        "RuleAction": action,
        "Cidr": cidr,
        "From": ports[0],
        "To": ports[1],
    }


def plan(entries: list[dict[str, Any]], **options: Any) -> Planned:
    state = {
        "OwnerId": ACCOUNT_ID,
        "entries": sorted(entries, key=lambda one: str(one.get("RuleNumber")).zfill(5)),
        "subnets": [],
        "is_default": False,
    }
    return FIX.plan(RESOURCE, state, options_for(FIX.spec, options, datetime(2030, 1, 1, tzinfo=UTC)))


def lets_in(entries: list[dict[str, Any]], protocol: str, port: int, address: Any) -> bool:
    for one in sorted(entries, key=lambda one: one["RuleNumber"]):
        matches = one["Protocol"] == "-1" or (one["Protocol"] == protocol and one["From"] <= port <= one["To"])
        if matches and address in ip_network(one["Cidr"]):
            return bool(one["RuleAction"] == "allow")
    return False


@given(entries=ENTRIES, closed=st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True))
def test_the_internet_is_denied_the_named_ports_and_nobody_anything_else(
    entries: list[dict[str, Any]], closed: list[int]
) -> None:
    planned = plan(entries, tcp_ports=closed)
    if isinstance(planned, Refused):
        assert "combination" in planned.sentence or "no free" in planned.sentence or "come after" in planned.sentence
        return
    after = entries if isinstance(planned, Compliant) else list(planned.changes[-1].leaves["entries"])  # type: ignore[union-attr]
    for port in closed:
        for public in PUBLIC:
            assert not all(lets_in(after, "6", port, address) for address in public)
    for protocol, port, address in ((p, n, a) for p in ("6", "17") for n in range(6) for a in SAMPLES):
        if protocol == "6" and port in closed:
            assert lets_in(after, protocol, port, address) <= lets_in(entries, protocol, port, address)
            if address == ip_address("10.1.1.1") and any(
                one["Cidr"] == "10.0.0.0/8" and one["RuleAction"] == "allow" and lets_in([one], "6", port, address)
                for one in entries
            ):  # what is let in by name stays in
                assert lets_in(after, protocol, port, address) == lets_in(entries, protocol, port, address)
        else:
            assert lets_in(after, protocol, port, address) == lets_in(entries, protocol, port, address)


@given(entries=ENTRIES, closed=st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True))
def test_what_the_plan_leaves_is_compliant(entries: list[dict[str, Any]], closed: list[int]) -> None:
    planned = plan(entries, tcp_ports=closed)
    if isinstance(planned, Plan):
        assert isinstance(plan(list(planned.changes[-1].leaves["entries"]), tcp_ports=closed), Compliant)
        numbers = [change.parameters["RuleNumber"] for change in planned.changes]
        assert numbers == [change.parameters["RuleNumber"] for change in planned.undo]
        assert set(numbers).isdisjoint(one["RuleNumber"] for one in entries)


def test_an_entry_for_ipv6_is_denied_by_one_for_ipv6() -> None:
    planned = plan([entry(100, "-1", "allow", "::/0", 0, 0)], tcp_ports=[22])
    assert isinstance(planned, Plan)
    (change,) = planned.changes
    assert change.parameters["Ipv6CidrBlock"] == "::/0"
    assert "CidrBlock" not in change.parameters


@pytest.mark.parametrize("missing", ["RuleNumber", "Protocol", "RuleAction", "Cidr", "From"])
def test_an_entry_that_is_not_understood_whole_is_never_compliant(missing: str) -> None:
    partial = {name: value for name, value in entry(100, "6", "allow", "10.0.0.0/8", 22, 22).items() if name != missing}
    assert isinstance(plan([partial], tcp_ports=[22]), Refused)
    assert isinstance(plan([{**partial, missing: "?"}], tcp_ports=[22]), Refused)

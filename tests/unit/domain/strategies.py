"""Cases for ``decide``: the one that is remediated, with up to four things about it changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from runtime.domain.facts import LiveResource, ResourceMissing, Waiver, WaiverStatus
from runtime.domain.finding import CLOSED_STATUSES, OPEN_STATUSES, SEVERITIES
from runtime.domain.policy import Mode, OwnerSource
from tests.unit.domain.cases import (
    ACCOUNT_ID,
    BUCKET_ARN,
    COMPLIANT,
    FIX,
    INSTANCE_ARN,
    MISSING,
    NOW,
    OTHER_ACCOUNT_ID,
    OTHER_FIX,
    PLAN,
    REFUSED,
    REGION,
    SNAPSHOT_ARN,
    WAIVER,
    Case,
)

type Mutation = Callable[[Case], Case]

ENVIRONMENTS = ("dev", "staging", "production", "restricted-production")

accounts = st.sampled_from([ACCOUNT_ID, OTHER_ACCOUNT_ID, "", "2222"])
arns = st.sampled_from(
    [
        BUCKET_ARN,
        INSTANCE_ARN,
        SNAPSHOT_ARN,
        "arn:aws-cn:s3:::ledger",
        f"arn:aws:iam::{ACCOUNT_ID}:user/ledger",
        f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:ledger",
        "ledger",
        "",
    ]
)
environment_names = st.sampled_from([*ENVIRONMENTS, "prod", "PROD", "moon", ""])
owners = st.sampled_from(["", "  ", "somebody@example.com"])
tag_keys = st.sampled_from(
    ["owner", "Team", "team", "environment", "Env", "suture:suppress", "Suture:Suppress", "other"]
)
tags = st.dictionaries(tag_keys, st.one_of(environment_names, owners, st.text(max_size=3)), max_size=4)
plans = st.builds(
    lambda undo, blast_radius: replace(PLAN, undo=undo, blast_radius=blast_radius),
    st.sampled_from([PLAN.undo, ()]),
    st.dictionaries(
        st.sampled_from(["principals", "instances"]),
        st.one_of(st.integers(0, 3), st.booleans(), st.lists(st.text(max_size=1), max_size=3), st.none(), st.text()),
    ),
)
planned = st.one_of(plans, st.just(COMPLIANT), st.just(REFUSED))
live_resources: st.SearchStrategy[LiveResource | ResourceMissing] = st.one_of(
    st.builds(LiveResource, tags=tags, planned=planned), st.just(MISSING)
)
resource_patterns = st.one_of(
    st.sampled_from(["", BUCKET_ARN, "arn:aws:s3:::*", "*", "*[l]edger", "arn:aws:s3:::ledge?", INSTANCE_ARN]),
    st.text(alphabet="arn:w*?[]!ledg", max_size=12),
)
modes = st.sampled_from(Mode)


def waivers(**fields: Any) -> st.SearchStrategy[Waiver]:
    return st.builds(
        Waiver,
        **{
            "id": st.uuids().map(str),
            "status": st.sampled_from(WaiverStatus),
            "control": st.sampled_from(["", "", "S3-001", "s3-001", "wc-id-613", "close-buckets", "S3-002"]),
            "account_id": st.sampled_from(["", "", ACCOUNT_ID, OTHER_ACCOUNT_ID]),
            "resource": resource_patterns,
            "environment": st.sampled_from(["", "", *ENVIRONMENTS]),
            "reason": st.just(WAIVER.reason),
            "ticket": st.sampled_from(["", WAIVER.ticket]),
            "requested_by": st.just(WAIVER.requested_by),
            "approved_by": st.just(WAIVER.approved_by),
            "expires_at": st.integers(-2, 2).map(lambda days: NOW + timedelta(days=days)),
            **fields,
        },
    )


def _finding(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Mutation]:
    return values.map(lambda value: lambda case: case.with_finding(**{name: value}))


def _account(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Mutation]:
    return values.map(
        lambda value: lambda case: case.with_account(**{name: value}) if case.account is not None else case
    )


def _entry(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Mutation]:
    return values.map(lambda value: lambda case: case.with_entry(**{name: value}) if case.policy.catalog else case)


def _owner_policy(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Mutation]:
    return values.map(lambda value: lambda case: case.with_owner_policy(**{name: value}))


def _environment(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Mutation]:
    return st.tuples(st.sampled_from(ENVIRONMENTS), values).map(
        lambda drawn: lambda case: case.with_environment(drawn[0], **{name: drawn[1]})
    )


def _field(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Mutation]:
    return values.map(lambda value: lambda case: replace(case, **{name: value}))


def _policy(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Mutation]:
    return values.map(lambda value: lambda case: case.with_policy(**{name: value}))


mutations: st.SearchStrategy[Mutation] = st.one_of(
    _finding("status", st.one_of(st.sampled_from(sorted(OPEN_STATUSES | CLOSED_STATUSES)), st.text(max_size=5))),
    _finding("severity", st.one_of(st.sampled_from(SEVERITIES), st.text(max_size=5))),
    _finding("resource_id", st.one_of(arns, st.text(max_size=9))),
    _finding("account_id", st.one_of(accounts, st.text(max_size=12))),
    _finding("region", st.one_of(st.sampled_from([REGION, "us-east-1", "", "Global"]), st.text(max_size=9))),
    _finding("projects", st.lists(st.sampled_from(["payments", "ledger", "unknown"])).map(tuple)),
    st.fixed_dictionaries(
        {name: st.sampled_from(["", "other", "S3-001", "wc-id-613"]) for name in ("id", "name", "rule_id")}
    ).map(lambda fields: lambda case: case.with_control(**fields)),
    _field("account", st.none()),
    _account("id", accounts),
    _account("environment", environment_names),
    _account("owner", owners),
    _field("waivers", st.lists(waivers(), max_size=3).map(tuple)),
    _field("live", live_resources),
    planned.map(lambda value: lambda case: case.with_planned(value) if isinstance(case.live, LiveResource) else case),
    # Rarely met by chance.
    st.just(lambda case: case.with_waiver()),
    st.just(lambda case: case.with_finding(resource_id=INSTANCE_ARN, region="us-east-1")),
    st.just(lambda case: case.with_environment("dev", mode=Mode.APPROVE)),
    st.just(lambda case: case.with_account(environment="restricted-production") if case.account else case),
    st.just(lambda case: case.with_suppression_tag("x") if isinstance(case.live, LiveResource) else case),
    _policy("severity_floor", st.sampled_from(SEVERITIES)),
    _policy("suppression_tag", st.sampled_from(["suture:suppress", "x", ""])),
    _policy("catalog", st.just(())),
    _owner_policy("lookup", st.lists(st.sampled_from(OwnerSource), unique=True).map(tuple)),
    _owner_policy("tag_keys", st.lists(tag_keys, max_size=2).map(tuple)),
    _environment("mode", modes),
    _environment("allowed_actions", st.frozensets(st.sampled_from([FIX.id, OTHER_FIX.id]))),
    _environment("suppression_tags", st.booleans()),
    _entry("severities", st.frozensets(st.sampled_from(SEVERITIES))),
    _entry("accounts", st.frozensets(accounts)),
    _entry("environments", st.dictionaries(st.sampled_from(ENVIRONMENTS), modes)),
    _entry(
        "max_blast_radius", st.dictionaries(st.sampled_from(["principals", "instances", "nodes"]), st.integers(0, 3))
    ),
    _entry("fix", st.sampled_from([FIX, OTHER_FIX, replace(FIX, reversible=False)])),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Cases in which the live resource has been read. Most differ from the remediated one in little."""
    case = Case()
    for mutate in draw(st.lists(mutations, max_size=4)):
        case = mutate(case)
    return case

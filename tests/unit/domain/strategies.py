"""Cases for ``decide``: the one that is remediated, with up to four things about it changed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from runtime.domain.change_windows import Calendar, ChangeWindow
from runtime.domain.facts import Approval, LiveResource, PlatformAccount, ResourceMissing, Vote, Waiver, WaiverStatus
from runtime.domain.finding import CLOSED_STATUSES, OPEN_STATUSES, SEVERITIES
from runtime.domain.guardrails import Past, PastKind, Stop, StopScope, UsageScope
from runtime.domain.plan import Change, Plan
from runtime.domain.policy import DriftPolicy, ExceptionPolicy, Mode, OutsideWindow, OwnerSource, TemplateMode
from tests.unit.domain.cases import (
    ACCOUNT_ID,
    ALICE,
    APPLIED,
    BOB,
    BUCKET_ARN,
    BUSY,
    COMPLIANT,
    DENIED,
    ELSEWHERE,
    FIX,
    FIXES,
    FREEZE,
    INSTANCE_ARN,
    MISSING,
    NIGHTS,
    NOW,
    OTHER_ACCOUNT_ID,
    OTHER_FIX,
    PLAN,
    REFUSED,
    REGION,
    SNAPSHOT_ARN,
    STOP,
    UNDONE,
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
platforms = st.none() | st.builds(PlatformAccount, account_id=accounts, partition=st.sampled_from(["aws", "aws-cn"]))
environment_names = st.sampled_from([*ENVIRONMENTS, "prod", "PROD", "moon", ""])
owners = st.sampled_from(["", "  ", "somebody@example.com"])
tag_keys = st.sampled_from(
    ["owner", "Team", "team", "environment", "Env", "suture:suppress", "Suture:Suppress", "Managed-By", "Terraform"]
)
suppressions = st.dates(NOW.date() - timedelta(days=3), NOW.date() + timedelta(days=200)).map("SEC-7/{}".format)
tag_values = st.one_of(environment_names, owners, suppressions, st.just("CDK"), st.text(max_size=3))
tags = st.dictionaries(tag_keys, tag_values, max_size=4)
plans = st.builds(
    lambda undo, blast_radius: replace(PLAN, undo=undo, blast_radius=blast_radius),
    st.sampled_from([PLAN.undo, ()]),
    st.dictionaries(
        st.sampled_from(["principals", "instances"]),
        st.one_of(st.integers(0, 3), st.booleans(), st.lists(st.text(max_size=1), max_size=3), st.none(), st.text()),
    ),
)
planned = st.one_of(plans, *map(st.just, (COMPLIANT, REFUSED, ELSEWHERE, BUSY)))
live_resources: st.SearchStrategy[LiveResource | ResourceMissing] = st.one_of(
    st.builds(LiveResource, tags=tags, observed=st.just(PLAN.before), planned=planned), st.just(MISSING)
)
moments = st.integers(0, 240).map(lambda hours: NOW - timedelta(hours=hours))
stops = st.builds(
    Stop,
    id=st.sampled_from(["s-2", "s-3"]),
    scope=st.sampled_from(StopScope),
    value=st.sampled_from(["", ACCOUNT_ID, OTHER_ACCOUNT_ID, FIX.id, "dev", "production"]),
    reason=st.just(STOP.reason),
    stopped_by=st.just(STOP.stopped_by),
    at=moments,
)


def past(kinds: Collection[PastKind] = tuple(PastKind)) -> st.SearchStrategy[Past]:
    return st.builds(
        Past,
        kind=st.sampled_from(kinds),
        fix_id=st.sampled_from([FIX.id, OTHER_FIX.id]),
        correlation_id=st.sampled_from(["c-1", "c-2", "c-3"]),
        at=moments,
        by=st.sampled_from(["", ALICE.arn]),
        digest=st.sampled_from(["", PLAN.digest]),
    )


usages = st.dictionaries(st.sampled_from(UsageScope), st.integers(0, 12))
votes = st.builds(Vote, principal=st.sampled_from([ALICE, BOB]), reason=st.text(max_size=3), at=moments)
approvals = st.builds(
    Approval,
    review_id=st.just("r-1"),
    plan=st.one_of(st.just(PLAN), plans),
    votes=st.lists(votes, max_size=3).map(tuple),
    expires_at=st.integers(-1, 3).map(lambda days: NOW + timedelta(days=days)),
)
calendars = st.sampled_from(
    [
        Calendar(),
        NIGHTS,
        replace(NIGHTS, freezes=(FREEZE,)),
        Calendar(freezes=(FREEZE,)),
        Calendar(windows=(ChangeWindow(days=("mon",), opens=NOW.time(), closes=NOW.time()),)),
        Calendar(windows=(ChangeWindow(days=(), opens=NOW.time(), closes=NOW.time()),)),
    ]
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
            "requested_by": st.sampled_from([WAIVER.requested_by] * 3 + [WAIVER.approved_by]),
            "approved_by": st.just(WAIVER.approved_by),
            "requested_at": st.integers(0, 3).map(lambda weeks: NOW - timedelta(weeks=weeks)),
            "expires_at": st.sampled_from([-2, -1, 0, 1, 2, 170]).map(lambda days: NOW + timedelta(days=days)),
            **fields,
        },
    )


def _is_read(case: Case) -> bool:
    return isinstance(case.live, LiveResource)


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


def _guardrail(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Mutation]:
    return values.map(lambda value: lambda case: case.with_guardrails(**{name: value}))


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
    planned.map(lambda value: lambda case: case.with_planned(value) if _is_read(case) else case),
    # Rarely met by chance.
    st.just(lambda case: case.with_waiver()),
    st.just(lambda case: case.with_finding(resource_id=INSTANCE_ARN, region="us-east-1")),
    st.just(lambda case: case.with_environment("dev", mode=Mode.APPROVE)),
    st.just(lambda case: case.with_environment("dev", mode=Mode.DRY_RUN)),
    st.just(lambda case: case.with_account(environment="restricted-production") if case.account else case),
    st.just(lambda case: case.with_suppression_tag("SEC-7/2026-12-24") if _is_read(case) else case),
    st.just(lambda case: case.with_guardrails(stops=(STOP,))),
    st.just(lambda case: case.with_past(UNDONE)),
    st.just(lambda case: case.with_past(DENIED)),
    st.just(lambda case: case.with_past(*[APPLIED] * 3)),
    st.just(lambda case: case.with_approval()),
    st.just(lambda case: case.with_approval(plan=replace(PLAN, summary="Another."))),
    st.just(lambda case: case.with_environment("dev", calendar=NIGHTS)),
    st.just(lambda case: case.with_account_policy(calendar=Calendar(freezes=(FREEZE,)), time_zone="Asia/Tokyo")),
    st.just(
        lambda case: (
            case.with_tags(terraform="yes").with_environment("dev", template_owned=TemplateMode.NOTIFY)
            if _is_read(case)
            else case
        )
    ),
    _guardrail("stops", st.lists(stops, max_size=2).map(tuple)),
    _guardrail("past", st.lists(past(), max_size=6).map(tuple)),
    _guardrail("usage", usages),
    _field("approval", approvals),
    _field("dry_run", st.booleans()),
    _field("platform", platforms),
    _field("through_topic", st.booleans()),
    _policy("severity_floor", st.sampled_from(SEVERITIES)),
    _policy("suppression_tag", st.sampled_from(["suture:suppress", "x", ""])),
    _policy("catalog", st.just(())),
    _owner_policy("lookup", st.lists(st.sampled_from(OwnerSource), unique=True).map(tuple)),
    _owner_policy("tag_keys", st.lists(tag_keys, max_size=2).map(tuple)),
    _environment("mode", modes),
    _environment("allowed_actions", st.dictionaries(st.sampled_from([FIX.id, OTHER_FIX.id]), st.just("all"))),
    _environment("suppression_tags", st.booleans()),
    _environment("approvers", st.integers(1, 3)),
    _environment("template_owned", st.sampled_from(TemplateMode)),
    _environment("outside_window", st.sampled_from(OutsideWindow)),
    _environment("calendar", calendars),
    st.fixed_dictionaries(
        {"mode": modes, "time_zone": st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tokyo"]), "calendar": calendars}
    ).map(lambda fields: lambda case: case.with_account_policy(**fields)),
    _policy("writes_per_hour", st.integers(0, 12).map(lambda limit: dict.fromkeys(UsageScope, limit))),
    _policy("drift", st.builds(DriftPolicy, times=st.integers(1, 4), days=st.integers(1, 9))),
    _policy("exceptions", st.builds(ExceptionPolicy, max_days=st.integers(2, 200), warn_days=st.just(1))),
    _entry("severities", st.frozensets(st.sampled_from(SEVERITIES))),
    _entry("accounts", st.frozensets(accounts)),
    _entry("environments", st.dictionaries(st.sampled_from(ENVIRONMENTS), modes)),
    _entry(
        "max_blast_radius", st.dictionaries(st.sampled_from(["principals", "instances", "nodes"]), st.integers(0, 3))
    ),
    _entry("fix", st.sampled_from([FIXES[FIX.id], FIXES[OTHER_FIX.id], replace(FIXES[FIX.id], reversible=False)])),
)


@st.composite
def cases(draw: st.DrawFn, start: Case | None = None) -> Case:
    """Cases whose live resource and guardrails have been read. Most differ from the one to start from in little.

    Without another, that is the one that is remediated.
    """
    case = start or Case()
    for mutate in draw(st.lists(mutations, max_size=4)):
        case = mutate(case)
    return case


# -- JSON: what a record, a queue or a table gives back ----------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
"""Half of a surrogate pair is no text: intake and commands let none through."""
json_objects = st.dictionaries(
    texts,
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts),
        lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
        max_leaves=3,
    ),
    max_size=2,
)
text_maps = st.dictionaries(texts, texts, max_size=2)


def tuples(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=2).map(tuple)


changes = st.builds(Change, service=texts, operation=texts, parameters=json_objects)


@st.composite
def json_plans(draw: st.DrawFn) -> Plan:
    """Plans of nothing in particular."""
    made = draw(st.lists(changes, min_size=1, max_size=2).map(tuple))
    undo = draw(st.one_of(st.just(()), st.lists(changes, min_size=len(made), max_size=len(made)).map(tuple)))
    return Plan(
        fix_id=draw(texts),
        resource_arn=draw(texts),
        summary=draw(texts),
        before=draw(json_objects),
        changes=made,
        undo=undo,
        blast_radius=draw(json_objects),
        volatile=draw(tuples(texts)),
    )

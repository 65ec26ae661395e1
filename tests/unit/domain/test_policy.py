"""The policy: which entry answers a control, and what a document may not say."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.change_windows import Calendar, ChangeWindow, Freeze
from runtime.domain.errors import PolicyInvalid
from runtime.domain.finding import ACTIONABLE_SEVERITIES, Control
from runtime.domain.fix import Disruption, FixSpec, Stage
from runtime.domain.fix_summary import by_name, summarize
from runtime.domain.guardrails import UsageScope
from runtime.domain.outcome import Outcome
from runtime.domain.policy import (
    AccountPolicy,
    CatalogEntry,
    DriftPolicy,
    ExceptionPolicy,
    Mode,
    OutsideWindow,
    OwnerSource,
    Policy,
    TemplateMode,
    fold_name,
    parse_policy,
    strictest,
)
from runtime.domain.template import TagMark, TemplateTool
from runtime.fixes.catalog import TYPES
from tests.unit.domain.cases import ACCOUNT_ID, ENTRY, FIX, FIXES, OTHER_ACCOUNT_ID, OTHER_FIX, POLICY, Case
from tests.unit.domain.strategies import cases

BUCKET = "AWS::S3::Bucket"


def document() -> dict[str, Any]:
    return {
        "version": "2026-11-23.1",
        "severity_floor": "HIGH",
        "owner": {"lookup": ["resource-tag", "account"], "tag_keys": ["owner"], "projects": {"payments": "x@y.z"}},
        "environment": {"tag_keys": ["environment"], "aliases": {"Prod": "production"}},
        "suppression_tag": "suture:suppress",
        "exceptions": {"max_days": 180, "warn_days": 14},
        "approvals": {"expire_hours": 72},
        "writes_per_hour": {"everything": 30, "account": 20, "fix": 10},
        "drift": {"times": 3, "days": 7},
        "templates": {"cdk_tags": ["aws-cdk:auto-delete-objects"], "terraform_tags": ["Managed-By=Terraform"]},
        "environments": {
            "dev": {
                "mode": "remediate",
                "allowed_actions": "all",
                "suppression_tags": True,
                "approvers": 1,
                "undo_approvers": 0,
                "undo_days": 30,
                "template_owned": "fix",
                "outside_window": "approve",
            },
            "production": {
                "mode": "approve",
                "allowed_actions": [FIX.id],
                "suppression_tags": False,
                "approvers": 2,
                "undo_approvers": 1,
                "undo_days": 7,
                "template_owned": "notify",
                "outside_window": "wait",
                "change_windows": [{"days": ["mon", "fri"], "opens": "22:00", "closes": "04:30"}],
                "freezes": [{"begins": "2026-12-18T17:00", "ends": "2027-01-04", "reason": "end of the year"}],
            },
        },
        "accounts": {
            ACCOUNT_ID: {
                "mode": "dry-run",
                "time_zone": "Europe/Berlin",
                "change_windows": [{"days": ["sun"], "opens": "08:00", "closes": "18:00"}],
                "freezes": [],
            },
            OTHER_ACCOUNT_ID: {},
        },
        "catalog": [
            {
                "id": "close-buckets",
                "fix": FIX.id,
                "match": {"rules": ["S3-001"], "controls": ["WC-ID-1"], "control_names": ["Bucket is Public"]},
                "severities": ["HIGH", "CRITICAL"],
                "environments": {"dev": "remediate", "production": "approve"},
                "options": {"ports": [22, 3389]},
                "max_blast_radius": {"principals": 3},
            },
            {
                "id": "close-others",
                "fix": OTHER_FIX.id,
                "match": {"rules": ["S3-002"]},
                "resource_types": [BUCKET],
                "severities": ["CRITICAL"],
                "accounts": [ACCOUNT_ID],
                "environments": {"dev": "dry-run"},
            },
        ],
    }


def problems(change: Callable[[dict[str, Any]], object]) -> tuple[str, ...]:
    """What is wrong with the document after a change."""
    changed = document()
    change(changed)
    with pytest.raises(PolicyInvalid) as invalid:
        parse_policy(changed, FIXES, TYPES)
    return invalid.value.problems


def test_a_policy_is_read_whole() -> None:
    policy = parse_policy(document(), FIXES, TYPES)
    assert (policy.version, policy.severity_floor, policy.suppression_tag) == (
        "2026-11-23.1",
        "HIGH",
        "suture:suppress",
    )
    assert policy.owner.lookup == (OwnerSource.RESOURCE_TAG, OwnerSource.ACCOUNT)
    assert (policy.owner.tag_keys, policy.owner.projects) == (("owner",), {"payments": "x@y.z"})
    assert (policy.environment_tags.tag_keys, policy.environment_tags.aliases) == (
        ("environment",),
        {"prod": "production"},
    )
    assert policy.environments["dev"].allowed_actions == dict.fromkeys(FIXES, "all")
    assert policy.environments["production"].allowed_actions == {FIX.id: FIX.id}
    assert (policy.environments["production"].mode, policy.environments["dev"].suppression_tags) == (Mode.APPROVE, True)
    assert (policy.exceptions, policy.approval_hours) == (ExceptionPolicy(max_days=180, warn_days=14), 72)
    assert policy.writes_per_hour == {UsageScope.EVERYTHING: 30, UsageScope.ACCOUNT: 20, UsageScope.FIX: 10}
    assert policy.drift == DriftPolicy(times=3, days=7)
    assert policy.template_marks == {
        TemplateTool.CDK: (TagMark(key="aws-cdk:auto-delete-objects", value=None),),
        TemplateTool.TERRAFORM: (TagMark(key="managed-by", value="terraform"),),
    }
    first, second = policy.catalog
    assert (first.fix, first.resource_types, first.accounts) == (FIXES[FIX.id], FIX.resource_types, frozenset())
    assert (first.rules, first.controls, first.control_names) == ({"s3-001"}, {"wc-id-1"}, {"bucketispublic"})
    assert (first.options, first.max_blast_radius) == ({"ports": [22, 3389]}, {"principals": 3})
    assert (second.resource_types, second.accounts, second.environments) == (
        (BUCKET,),
        {ACCOUNT_ID},
        {"dev": Mode.DRY_RUN},
    )
    assert policy.resource_types == set(FIX.resource_types)


def test_the_times_at_which_changes_may_be_made_are_read_whole() -> None:
    policy = parse_policy(document(), FIXES, TYPES)
    dev, production = policy.environments["dev"], policy.environments["production"]
    assert (dev.approvers, dev.template_owned, dev.outside_window, dev.calendar) == (
        1,
        TemplateMode.FIX,
        OutsideWindow.APPROVE,
        Calendar(),
    )
    assert (production.approvers, production.template_owned, production.outside_window) == (
        2,
        TemplateMode.NOTIFY,
        OutsideWindow.WAIT,
    )
    begins, ends = datetime(2026, 12, 18, 17), datetime(2027, 1, 4)  # noqa: DTZ001  the account's time
    assert production.calendar == Calendar(
        windows=(ChangeWindow(days=("mon", "fri"), opens=time(22), closes=time(4, 30)),),
        freezes=(Freeze(begins=begins, ends=ends, reason="end of the year"),),
    )
    assert policy.account(ACCOUNT_ID) == AccountPolicy(
        mode=Mode.DRY_RUN,
        time_zone="Europe/Berlin",
        calendar=Calendar(windows=(ChangeWindow(days=("sun",), opens=time(8), closes=time(18)),)),
    )


@pytest.mark.parametrize("account_id", [OTHER_ACCOUNT_ID, "444444444444"])
def test_an_account_of_which_nothing_is_said_lets_everything_happen_at_any_time(account_id: str) -> None:
    nothing = AccountPolicy(mode=Mode.REMEDIATE, time_zone="UTC", calendar=Calendar())
    assert parse_policy(document(), FIXES, TYPES).account(account_id) == nothing


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(
            lambda it: it["exceptions"].update(warn_days=180),
            "exceptions.warn_days: 180 must be less than max_days, which is 180",
            id="a warning when an exception has hardly begun",
        ),
        pytest.param(
            lambda it: it["accounts"][ACCOUNT_ID].update(time_zone="Berlin"),
            f"accounts.{ACCOUNT_ID}.time_zone: 'Berlin' is not a time zone; write it like Europe/Berlin",
            id="a time zone that is none",
        ),
        pytest.param(
            lambda it: it["accounts"][ACCOUNT_ID].update(time_zone="Europe"),
            f"accounts.{ACCOUNT_ID}.time_zone: 'Europe' is not a time zone; write it like Europe/Berlin",
            id="a folder of time zones",
        ),
        pytest.param(
            lambda it: it["accounts"][ACCOUNT_ID].update(time_zone="../Berlin"),
            f"accounts.{ACCOUNT_ID}.time_zone: '../Berlin' is not a time zone; write it like Europe/Berlin",
            id="a path",
        ),
        pytest.param(
            lambda it: it["environments"]["production"]["change_windows"][0].update(days=["Monday"]),
            "environments.production.change_windows[0].days: 'Monday' is unknown; "
            "one of fri, mon, sat, sun, thu, tue, wed",
            id="a day that is none",
        ),
        pytest.param(
            lambda it: it["environments"]["production"]["freezes"][0].update(begins="Christmas"),
            "environments.production.freezes[0].begins: 'Christmas' is not a time; write it like 2026-12-18T17:00",
            id="a freeze that does not begin",
        ),
        pytest.param(
            lambda it: it["environments"]["production"]["freezes"][0].update(ends="2027-01-04T00:00Z"),
            "environments.production.freezes[0].ends: '2027-01-04T00:00Z' is not a time; "
            "write it like 2026-12-18T17:00",
            id="a freeze in a time zone of its own",
        ),
        pytest.param(
            lambda it: it["environments"]["production"]["freezes"][0].update(ends="2026-12-18T17:00"),
            "environments.production.freezes[0].ends: '2026-12-18T17:00' is not after begins, '2026-12-18T17:00'",
            id="a freeze that ends as it begins",
        ),
    ],
)
def test_a_part_that_does_not_agree_is_named_with_its_place(
    change: Callable[[dict[str, Any]], object], problem: str
) -> None:
    assert problems(change) == (problem,)


@pytest.mark.parametrize(
    ("change", "place", "allowed"),
    [
        (lambda it: it["catalog"][0].update(fix="no-fix"), "catalog[0].fix: 'no-fix'", "fake-fix, other-fix"),
        (
            lambda it: it["catalog"][1].update(resource_types=["AWS::EC2::VPC"]),
            "catalog[1].resource_types: 'AWS::EC2::VPC'",
            "AWS::EC2::Snapshot, AWS::RDS::DBInstance, AWS::S3::Bucket",
        ),
        (lambda it: it["catalog"][0]["options"].update(port=1), "catalog[0].options: 'port'", "ports"),
        (
            lambda it: it["catalog"][0]["environments"].update(moon="approve"),
            "catalog[0].environments: 'moon'",
            "dev, production",
        ),
        (
            lambda it: it["environments"]["production"].update(allowed_actions=["no-fix"]),
            "environments.production.allowed_actions: 'no-fix'",
            "fake-fix, other-fix",
        ),
        (lambda it: it["environment"]["aliases"].update(m="moon"), "environment.aliases.m: 'moon'", "dev, production"),
        (
            lambda it: it.update(severity_floor="SEVERE"),
            "severity_floor: 'SEVERE'",
            "CRITICAL, HIGH",
        ),
        (
            lambda it: it["catalog"][1].update(severities=["URGENT"]),
            "catalog[1].severities: 'URGENT'",
            "CRITICAL, HIGH, INFORMATIONAL, LOW, MEDIUM",
        ),
    ],
)
def test_an_unknown_name_is_named_with_its_place_and_those_that_are_known(
    change: Callable[[dict[str, Any]], object], place: str, allowed: str
) -> None:
    assert problems(change) == (f"{place} is unknown; one of {allowed}",)


def test_every_problem_is_named_at_once() -> None:
    def change(it: dict[str, Any]) -> None:
        it["catalog"][0]["fix"] = "no-fix"
        it["catalog"][1]["environments"] = {"moon": "approve"}

    assert [problem.partition(":")[0] for problem in problems(change)] == ["catalog[0].fix", "catalog[1].environments"]


@pytest.mark.parametrize(
    ("kind", "identifier"), [("rules", "s3-001"), ("controls", "wc-id-1"), ("control_names", "BUCKET IS PUBLIC")]
)
def test_two_answers_to_one_identifier_are_ambiguous(kind: str, identifier: str) -> None:
    (problem,) = problems(lambda it: it["catalog"][1]["match"].update({kind: [identifier]}))
    assert problem == (
        f"catalog: {kind} {fold_name(identifier)!r} for {BUCKET} is in both 'close-buckets' and "
        "'close-others'; keep one"
    )


def test_two_entries_may_answer_one_identifier_for_different_resource_types() -> None:
    changed = document()
    changed["catalog"][0]["resource_types"] = ["AWS::RDS::DBInstance"]
    changed["catalog"][1]["match"] = {"rules": ["S3-001"]}
    policy = parse_policy(changed, FIXES, TYPES)
    control = Control(id="", name="", rule_id="S3-001", rule_name="")
    assert policy.entry_for(control, "AWS::RDS::DBInstance") == policy.catalog[0]
    assert policy.entry_for(control, BUCKET) == policy.catalog[1]
    assert policy.entry_for(control, "AWS::EC2::Snapshot") is None


def test_an_id_may_stand_only_once() -> None:
    assert "catalog: the id 'close-buckets' is duplicate" in problems(
        lambda it: it["catalog"][1].update(id="close-buckets")
    )


UNMATCHED = replace(ENTRY, rules=frozenset(), controls=frozenset(), control_names=frozenset())
BY_RULE, BY_CONTROL, BY_NAME = (
    replace(UNMATCHED, **{kind: frozenset({"x"})}) for kind in ("rules", "controls", "control_names")
)


@pytest.mark.parametrize("catalog", [(BY_RULE, BY_CONTROL, BY_NAME), (BY_NAME, BY_CONTROL, BY_RULE)])
@pytest.mark.parametrize(
    ("control", "entry"),
    [
        ({"rule_id": "X", "id": "X", "name": "X"}, BY_RULE),
        ({"rule_id": "", "id": "X", "name": "X"}, BY_CONTROL),
        ({"rule_id": "other", "id": "x", "name": "x"}, BY_CONTROL),
        ({"rule_id": "", "id": "", "name": "X"}, BY_NAME),
        ({"rule_id": "", "id": "", "name": ""}, None),
        ({"rule_id": "other", "id": "other", "name": "other"}, None),
    ],
)
def test_the_rule_decides_before_the_control_and_the_control_before_its_name(
    catalog: tuple[Any, ...], control: Mapping[str, str], entry: object
) -> None:
    assert replace(POLICY, catalog=catalog).entry_for(Control(**control, rule_name=""), BUCKET) == entry


def test_a_rule_s_id_is_also_recognised_where_wiz_sends_it_as_the_control_s() -> None:
    control = Control(id="X", name="X", rule_id="", rule_name="")
    assert replace(POLICY, catalog=(BY_NAME, BY_RULE)).entry_for(control, BUCKET) == BY_RULE
    assert replace(POLICY, catalog=(BY_NAME, BY_RULE, BY_CONTROL)).entry_for(control, BUCKET) == BY_CONTROL


IDENTIFIERS = st.sampled_from(["s3-001", "straße"])
TYPE_NAMES = ("AWS::S3::Bucket", "AWS::RDS::DBInstance")


@given(
    catalog=st.lists(
        st.builds(
            lambda **fields: replace(ENTRY, **fields),
            id=st.uuids().map(str),
            rules=st.frozensets(IDENTIFIERS.map(str.casefold), max_size=2),
            controls=st.frozensets(IDENTIFIERS.map(str.casefold), max_size=2),
            control_names=st.frozensets(IDENTIFIERS.map(str.casefold), max_size=2),
            resource_types=st.lists(st.sampled_from(TYPE_NAMES), unique=True).map(tuple),
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    control=st.builds(
        Control,
        **{name: st.one_of(st.just(""), IDENTIFIERS, IDENTIFIERS.map(str.upper)) for name in ("id", "name", "rule_id")},
        rule_name=st.just(""),
    ),
    kind=st.sampled_from(TYPE_NAMES),
)
def test_an_entry_is_found_as_by_looking_through_the_catalog(
    catalog: tuple[CatalogEntry, ...], control: Control, kind: str
) -> None:
    asked = (
        *[(entry, entry.rules, control.rule_id) for entry in catalog],
        *[(entry, entry.controls, control.id) for entry in catalog],
        *[(entry, entry.rules, control.id) for entry in catalog],
        *[(entry, entry.control_names, control.name) for entry in catalog],
    )
    found = [
        entry for entry, names, name in asked if name and name.casefold() in names and kind in entry.resource_types
    ]
    policy = replace(POLICY, catalog=catalog)
    assert policy.entry_for(control, kind) is (found[0] if found else None)
    assert policy.resource_types == {name for entry in catalog for name in entry.resource_types}


def test_the_strictest_of_two_modes_is_the_one_that_lets_less_happen() -> None:
    in_order = [Mode.REMEDIATE, Mode.APPROVE, Mode.DRY_RUN, Mode.NOTIFY]
    for index, mode in enumerate(in_order):
        for milder in in_order[: index + 1]:
            assert strictest((mode, milder)) is strictest((milder, mode)) is mode


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.pop("catalog"),
        lambda it: it.update(version=1),
        lambda it: it.update(suppression_tag=["suture:suppress"]),
        lambda it: it["owner"].update(tag_keys="owner"),
        lambda it: it["owner"].update(tag_keys=[1]),
        lambda it: it["owner"].update(lookup=["nowhere"]),
        lambda it: it["owner"].update(projects={"payments": 1}),
        lambda it: it["environment"].update(tag_keys="environment"),
        lambda it: it["environments"]["dev"].update(mode="maybe"),
        lambda it: it["environments"]["dev"].update(suppression_tags="false"),
        lambda it: it["environments"]["dev"].update(allowed_actions=""),
        lambda it: it["environments"]["dev"].update(approvers="two"),
        lambda it: it["environments"]["dev"].update(remind_hours=[]),
        lambda it: it["environments"]["dev"].update(remind_hours=[0]),
        lambda it: it["environments"]["dev"].update(remind_hours=[1, 2, 3, 4, 5, 6]),
        lambda it: it["environments"]["dev"].update(remind_hours=24),
        lambda it: it["environments"]["dev"].update(template_owned="maybe"),
        lambda it: it["environments"]["dev"].pop("outside_window"),
        lambda it: it["environments"]["production"]["change_windows"][0].update(opens="10 pm"),
        lambda it: it["environments"]["production"]["change_windows"][0].update(closes="04:30+01:00"),
        lambda it: it["environments"]["production"]["change_windows"][0].update(opens=22),
        lambda it: it["environments"]["production"]["freezes"][0].update(reason=1),
        lambda it: it["accounts"][ACCOUNT_ID].update(mode="maybe"),
        lambda it: it["accounts"][ACCOUNT_ID].update(time_zone=1),
        lambda it: it["accounts"].update({ACCOUNT_ID: []}),
        lambda it: it["exceptions"].update(max_days="180"),
        lambda it: it["approvals"].update(expire_hours=1.5),
        lambda it: it["writes_per_hour"].pop("fix"),
        lambda it: it["drift"].update(times=None),
        lambda it: it["templates"].update(cdk_tags="aws-cdk"),
        lambda it: it["templates"].pop("terraform_tags"),
        lambda it: it["catalog"][0].update(id=1),
        lambda it: it["catalog"][0].update(severities="HIGH"),
        lambda it: it["catalog"][0].update(accounts=ACCOUNT_ID),
        lambda it: it["catalog"][0].update(options=[]),
        lambda it: it["catalog"][0]["match"].update(rules="S3-001"),
        lambda it: it["catalog"][0]["environments"].update(dev="maybe"),
        lambda it: it["catalog"][0].update(max_blast_radius={"principals": "3"}),
        lambda it: it["catalog"][0].update(max_blast_radius=[3]),
    ],
)
def test_a_document_without_the_schema_s_form_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    (problem,) = problems(change)
    assert problem.startswith("it does not match the schema: ")


@pytest.mark.parametrize("part", ["owners", "accounts", "projects"])
@pytest.mark.parametrize("contact", ["somebody", "a@b", "https://example.com", "arn:aws:sqs:us-east-1:111111111111:q"])
def test_a_contact_that_no_message_reaches_is_refused(part: str, contact: str) -> None:
    (problem,) = problems(lambda it: it.update(notifications={part: {"somebody": contact}}))
    assert problem == f"notifications: {contact!r} is neither an e-mail address nor the ARN of an SNS topic"


# -- whatever the document --------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-9999, 9999),  # the schema bounds them: days are added to dates
        st.floats(),
        st.text(max_size=4),
        st.just("dev"),
        st.just(FIX.id),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=5,
)


def places(value: Any) -> list[tuple[Any, ...]]:
    """The path of every value inside a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, item in inside for path in ((key,), *((key, *rest) for rest in places(item)))]


@st.composite
def mutated_documents(draw: st.DrawFn) -> Any:
    """The document with one to three values replaced or removed."""
    changed = copy.deepcopy(document())
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from(places(changed)))
        parent = changed
        for key in path:
            parent = parent[key]
        if draw(st.booleans()):
            parent[last] = draw(json_values)
        else:
            del parent[last]
        if not changed:
            break
    return changed


def parsed(value: Any) -> Policy | None:
    try:
        return parse_policy(value, FIXES, TYPES)
    except PolicyInvalid:
        return None


@given(value=st.one_of(mutated_documents(), json_values))
def test_a_document_is_a_policy_or_invalid_and_never_anything_else(value: Any) -> None:
    parsed(value)


@given(value=mutated_documents(), case=cases())
def test_a_finding_can_be_decided_with_whatever_was_read_as_a_policy(value: Any, case: Case) -> None:
    policy = parsed(value)
    if policy is not None:
        decision = replace(case, policy=policy).settled()
        assert decision.outcome is not Outcome.REMEDIATE or case.finding.severity in {"HIGH", "CRITICAL"}


def test_the_unchanged_document_decides_the_usual_case() -> None:
    policy = replace(parse_policy(document(), FIXES, TYPES), accounts={})
    assert Case(policy=policy).decided().outcome is Outcome.REMEDIATE
    assert POLICY.version != policy.version


# -- what holds by default -------------------------------------------------------------------------------------------

MODES = {
    "none": "remediate",
    "reconnect": "approve",
    "restart": "dry-run",
    "data-path": "notify",
    "irreversible": "approve",
}


def short_entry(**others: Any) -> dict[str, Any]:
    return {"id": "short", "fix": FIX.id, "match": {"rules": ["S3-009"]}, **others}


def with_entry(entry: dict[str, Any], spec: FixSpec = FIX, *, allowed: Any = "all") -> Policy:
    """A policy with one entry, and default modes in dev but not in production."""
    changed = document()
    changed["environments"]["dev"].update(default_modes=MODES, allowed_actions=allowed)
    changed["environments"]["production"]["allowed_actions"] = "all"
    changed["catalog"] = [entry]
    return parse_policy(changed, by_name(map(summarize, (spec, OTHER_FIX))), TYPES)


def test_an_entry_of_three_lines_is_for_all_severities_from_which_anything_is_changed() -> None:
    (entry,) = with_entry(short_entry()).catalog
    assert entry.severities == set(ACTIONABLE_SEVERITIES)
    assert (entry.resource_types, entry.accounts, entry.options) == (FIX.resource_types, frozenset(), {})


def test_an_environment_without_default_modes_is_not_answered_by_an_entry_that_does_not_name_it() -> None:
    (entry,) = with_entry(short_entry()).catalog
    assert entry.environments == {"dev": Mode.REMEDIATE}


def test_an_entry_that_names_environments_is_for_no_others() -> None:
    (entry,) = with_entry(short_entry(environments={"production": "approve"})).catalog
    assert entry.environments == {"production": Mode.APPROVE}


@pytest.mark.parametrize("disruption", Disruption)
@pytest.mark.parametrize("reversible", [True, False])
@pytest.mark.parametrize("stage", Stage)
def test_the_default_mode_is_the_strictest_of_what_the_fix_is(
    disruption: Disruption, reversible: bool, stage: Stage
) -> None:
    spec = replace(FIX, disruption=disruption, reversible=reversible, stage=stage)
    modes = [Mode(MODES[disruption])]
    modes += [] if reversible else [Mode(MODES["irreversible"])]
    modes += [Mode.APPROVE] if stage is Stage.PREVIEW else []
    (entry,) = with_entry(short_entry(), spec).catalog
    assert entry.environments == {"dev": strictest(modes)}


PREVIEW = replace(FIX, stage=Stage.PREVIEW)


def test_a_fix_is_a_preview_until_it_is_said_to_be_stable() -> None:
    assert {one.name: one.default for one in fields(FixSpec)}["stage"] is Stage.PREVIEW


def test_a_preview_may_not_be_remediated_whoever_says_so() -> None:
    with pytest.raises(PolicyInvalid) as invalid:
        with_entry(short_entry(environments={"dev": "remediate", "production": "approve"}), PREVIEW)
    assert invalid.value.problems == (
        "catalog[0].environments.dev: fake-fix is a preview: 'approve' is its least strict mode",
    )


@pytest.mark.parametrize("mode", [Mode.APPROVE, Mode.DRY_RUN, Mode.NOTIFY])
def test_a_preview_may_be_planned(mode: Mode) -> None:
    (entry,) = with_entry(short_entry(environments={"dev": mode.value}), PREVIEW).catalog
    assert entry.environments == {"dev": mode}


RENAMED = replace(FIX, id="new-name", aliases=("fake-fix", "older-name"))


@pytest.mark.parametrize("name", ["new-name", "fake-fix", "older-name"])
def test_a_policy_may_name_a_fix_by_an_id_that_it_had(name: str) -> None:
    policy = with_entry(short_entry(fix=name), RENAMED, allowed=[name])
    assert policy.catalog[0].fix == summarize(RENAMED)
    assert policy.environments["dev"].allowed_actions == {"new-name": name}


# -- which actions are allowed ---------------------------------------------------------------------------------------

SERVICE_FIX = replace(FIX, resource_types=("AWS::S3::Bucket",))


@pytest.mark.parametrize(
    ("allowed", "by"),
    [
        ("all", "all"),
        (["all"], "all"),
        (["disruption=none"], "disruption=none"),
        (["disruption=restart"], None),
        (["reversible=true"], "reversible=true"),
        (["reversible=false"], None),
        (["service=s3"], "service=s3"),
        (["service=rds"], None),
        (["service=s3,disruption=none,reversible=true"], "service=s3,disruption=none,reversible=true"),
        (["service=s3,reversible=false"], None),
        (["service=rds", "disruption=none"], "disruption=none"),
        ([FIX.id, "disruption=none"], FIX.id),
        ([OTHER_FIX.id], None),
        ([], None),
    ],
)
def test_an_action_is_allowed_by_the_first_that_selects_it(allowed: Any, by: str | None) -> None:
    found = with_entry(short_entry(), SERVICE_FIX, allowed=allowed).environments["dev"].allowed_actions
    assert found == ({} if by is None else {FIX.id: by})


def test_a_condition_on_something_else_is_named_with_what_there_is() -> None:
    with pytest.raises(PolicyInvalid) as invalid:
        with_entry(short_entry(), allowed=["stage=stable,disruption=none"])
    assert invalid.value.problems == (
        "environments.dev.allowed_actions: 'stage' is unknown; one of disruption, reversible, service",
    )


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        "BUCKET \u2018BLOCK\u2019 SHOULD BE ON (TCP:22)",
        '  bucket "block"\tshould be  on (TCP: 22)',
        "Bucket block should be on\xa0(TCP:22)",
        "Bucket \xabBlock\xbb should be on ( TCP : 22 )",
    ],
)
def test_a_name_is_the_same_in_any_case_spacing_and_quotes(other: str) -> None:
    assert fold_name(other) == fold_name("Bucket 'Block' should be on (TCP:22)")


@pytest.mark.parametrize("other", ["Bucket 'Block' should be on (TCP:23)", "Bucket Blocks should be on (TCP:22)", ""])
def test_another_name_is_another(other: str) -> None:
    assert fold_name(other) != fold_name("Bucket 'Block' should be on (TCP:22)")

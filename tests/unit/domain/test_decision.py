"""Each row of the decision matrix, by its name: the outcome, the reason, what is said, and the check that ended it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.domain import decision as decision_module
from runtime.domain.case import Decision, LiveResourceNeeded
from runtime.domain.facts import WaiverStatus
from runtime.domain.fix import Stage
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import AccountPolicy, Mode, OutsideWindow, OwnerSource, TemplateMode
from tests.unit.domain.cases import (
    ACCOUNT_ID,
    APPLIED,
    BUCKET_ARN,
    COMPLIANT,
    ENTRY,
    FIX,
    INSTANCE_ARN,
    MISSING,
    NIGHTS,
    NOW,
    OTHER_ACCOUNT_ID,
    OTHER_FIX,
    PLAN,
    PLATFORM,
    REFUSED,
    REGION,
    SNAPSHOT_ARN,
    STOP,
    UNDONE,
    WAIVER,
    Case,
    ended,
    failing,
    passed,
)

# -- REMEDIATE --------------------------------------------------------------------------------------------------------


def test_a_critical_exposure_with_an_approved_control_an_owner_and_no_exception_is_remediated() -> None:
    decision = Case().decided()
    assert (decision.outcome, decision.reason) == (Outcome.REMEDIATE, Reason.ELIGIBLE)
    assert decision.sentence == f"Every check passed: {FIX.title} on {BUCKET_ARN}."
    assert decision.plan == PLAN
    assert decision.entry == ENTRY
    assert decision.environment == "dev"
    assert decision.owner == "payments@example.com"
    assert decision.waiver_id == ""
    assert decision.resource is not None
    assert (decision.resource.name, decision.resource.account_id, decision.resource.region) == (
        "ledger",
        ACCOUNT_ID,
        REGION,
    )
    assert all(check.passed for check in decision.checks)


def test_a_remediation_records_every_check_in_its_order() -> None:
    case = Case().with_entry(max_blast_radius={"principals": 2, "instances": 2})
    assert [check.name for check in case.decided().checks] == [
        "issue-open",
        "severity-known",
        "resource-identified",
        "resource-type-supported",
        "partition-consistent",
        "account-consistent",
        "region-consistent",
        "not-platform-account",
        "account-onboarded",
        "control-in-catalog",
        "severity-floor",
        "catalog-severity",
        "catalog-account",
        "no-exception",
        "environment-known",
        "catalog-environment",
        "action-allowed",
        "no-suppression-tag",
        "owner-found",
        "resource-exists",
        "fix-can-plan",
        "not-undone-before",
        "not-denied-before",
        "no-drift-loop",
        "not-owned-by-template",
        "came-through-topic",
        "not-restricted-production",
        "reversible",
        "blast-radius-instances",
        "blast-radius-principals",
        "mode",
        "writes-per-hour-everything",
        "writes-per-hour-account",
        "writes-per-hour-fix",
        "change-window",
        "eligible-for-remediation",
    ]


@pytest.mark.parametrize("status", ["OPEN", "IN_PROGRESS"])
def test_an_issue_that_is_open_or_in_progress_is_remediated(status: str) -> None:
    assert Case().with_finding(status=status).decided().outcome is Outcome.REMEDIATE


def test_production_is_remediated_where_the_policy_says_so() -> None:
    assert Case().with_account(environment="production").decided().outcome is Outcome.REMEDIATE


def test_checks_that_passed_alike_are_shared_but_nothing_long_is_kept() -> None:
    one, another = (Case().with_account(name=name * 5000).decided().checks for name in "ab")
    missed = decision_module._shared.cache_info().misses
    assert Case().with_account(name="c" * 5000).decided().outcome is Outcome.REMEDIATE
    assert decision_module._shared.cache_info().misses == missed
    assert [first.name for first, second in zip(one, another, strict=True) if first is not second] == [
        "account-onboarded"
    ]


# -- APPROVE ----------------------------------------------------------------------------------------------------------


def test_what_did_not_come_through_the_topic_waits_for_approval() -> None:
    ended(
        replace(Case(), through_topic=False),
        Outcome.APPROVE,
        Reason.NOT_THROUGH_TOPIC,
        check="came-through-topic",
        expected="through the findings topic",
        found="it did not",
        said=("topic", "needs approval"),
    )


def test_restricted_production_waits_for_approval_even_where_the_policy_would_remediate() -> None:
    case = Case().with_account(environment="restricted-production")
    ended(
        case,
        Outcome.APPROVE,
        Reason.RESTRICTED_PRODUCTION,
        check="not-restricted-production",
        expected="not restricted-production",
        found="restricted-production",
        said=("restricted-production", "approval"),
    )
    assert case.decided().plan == PLAN


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case().with_planned(replace(PLAN, undo=())), id="the plan has no way back"),
        pytest.param(
            Case().with_entry(fix=replace(ENTRY.fix, reversible=False)), id="the fix declares that it has none"
        ),
    ],
)
def test_a_fix_that_cannot_be_undone_waits_for_approval(case: Case) -> None:
    ended(
        case,
        Outcome.APPROVE,
        Reason.NOT_REVERSIBLE,
        check="reversible",
        expected="a change that can be undone",
        found="it cannot",
        said=(FIX.title, "cannot be undone"),
    )


@pytest.mark.parametrize(
    ("fact", "limit", "size"),
    [("principals", 1, "2"), ("instances", 1, "2"), ("public", 0, "1"), ("databases", 5, "unknown")],
)
def test_a_blast_radius_that_is_exceeded_or_unknown_waits_for_approval(fact: str, limit: int, size: str) -> None:
    ended(
        Case().with_entry(max_blast_radius={fact: limit}),
        Outcome.APPROVE,
        Reason.BLAST_RADIUS_EXCEEDED,
        check=f"blast-radius-{fact}",
        expected=f"at most {limit}",
        found=size,
        said=(f"The plan's {fact} is {size}", f"more than {limit}"),
    )


def test_a_blast_radius_at_its_limit_is_remediated() -> None:
    case = Case().with_entry(max_blast_radius={"principals": 2, "instances": 2, "public": 1})
    assert case.decided().outcome is Outcome.REMEDIATE


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case().with_entry(environments={"dev": Mode.APPROVE}), id="the catalog entry"),
        pytest.param(Case().with_environment("dev", mode=Mode.APPROVE), id="the environment"),
        pytest.param(Case().with_account_policy(mode=Mode.APPROVE), id="the account"),
    ],
)
def test_a_fix_waits_for_approval_where_the_policy_says_so(case: Case) -> None:
    ended(
        case,
        Outcome.APPROVE,
        Reason.APPROVAL_REQUIRED,
        check="mode",
        expected="remediate",
        found="approve",
        said=(FIX.id, "dev", "approval"),
    )


# -- DRY_RUN ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case().with_entry(environments={"dev": Mode.DRY_RUN}), id="the catalog entry"),
        pytest.param(Case().with_environment("dev", mode=Mode.DRY_RUN), id="the environment"),
        pytest.param(Case().with_account_policy(mode=Mode.DRY_RUN), id="the account"),
        pytest.param(
            Case().with_environment("dev", mode=Mode.DRY_RUN).with_entry(environments={"dev": Mode.APPROVE}),
            id="the strictest of them",
        ),
    ],
)
def test_a_dry_run_is_planned_and_not_carried_out(case: Case) -> None:
    ended(
        case,
        Outcome.DRY_RUN,
        Reason.DRY_RUN_BY_POLICY,
        check="mode",
        expected="remediate",
        found="dry-run",
        said=(FIX.id, "dev", "nothing was changed"),
    )
    assert case.decided().plan == PLAN


def test_the_policy_of_another_account_does_not_matter() -> None:
    strict = AccountPolicy(mode=Mode.NOTIFY)
    assert Case().with_policy(accounts={OTHER_ACCOUNT_ID: strict}).decided().outcome is Outcome.REMEDIATE


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case(), id="would be remediated"),
        pytest.param(Case().with_entry(environments={"dev": Mode.DRY_RUN}), id="is one by policy anyway"),
        pytest.param(Case().with_account(environment="restricted-production"), id="would need approval"),
        pytest.param(Case().with_approval(), id="is approved"),
        pytest.param(Case().with_guardrails(stops=(STOP,)), id="would have to wait"),
    ],
)
def test_an_operator_s_dry_run_changes_nothing_whatever(case: Case) -> None:
    ended(
        replace(case, dry_run=True),
        Outcome.DRY_RUN,
        Reason.DRY_RUN_BY_COMMAND,
        check="mode",
        expected="remediate",
        found="dry-run",
        said=("An operator requested", "nothing was changed"),
    )
    assert replace(case, dry_run=True).decided().plan == PLAN


def test_an_operator_s_dry_run_ends_as_anything_else_would_where_nothing_would_be_changed() -> None:
    assert replace(Case().with_planned(COMPLIANT), dry_run=True).decided().reason is Reason.ALREADY_COMPLIANT
    assert replace(Case().with_past(UNDONE), dry_run=True).decided().reason is Reason.UNDONE_BEFORE


# -- NOTIFY -----------------------------------------------------------------------------------------------------------


def test_a_resource_without_an_owner_notifies_with_the_path_by_which_one_was_looked_for() -> None:
    case = Case().without_owner()
    path = (
        "resource tags owner/team: none",
        f"account {ACCOUNT_ID}: none",
        "Wiz projects (no project): none",
    )
    ended(
        case,
        Outcome.NOTIFY,
        Reason.OWNER_MISSING,
        check="owner-found",
        expected="an owner from resource-tag, then account, then project",
        found="; ".join(path),
        said=("no known owner", *path),
    )
    assert case.decided().owner_path == path
    assert case.decided().owner == ""


def test_several_projects_with_different_owners_are_no_owner() -> None:
    case = Case().without_owner().with_finding(projects=("payments", "ledger"))
    assert case.decided().reason is Reason.OWNER_MISSING
    assert "Wiz projects (payments; ledger): several owners" in case.decided().sentence


def test_a_record_shows_twenty_projects_of_very_many() -> None:
    case = Case().without_owner().with_finding(projects=tuple(f"p-{number}" for number in range(100)))
    assert "; p-19; and 80 more): none" in case.decided().sentence
    assert "p-20" not in case.decided().sentence


def test_several_projects_with_one_owner_between_them_have_that_owner() -> None:
    case = Case().without_owner().with_finding(projects=("unknown", "payments"))
    decision = case.decided()
    assert (decision.outcome, decision.owner) == (Outcome.REMEDIATE, "payments-project@example.com")
    assert decision.owner_path[-1] == "Wiz project payments: payments-project@example.com"


def test_the_first_source_that_names_an_owner_wins() -> None:
    decision = Case().with_tags(Team=" ledger team ").decided()
    assert (decision.owner, decision.owner_path) == ("ledger team", ("resource tag Team: ledger team",))
    decision = Case().with_owner_policy(lookup=(OwnerSource.PROJECT, OwnerSource.ACCOUNT)).decided()
    assert decision.owner == "payments-project@example.com"


def test_the_owner_is_looked_for_under_the_tag_keys_in_their_order() -> None:
    case = Case().with_tags(team="the team", owner="the owner")
    assert case.decided().owner == "the owner"
    assert case.with_owner_policy(tag_keys=("team", "owner")).decided().owner == "the team"


def test_a_blank_owner_tag_is_no_owner() -> None:
    assert Case().without_owner().with_tags(owner="  ").decided().reason is Reason.OWNER_MISSING


def test_a_blank_owner_of_the_account_is_no_owner() -> None:
    assert Case().without_owner().with_account(owner="  ").decided().reason is Reason.OWNER_MISSING


@pytest.mark.parametrize(
    ("case", "found"),
    [
        pytest.param(Case().with_account(environment=""), "nothing", id="nothing names one"),
        pytest.param(
            Case().with_tags(environment="production"),
            f"account {ACCOUNT_ID}: dev; tag environment: production",
            id="the account and a tag contradict each other",
        ),
        pytest.param(
            Case().with_account(environment="").with_tags(environment="dev", Env="prod"),
            "tag environment: dev; tag Env: production",
            id="two tags contradict each other",
        ),
        pytest.param(Case().with_account(environment="moon"), f"account {ACCOUNT_ID}: moon", id="its name is unknown"),
        pytest.param(
            Case().with_account(environment="").with_tags(env="moon"), "tag env: moon", id="a tag's name is unknown"
        ),
        pytest.param(Case().with_tags(env=""), f"account {ACCOUNT_ID}: dev; tag env: ", id="a tag is there and empty"),
    ],
)
def test_an_unclear_environment_notifies(case: Case, found: str) -> None:
    ended(
        case,
        Outcome.NOTIFY,
        Reason.ENVIRONMENT_UNCLEAR,
        check="environment-known",
        expected="one of dev, production, restricted-production, staging",
        found=found,
        said=("environment is unclear", found),
    )
    assert case.decided().environment == ""


@pytest.mark.parametrize("value", ["PROD", " prod ", "Production", "production"])
def test_a_tag_may_spell_the_environment_as_the_policy_allows(value: str) -> None:
    case = Case().with_account(environment="production").with_tags(Environment=value)
    assert case.decided().environment == "production"


@pytest.mark.parametrize("severity", ["INFORMATIONAL", "LOW", "MEDIUM"])
def test_a_severity_below_the_floor_notifies(severity: str) -> None:
    ended(
        Case().with_finding(severity=severity),
        Outcome.NOTIFY,
        Reason.SEVERITY_BELOW_FLOOR,
        check="severity-floor",
        expected="HIGH or above",
        found=severity,
        said=(severity, "HIGH"),
    )


@pytest.mark.parametrize("severity", ["HIGH", "CRITICAL"])
def test_a_severity_at_the_floor_or_above_is_remediated(severity: str) -> None:
    assert Case().with_finding(severity=severity).decided().outcome is Outcome.REMEDIATE


def test_a_floor_below_high_does_not_lower_the_predicate() -> None:
    case = Case().with_policy(severity_floor="LOW").with_entry(severities=frozenset({"MEDIUM"}))
    ended(
        case.with_finding(severity="MEDIUM"),
        Outcome.NOTIFY,
        Reason.ACTION_NOT_ALLOWED,
        check="eligible-for-remediation",
        expected="every condition of the predicate",
        found="not met",
        said=("nothing was changed",),
    )


def test_an_action_that_the_environment_does_not_allow_notifies() -> None:
    ended(
        Case().with_environment("dev", allowed_actions={OTHER_FIX.id: OTHER_FIX.id}),
        Outcome.NOTIFY,
        Reason.ACTION_NOT_ALLOWED,
        check="action-allowed",
        expected=f"allowed by {OTHER_FIX.id}",
        found=f"{FIX.id}, by nothing",
        said=(FIX.id, "not allowed in dev"),
    )


def test_the_record_says_by_what_an_action_is_allowed_and_not_what_else_is() -> None:
    allowed = {**dict.fromkeys((FIX.id, OTHER_FIX.id), "disruption=none"), "third-fix": "service=s3"}
    checks = Case().with_environment("dev", allowed_actions=allowed).decided().checks
    (check,) = (check for check in checks if check.name == "action-allowed")
    assert (check.expected, check.found) == ("allowed by disruption=none, service=s3", f"{FIX.id}, by disruption=none")


def test_a_preview_waits_for_people_and_says_why() -> None:
    case = Case().with_entry(fix=replace(ENTRY.fix, stage=Stage.PREVIEW), environments={"dev": Mode.APPROVE})
    ended(
        case,
        Outcome.APPROVE,
        Reason.APPROVAL_REQUIRED,
        check="mode",
        expected="remediate",
        found="approve",
        said=(f"{FIX.id} is a preview", "each change needs approval"),
    )


def test_an_environment_may_allow_no_action_at_all() -> None:
    case = Case().with_environment("dev", allowed_actions={})
    assert failing(case.decided()).expected == "no action"


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case().with_entry(environments={"dev": Mode.NOTIFY}), id="the catalog entry"),
        pytest.param(Case().with_environment("dev", mode=Mode.NOTIFY), id="the environment"),
        pytest.param(Case().with_account_policy(mode=Mode.NOTIFY), id="the account"),
    ],
)
def test_a_policy_may_only_notify(case: Case) -> None:
    ended(
        case,
        Outcome.NOTIFY,
        Reason.NOTIFY_BY_POLICY,
        check="mode",
        expected="a mode other than notify",
        found="notify",
        said=(FIX.id, "dev"),
    )


def test_a_resource_that_the_fix_refuses_notifies_with_the_fix_s_words() -> None:
    ended(
        Case().with_planned(REFUSED),
        Outcome.NOTIFY,
        Reason.FIX_REFUSED,
        check="fix-can-plan",
        expected="a plan",
        found="refused",
        said=(REFUSED.sentence,),
    )


# -- SKIP -------------------------------------------------------------------------------------------------------------


def test_an_approved_exception_skips_with_its_reference() -> None:
    case = Case().with_waiver()
    until = (NOW + timedelta(days=1)).isoformat()
    ended(
        case,
        Outcome.SKIP,
        Reason.EXCEPTION_APPROVED,
        check="no-exception",
        expected="no approved exception in force",
        found=f"W-1: approved by ciso@example.com until {until}",
        said=("W-1", "SEC-7", until, "migration until spring"),
    )
    assert case.decided().waiver_id == "W-1"


@pytest.mark.parametrize(
    "scope",
    [
        {},
        {"control": "s3-001"},
        {"control": "WC-ID-613"},
        {"control": "Close-Buckets"},
        {"account_id": ACCOUNT_ID},
        {"resource": BUCKET_ARN},
        {"resource": "arn:aws:s3:::*"},
        {"resource": "*"},
        {"environment": "dev"},
        {"control": "S3-001", "account_id": ACCOUNT_ID, "resource": "*ledger", "environment": "dev"},
        {"expires_at": NOW + timedelta(microseconds=1)},
        {"expires_at": NOW + timedelta(days=180), "requested_at": NOW},
    ],
)
def test_an_exception_whose_whole_scope_matches_skips(scope: dict[str, object]) -> None:
    assert Case().with_waiver(**scope).decided().reason is Reason.EXCEPTION_APPROVED


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        ({"status": WaiverStatus.PENDING}, "pending"),
        ({"status": WaiverStatus.REVOKED}, "revoked"),
        ({"expires_at": NOW}, f"expired on {NOW.isoformat()}"),
        ({"expires_at": NOW - timedelta(days=1)}, f"expired on {(NOW - timedelta(days=1)).isoformat()}"),
        (
            {"requested_by": "ciso@example.com"},
            "was approved by ciso@example.com, who had requested it",
        ),
        (
            {"requested_by": "CISO@example.com"},
            "was approved by ciso@example.com, who had requested it",
        ),
        (
            {"expires_at": NOW + timedelta(days=180, microseconds=1), "requested_at": NOW},
            "lasts longer than 180 days",
        ),
        (
            {"expires_at": NOW + timedelta(days=1), "requested_at": NOW - timedelta(days=180)},
            "lasts longer than 180 days",
        ),
        ({"control": "S3-002"}, "is for control S3-002"),
        ({"control": "S3-001", "account_id": OTHER_ACCOUNT_ID}, f"is for account {OTHER_ACCOUNT_ID}"),
        ({"resource": "arn:aws:s3:::led"}, "is for resource arn:aws:s3:::led"),
        ({"resource": "arn:aws:s3:::ledge?"}, "is for resource arn:aws:s3:::ledge?"),
        ({"resource": "arn:aws:s3:::[l]edger"}, "is for resource arn:aws:s3:::[l]edger"),
        ({"resource": "arn:aws:s3:::[!x]edger"}, "is for resource arn:aws:s3:::[!x]edger"),
        ({"resource": "ARN:AWS:S3:::LEDGER"}, "is for resource ARN:AWS:S3:::LEDGER"),
        ({"environment": "production"}, "is for environment production"),
    ],
)
def test_an_exception_that_is_not_in_force_here_does_not_count_and_is_listed(
    scope: dict[str, object], why: str
) -> None:
    case = Case().with_waiver(**scope)
    assert case.decided().outcome is Outcome.REMEDIATE
    assert passed(case, "no-exception") == f"W-1: {why}"


def test_an_exception_for_a_catalog_entry_counts_however_the_entry_spells_its_name() -> None:
    case = Case().with_entry(id="Close-Buckets").with_waiver(control="close-buckets")
    assert case.decided().reason is Reason.EXCEPTION_APPROVED


def test_an_exception_for_no_control_in_particular_does_not_need_the_finding_to_have_one() -> None:
    case = Case().with_control(rule_id="", id="").with_waiver(control="S3-001")
    assert passed(case, "no-exception") == "W-1: is for control S3-001"


def test_an_exception_for_one_environment_counts_only_where_every_source_names_that_one() -> None:
    case = Case().with_account(environment="").with_waiver(environment="production")
    assert isinstance(case.unread().decide(), LiveResourceNeeded)
    assert case.with_tags(env="prod").decided().reason is Reason.EXCEPTION_APPROVED
    assert case.with_tags(env="dev").decided().outcome is Outcome.REMEDIATE
    assert case.decided().reason is Reason.ENVIRONMENT_UNCLEAR
    contradicted = case.with_account(environment="dev").with_tags(env="prod")
    assert contradicted.decided().reason is Reason.ENVIRONMENT_UNCLEAR


@pytest.mark.parametrize("spelling", ["production", "Production", " PROD ", "prod"])
def test_an_exception_may_spell_its_environment_as_a_tag_may(spelling: str) -> None:
    case = Case().with_waiver(environment=spelling)
    assert case.with_account(environment="production").decided().reason is Reason.EXCEPTION_APPROVED
    assert case.with_account(environment="").with_tags(env="Prod").decided().reason is Reason.EXCEPTION_APPROVED
    assert case.decided().outcome is Outcome.REMEDIATE


@pytest.mark.parametrize("spelling", ["Dev ", "DEV"])
def test_an_account_may_spell_its_environment_as_a_tag_may(spelling: str) -> None:
    case = Case().with_account(environment=spelling)
    assert case.decided().outcome is Outcome.REMEDIATE
    assert case.decided().environment == "dev"


def test_an_exception_for_an_environment_that_nobody_knows_is_put_before_a_person() -> None:
    case = Case().with_waiver(environment="produktion")
    ended(
        case,
        Outcome.NOTIFY,
        Reason.ENVIRONMENT_UNCLEAR,
        check="no-exception",
        expected="no approved exception in force",
        found="W-1: is for environment produktion",
        said=("W-1", "produktion", "unknown"),
    )
    elsewhere = Case().with_waiver(environment="produktion", control="S3-002")
    assert elsewhere.decided().outcome is Outcome.REMEDIATE


@pytest.mark.parametrize("holds", [{}, {"environment": "dev"}])
def test_an_exception_that_holds_counts_whatever_other_is_for_an_environment_that_nobody_knows(
    holds: dict[str, str],
) -> None:
    first = Case().with_waiver(id="W-0", environment="produktion").with_waiver(**holds)
    last = Case().with_waiver(**holds).with_waiver(id="W-0", environment="produktion")
    assert first.decided().waiver_id == last.decided().waiver_id == "W-1"


def test_an_exception_is_found_among_very_many_for_something_else() -> None:
    others = tuple(
        replace(WAIVER, id=f"W-0{number}", resource=f"arn:aws:s3:::ledge-{number}*") for number in range(999)
    )
    case = replace(Case(), waivers=others)
    assert case.decided().outcome is Outcome.REMEDIATE
    assert replace(case, waivers=(*others, WAIVER, *others)).decided().waiver_id == "W-1"


FILLED_IN_SNAPSHOT_ARN = SNAPSHOT_ARN.replace("::snapshot", f":{ACCOUNT_ID}:snapshot")


@pytest.mark.parametrize("said", [SNAPSHOT_ARN, FILLED_IN_SNAPSHOT_ARN])
@pytest.mark.parametrize(
    "pattern", [SNAPSHOT_ARN, FILLED_IN_SNAPSHOT_ARN, f"arn:aws:ec2:*:{ACCOUNT_ID}:snapshot/*", "*:snapshot/snap-0*"]
)
def test_an_exception_counts_whichever_spelling_of_a_snapshot_s_arn_either_side_uses(said: str, pattern: str) -> None:
    case = Case().with_finding(resource_id=said).with_waiver(resource=pattern)
    assert case.decided().reason is Reason.EXCEPTION_APPROVED


@pytest.mark.parametrize("pattern", [f"arn:aws:s3::{ACCOUNT_ID}:ledger", f"arn:aws:s3:*:{ACCOUNT_ID}:led*"])
def test_an_exception_counts_for_a_bucket_s_arn_with_the_account_filled_in(pattern: str) -> None:
    assert Case().with_waiver(resource=pattern).decided().reason is Reason.EXCEPTION_APPROVED


def test_an_exception_for_the_same_name_in_another_account_does_not_count() -> None:
    case = Case().with_waiver(resource=f"arn:aws:s3::{OTHER_ACCOUNT_ID}:ledger")
    assert case.decided().outcome is Outcome.REMEDIATE


def test_a_record_shows_twenty_exceptions_of_very_many() -> None:
    case = replace(Case(), waivers=tuple(replace(WAIVER, id=f"W-{n}", control="other") for n in range(9000)))
    found = passed(case, "no-exception")
    assert found.endswith("W-19: is for control other; and 8980 more")
    assert case.with_waiver(id="W-last").decided().waiver_id == "W-last"


def test_an_exception_for_any_environment_needs_no_live_resource_whatever_others_are_registered() -> None:
    case = Case().with_account(environment="").with_waiver(id="W-0", environment="dev").with_waiver()
    assert case.unread().decided().waiver_id == "W-1"
    assert replace(case, live=MISSING).decided().waiver_id == "W-1"


def test_every_exception_looked_at_is_listed_until_one_holds() -> None:
    case = Case().with_waiver(id="W-0", status=WaiverStatus.PENDING).with_waiver(id="W-9", environment="staging")
    assert passed(case, "no-exception") == "W-0: pending; W-9: is for environment staging"
    assert case.with_waiver().decided().waiver_id == "W-1"


SUPPRESSION = "SEC-7/2026-12-24"


def test_a_suppression_tag_skips_where_the_environment_lets_it_count() -> None:
    ended(
        Case().with_suppression_tag(SUPPRESSION),
        Outcome.SKIP,
        Reason.SUPPRESSED_BY_TAG,
        check="no-suppression-tag",
        expected="no tag suture:suppress",
        found=f"suture:suppress={SUPPRESSION}",
        said=(f"suture:suppress={SUPPRESSION}", "dev"),
    )


@pytest.mark.parametrize("key", ["Suture:Suppress", "SUTURE:SUPPRESS"])
def test_a_suppression_tag_counts_in_any_case(key: str) -> None:
    assert Case().with_tags(**{key: SUPPRESSION}).decided().reason is Reason.SUPPRESSED_BY_TAG


@pytest.mark.parametrize("first", [True, False])
def test_of_suppression_tags_in_two_cases_the_one_that_counts_does_in_whatever_order_they_are_listed(
    first: bool,
) -> None:
    tags = {"suture:suppress": SUPPRESSION, "Suture:Suppress": "for ever"}
    listed = tags if first else dict(reversed(tags.items()))
    assert Case().with_tags(**listed).decided().reason is Reason.SUPPRESSED_BY_TAG


@pytest.mark.parametrize(
    "until",
    [
        pytest.param("2026-11-23", id="today"),
        pytest.param("2027-05-22", id="in as many days as an exception may last"),
    ],
)
def test_a_suppression_tag_counts_through_its_last_day(until: str) -> None:
    assert Case().with_suppression_tag(f"SEC-7/{until}").decided().reason is Reason.SUPPRESSED_BY_TAG


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("until spring", "does not match TICKET-1/YYYY-MM-DD"),
        ("", "does not match TICKET-1/YYYY-MM-DD"),
        ("SEC-7", "does not match TICKET-1/YYYY-MM-DD"),
        ("2026-12-24", "does not match TICKET-1/YYYY-MM-DD"),
        ("7-7/2026-12-24", "does not match TICKET-1/YYYY-MM-DD"),
        ("SEC-7/2026-12-24 ", "does not match TICKET-1/YYYY-MM-DD"),
        ("SEC-7/2026-12-24\n", "does not match TICKET-1/YYYY-MM-DD"),
        ("SEC-7/20261224", "does not match TICKET-1/YYYY-MM-DD"),
        ("SEC-7/2026-02-30", "does not match TICKET-1/YYYY-MM-DD"),
        ("SEC-7/2026-11-22", "ended on 2026-11-22"),
        ("SEC-7/2027-05-23", "lasts longer than 180 days"),
    ],
)
def test_a_suppression_tag_that_nobody_answers_for_or_that_does_not_end_soon_does_not_count(
    value: str, why: str
) -> None:
    case = Case().with_suppression_tag(value)
    assert case.decided().outcome is Outcome.REMEDIATE
    assert passed(case, "no-suppression-tag") == f"suture:suppress={value}, which {why}"


def test_a_suppression_tag_does_not_count_where_the_environment_does_not_let_it() -> None:
    case = Case().with_account(environment="production").with_suppression_tag(SUPPRESSION)
    assert case.decided().outcome is Outcome.REMEDIATE
    assert passed(case, "no-suppression-tag") == f"suture:suppress={SUPPRESSION}, which is not allowed in production"


def test_a_resource_that_is_compliant_already_is_skipped() -> None:
    ended(
        Case().with_planned(COMPLIANT),
        Outcome.SKIP,
        Reason.ALREADY_COMPLIANT,
        check="fix-can-plan",
        expected="a plan",
        found="already compliant",
        said=(COMPLIANT.sentence,),
    )


@pytest.mark.parametrize("status", ["RESOLVED", "REJECTED", "IGNORED"])
def test_an_issue_that_is_no_longer_open_is_skipped(status: str) -> None:
    ended(
        Case().with_finding(status=status),
        Outcome.SKIP,
        Reason.ISSUE_NOT_OPEN,
        check="issue-open",
        expected="IN_PROGRESS or OPEN",
        found=status,
        said=(status, "nothing to fix"),
    )


# -- REJECT -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["", "open", "REOPENED"])
def test_a_status_that_wiz_does_not_document_is_rejected_and_not_taken_for_open(status: str) -> None:
    ended(
        Case().with_finding(status=status),
        Outcome.REJECT,
        Reason.STATUS_UNKNOWN,
        check="issue-open",
        expected="IN_PROGRESS or OPEN",
        found=status,
        said=(json.dumps(status), "not treated as open"),
    )


@pytest.mark.parametrize("severity", ["", "critical", "SEVERE"])
def test_a_severity_that_wiz_does_not_document_is_rejected(severity: str) -> None:
    ended(
        Case().with_finding(severity=severity),
        Outcome.REJECT,
        Reason.SEVERITY_UNKNOWN,
        check="severity-known",
        expected="INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL",
        found=severity,
        said=(json.dumps(severity),),
    )


@pytest.mark.parametrize(
    ("resource_id", "found", "said"),
    [
        ("", "nothing", "The payload names no resource."),
        ("ledger", "ledger", 'The resource id "ledger" is not an ARN'),
        ("arn:aws:s3:::", "arn:aws:s3:::", "is not an ARN"),
    ],
)
def test_a_resource_that_cannot_be_identified_is_rejected(resource_id: str, found: str, said: str) -> None:
    ended(
        Case().with_finding(resource_id=resource_id),
        Outcome.REJECT,
        Reason.RESOURCE_NOT_IDENTIFIED,
        check="resource-identified",
        expected="the ARN of one resource",
        found=found,
        said=(said,),
    )


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (f"arn:aws:batch:{REGION}:{ACCOUNT_ID}:job-queue/ledger", "batch job-queue"),
        (f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:ledger", "AWS::Lambda::Function"),
        (f"arn:aws:glue:{REGION}:{ACCOUNT_ID}:job/ledger", "glue job"),
        (f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/1234abcd-12ab-34cd-56ef-1234567890ab", "AWS::KMS::Key"),
        (f"arn:aws:codepipeline:{REGION}:{ACCOUNT_ID}:ledger", "codepipeline"),
    ],
)
def test_an_unsupported_resource_type_is_rejected(arn: str, kind: str) -> None:
    ended(
        Case().with_finding(resource_id=arn),
        Outcome.REJECT,
        Reason.UNSUPPORTED_RESOURCE_TYPE,
        check="resource-type-supported",
        expected="a resource type of the catalog",
        found=kind,
        said=(kind,),
    )


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        pytest.param(INSTANCE_ARN, OTHER_ACCOUNT_ID, id="the ARN names another account"),
        pytest.param(BUCKET_ARN, "2222", id="the payload's account is none"),
        pytest.param(BUCKET_ARN, "", id="neither names an account"),
        pytest.param(INSTANCE_ARN, "", id="the payload names no account"),
        pytest.param(BUCKET_ARN, "٢" * 12, id="the digits are not ASCII"),
    ],
)
def test_a_payload_that_disagrees_with_the_account_is_rejected(arn: str, said: str) -> None:
    ended(
        Case().with_finding(resource_id=arn, account_id=said).with_account(id=said),
        Outcome.REJECT,
        Reason.ACCOUNT_MISMATCH,
        check="account-consistent",
        expected=f"the account of {arn}",
        found=said or "nothing",
        said=(f"account {json.dumps(said) if said else 'nothing'}", arn),
    )


TRAIL_ARN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT_ID}:trail/management-events"


def _of_a_trail() -> Case:
    """A finding about a trail in its home; the catalog is for trails."""
    return Case().with_entry(resource_types=("AWS::CloudTrail::Trail",)).with_finding(resource_id=TRAIL_ARN)


@pytest.mark.parametrize(
    ("account_id", "region"),
    [
        pytest.param(OTHER_ACCOUNT_ID, REGION, id="an organization's, in a member account"),
        pytest.param(OTHER_ACCOUNT_ID, "", id="an organization's, in no region that is named"),
        pytest.param(ACCOUNT_ID, "us-east-1", id="the shadow of a trail of all regions"),
    ],
)
def test_a_trail_that_is_seen_away_from_its_home_is_skipped_with_its_home(account_id: str, region: str) -> None:
    seen = f"account {account_id}, region {region or REGION}"
    ended(
        _of_a_trail().with_finding(account_id=account_id, region=region),
        Outcome.SKIP,
        Reason.FIXED_ELSEWHERE,
        check="account-consistent",
        expected=f"account {ACCOUNT_ID}, region {REGION}",
        found=seen,
        said=(seen, f"in its home, account {ACCOUNT_ID}, region {REGION}"),
    )


@pytest.mark.parametrize(
    ("account_id", "region", "reason"),
    [("2222", REGION, Reason.ACCOUNT_MISMATCH), (ACCOUNT_ID, "eu-west-1.evil", Reason.REGION_MISMATCH)],
)
def test_a_trail_is_seen_from_no_place_that_is_none(account_id: str, region: str, reason: Reason) -> None:
    decided = _of_a_trail().with_finding(account_id=account_id, region=region).decided()
    assert (decided.outcome, decided.reason) == (Outcome.REJECT, reason)


def test_a_payload_that_disagrees_with_the_region_is_rejected() -> None:
    ended(
        Case().with_finding(resource_id=INSTANCE_ARN, region="us-east-1"),
        Outcome.REJECT,
        Reason.REGION_MISMATCH,
        check="region-consistent",
        expected=REGION,
        found="us-east-1",
        said=("us-east-1", REGION),
    )


@pytest.mark.parametrize(
    ("arn", "region", "called"),
    [
        pytest.param(INSTANCE_ARN, "", REGION, id="the ARN's, where the payload names none"),
        pytest.param(INSTANCE_ARN, "Global", REGION, id="the ARN's, where the payload calls it global"),
        pytest.param(BUCKET_ARN, REGION, REGION, id="the payload's, where the ARN names none"),
        pytest.param(BUCKET_ARN, "", "us-east-1", id="the partition's, where neither names one"),
        pytest.param("arn:aws-us-gov:s3:::ledger", "global", "us-gov-west-1", id="that of GovCloud"),
        pytest.param("arn:aws-cn:s3:::ledger", "", "cn-north-1", id="that of China"),
        pytest.param(SNAPSHOT_ARN, REGION, REGION, id="a snapshot's own"),
    ],
)
def test_the_region_to_call_is_the_arn_s_then_the_payload_s_then_the_partition_s(
    arn: str, region: str, called: str
) -> None:
    resource = Case().with_finding(resource_id=arn, region=region).decided().resource
    assert resource is not None
    assert resource.region == called


@pytest.mark.parametrize(
    "region",
    ["Multi Region", "us-east-1a", "example.com/", "EU-WEST-1", "eu-west-1\n", "../x", "us-east", "eu-west-1.evil"],
)
def test_what_is_no_region_is_never_called(region: str) -> None:
    case = Case().with_finding(region=region)
    assert isinstance(case.unread().decide(), Decision)
    ended(
        case,
        Outcome.REJECT,
        Reason.REGION_MISMATCH,
        check="region-consistent",
        expected="a region of aws",
        found=region,
        said=(json.dumps(region),),
    )


@pytest.mark.parametrize(
    ("partition", "region"),
    [
        ("aws", "us-east-1"),
        ("aws", "ap-southeast-4"),
        ("aws", "mx-central-1"),
        ("aws-us-gov", "us-gov-west-1"),
        ("aws-iso-b", "us-isob-east-1"),
    ],
)
def test_every_region_s_name_is_one(partition: str, region: str) -> None:
    case = Case().with_finding(resource_id=f"arn:{partition}:s3:::ledger", region=region)
    case = replace(case, platform=replace(PLATFORM, partition=partition))
    assert case.decided().outcome is Outcome.REMEDIATE


@pytest.mark.parametrize("said", [SNAPSHOT_ARN, FILLED_IN_SNAPSHOT_ARN])
def test_a_snapshot_has_one_arn_however_the_payload_spells_it(said: str) -> None:
    resource = Case().with_finding(resource_id=said).decided().resource
    assert resource is not None
    assert (resource.arn, resource.account_id) == (SNAPSHOT_ARN, ACCOUNT_ID)


def test_a_snapshot_whose_arn_names_no_account_belongs_to_the_payload_s() -> None:
    decision = Case().with_finding(resource_id=SNAPSHOT_ARN).decided()
    assert decision.outcome is Outcome.REMEDIATE
    assert decision.resource is not None
    assert decision.resource.account_id == ACCOUNT_ID


def test_s3s_old_word_for_ireland_is_its_region() -> None:
    decision = Case().with_finding(region="EU").decided()
    assert decision.outcome is Outcome.REMEDIATE
    assert decision.resource is not None
    assert decision.resource.region == "eu-west-1"
    assert Case().with_finding(resource_id=INSTANCE_ARN, region="EU").decided().outcome is not Outcome.REJECT


@pytest.mark.parametrize(
    ("arn", "region", "found", "partition"),
    [
        pytest.param(INSTANCE_ARN.replace(REGION, "eu-west-9"), "", "eu-west-9", "aws", id="the ARN's is none"),
        pytest.param(INSTANCE_ARN.replace(REGION, "cn-north-1"), "", "cn-north-1", "aws", id="another partition's"),
        pytest.param(BUCKET_ARN, "cn-north-1", "cn-north-1", "aws", id="the payload's is another partition's"),
        pytest.param("arn:aws-cn:s3:::ledger", "EU", "EU", "aws-cn", id="as it was sent"),
    ],
)
def test_a_region_that_the_partition_does_not_have_is_rejected_as_it_was_sent(
    arn: str, region: str, found: str, partition: str
) -> None:
    ended(
        replace(Case(), platform=None).with_finding(resource_id=arn, region=region),
        Outcome.REJECT,
        Reason.REGION_MISMATCH,
        check="region-consistent",
        expected=f"a region of {partition}",
        found=found,
        said=(f'"{found}" is not a region of the partition {partition}',),
    )


def test_a_resource_in_another_partition_than_the_platform_is_a_contradiction_and_not_a_missing_role() -> None:
    ended(
        Case().with_finding(resource_id="arn:aws-cn:s3:::ledger", region="cn-north-1"),
        Outcome.REJECT,
        Reason.PARTITION_MISMATCH,
        check="partition-consistent",
        expected="aws",
        found="aws-cn",
        said=("arn:aws-cn:s3:::ledger", "aws-cn", "from aws"),
    )


@pytest.mark.parametrize("registered", [True, False])
def test_the_account_that_the_platform_runs_in_is_never_acted_on_even_if_it_is_registered(registered: bool) -> None:
    case = replace(Case(), platform=replace(PLATFORM, account_id=ACCOUNT_ID))
    ended(
        case if registered else replace(case, account=None),
        Outcome.REJECT,
        Reason.PLATFORM_ACCOUNT,
        check="not-platform-account",
        expected="another account than the platform's",
        found=ACCOUNT_ID,
        said=(ACCOUNT_ID, "the platform's account", "neither onboarded nor changed"),
    )


def test_without_knowing_where_the_platform_runs_a_finding_is_decided_all_the_same_and_the_record_says_so() -> None:
    decision = replace(Case(), platform=None).decided()
    assert decision.outcome is Outcome.REMEDIATE
    assert {check.name for check in decision.checks if "unknown here" in check.expected} == {
        "partition-consistent",
        "not-platform-account",
    }


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("status", Case().with_finding(status="\u200b" * 2048)),
        ("severity", Case().with_finding(severity="S" * 2048)),
        ("resource", Case().with_finding(resource_id="arn:aws:s3:::" + "b" * 2000)),
        ("no ARN", Case().with_finding(resource_id="b" * 2048)),
        ("type", Case().with_finding(resource_id=f"arn:aws:batch:{REGION}:{ACCOUNT_ID}:" + "f" * 1990 + ":x")),
        ("account", Case().with_finding(account_id="2" * 256)),
        ("region", Case().with_finding(region="r" * 2048)),
        ("control", Case().with_control(id="c" * 2048, name="n" * 2048, rule_id="r" * 2048)),
    ],
)
def test_what_a_payload_says_at_length_is_shortened_in_the_sentence(name: str, case: Case) -> None:
    decision = case.decided()
    assert decision.outcome is Outcome.REJECT, name
    assert "…" in decision.sentence
    assert len(decision.sentence) < 500


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(replace(Case(), account=None), id="nothing is registered"),
        pytest.param(Case().with_account(id=OTHER_ACCOUNT_ID), id="another account is"),
    ],
)
def test_an_account_that_was_not_onboarded_is_rejected(case: Case) -> None:
    ended(
        case,
        Outcome.REJECT,
        Reason.ACCOUNT_NOT_ONBOARDED,
        check="account-onboarded",
        expected=f"account {ACCOUNT_ID} in the registry",
        found="not there",
        said=(ACCOUNT_ID, "is not onboarded"),
    )


@pytest.mark.parametrize(
    ("control", "found"),
    [
        ({"rule_id": "S3-999", "id": "wc-id-9", "name": "Another"}, "S3-999, wc-id-9, Another"),
        ({"rule_id": "", "id": "", "name": ""}, "nothing"),
    ],
)
def test_an_unsupported_control_is_rejected(control: dict[str, str], found: str) -> None:
    ended(
        Case().with_control(**control),
        Outcome.REJECT,
        Reason.UNSUPPORTED_CONTROL,
        check="control-in-catalog",
        expected="a catalog entry for AWS::S3::Bucket",
        found=found,
        said=("AWS::S3::Bucket", found),
    )


def test_a_control_that_the_catalog_answers_for_another_resource_type_only_is_rejected() -> None:
    other = replace(ENTRY, id="buckets-otherwise", rules=frozenset({"s3-777"}), controls=frozenset())
    case = Case().with_entry(resource_types=("AWS::RDS::DBInstance",), control_names=frozenset())
    case = case.with_policy(catalog=(*case.policy.catalog, replace(other, control_names=frozenset())))
    assert case.decided().reason is Reason.UNSUPPORTED_CONTROL


def test_a_catalog_entry_for_other_severities_is_a_mismatch() -> None:
    ended(
        Case().with_finding(severity="HIGH").with_entry(severities=frozenset({"CRITICAL"})),
        Outcome.REJECT,
        Reason.CATALOG_MISMATCH,
        check="catalog-severity",
        expected="CRITICAL",
        found="HIGH",
        said=("close-buckets", "HIGH", "CRITICAL"),
    )


def test_a_catalog_entry_for_other_accounts_is_a_mismatch() -> None:
    ended(
        Case().with_entry(accounts=frozenset({OTHER_ACCOUNT_ID})),
        Outcome.REJECT,
        Reason.CATALOG_MISMATCH,
        check="catalog-account",
        expected=OTHER_ACCOUNT_ID,
        found=ACCOUNT_ID,
        said=("close-buckets", ACCOUNT_ID, OTHER_ACCOUNT_ID),
    )


def test_a_catalog_entry_for_other_environments_is_a_mismatch() -> None:
    ended(
        Case().with_entry(environments={"production": Mode.REMEDIATE, "staging": Mode.REMEDIATE}),
        Outcome.REJECT,
        Reason.CATALOG_MISMATCH,
        check="catalog-environment",
        expected="production, staging",
        found="dev",
        said=("close-buckets", "dev"),
    )


def test_a_catalog_entry_may_name_the_account() -> None:
    assert Case().with_entry(accounts=frozenset({ACCOUNT_ID})).decided().outcome is Outcome.REMEDIATE


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(replace(Case(), live=MISSING), id="when its tags are asked for"),
        pytest.param(replace(Case().with_account(environment=""), live=MISSING), id="when its environment is"),
    ],
)
def test_a_resource_that_does_not_exist_is_rejected(case: Case) -> None:
    ended(
        case,
        Outcome.REJECT,
        Reason.RESOURCE_NOT_FOUND,
        check="resource-exists",
        expected=BUCKET_ARN,
        found="does not exist",
        said=(MISSING.sentence,),
    )


# -- two instalments --------------------------------------------------------------------------------------------------


def test_the_live_resource_is_asked_for_only_when_everything_that_can_be_said_without_it_passed() -> None:
    needed = Case().unread().decide()
    assert isinstance(needed, LiveResourceNeeded)
    assert (needed.entry, needed.account, needed.resource.arn) == (ENTRY, Case().account, BUCKET_ARN)
    assert needed.checks[-1].name == "owner-found"
    assert all(check.passed for check in needed.checks)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case().with_account(environment=""), id="a tag may name the environment"),
        pytest.param(Case().without_owner(), id="a tag may name the owner"),
    ],
)
def test_the_live_resource_is_asked_for_where_a_tag_may_tell(case: Case) -> None:
    assert isinstance(case.unread().decide(), LiveResourceNeeded)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (Case().with_finding(status="RESOLVED"), Reason.ISSUE_NOT_OPEN),
        (Case().with_finding(severity="LOW"), Reason.SEVERITY_BELOW_FLOOR),
        (replace(Case(), account=None), Reason.ACCOUNT_NOT_ONBOARDED),
        (Case().with_waiver(), Reason.EXCEPTION_APPROVED),
        (Case().with_entry(environments={"dev": Mode.NOTIFY}), Reason.NOTIFY_BY_POLICY),
        (Case().without_owner().with_owner_policy(lookup=(OwnerSource.ACCOUNT,)), Reason.OWNER_MISSING),
    ],
)
def test_no_session_is_needed_for_what_ends_without_the_live_resource(case: Case, reason: Reason) -> None:
    assert case.unread().decided().reason is reason


# -- what comes first -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        pytest.param(
            Case().with_waiver().with_environment("dev", allowed_actions={}),
            Reason.EXCEPTION_APPROVED,
            id="an exception, before what the environment allows",
        ),
        pytest.param(
            Case().with_waiver().with_tags(env="production"),
            Reason.EXCEPTION_APPROVED,
            id="an exception for any environment, before an unclear one",
        ),
        pytest.param(
            Case().with_waiver().without_owner(), Reason.EXCEPTION_APPROVED, id="an exception, before a missing owner"
        ),
        pytest.param(
            Case().with_suppression_tag(SUPPRESSION).without_owner(),
            Reason.SUPPRESSED_BY_TAG,
            id="a suppression tag, before a missing owner",
        ),
        pytest.param(
            Case().without_owner().with_planned(COMPLIANT),
            Reason.OWNER_MISSING,
            id="a missing owner, before what the fix plans",
        ),
        pytest.param(
            Case()
            .with_account(environment="restricted-production")
            .with_entry(fix=replace(ENTRY.fix, reversible=False)),
            Reason.RESTRICTED_PRODUCTION,
            id="restricted production, before the other reasons for approval",
        ),
        pytest.param(
            Case()
            .with_account(environment="restricted-production")
            .with_environment("restricted-production", mode=Mode.DRY_RUN),
            Reason.DRY_RUN_BY_POLICY,
            id="a dry run, before any approval",
        ),
        pytest.param(
            Case().with_past(UNDONE).with_planned(REFUSED),
            Reason.FIX_REFUSED,
            id="what the fix says, before what was done earlier",
        ),
        pytest.param(
            Case().with_past(UNDONE, *[APPLIED] * 3), Reason.UNDONE_BEFORE, id="an undone change, before a drift loop"
        ),
        pytest.param(
            Case().with_past(UNDONE).with_approval(), Reason.UNDONE_BEFORE, id="an undone change, before an approval"
        ),
        pytest.param(
            Case()
            .with_past(UNDONE)
            .with_tags(Terraform="true")
            .with_environment("dev", template_owned=TemplateMode.NOTIFY),
            Reason.UNDONE_BEFORE,
            id="an undone change, before its template",
        ),
        pytest.param(
            Case()
            .with_tags(Terraform="true")
            .with_environment("dev", template_owned=TemplateMode.NOTIFY, mode=Mode.DRY_RUN),
            Reason.OWNED_BY_TEMPLATE,
            id="a template, before a dry run",
        ),
        pytest.param(
            Case().with_environment("dev", mode=Mode.APPROVE).with_guardrails(usage={}),
            Reason.APPROVAL_REQUIRED,
            id="the policy's mode, before a limit",
        ),
        pytest.param(
            Case()
            .with_guardrails(usage={})
            .with_environment("dev", calendar=NIGHTS, outside_window=OutsideWindow.APPROVE),
            Reason.RATE_LIMIT_EXCEEDED,
            id="a limit, before the change window",
        ),
    ],
)
def test_of_two_reasons_the_decision_gives(case: Case, reason: Reason) -> None:
    assert case.decided().reason is reason

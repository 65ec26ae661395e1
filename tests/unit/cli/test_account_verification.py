"""``suture accounts verify``, and the console's page of it: what the platform found out, and what IAM says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.role_reader import RoleReader
from cli.verification import (
    DeniedBy,
    FixReport,
    FixState,
    PackReport,
    RoleState,
    TemplateState,
    Verification,
    report_on,
)
from customer_role.trust import trust
from customer_role.verification import template_version
from runtime.domain.access import RoleCheck
from tests.flow.roles import Sts
from tests.flow.world import CUSTOMER
from tests.unit.cli.command import operate, operate_json
from tests.unit.cli.conftest import Session as Clients
from tests.unit.cli.console_browser import Browser, text_of
from tests.unit.cli.customer_iam import ACCOUNT, EXECUTION_ROLE, PACKS, Iam, deployed, sts
from tests.unit.cli.live_platform import LivePlatform

__all__ = ["deployed", "sts"]

FIX = "s3-block-public-access"
WRITE = "s3:PutBucketPublicAccessBlock"


def _reader(iam: Iam) -> RoleReader:
    return RoleReader(
        iam=iam,  # type: ignore[arg-type]  # as far as it is asked
        account_id=CUSTOMER,
        partition="aws",
        region="us-east-1",
        read=lambda fix_id: None,
        side_by_side=lambda *calls: [call() for call in calls],
    )


def _report(iam: Iam, service: str = "s3", *, refused: str = "", wrong_refused: bool | None = True) -> PackReport:
    check = RoleCheck(service=service, refused=refused, wrong_external_id_refused=None if refused else wrong_refused)
    return report_on(check, PACKS[service], ACCOUNT, EXECUTION_ROLE, _reader(iam).see(PACKS[service]))


def _fix(report: PackReport, fix_id: str = FIX) -> FixReport:
    (found,) = (fix for fix in report.fixes if fix.fix_id == fix_id)
    return found


@pytest.mark.parametrize("service", PACKS)
def test_every_fix_of_a_pack_as_we_deploy_it_could_run(service: str) -> None:
    report = _report(Iam(), service)
    assert [fix.fix_id for fix in report.fixes] == [grant.spec.id for grant in PACKS[service].grants]
    assert {fix.state for fix in report.fixes} == {FixState.COULD_RUN}, [f for f in report.fixes if f.denied]
    assert (report.role, report.template) == (RoleState.ASSUMED, TemplateState.CURRENT)
    assert (report.problems, report.unknown, report.next_step) == ((), False, "")


def test_a_fix_that_is_switched_off_is_off_and_no_problem() -> None:
    report = _report(Iam(off={FIX}))
    assert _fix(report) == FixReport(fix_id=FIX, state=FixState.OFF)
    assert report.problems == ()


@pytest.mark.parametrize(
    ("iam", "by"),
    [(Iam(denied=(WRITE,)), DeniedBy.ORGANIZATION), (Iam(boundary=(WRITE,)), DeniedBy.BOUNDARY)],
    ids=["organization", "boundary"],
)
def test_what_is_denied_from_outside_is_named_with_what_denies_it(iam: Iam, by: DeniedBy) -> None:
    report = _report(iam)
    assert _fix(report) == FixReport(fix_id=FIX, state=FixState.DENIED, denied=(WRITE,), by=by)
    assert f"{FIX} could not run: {by} does not allow {WRITE}." in report.problems
    assert by in report.next_step


def test_a_boundary_that_leaves_nothing_is_not_taken_for_a_switch() -> None:
    everything = tuple(action for grant in PACKS["s3"].grants for action in grant.actions)
    assert {fix.state for fix in _report(Iam(boundary=everything)).fixes} == {FixState.DENIED}


def test_a_fix_that_is_newer_than_the_template_could_not_run_and_the_template_is_why() -> None:
    old = replace(PACKS["s3"], grants=tuple(grant for grant in PACKS["s3"].grants if grant.spec.id != FIX))
    report = _report(Iam(packs={"s3": old}))
    assert _fix(report).state is FixState.DENIED
    assert report.template is TemplateState.OTHER
    assert template_version(old) in report.problems[0]
    assert report.next_step.endswith("from this version's template.")


def test_a_role_that_anybody_may_assume_is_the_first_thing_to_do() -> None:
    report = _report(Iam(changes={"Tags": []}), wrong_refused=False)
    assert "any external id" in report.problems[0]
    assert report.next_step.endswith("that `suture accounts show` prints.")


def test_a_role_that_is_not_there_is_its_owners_choice() -> None:
    report = _report(Iam(packs={}), refused="AccessDenied: no")
    assert (report.role, report.fixes, report.problems) == (RoleState.NOT_DEPLOYED, (), ())
    assert not report.unknown


def test_a_role_that_is_there_and_refused_is_shown_with_what_its_trust_has_in_place_of_ours() -> None:
    iam = Iam(changes={"AssumeRolePolicyDocument": trust("AROA2EXAMPLE", "another-external-id")})
    report = _report(iam, refused="AccessDenied: no")
    assert report.role is RoleState.REFUSED
    assert f"it trusts AROA2EXAMPLE, not {EXECUTION_ROLE}" in report.problems[0]
    assert "another external id than the one that is registered" in report.problems[0]


def test_what_nobody_could_see_is_unknown_and_neither_off_nor_well() -> None:
    report = _report(Iam(may_look=False))
    assert {fix.state for fix in report.fixes} == {FixState.UNKNOWN}
    assert (report.problems, report.unknown) == ((), True)
    assert "pack verification" in report.next_step
    refused = _report(Iam(may_look=False), refused="AccessDenied: no")
    assert (refused.role, refused.fixes, refused.unknown) == (RoleState.UNKNOWN, (), True)


def test_a_role_that_is_seen_and_not_evaluated_has_a_template_and_unknown_fixes() -> None:
    report = _report(Iam(may_evaluate=False))
    assert {fix.state for fix in report.fixes} == {FixState.UNKNOWN}
    assert (report.template, report.unknown) == (TemplateState.CURRENT, True)


def test_a_role_that_was_assumed_and_that_iam_does_not_show_is_unknown() -> None:
    report = _report(Iam(packs={}))
    assert (report.role, report.template, report.fixes) == (RoleState.ASSUMED, TemplateState.UNKNOWN, ())
    assert (report.problems, report.unknown) == ((), True)


def test_a_pack_with_a_problem_is_not_said_to_be_unknown_as_well() -> None:
    report = _report(Iam(may_evaluate=False, changes={"Tags": []}))
    assert (len(report.problems), report.unknown) == (1, True)
    assert Verification(packs=(report,), unseen="").verdict == f"Not all would work: {report.service}."


# -- the command ------------------------------------------------------------------------------------------------------

VERIFY = ("accounts", "verify", CUSTOMER)


def test_an_account_in_which_all_could_run_ends_with_0(deployed: Iam, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("cli.output.show_progress", told.append)
    result = operate(*VERIFY)
    assert result.exit_code == 0, result.output
    counted = [int(text.split()[-3]) for text in told if text.startswith("Asking IAM")]
    assert counted
    assert counted == sorted(counted), "it never goes back"
    assert "All that is deployed and switched on could run." in result.stdout
    shown = operate_json(*VERIFY)
    assert [pack["pack"] for pack in shown["packs"]] == list(PACKS)
    assert all(pack["wrong_external_id_refused"] for pack in shown["packs"])
    assert {fix["state"] for pack in shown["packs"] for fix in pack["fixes"]} == {"could-run"}


def test_each_fix_that_could_not_run_is_shown_with_what_to_do_and_it_ends_with_1(deployed: Iam, sts: Sts) -> None:
    deployed.denied = (WRITE,)
    sts.open_to_all = {"ec2"}
    result = operate(*VERIFY)
    assert result.exit_code == 1
    assert f"{FIX} could not run: a service control policy does not allow {WRITE}." in result.stdout
    assert "s3: Have the account's owner change a service control policy" in result.stdout
    assert "The role can be assumed with any external id" in result.stdout
    assert result.stderr.endswith("Not all would work: ec2, s3.\n")


def test_a_pack_that_is_not_deployed_does_not_matter_unless_none_is(deployed: Iam, sts: Sts) -> None:
    deployed.packs = {"s3": PACKS["s3"]}
    sts.missing = set(PACKS) - {"s3"}
    assert operate(*VERIFY).exit_code == 0
    deployed.packs, sts.missing = {}, set(PACKS)
    result = operate(*VERIFY)
    assert result.exit_code == 1
    assert "No pack is deployed" in result.stderr


def test_without_the_role_that_verifies_the_rest_is_shown_and_what_is_missing(
    sts: Sts, monkeypatch: pytest.MonkeyPatch, session: Clients
) -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "AssumeRole")
    asked: list[Mapping[str, Any]] = []

    def refuse(**options: Any) -> None:
        asked.append(options)
        raise denied

    monkeypatch.setattr(session.client("sts"), "assume_role", refuse)
    shown = operate_json(*VERIFY, exit_code=1)
    assert "suture-remediation-verification cannot be assumed (not authorized)" in shown["unseen"]
    assert {pack["role"] for pack in shown["packs"]} == {"assumed"}
    assert {fix["state"] for pack in shown["packs"] for fix in pack["fixes"]} == {"unknown"}
    (options,) = asked
    assert options["RoleArn"] == f"arn:aws:iam::{CUSTOMER}:role/suture-remediation-verification"
    assert options["ExternalId"] == ACCOUNT.external_id
    assert options["RoleSessionName"].startswith("suture-")


def test_an_account_that_is_not_registered_is_refused_before_anything_is_sent(platform: LivePlatform) -> None:
    result = operate("accounts", "verify", "222222222223")
    assert result.exit_code == 1
    assert f"Did you mean {CUSTOMER}?" in result.stderr
    assert platform.commands_sent == 0


def test_plain_is_one_table_of_the_fixes(deployed: Iam) -> None:
    lines = operate(*VERIFY, "--plain").stdout.splitlines()
    assert lines[0] == "Fix\tState\tPack\tDenied"
    assert len(lines) == 1 + sum(len(pack.grants) for pack in PACKS.values())


# -- the console ------------------------------------------------------------------------------------------------------

PAGE = f"/accounts/{CUSTOMER}"


def _verified(platform: LivePlatform) -> str:
    """Press the button on the account's page. Returns the path of the page that is led to once it is on record."""
    browser = Browser()
    assert f'action="{PAGE}/verify"' in browser.page(PAGE)
    sent = browser.carry_out(f"{PAGE}/verify")
    waiting = browser.get(f"{sent}/result")
    assert "hx-redirect" not in waiting.headers
    platform.work()
    led_to: str = browser.get(f"{sent}/result").headers["hx-redirect"]
    assert f'href="{led_to}"' in browser.page(sent), "also without JavaScript"
    return led_to


def test_the_console_verifies_an_account_and_shows_every_pack_and_fix(deployed: Iam, platform: LivePlatform) -> None:
    page = Browser().page(_verified(platform))
    assert "All that is deployed and switched on could run." in page
    for pack in PACKS.values():
        assert f"<summary>{pack.service}</summary>" in page
        assert all(f">{grant.spec.id}</td>" in page for grant in pack.grants)
    assert "Next steps" not in page


def test_the_console_says_what_could_not_run_and_what_to_do(deployed: Iam, sts: Sts, platform: LivePlatform) -> None:
    deployed.denied = (WRITE,)
    sts.open_to_all = {"ec2"}
    page = text_of(Browser().page(_verified(platform)))
    assert "Not all would work: ec2, s3." in page
    assert f"{FIX} could not run: a service control policy does not allow {WRITE}." in page
    assert "s3: Have the account&#39;s owner change a service control policy" in page
    assert "The role can be assumed with any external id" in page


def test_the_console_says_what_could_not_be_seen(deployed: Iam, platform: LivePlatform) -> None:
    deployed.may_evaluate = False
    page = text_of(Browser().page(_verified(platform)))
    assert "Not known in full: " in page
    assert "deploy the pack verification: without it nobody can see this." in page


def test_the_console_shows_no_other_command_or_account_as_a_verification(
    deployed: Iam, platform: LivePlatform, session: Clients
) -> None:
    browser, verified = Browser(), _verified(platform)
    run = platform.find(platform.bucket())
    for other in (f"{PAGE}/verifications/{run}", f"{PAGE}/verifications/nothing"):
        answer = browser.get(other)
        assert answer.status_code == 409
        assert "is no verification of account" in answer.text
    assert browser.get(verified.replace(CUSTOMER, "999999999999")).status_code == 409
    assert browser.send("/accounts/999999999999/verify").status_code == 409
    assert platform.commands_sent == 1

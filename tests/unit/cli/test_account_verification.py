"""``suture accounts verify``: what the platform found out on record, and what IAM says that each fix may do.

moto has no policy simulator, and the local AWS's knows no tags of a session: here ministack's evaluator answers in
IAM's form, over the policies of the account's own roles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.role_reader import RoleReader
from cli.verification import DeniedBy, FixReport, FixState, PackReport, RoleState, TemplateState, report_on
from customer_role.grants import Pack, packs_of
from customer_role.trust import trust
from customer_role.verification import TEMPLATE_TAG, template_version
from runtime.domain.access import RoleCheck, customer_role_name
from runtime.domain.facts import Account
from runtime.fixes.catalog import SPECS
from tests.authorization import Question, Role, Session
from tests.flow.roles import Sts
from tests.flow.world import CUSTOMER
from tests.unit.cli.command import operate, operate_json
from tests.unit.cli.conftest import Session as Clients
from tests.unit.cli.live_platform import LivePlatform

PACKS = {pack.service: pack for pack in packs_of(SPECS.values())}
EXECUTION_ROLE = "arn:aws:iam::123456789012:role/suture-test-execution"
ACCOUNT = Account(id=CUSTOMER, name="acme", environment="dev", owner="me@example.com", external_id="suture-test")
FIX = "s3-block-public-access"
WRITE = "s3:PutBucketPublicAccessBlock"
_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}


@dataclass
class Iam:
    """IAM in the account, with the roles of these packs. What is ``denied`` is denied by the organization."""

    packs: dict[str, Pack] = field(default_factory=lambda: dict(PACKS))
    off: set[str] = field(default_factory=set)
    denied: tuple[str, ...] = ()
    boundary: tuple[str, ...] = ()
    may_look: bool = True
    may_evaluate: bool = True
    changes: dict[str, Any] = field(default_factory=dict)

    def get_role(self, *, RoleName: str) -> dict[str, Any]:  # noqa: N803  as boto3 has it
        service = RoleName.removeprefix(customer_role_name(""))
        code = None if self.may_look and service in self.packs else "NoSuchEntity" if self.may_look else "AccessDenied"
        if code:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetRole")
        role = {
            "Arn": f"arn:aws:iam::{CUSTOMER}:role/{RoleName}",
            "AssumeRolePolicyDocument": trust(EXECUTION_ROLE, ACCOUNT.external_id),
            "Tags": [{"Key": TEMPLATE_TAG, "Value": template_version(self.packs[service])}],
        }
        return {"Role": {**role, **self.changes}}

    def get_paginator(self, operation: str) -> Iam:
        assert operation == "simulate_principal_policy"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        if not self.may_evaluate:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "SimulatePrincipalPolicy")
        keys = {entry["ContextKeyName"]: entry["ContextKeyValues"][0] for entry in asked["ContextEntries"]}
        service = asked["PolicySourceArn"].rpartition(customer_role_name(""))[2]
        tags = {
            key.removeprefix("aws:PrincipalTag/"): value
            for key, value in keys.items()
            if key.startswith("aws:PrincipalTag/")
        }
        session = Session(role=Role.of(self.packs[service], account_id=CUSTOMER, off=self.off), tags=tags, policy=None)
        (resource,) = asked["ResourceArns"]
        assert "*" not in resource or resource == "*"
        others = {key: value for key, value in keys.items() if not key.startswith("aws:PrincipalTag/")}
        yield {
            "EvaluationResults": [
                self._result(session, Question(action=action, resource=resource, keys=others))
                for action in asked["ActionNames"]
            ]
        }

    def _result(self, session: Session, question: Question) -> dict[str, Any]:
        result: dict[str, Any] = {
            "EvalActionName": question.action,
            "EvalDecision": _DECISIONS[session.decision(question)],
        }
        if question.action in self.denied:
            result |= {
                "EvalDecision": "explicitDeny",
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
            }
        if question.action in self.boundary:
            result |= {
                "EvalDecision": "implicitDeny",
                "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
            }
        return result


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
    assert (refused.role, refused.unknown) == (RoleState.UNKNOWN, True)


def test_a_role_that_is_seen_and_not_evaluated_has_a_template_and_unknown_fixes() -> None:
    report = _report(Iam(may_evaluate=False))
    assert {fix.state for fix in report.fixes} == {FixState.UNKNOWN}
    assert (report.template, report.unknown) == (TemplateState.CURRENT, True)


# -- the command ------------------------------------------------------------------------------------------------------

VERIFY = ("accounts", "verify", CUSTOMER)


@pytest.fixture
def sts(platform: LivePlatform, monkeypatch: pytest.MonkeyPatch) -> Sts:
    return Sts(platform.world, monkeypatch)


@pytest.fixture
def deployed(sts: Sts, session: Clients, monkeypatch: pytest.MonkeyPatch) -> Iam:
    """The packs are deployed, all or those that ``Sts`` knows of, and so is the one that verifies them."""
    iam = Iam()
    make = session.client

    def client(service: str, **options: Any) -> Any:
        return iam if service == "iam" and "aws_session_token" in options else make(service, **options)

    monkeypatch.setattr(session, "client", client)
    return iam


def test_an_account_in_which_all_could_run_ends_with_0(deployed: Iam) -> None:
    result = operate(*VERIFY)
    assert result.exit_code == 0, result.output
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

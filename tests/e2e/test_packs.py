"""Packs taken singly, an upgrade from the one role that there was before them, and packs taken away."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.environment import LocalEnvironment
from local.player import Played, Player
from runtime.domain.access import CUSTOMER_ROLE_PREFIX, customer_role_name, services_of
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes.catalog import SPECS
from tests.e2e.accounts import CustomerAccount, onboard

BEFORE_PACKS = Path(__file__).parent.parent / "samples" / "customer-role-before-packs.yaml"
"""What `make customer-template` wrote before there were packs."""

OLD_STACK = "suture-customer-role"
EVERY_ROLE = {customer_role_name(service) for service in services_of(SPECS.values())}


def assert_pack_missing(played: Played, account: CustomerAccount, pack: str) -> None:
    assert (played.outcome.outcome, played.outcome.reason) == (Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)
    assert f"deploy the pack {pack} in account {account.id}" in played.outcome.sentence
    assert played.before == played.after


def assert_fixed_through(played: Played, account: CustomerAccount, role: str) -> None:
    assert played.outcome.outcome is Outcome.REMEDIATE, played.outcome.sentence
    assert {session.role_arn for session in played.outcome.evidence.sessions} == {
        f"arn:aws:iam::{account.id}:role/{role}"
    }


def test_a_pack_that_was_not_taken_fails_its_findings_by_name_and_those_of_others_are_fixed(
    local_aws: LocalEnvironment, player: Player
) -> None:
    account = onboard(local_aws, "343434343434")
    account.deploy_packs("s3")
    assert account.roles() == {"suture-remediation-s3"}
    stage = account.stage("one-pack")
    bucket, group = player.play([stage.public_bucket(), stage.open_security_group()])
    assert_fixed_through(bucket, account, "suture-remediation-s3")
    assert_pack_missing(group, account, "ec2")


@pytest.fixture(scope="module")
def upgraded(local_aws: LocalEnvironment) -> CustomerAccount:
    """An account that had the one role, and got the packs besides."""
    account = onboard(local_aws, "353535353535")
    trusted = {"ExecutionRoleArn": local_aws.execution_role_arn, "ExternalId": account.external_id}
    account.deploy_stack(OLD_STACK, BEFORE_PACKS.read_text(encoding="utf-8"), trusted)
    return account


def test_an_account_is_upgraded_by_the_packs_next_to_the_old_stack_which_is_then_removed(
    upgraded: CustomerAccount, player: Player
) -> None:
    (unready,) = player.play([upgraded.stage("not-yet").public_bucket()])
    assert upgraded.roles() == {CUSTOMER_ROLE_PREFIX}
    assert_pack_missing(unready, upgraded, "s3")

    upgraded.deploy_packs()
    assert upgraded.roles() == {CUSTOMER_ROLE_PREFIX} | EVERY_ROLE
    (beside,) = player.play([upgraded.stage("beside").public_bucket()])
    assert_fixed_through(beside, upgraded, "suture-remediation-s3")

    upgraded.delete_stack(OLD_STACK)
    assert upgraded.roles() == EVERY_ROLE
    after = player.play(list(upgraded.stage("after").remediations()))
    assert {played.outcome.outcome for played in after} == {Outcome.REMEDIATE}


def test_a_pack_that_is_taken_away_leaves_nothing_and_the_others_go_on(
    local_aws: LocalEnvironment, player: Player
) -> None:
    account = onboard(local_aws, "363636363636")
    account.deploy_packs("s3", "ec2")
    account.delete_stack(customer_role_name("s3"))
    assert account.roles() == {"suture-remediation-ec2"}
    policies = account.client("iam").list_policies(Scope="Local")["Policies"]
    assert policies
    assert all(policy["PolicyName"].startswith("suture-remediation-ec2-") for policy in policies)
    stage = account.stage("removed")
    bucket, group = player.play([stage.public_bucket(), stage.open_security_group()])
    assert_pack_missing(bucket, account, "s3")
    assert_fixed_through(group, account, "suture-remediation-ec2")

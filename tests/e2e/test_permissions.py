"""Law 9: a fix needs every permission that it declares, and with any one of them missing it fails cleanly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from local.environment import LocalEnvironment
from local.player import Played, Player
from local.scenes import Scene, Stage
from runtime.domain.access import customer_role_name, service_of
from runtime.domain.fix import FixSpec
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes.catalog import SPECS, types_by_name
from tests.e2e.accounts import CustomerAccount, onboard
from tests.e2e.fixes import MADE_UNASKED

BUILD: dict[str, Callable[[Stage], Scene]] = {
    "s3-block-public-access": Stage.public_bucket,
    "s3-deny-insecure-transport": Stage.bucket_without_tls,
    "ec2-security-group-world-ingress": Stage.open_security_group,
    "rds-instance-not-public": Stage.public_database,
    "ebs-snapshot-private": Stage.public_snapshot,
    "kms-key-rotation": Stage.unrotated_key,
    "cloudtrail-log-file-validation": Stage.unvalidated_trail,
    "iam-access-key-deactivate": Stage.exposed_access_key,
}

NOT_NEEDED = {
    "s3:DeleteBucketPolicy",  # only to undo
    "kms:DisableKeyRotation",  # only to undo
    "s3:GetAccountPublicAccessBlock",  # only where the policy is public
    "ec2:CreateTags",  # only where the rule that is replaced has tags
    "ec2:GetManagedPrefixListEntries",  # only where a rule names a prefix list
}
"""Actions that applying a plan of these scenes does not need."""

LEAVES_A_PART = {"ec2:RevokeSecurityGroupIngress"}
"""Without it, the rules that were added first cannot be taken back. They repeat what the wider rule allows anyway."""


@pytest.fixture(scope="module")
def customer(local_aws: LocalEnvironment) -> CustomerAccount:
    account = onboard(local_aws, "123412341234")
    account.deploy_packs()
    return account


def actions_of(spec: FixSpec) -> list[str]:
    tags = [permission for name in spec.resource_types for permission in types_by_name()[name].tag_permissions]
    permissions = [*spec.reads, *spec.writes, *tags]
    return sorted({permission.action for permission in permissions})


def test_every_fix_that_may_be_made_unasked_has_a_scene_here() -> None:
    """The calls of the others, which people approve one by one, are evaluated in tests/laws/test_access.py."""
    assert set(BUILD) == MADE_UNASKED


@pytest.mark.parametrize(
    ("fix_id", "action"), [(fix_id, action) for fix_id in BUILD for action in actions_of(SPECS[fix_id])]
)
def test_without_one_of_its_permissions_a_fix_fails_cleanly(
    customer: CustomerAccount, player: Player, fix_id: str, action: str
) -> None:
    name = f"without-{action.replace(':', '-').lower()}"[:40]
    scene = BUILD[fix_id](customer.stage(name))
    played = play_without(customer, player, scene, action)
    if action in NOT_NEEDED:
        assert played.outcome.outcome is Outcome.REMEDIATE
        return
    assert (played.outcome.outcome, played.outcome.reason) == (Outcome.FAILED, Reason.ACCESS_DENIED)
    assert action.rpartition(":")[2] in played.outcome.sentence
    if action in LEAVES_A_PART:
        assert "Changes still in place: 1 of 3" in played.outcome.sentence
        assert set(played.before) < set(played.after)
    else:
        assert played.before == played.after


def play_without(customer: CustomerAccount, player: Player, scene: Scene, action: str) -> Played:
    (resource_type,) = SPECS[scene.fix_id].resource_types
    with customer.denying(customer_role_name(service_of(resource_type)), action):
        (played,) = player.play([scene])
    return played

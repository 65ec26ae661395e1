"""What an operator looks at, with the rights of the managed policy and with IAM enforced in both accounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from customer_role.grants import packs_of
from local.environment import LocalEnvironment
from local.people import APPROVER, OPERATOR, person
from local.stacks import write_config
from runtime.fixes.catalog import SPECS

pytestmark = pytest.mark.e2e


def test_every_role_of_a_deployed_account_is_assumed_and_every_fix_could_run(local_aws: LocalEnvironment) -> None:
    found = person(local_aws, OPERATOR, "ann").suture_json("accounts", "verify", local_aws.customer_account)
    assert [pack["pack"] for pack in found["packs"]] == [pack.service for pack in packs_of(SPECS.values())]
    assert {pack["role"] for pack in found["packs"]} == {"assumed"}
    assert {pack["wrong_external_id_refused"] for pack in found["packs"]} == {True}
    assert {pack["template"] for pack in found["packs"]} == {"current"}
    fixes = [fix for pack in found["packs"] for fix in pack["fixes"]]
    assert {fix["id"] for fix in fixes} == set(SPECS)
    assert [fix for fix in fixes if fix["state"] != "could-run"] == []


def test_an_operator_may_look_at_everything_that_the_doctor_looks_at(
    local_aws: LocalEnvironment, tmp_path: Path
) -> None:
    config = str(write_config(tmp_path))
    found = person(local_aws, OPERATOR, "ann").suture_json("doctor", "--config", config, exit_code=1)
    # Other tests leave dead letters, which raise alarms.
    others = [one for one in found if one["part"] != "alarms" and not one["part"].startswith("queue")]
    assert {one["part"]: one["health"] for one in others} == {
        # The local AWS takes every address as confirmed at once.
        **dict.fromkeys(("deployment", "version", "policy", "event sources", "roles", "you", "owners"), "good"),
        "subscribers": "bad",
    }
    assert "unknown" not in {one["health"] for one in found}


def test_an_approver_may_neither_look_at_the_stack_nor_at_the_roles(local_aws: LocalEnvironment) -> None:
    bob = person(local_aws, APPROVER, "bob")
    assert "cloudformation:DescribeStacks" in bob.suture_refused("doctor")

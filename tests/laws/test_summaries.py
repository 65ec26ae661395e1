"""What a plan's summary says of what differs: members of objects, items of lists, and values."""

from __future__ import annotations

import pytest

from runtime.domain.plan import Compliant, Plan
from tests.laws.calls_made import CASES, calls_made_in
from tests.laws.cases import Bad, of_kind

EVERYBODY = '{"Grantee":{"Type":"Group","URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"READ"}'


@pytest.mark.parametrize(
    ("fix_id", "ending"),
    [
        ("docdb-cluster-log-exports", " (sent: + audit)."),
        ("ec2-instance-isolate", " alone: 1)."),
        ("ec2-security-group-strip", " (rules removed: 4)."),
        ("rds-instance-copy-tags-to-snapshots", " (CopyTagsToSnapshot: false → true)."),
        ("rds-instance-log-exports", " (sent: + postgresql; sent: + upgrade)."),
        ("s3-acl-private", f" (grants: - {EVERYBODY})."),
        (
            "s3-default-encryption-kms",
            "ByDefault.SSEAlgorithm: AES256 → aws:kms; rule.BucketKeyEnabled: false → true).",
        ),
        ("s3-versioning", " (Status: nothing → Enabled)."),
    ],
)
def test_it_names_what_differs_and_nothing_else(fix_id: str, ending: str) -> None:
    first, *_ = of_kind(CASES[fix_id], Bad)
    plan = calls_made_in(fix_id, first.name).planned
    assert isinstance(plan, Plan)
    assert plan.summary.endswith(ending)


@pytest.mark.parametrize(
    ("case", "told"),
    [("open to a bucket", False), ("open to a bucket of whoever has it", True), ("without a policy", False)],
)
def test_what_a_control_fails_for_besides_is_said_where_there_is_nothing_to_change(case: str, told: bool) -> None:
    found = calls_made_in("lambda-policy-not-public", case).planned
    assert isinstance(found, Compliant)
    assert ("aws:SourceAccount" in found.sentence) == told

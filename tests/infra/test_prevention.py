"""What is said to keep findings from coming back: of every fix, and in IAM's own words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from policy_sentry.querying.actions import get_action_data

from infra.prevention import Prevention, read_prevention
from infra.yaml_document import ConfigurationInvalid
from runtime.fixes.catalog import SPECS

GLOBAL_KEYS = {"aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalIsAWSService", "aws:SecureTransport"}
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""


STATEMENTS = [
    (fix_id, way)
    for fix_id, prevented in read_prevention().items()
    for way in prevented.ways
    if way.statement is not None
]


def test_of_every_fix_is_said_what_prevents_its_finding_or_why_nothing_does() -> None:
    prevention = read_prevention()
    assert prevention.keys() == SPECS.keys(), "infra/prevention.yaml"
    assert all(bool(prevented.ways) != bool(prevented.because) for prevented in prevention.values())


@pytest.mark.parametrize(("fix_id", "way"), STATEMENTS)
def test_a_statement_denies_what_iam_knows_under_conditions_that_iam_knows(fix_id: str, way: Prevention) -> None:
    assert way.statement is not None
    assert way.statement["Effect"] == "Deny"
    keys = {key for condition in way.statement["Condition"].values() for key in condition}
    known = set(GLOBAL_KEYS)
    for action in way.statement["Action"]:
        service, name = action.split(":")
        if name == "*":
            continue
        data = get_action_data(service, name)
        assert data, action
        known |= {key for row in data[service] for key in row["condition_keys"]}
    # Some keys are named by a part of the request: eks:loggingType/${type}.
    forms = [re.sub(r"\\\$\\\{[A-Za-z]+\\\}", ".+", re.escape(one)) for one in known]
    assert all(any(re.fullmatch(form, key) for form in forms) for key in keys), fix_id


@pytest.mark.parametrize(("fix_id", "way"), STATEMENTS)
def test_a_statement_without_a_condition_of_its_own_lets_suture_go_on(fix_id: str, way: Prevention) -> None:
    assert way.statement is not None
    conditions = way.statement["Condition"]
    if "ArnNotLike" in conditions:
        assert "arn:*:iam::*:role/suture-remediation-*" in conditions["ArnNotLike"]["aws:PrincipalArn"], fix_id


def test_a_fix_that_is_said_to_be_prevented_and_not_to_be_is_refused(tmp_path: Path) -> None:
    way = {"fixes": ["one"], "by": "SCP", "what": "a", "forbids": "b", "source": "c"}
    file = tmp_path / "prevention.yaml"
    file.write_text(json.dumps({"ways": [way], "none": [{"fixes": ["one"], "because": "d"}]}), encoding="utf-8")
    with pytest.raises(ConfigurationInvalid, match="under `ways` and under `none`: one"):
        read_prevention(file)

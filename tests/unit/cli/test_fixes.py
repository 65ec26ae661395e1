"""``suture fixes``, and the example of what each fix observes."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from cli.observed import example_for, example_of_observed
from infra.effects import read_effects
from infra.identifiers import identifiers_of, read_answers
from runtime.domain.access import services_of
from runtime.domain.fix import Disruption, Options, options_for
from runtime.domain.plan import Plan, Refused
from runtime.domain.resource import Resource
from runtime.fixes.catalog import FIX_BY_ID, types_by_name
from runtime.fixes.contract import Fix
from tests.laws.cases import Bad, of_kind
from tests.unit.cli.command import suture, suture_json

FIXES = tuple(FIX_BY_ID.values())

INGRESS = "ec2-security-group-world-ingress"

each_fix = pytest.mark.parametrize("fix", FIXES, ids=lambda fix: fix.spec.id)


OF_ITS_WORLD = {
    "ec2-instance-isolate": {
        "isolation_groups": {(example_of_observed("ec2-instance-isolate") or {}).get("vpc"): "sg-0123456789abcdef0"}
    },
    "ec2-instance-profile": {"instance_profile": "web-1"},
}
"""For fixes whose cases name what they made in their world."""


def _options(fix: Fix) -> Options:
    """Those of the case that the example was made from."""
    case = of_kind(import_module(f"tests.laws.cases.{fix.spec.id.replace('-', '_')}"), Bad)[0]
    return options_for(fix.spec, OF_ITS_WORLD.get(fix.spec.id, case.options), case.now)


def _resource(fix: Fix) -> Resource:
    kind = types_by_name()[fix.spec.resource_types[0]]
    name = "acme" if re.fullmatch(kind.id, "acme") else kind.longest
    return Resource(
        type=kind.name,
        arn=kind.arn.replace("${partition}", "aws")
        .replace("${region}", "eu-central-1")
        .replace("${account_id}", "111122223333")
        .replace("${name}", name),
        name=name,
        account_id="111122223333",
        region="eu-central-1",
        partition="aws",
    )


def test_the_list_names_every_fix_with_what_it_declares() -> None:
    listed = suture_json("fixes")
    assert [fix["id"] for fix in listed] == [fix.spec.id for fix in FIXES]
    for found, fix in zip(listed, FIXES, strict=True):
        assert found["title"] == fix.spec.title
        assert found["resource_types"] == list(fix.spec.resource_types)
        assert [(one["framework"], one["id"], one["entry"], one["options"]) for one in found["identifiers"]] == [
            (one.framework, one.id, answer.id, answer.options)
            for one, answer in identifiers_of(read_answers()[fix.spec.id])
        ]
        assert found["hazard"] == fix.spec.hazard
        assert found["undo_hazard"] == fix.spec.undo_hazard
        assert found["disruption"] == fix.spec.disruption
        assert found["reversible"] is fix.spec.reversible
        assert [one["action"] for one in found["permissions"]["reads"]] == [one.action for one in fix.spec.reads]
        assert [one["action"] for one in found["permissions"]["writes"]] == [one.action for one in fix.spec.writes]
        assert {name: option["default"] for name, option in found["options"].items()} == {
            name: option.default for name, option in fix.spec.options.items()
        }


def test_the_table_names_every_fix() -> None:
    shown = suture("fixes").stdout
    for fix in FIXES:
        assert fix.spec.id in shown
        assert fix.spec.title in shown


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--service", "EC2"), [fix.spec.id for fix in FIXES if "ec2" in services_of([fix.spec])]),
        (("--disruption", "none"), [fix.spec.id for fix in FIXES if fix.spec.disruption is Disruption.NONE]),
        (
            ("--service", "kms", "--disruption", "none"),
            [fix.spec.id for fix in FIXES if fix.spec.id.startswith("kms") and fix.spec.disruption is Disruption.NONE],
        ),
        (("--kind", "aws::kms::key"), [fix.spec.id for fix in FIXES if "AWS::KMS::Key" in fix.spec.resource_types]),
        (("--control", "S3.8"), ["s3-block-public-access"]),
        (("--control", "Security Hub S3.8"), ["s3-block-public-access"]),
        (("--control", "vpc-015"), ["ec2-security-group-world-ingress"]),
        (
            ("--control", "ec2 security group should restrict SSH access (TCP: 22)"),
            ["ec2-security-group-world-ingress"],
        ),
        (("--control", "kms_cmk_rotation_enabled"), ["kms-key-rotation"]),
        (("--control", "cmk-backing-key-rotation-enabled"), ["kms-key-rotation"]),
        (("--control", "CIS AWS Foundations 5.0.0 3.6"), ["kms-key-rotation"]),
        (("--control", "VPC-01"), []),
        (("--text", "access KEY"), ["iam-access-key-deactivate"]),
        (("--text", "Telnet"), ["ec2-security-group-world-ingress"]),
        (("--service", "s3", "--text", "TLS"), ["s3-deny-insecure-transport"]),
        (("--service", "batch"), []),
    ],
)
def test_the_list_can_be_narrowed(options: tuple[str, ...], found: list[str]) -> None:
    assert [fix["id"] for fix in suture_json("fixes", *options)] == found


def test_a_control_is_shown_with_the_options_that_it_means() -> None:
    shown = suture("fixes", "--control", "VPC-023").stdout
    assert 'Wiz VPC-023: ec2-security-group-dns-udp {"ports": [53], "protocols": ["udp"]}' in shown


def test_a_list_of_no_fixes_says_so() -> None:
    assert "No such fix" in suture("fixes", "--service", "batch").stdout


def test_the_effects_in_json_are_each_answered_by_fixes_or_a_refusal_or_not_there_yet() -> None:
    listed = suture_json("fixes", "--effects")
    assert [one["row"] for one in listed] == [effect.row for effect in read_effects()]
    by_row = {one["row"]: one for one in listed}
    assert by_row[4]["fixes"] == [{"id": INGRESS, "options": {"ports": [22], "protocols": ["tcp"]}}]
    assert by_row[4]["refused"] is None
    assert by_row[20]["fixes"] == []
    assert "stop it" in by_row[20]["refused"]


def test_the_table_of_effects_has_the_answer_of_each() -> None:
    shown = " ".join(suture("fixes", "--effects").stdout.split())
    assert 'ec2-security-group-world-ingress with ports: [22], protocols: ["tcp"]' in shown
    assert "Ask for longer passwords iam-password-policy with minimum_length: 14, all else null" in shown
    assert "Terminate an instance refused: Its volumes" in shown


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        (("--text", "Terminate an"), [20]),
        (("--service", "kms"), [3, 70, 306, 307]),
        (("--service", "elastic beanstalk"), [287, 288]),
        (("--service", "kms", "--kind", "AWS::S3::Bucket"), []),
        (("--control", "S3.8"), [1, 58]),
        (("--kind", "AWS::KMS::Key", "--text", "rotate"), [3]),
        (("--text", "no effect is called so"), []),
    ],
)
def test_the_effects_can_be_narrowed(options: tuple[str, ...], rows: list[int]) -> None:
    assert [one["row"] for one in suture_json("fixes", "--effects", *options)] == rows


def test_a_list_of_no_effects_says_so() -> None:
    assert "No such effect" in suture("fixes", "--effects", "--text", "no effect is called so").stdout


def test_a_fix_in_json_has_the_rows_that_it_answers() -> None:
    by_id = {fix["id"]: fix["rows"] for fix in suture_json("fixes")}
    assert by_id["kms-key-rotation"] == [{"row": 3, "options": {}}]
    assert {"row": 4, "options": {"ports": [22], "protocols": ["tcp"]}} in by_id[INGRESS]


def test_a_fix_is_shown_with_each_identifier_and_how_well_it_is_known() -> None:
    shown = " ".join(suture("fixes", "show", "rds-instance-not-public").stdout.split())
    assert "Wiz RDS-003 rds-instance-not-public RDS instance should restrict public access; confidence B" in shown
    assert "CIS AWS Foundations 5.0.0 2.2.3" in shown


@each_fix
def test_one_fix_is_shown_whole(fix: Fix) -> None:
    shown = " ".join(suture("fixes", "show", fix.spec.id).stdout.split())
    assert fix.spec.hazard in shown
    for permission in (*fix.spec.reads, *fix.spec.writes):
        assert permission.action in shown
    for name in fix.spec.options:
        assert name in shown


def test_one_fix_in_json_is_the_same_as_in_the_list() -> None:
    listed = {fix["id"]: fix for fix in suture_json("fixes")}
    assert suture_json("fixes", "show", "kms-key-rotation") == listed["kms-key-rotation"]


def test_an_unknown_fix_is_answered_with_one_that_is_nearly_called_so() -> None:
    result = suture("fixes", "show", "kms-keys-rotation", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "'kms-keys-rotation'" in result.stderr
    assert "Did you mean kms-key-rotation?" in result.stderr


@each_fix
def test_the_example_of_what_a_fix_observes_is_a_state_it_plans_for(fix: Fix) -> None:
    resource = _resource(fix)
    observed = example_for(fix.spec.id, resource)
    assert observed is not None, "add it to cli/observed.json"
    planned = fix.plan(resource, observed, _options(fix))
    assert isinstance(planned, Plan), planned
    assert fix.spec.id in FIX_BY_ID


@each_fix
def test_the_example_of_what_a_fix_observes_has_nothing_that_the_fix_does_not_ask_for(fix: Fix) -> None:
    resource = _resource(fix)
    observed = dict(example_for(fix.spec.id, resource) or {})
    for name in observed:
        less = {other: value for other, value in observed.items() if other != name}
        planned = fix.plan(resource, less, _options(fix))
        assert isinstance(planned, Refused), f"{name} is not needed"


def test_an_example_that_does_not_exist_is_none() -> None:
    assert example_of_observed("no-such-fix") is None

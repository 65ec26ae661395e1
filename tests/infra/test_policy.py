"""The files an operator edits: what is refused, and how it is said."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

import app
from infra.deployment import load_deployment
from infra.identifiers import Framework, read_answers
from infra.json_schema import render
from infra.policy import LONGEST_POLICY, load_policy
from infra.policy_schema import LONGEST_SCHEMA, SCHEMA_FILE, compact, policy_schema
from infra.yaml_document import ConfigurationInvalid, read_yaml
from runtime.domain.access import services_of
from runtime.domain.change_windows import ChangeWindow, Freeze
from runtime.domain.errors import PolicyInvalid
from runtime.domain.finding import Control
from runtime.domain.fix import Disruption
from runtime.domain.policy import RESTRICTED_PRODUCTION, Mode, Policy, TemplateMode, parse_policy
from runtime.fixes.catalog import SPECS, TYPES, summaries
from runtime.items.past import MOST_KEPT

DRAFT_4 = {
    *("$ref", "$schema", "additionalItems", "additionalProperties", "allOf", "anyOf", "definitions", "default"),
    *("description", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "id", "items", "maxItems", "maxLength"),
    *("maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "oneOf"),
    *("pattern", "patternProperties", "properties", "required", "title", "type", "uniqueItems"),
}
"""https://json-schema.org/draft-04/json-schema-validation"""

type Edit = Callable[[str, str, str], tuple[str, ...]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    shutil.copytree(app.CONFIG, folder)
    return folder


@pytest.fixture
def after(config: Path, monkeypatch: pytest.MonkeyPatch) -> Edit:
    """The problems after an edit of one file: its name, what is replaced once, and by what."""
    monkeypatch.chdir(config.parent)

    def problems(file: str, old: str, new: str) -> tuple[str, ...]:
        path = config / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(ConfigurationInvalid) as raised:
            load_policy(config, SPECS)
        return raised.value.problems

    return problems


@pytest.fixture
def edited(config: Path) -> Callable[[str, str], Policy]:
    """The policy after an edit of ``policy.yaml``: what is replaced once, and by what."""

    def read(old: str, new: str) -> Policy:
        path = config / "policy.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return parse_policy(json.loads(load_policy(config, SPECS)), summaries(), TYPES)

    return read


def line_of(file: str, text: str) -> int:
    """Where a text first stands in a file of the repository's configuration."""
    lines = (app.CONFIG / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def index_of(entry_id: str) -> int:
    """Where an entry stands in the catalog that ships."""
    entries = read_yaml(app.CONFIG / "catalog.yaml").content
    return next(index for index, entry in enumerate(entries) if entry["id"] == entry_id)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return parse_policy(json.loads(load_policy(app.CONFIG, SPECS)), summaries(), TYPES)


# -- the schema ------------------------------------------------------------------------------------------------------


def test_the_schema_file_is_fresh() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == render(policy_schema(SPECS)), "python -m infra.policy_schema"


def test_the_schema_speaks_the_only_draft_that_appconfig_understands() -> None:
    schema = policy_schema(SPECS)
    Draft4Validator.check_schema(schema)
    assert set(_keywords(schema)) <= DRAFT_4


def test_the_schema_is_short_enough_for_appconfig() -> None:
    assert len(compact(policy_schema(SPECS))) < LONGEST_SCHEMA


def test_the_schema_of_a_hundred_and_fifty_fixes_is_short_enough_too() -> None:
    times = 150 // len(SPECS) + 1
    specs = [replace(spec, id=f"{spec.id}-{number}") for number in range(times) for spec in SPECS.values()]
    assert len(specs) >= 150
    assert len(compact(policy_schema({spec.id: spec for spec in specs}))) < LONGEST_SCHEMA


def test_the_schema_that_appconfig_gets_differs_in_nothing_but_what_people_read_and_the_options_of_each_fix() -> None:
    def same(full: Any, short: Any) -> bool:
        if isinstance(full, dict) and isinstance(short, dict):
            left_out = {key for key in full.keys() - short.keys() if isinstance(full[key], str)}
            return (
                left_out <= {"title", "description"}
                and full.keys() - left_out == short.keys()
                and all(same(full[key], short[key]) for key in short)
            )
        if isinstance(full, list) and isinstance(short, list):
            return len(full) == len(short) and all(map(same, full, short))
        return bool(full == short)

    full, short = policy_schema(SPECS), json.loads(compact(policy_schema(SPECS)))
    assert full["properties"]["catalog"]["items"].pop("oneOf")
    assert same(full, short)
    assert "description" in full
    assert "description" not in short


def test_every_object_in_the_schema_is_closed() -> None:
    open_objects = [
        part
        for part in _schemas(policy_schema(SPECS))
        if part.get("type") == "object" and part.get("additionalProperties") is not False
    ]
    # The options of an entry: closed for each fix.
    assert open_objects == [{"type": "object", "description": "The fix's options."}]


def test_every_option_of_every_fix_is_in_the_schema_with_its_description() -> None:
    branches = policy_schema(SPECS)["properties"]["catalog"]["items"]["oneOf"]
    options = {
        fix_id: branch["properties"]["options"] for branch in branches for fix_id in branch["properties"]["fix"]["enum"]
    }
    assert options.keys() == SPECS.keys()
    for fix_id, spec in SPECS.items():
        assert options[fix_id]["properties"].keys() == spec.options.keys()
        for name, option in spec.options.items():
            assert options[fix_id]["properties"][name]["description"].startswith(option.description)


def _violations(schema: Mapping[str, Any], found: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """What a document may not hold, by this schema of a part that is ``found`` there: its place, and what it is."""
    if isinstance(found, dict):
        if "properties" in schema:
            yield (*path, "misspelt"), "anything"
        ((_, others),) = schema.get("patternProperties", {"": {}}).items()
        for key, value in found.items():
            yield from _violations(schema.get("properties", {}).get(key, others), value, (*path, key))
    elif isinstance(found, list):
        if path[-1] in ("change_windows", "accounts"):  # where nothing stands for everything
            yield path, []
        for index, value in enumerate(found):
            yield from _violations(schema.get("items", {}), value, (*path, index))
    elif schema.get("type") == "integer":
        yield path, True
        if "maximum" in schema:  # where there is none, the less it is the less is done unasked
            yield from ((path, number) for number in (schema["minimum"] - 1, schema["maximum"] + 1))


def _whole_policy() -> dict[str, Any]:
    """The policy with one entry, and with everything in it that may be left out."""
    document: dict[str, Any] = json.loads(load_policy(app.CONFIG, SPECS))
    calendar = {
        "change_windows": [{"days": ["mon"], "opens": "22:00", "closes": "04:00"}],
        "freezes": [{"begins": "2026-12-18T17:00", "ends": "2027-01-04T08:00", "reason": "the year ends"}],
    }
    document["environments"] = {name: {**rules, **calendar} for name, rules in document["environments"].items()}
    document["accounts"] = {"111111111111": {"mode": "notify", "time_zone": "Europe/Berlin", **calendar}}
    document["catalog"] = [{**document["catalog"][0], "accounts": ["111111111111"]}]
    return document


SCHEMA, WHOLE = policy_schema(SPECS), _whole_policy()


def test_the_whole_policy_has_the_schemas_form_and_can_be_used() -> None:
    Draft4Validator(SCHEMA).validate(WHOLE)
    parse_policy(WHOLE, summaries(), TYPES)


@pytest.mark.parametrize(("path", "value"), list(_violations(SCHEMA, WHOLE)), ids=str)
def test_what_the_schema_refuses_and_could_let_more_happen_is_refused_without_it(
    path: tuple[Any, ...], value: object
) -> None:
    changed = copy.deepcopy(WHOLE)
    part = changed
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    assert not Draft4Validator(SCHEMA).is_valid(changed)
    with pytest.raises(PolicyInvalid):
        parse_policy(changed, summaries(), TYPES)


def _schemas(part: Any) -> Iterator[dict[str, Any]]:
    """A schema and all the schemas in it."""
    yield part
    for keyword, value in part.items():
        match keyword, value:
            case "properties" | "patternProperties" | "definitions", dict():
                inner = list(value.values())
            case "items" | "not", dict():
                inner = [value]
            case "allOf" | "anyOf" | "oneOf", list():
                inner = value
            case _:
                inner = []
        for schema in inner:
            yield from _schemas(schema)


def _keywords(schema: dict[str, Any]) -> Iterator[str]:
    for part in _schemas(schema):
        yield from part


# -- what is refused -------------------------------------------------------------------------------------------------


def test_an_unknown_key_is_refused_with_its_line_and_the_keys_there_are(after: Edit) -> None:
    line = line_of("policy.yaml", "severity_floor: HIGH")
    (problem,) = after("policy.yaml", "severity_floor: HIGH", "severity_floor: HIGH\nseverity_flor: LOW")
    assert problem.startswith(f"config/policy.yaml:{line + 1}: severity_flor: unknown key; allowed: ")
    assert "severity_floor" in problem


def test_an_unknown_fix_is_refused_with_its_line_and_the_fixes_there_are(after: Edit) -> None:
    line, index = line_of("catalog.yaml", "fix: kms-key-rotation"), index_of("kms-key-rotation")
    (problem,) = after("catalog.yaml", "fix: kms-key-rotation", "fix: kms-key-rotatoin")
    assert problem.startswith(f"config/catalog.yaml:{line}: [{index}].fix: 'kms-key-rotatoin' is not allowed; one of: ")
    assert all(fix_id in problem for fix_id in SPECS)


def test_an_unknown_mode_is_refused_with_its_line_and_the_modes_there_are(after: Edit) -> None:
    line = line_of("catalog.yaml", "fix: kms-key-rotation")
    (problem,) = after(
        "catalog.yaml", "fix: kms-key-rotation", "fix: kms-key-rotation\n  environments: {production: dryrun}"
    )
    assert problem == (
        f"config/catalog.yaml:{line + 1}: [{index_of('kms-key-rotation')}].environments.production: "
        "'dryrun' is not allowed; one of: remediate, approve, dry-run, notify"
    )


def test_an_unknown_action_is_refused_with_the_fixes_there_are(after: Edit) -> None:
    line = line_of("policy.yaml", "allowed_actions: [reversible=true]")
    (problem,) = after("policy.yaml", "[reversible=true]", "[reversible=true, kms-key-rotatoin]")
    assert problem.startswith(f"config/policy.yaml:{line}: environments.restricted-production.allowed_actions[1]: ")
    assert all(fix_id in problem for fix_id in SPECS)


@pytest.mark.parametrize("condition", ["reversible=yes", "disruption=nothing", "stage=stable", "reversible=true,", "="])
def test_a_condition_for_actions_that_cannot_hold_is_refused(after: Edit, condition: str) -> None:
    line = line_of("policy.yaml", "allowed_actions: [reversible=true]")
    (problem,) = after("policy.yaml", "[reversible=true]", f'["{condition}"]')
    assert problem.startswith(f"config/policy.yaml:{line}: environments.restricted-production.allowed_actions[0]: ")


def test_conditions_for_actions_are_all_to_hold(edited: Callable[[str, str], Policy]) -> None:
    policy = edited("[reversible=true]", '["disruption=none,service=ec2", kms-key-rotation]')
    allowed = policy.environments[RESTRICTED_PRODUCTION].allowed_actions
    assert allowed.pop("kms-key-rotation") == "kms-key-rotation"
    assert set(allowed.values()) == {"disruption=none,service=ec2"}
    both = {name for name, spec in SPECS.items() if spec.disruption is Disruption.NONE and "ec2" in services_of([spec])}
    assert "ebs-snapshot-private" in allowed
    assert allowed.keys() <= both


ADMIN_PORTS = "    ports: [22, 3389]"


def test_an_option_that_the_fix_does_not_have_is_refused_with_those_it_has(after: Edit) -> None:
    line, index = line_of("catalog.yaml", ADMIN_PORTS), index_of("ec2-security-group-admin-ports")
    (problem,) = after("catalog.yaml", ADMIN_PORTS, ADMIN_PORTS.replace("ports: [", "port: ["))
    assert problem == (
        f"config/catalog.yaml:{line}: [{index}].options.port: unknown key; allowed: ports, protocols, tcp_ports, "
        "udp_ports, unions"
    )


def test_a_fix_without_options_takes_none(after: Edit) -> None:
    line = line_of("catalog.yaml", "fix: kms-key-rotation")
    (problem,) = after("catalog.yaml", "fix: kms-key-rotation", "fix: kms-key-rotation\n  options: {ports: [22]}")
    assert problem == (
        f"config/catalog.yaml:{line + 1}: [{index_of('kms-key-rotation')}].options.ports: unknown key; allowed: none"
    )


def test_an_options_value_is_checked_as_the_fix_declares_it(after: Edit) -> None:
    (problem,) = after("catalog.yaml", ADMIN_PORTS, ADMIN_PORTS.replace("[22, 3389]", "most"))
    assert problem.startswith(
        f"config/catalog.yaml:{line_of('catalog.yaml', ADMIN_PORTS)}: "
        f"[{index_of('ec2-security-group-admin-ports')}].options.ports: "
    )


def test_a_resource_type_that_the_fix_does_not_know_is_refused(after: Edit) -> None:
    line = line_of("catalog.yaml", "fix: kms-key-rotation")
    (problem,) = after(
        "catalog.yaml", "fix: kms-key-rotation", "fix: kms-key-rotation\n  resource_types: [AWS::S3::Bucket]"
    )
    assert problem == (
        f"config/catalog.yaml:{line + 1}: [{index_of('kms-key-rotation')}].resource_types: "
        "'AWS::S3::Bucket' is unknown; one of AWS::KMS::Key"
    )


def test_an_environment_that_is_not_in_the_policy_is_refused_with_those_that_are(after: Edit) -> None:
    line = line_of("catalog.yaml", "fix: kms-key-rotation")
    (problem,) = after(
        "catalog.yaml", "fix: kms-key-rotation", "fix: kms-key-rotation\n  environments: {stagign: remediate}"
    )
    # parse_policy names the place of all of an entry's environments.
    assert problem == (
        f"config/catalog.yaml:{line + 1}: [{index_of('kms-key-rotation')}].environments: "
        "'stagign' is unknown; one of dev, production, restricted-production, staging"
    )


def test_an_alias_for_no_environment_is_refused_with_its_line(after: Edit) -> None:
    line = line_of("policy.yaml", "preprod: staging")
    (problem,) = after("policy.yaml", "preprod: staging", "preprod: stagin")
    assert problem.startswith(
        f"config/policy.yaml:{line}: environment.aliases.preprod: 'stagin' is unknown; one of dev"
    )


def test_two_entries_for_one_rule_are_refused(after: Edit) -> None:
    (problem,) = after("catalog.yaml", "[S3-013]", "[s3-012]")
    assert "is in both 's3-block-public-access' and 's3-deny-insecure-transport'" in problem


def test_a_key_that_stands_twice_is_refused(after: Edit) -> None:
    line = line_of("policy.yaml", "severity_floor: HIGH")
    (problem,) = after("policy.yaml", "severity_floor: HIGH", "severity_floor: HIGH\nseverity_floor: LOW")
    assert problem == f"config/policy.yaml:{line + 1}: severity_floor: the key is duplicate"


def test_a_missing_part_is_named(after: Edit) -> None:
    (problem,) = after("policy.yaml", "severity_floor: HIGH", "")
    assert problem == "config/policy.yaml:1: 'severity_floor' is missing"


def test_an_account_id_that_yaml_takes_for_a_number_is_refused_with_advice(after: Edit) -> None:
    (problem,) = after(
        "catalog.yaml", "  fix: s3-block-public-access", "  fix: s3-block-public-access\n  accounts: [111122223333]"
    )
    assert problem.endswith("].accounts[0]: 111122223333 is not of the type string (write it in quotes)")


@pytest.mark.parametrize("text", ["version: [", "version: !python/name:os.system x"])
def test_a_file_that_is_not_plain_yaml_is_refused_with_its_line(after: Edit, text: str) -> None:
    line = line_of("policy.yaml", "version:")
    (problem,) = after("policy.yaml", "version:", f"{text} #")
    assert problem.startswith("config/policy.yaml:")
    assert int(problem.split(":")[1]) >= line
    assert "invalid YAML" in problem


def test_every_problem_is_named_at_once(after: Edit, config: Path) -> None:
    path = config / "catalog.yaml"
    text = re.sub("^  match:", "  environments: {dev: fix}\n  match:", path.read_text("utf-8"), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    problems = after("policy.yaml", "severity_floor: HIGH", "severity_floor: SOME")
    assert len(problems) == 1 + len(load_entries())


def test_an_empty_file_is_refused(after: Edit, config: Path) -> None:
    text = (config / "policy.yaml").read_text(encoding="utf-8")
    (problem,) = after("policy.yaml", text, "# nothing\n")
    assert problem == "config/policy.yaml:1: None is not of the type object"


# -- what bounds changes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        (
            "  warn_days: 14",
            "  warn_day: 14",
            "exceptions.warn_day",
            "unknown key; allowed: max_days, warn_days",
        ),
        ("  times: 3", "  time: 3", "drift.time", "unknown key; allowed: days, times"),
        ("    approvers: 2", "    approvers: 0", "environments.restricted-production.approvers", "0 is less than"),
        ("    approvers: 2", "    approvers: 3", "environments.restricted-production.approvers", "3 is greater than"),
        ("  everything: 200", "  everything: 0", "writes_per_hour.everything", "0 is less than the minimum of 1"),
        ("  everything: 200", "  everything: 10001", "writes_per_hour.everything", "10001 is greater than"),
        ("  expire_hours: 168", "  expire_hours: 0", "approvals.expire_hours", "0 is less than the minimum of 1"),
        (
            "    template_owned: notify",
            "    template_owned: warn",
            "environments.restricted-production.template_owned",
            "'warn' is not allowed; one of: fix, fix-and-notify, notify",
        ),
        (
            "    outside_window: wait",
            "    outside_window: skip",
            "environments.dev.outside_window",
            "'skip' is not allowed; one of: wait, approve",
        ),
        (
            "  terraform_tags: [managed-by=terraform,",
            "  terraform_tags: [=terraform,",
            "templates.terraform_tags[0]",
            "'=terraform' does not match ^[^=]+(=.*)?$ (a tag's key, or key=value)",
        ),
        (
            "  warn_days: 14",
            "  warn_days: 180",
            "exceptions.warn_days",
            "180 must be less than max_days, which is 180",
        ),
    ],
)
def test_a_bound_that_cannot_be_is_refused_with_its_line(
    after: Edit, old: str, new: str, place: str, problem: str
) -> None:
    line = line_of("policy.yaml", old)
    problems = after("policy.yaml", old, new)
    assert any(found.startswith(f"config/policy.yaml:{line}: {place}: {problem}") for found in problems), problems


@pytest.mark.parametrize("section", ["exceptions", "approvals", "writes_per_hour", "drift", "templates", "accounts"])
def test_no_bound_is_left_to_chance(after: Edit, config: Path, section: str) -> None:
    text = (config / "policy.yaml").read_text(encoding="utf-8")
    (whole,) = re.findall(rf"^{section}:.*\n(?:  .*\n)*", text, re.MULTILINE)
    assert after("policy.yaml", whole, "") == (f"config/policy.yaml:1: '{section}' is missing",)


@pytest.mark.parametrize("key", ["approvers", "template_owned", "outside_window"])
def test_no_bound_of_an_environment_is_left_to_chance(after: Edit, key: str) -> None:
    (line,) = re.findall(rf"dev:\n(?:    .*\n)*?(    {key}: .*\n)", (app.CONFIG / "policy.yaml").read_text("utf-8"))
    assert after("policy.yaml", line, "") == (
        f"config/policy.yaml:{line_of('policy.yaml', '  dev:')}: environments.dev: '{key}' is missing",
    )


ACCOUNT = "111122223333"


def account(*lines: str) -> str:
    """The accounts of a policy with these lines for one; the first stands three lines after ``accounts``' own."""
    return "\n".join((f'accounts:\n  "{ACCOUNT}":\n    mode: dry-run', *(f"    {line}" for line in lines)))


@pytest.mark.parametrize(
    ("line", "place", "problem"),
    [
        ("time_zone: Europe/Berln", "time_zone", "'Europe/Berln' is not a time zone; write it like Europe/Berlin"),
        ("windows: []", "windows", "unknown key; allowed: change_windows, freezes, mode, time_zone"),
        ("change_windows: []", "change_windows", "[] should be non-empty"),
        (
            "change_windows: [{ days: [monday], opens: 22:00, closes: 04:00 }]",
            "change_windows[0].days[0]",
            "'monday' is not allowed; one of: mon, tue, wed, thu, fri, sat, sun",
        ),
        (
            "change_windows: [{ days: [mon], opens: 9:30, closes: 12:00 }]",
            "change_windows[0].opens",
            "'9:30' does not match ^([01][0-9]|2[0-3]):[0-5][0-9]$ (a time of day like 22:00)",
        ),
        (
            "change_windows: [{ days: [mon], opens: 22:00, closes: 24:00 }]",
            "change_windows[0].closes",
            "'24:00' does not match",
        ),
        (
            "freezes: [{ begins: 2026-12-18T17:00:00, ends: 2027-01-04T08:00, reason: holidays }]",
            "freezes[0].begins",
            "'2026-12-18T17:00:00' does not match",
        ),
        (
            "freezes: [{ begins: 2026-12-18, ends: 2027-01-04T08:00, reason: holidays }]",
            "freezes[0].begins",
            "'2026-12-18' does not match",
        ),
        (
            "freezes: [{ begins: 2026-02-30T08:00, ends: 2027-01-04T08:00, reason: holidays }]",
            "freezes[0].begins",
            "'2026-02-30T08:00' is not a time; write it like 2026-12-18T17:00",
        ),
        (
            "freezes: [{ begins: 2026-12-18T17:00, ends: 2026-12-18T17:00, reason: holidays }]",
            "freezes[0].ends",
            "'2026-12-18T17:00' is not after begins, '2026-12-18T17:00'",
        ),
        (
            "freezes: [{ begins: 2026-12-18T17:00, ends: 2027-01-04T08:00 }]",
            "freezes[0]",
            "'reason' is missing",
        ),
    ],
)
def test_a_setting_of_an_account_that_cannot_be_is_refused_with_its_line(
    after: Edit, line: str, place: str, problem: str
) -> None:
    number = line_of("policy.yaml", "accounts: {}") + 3
    (found,) = after("policy.yaml", "accounts: {}", account(line))
    assert found.startswith(f"config/policy.yaml:{number}: accounts.{ACCOUNT}.{place}: {problem}")


def test_an_account_without_twelve_digits_is_refused_with_its_line(after: Edit) -> None:
    line = line_of("policy.yaml", "accounts: {}")
    (problem,) = after("policy.yaml", "accounts: {}", 'accounts:\n  "1111":\n    mode: dry-run')
    assert problem == f"config/policy.yaml:{line + 1}: accounts.1111: unknown key; allowed: ^[0-9]{{12}}$"


def test_times_and_dates_need_no_quotes(edited: Callable[[str, str], Policy]) -> None:
    calendar = (
        edited(
            "accounts: {}",
            account(
                "change_windows: [{ days: [mon, fri], opens: 22:00, closes: 04:00 }]",
                "freezes: [{ begins: 2026-12-18T17:00, ends: 2027-01-04T08:00, reason: holidays }]",
            ),
        )
        .accounts[ACCOUNT]
        .calendar
    )
    assert calendar.windows == (ChangeWindow(days=("mon", "fri"), opens=time(22), closes=time(4)),)
    assert calendar.freezes == (
        Freeze(begins=datetime(2026, 12, 18, 17), ends=datetime(2027, 1, 4, 8), reason="holidays"),  # noqa: DTZ001
    )


@pytest.mark.parametrize(
    "text", ["22:00", "9:30", "1:30.5", "2026-12-18", "2026-12-18T17:00:00", "2026-12-18 17:00:00Z"]
)
def test_what_yaml_takes_for_a_time_or_a_number_to_the_base_of_sixty_is_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "times.yaml"
    path.write_text(f"bare: {text}\nnumber: 22\nquoted: '{text}'\n", encoding="utf-8")
    assert read_yaml(path).content == {"bare": text, "number": 22, "quoted": text}


def test_the_examples_in_the_policys_comments_can_be_used(edited: Callable[[str, str], Policy], config: Path) -> None:
    path = config / "policy.yaml"
    example = r'^( +)# ( *(?:change_windows:|freezes:|mode:|time_zone:|"[0-9]{12}":|- \{).*)$'
    text = re.sub(example, r"\1\2", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    policy = edited("accounts: {}", "accounts:")
    assert policy.environments["production"].calendar.windows
    assert policy.environments["production"].calendar.freezes
    (one,) = policy.accounts.values()
    assert (one.time_zone, one.mode) == ("Europe/Berlin", Mode.DRY_RUN)
    assert one.calendar.windows


def test_a_resources_past_keeps_as_many_changes_as_any_policy_asks_for() -> None:
    drift = policy_schema(SPECS)["properties"]["drift"]["properties"]
    assert drift["times"]["maximum"] <= MOST_KEPT


def test_a_policy_that_no_template_could_hold_is_refused(after: Edit) -> None:
    reason = "x" * LONGEST_POLICY
    (problem,) = after(
        "policy.yaml",
        "accounts: {}",
        account(f"freezes: [{{ begins: 2026-12-18T17:00, ends: 2027-01-04T08:00, reason: {reason} }}]"),
    )
    assert re.fullmatch(r"config: policy and catalog have \d{6} characters as JSON; 250000 at most", problem)


def load_entries() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(load_policy(app.CONFIG, SPECS))["catalog"]
    return entries


# -- what stands in the files ----------------------------------------------------------------------------------------


def test_every_fix_that_answers_a_rule_is_in_the_catalog(policy: Policy) -> None:
    left_out = SPECS.keys() - {entry.fix.id for entry in policy.catalog}
    reached_by = (Framework.WIZ, Framework.SECURITY_HUB)  # a deployer adds an entry for what neither has a rule for
    assert not [
        one for fix_id in left_out for answer in read_answers()[fix_id] for one in map(answer.of, reached_by) if one
    ]


def test_every_entry_is_reached_by_everything_that_it_answers(policy: Policy) -> None:
    fields = {"rules": "rule_id", "controls": "id", "control_names": "name"}
    for entry, raw in zip(policy.catalog, load_entries(), strict=True):
        assert raw["match"]
        for kind, identifiers in raw["match"].items():
            for identifier in identifiers:
                said = {"id": "", "name": "", "rule_id": "", "rule_name": "", fields[kind]: identifier}
                assert all(policy.entry_for(Control(**said), name) is entry for name in entry.resource_types)


def test_nothing_is_remediated_in_restricted_production(policy: Policy) -> None:
    assert policy.environments[RESTRICTED_PRODUCTION].mode is Mode.APPROVE
    assert not any(entry.environments.get(RESTRICTED_PRODUCTION) is Mode.REMEDIATE for entry in policy.catalog)


def test_restricted_production_asks_two_people_and_leaves_templates_alone(policy: Policy) -> None:
    rules = policy.environments[RESTRICTED_PRODUCTION]
    assert rules.approvers == 2
    assert rules.template_owned is TemplateMode.NOTIFY


def test_no_change_window_is_imposed(policy: Policy) -> None:
    assert not any(rules.calendar.windows or rules.calendar.freezes for rules in policy.environments.values())
    assert policy.accounts == {}


def test_what_disrupts_a_workload_needs_approval_in_production_or_is_rehearsed(policy: Policy) -> None:
    for entry in policy.catalog:
        if entry.fix.disruption != "none":
            assert entry.environments["production"] in (Mode.APPROVE, Mode.DRY_RUN), entry.id


def test_every_mode_of_production_can_be_shown(policy: Policy) -> None:
    modes = {entry.environments["production"] for entry in policy.catalog}
    assert {Mode.REMEDIATE, Mode.APPROVE, Mode.DRY_RUN} <= modes


# -- deployments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("environment", ["prod", None])
def test_an_unknown_deployment_is_refused_with_those_there_are(environment: str | None) -> None:
    with pytest.raises(ConfigurationInvalid, match="one of: dev, local, production, staging"):
        load_deployment(app.CONFIG, environment)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'account: "',
            'account: "1',
            "account: '1111122223333' does not match ^[0-9]{12}$",
        ),
        ("log_level: INFO", "log_level: LOUD", "log_level: 'LOUD' is not allowed; one of: DEBUG, INFO, WARNING"),
        ("findings_concurrency: 5", "findings_concurrency: 1", "findings_concurrency: 1 is less than the minimum of 2"),
        ("retry_seconds: 30", "retry_secs: 30", "retry_secs: unknown key; allowed: account"),
        (
            'approver_role_arns: ["',
            'approver_role_arns: ["x',
            "approver_role_arns[0]: 'xarn:aws:iam::111122223333:role/EXAMPLE-SutureApprover' does not match",
        ),
        (
            'operator_role_arns: ["arn:aws:iam::111122223333:role/',
            'operator_role_arns: ["arn:aws:iam::111122223333:role/*',
            "operator_role_arns[0]: 'arn:aws:iam::111122223333:role/*EXAMPLE-SutureOperator' does not match",
        ),
        (
            'administrator_role_arns: ["arn:aws:iam::111122223333',
            'administrator_role_arns: ["arn:aws:iam::999999999999',
            "administrator_role_arns[0]: 'arn:aws:iam::999999999999:role/EXAMPLE-SutureAdministrator' is not a role of",
        ),
        (
            'approver_role_arns: ["arn:aws:iam::111122223333:role/EXAMPLE-SutureApprover"]',
            'approver_role_arns: ["arn:aws:iam::111122223333:role/EXAMPLE-SutureOperator"]',
            "approver_role_arns[0]: 'arn:aws:iam::111122223333:role/EXAMPLE-SutureOperator' is in operator_role_arns",
        ),
        (
            "session_names: '",
            "session_names: '.*|",
            r"session_names: '.*|[a-z0-9._+-]+@example\\.com' also matches 'botocore-session-1764073000', which tools",
        ),
        ("session_names: '", "session_names: '(", "session_names: '([a-z0-9._+-]+@example"),
    ],
)
def test_a_deployments_parameters_are_checked(
    config: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, sentence: str
) -> None:
    monkeypatch.chdir(config.parent)
    path = config / "deployments" / "dev.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationInvalid) as raised:
        load_deployment(config, "dev")
    line = line_of("deployments/dev.yaml", old)
    assert any(
        problem.startswith(f"config/deployments/dev.yaml:{line}: {sentence}") for problem in raised.value.problems
    )


@pytest.mark.parametrize("environment", ["dev", "staging", "production"])
def test_example_ids_are_marked_as_made_up(environment: str) -> None:
    text = (app.CONFIG / "deployments" / f"{environment}.yaml").read_text(encoding="utf-8")
    assert "MADE UP" in text
    assert not load_deployment(app.CONFIG, environment).disposable

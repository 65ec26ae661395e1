"""The documentation says what is there: everything that has to be in it is, and what it names exists."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import chevron  # type: ignore[import-untyped]
import pytest
from typer.main import get_command

from cli.facts import parse_facts
from cli.main import app
from cli.policy import read_policy
from cli.simulation import simulate
from infra.deployment import SCHEMA, deployment_names
from infra.policy_schema import policy_schema
from infra.work_queue import FUNCTION_TIMEOUT, MAX_RECEIVES, RETENTION, VISIBILITY_TIMEOUT
from local import role_page
from local.fix_pages import FOLDER, pages
from runtime.aws.accounts import SESSION_SECONDS
from runtime.aws.policy import MAX_AGE_SECONDS
from runtime.domain import decision
from runtime.domain.audit import EventKind
from runtime.domain.case import Decision
from runtime.domain.finding import Finding
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes.catalog import FIX_BY_ID, SPECS
from runtime.intake import parse_message
from runtime.items.locks import LEASE_SECONDS
from tests.samples.render import CURRENT, DEFAULTS, OLDER, sample, template
from tests.samples.render import README as TEMPLATE

REPOSITORY = Path(__file__).parents[2]
README = REPOSITORY / "README.md"
ARCHITECTURE = REPOSITORY / "docs" / "architecture.md"
CONFIGURATION = REPOSITORY / "docs" / "configuration.md"

DOCUMENTS = [
    *sorted(REPOSITORY.glob("*.md")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    REPOSITORY / "customer_role" / "README.md",
]
EVERY_DOCUMENT = [pytest.param(path, id=str(path.relative_to(REPOSITORY))) for path in DOCUMENTS]
EXAMPLES = [*DOCUMENTS, REPOSITORY / "Makefile", *sorted((REPOSITORY / "cli").rglob("*.py"))]
CODE_FOLDERS = ("runtime", "infra", "customer_role", "config", "cli", "local", "tests", "docs")


# --- The fixes ---


def test_the_page_of_every_fix_is_what_its_code_says_now() -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert found == dict(pages()), "python -m local.fix_pages"


def test_the_page_of_the_customers_roles_is_what_their_packs_say_now() -> None:
    assert role_page.FILE.read_text(encoding="utf-8") == role_page.page(), "python -m local.role_page"


def test_every_fix_has_a_page_and_the_index_leads_to_it() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    for fix in FIX_BY_ID.values():
        assert f"({fix.spec.id}.md)" in index
        page = (FOLDER / f"{fix.spec.id}.md").read_text(encoding="utf-8")
        assert all(f"`{permission.action}`" in page for permission in (*fix.spec.reads, *fix.spec.writes))
        assert all(f"`{name}`" in page for name in fix.spec.options)


# --- The decision ---


def rows(path: Path) -> list[str]:
    """The first cells of all tables, where they are code, without the quotes."""
    return re.findall(r"^\| `([^`]+)` \|", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained_once(reason: Reason) -> None:
    assert rows(ARCHITECTURE).count(reason) == 1


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_its_chapter_and_a_line_in_the_readme(outcome: Outcome) -> None:
    assert f"\n### {outcome}\n" in ARCHITECTURE.read_text(encoding="utf-8")
    assert rows(README).count(outcome) == 1


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_audit_event_is_explained(kind: EventKind) -> None:
    assert kind in rows(ARCHITECTURE)


def test_the_checks_are_listed_in_the_order_in_which_they_are_made() -> None:
    examples = (REPOSITORY / "docs" / "simulate.md").read_text(encoding="utf-8")
    facts = re.search(r"### REMEDIATE: ELIGIBLE\n.*?```json\n(.+?)```", examples, re.DOTALL)
    assert facts is not None
    folder = REPOSITORY / "cli" / "example"
    body = (folder / "payload.json").read_text(encoding="utf-8")
    now = datetime(2026, 3, 14, tzinfo=UTC)
    result = simulate(body, parse_facts(facts[1], "docs/simulate.md"), read_policy(folder), now).result
    assert isinstance(result, Decision)
    assert result.outcome is Outcome.REMEDIATE
    made = list(dict.fromkeys(re.sub(r"^blast-radius-.*", "blast-radius-…", check.name) for check in result.checks))
    chapter = ARCHITECTURE.read_text(encoding="utf-8").split("\n## ")
    (table,) = (part for part in chapter if part.startswith("The decision\n"))
    assert re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE) == made


def test_each_check_is_listed_with_the_outcomes_that_are_declared_for_it() -> None:
    declared: dict[str, set[str]] = {}
    for check in (*decision._CHECKS, *decision._UNASKED, decision._blast_radius("…", 0), *decision._UNASKED_LAST):
        declared.setdefault(check.name, set()).add(check.outcome)
    chapter = ARCHITECTURE.read_text(encoding="utf-8").split("\n## ")
    (table,) = (part for part in chapter if part.startswith("The decision\n"))
    listed = re.findall(r"^\| `([^`]+)` \|.*\| (.*) \|$", table, re.MULTILINE)
    assert {
        name: {outcome for outcome in Outcome if f"`{outcome}`" in otherwise} for name, otherwise in listed
    } == declared


def test_the_numbers_are_those_of_the_code() -> None:
    text = " ".join(ARCHITECTURE.read_text(encoding="utf-8").split())
    for sentence in (
        f"{MAX_RECEIVES} receives, then the dead-letter queue",
        f"kept for {RETENTION.to_days()} days in each",
        f"a function timeout of {FUNCTION_TIMEOUT.to_seconds()} seconds",
        f"a visibility timeout of {VISIBILITY_TIMEOUT.to_minutes()} minutes",
        f"A lease of {LEASE_SECONDS} seconds",
        f"Sessions last {SESSION_SECONDS // 60} minutes",
        f"at most {MAX_AGE_SECONDS} seconds old",
    ):
        assert sentence in text


# --- Configuration ---


def leaves(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The keys that an operator writes, as the documentation calls them. An entry of the catalog begins anew."""
    if "properties" in schema:
        for name, part in schema["properties"].items():
            yield from leaves(part, f"{path}.{name}".removeprefix("."))
        return
    if schema.get("type") == "array" and "properties" in schema.get("items", {}):
        yield from leaves(schema["items"])
    for part in schema.get("patternProperties", {}).values():
        if "properties" in part:
            yield from leaves(part, f"{path}.…")
            return
    yield path


@pytest.mark.parametrize("key", sorted({*leaves(policy_schema(SPECS)), *leaves(SCHEMA)}))
def test_every_configuration_key_is_explained(key: str) -> None:
    assert key in rows(CONFIGURATION)


def test_no_configuration_key_is_explained_that_does_not_exist() -> None:
    known = {*leaves(policy_schema(SPECS)), *leaves(SCHEMA), "match"}
    files = {"catalog.yaml", "overrides.yaml", "policy.yaml", "deployments/ENV.yaml", "policy.schema.json"}
    modes = {"remediate", "approve", "dry-run", "notify"}
    conditions = {"disruption=none", "reversible=true", "service=s3"}
    assert set(rows(CONFIGURATION)) - known - files - modes - conditions == set()


# --- Links and commands ---


def anchors(path: Path) -> set[str]:
    """The headings of a file, as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", EVERY_DOCUMENT)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


@pytest.mark.parametrize("path", EVERY_DOCUMENT)
def test_every_file_that_is_named_exists(path: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(CODE_FOLDERS)})/[\w./-]+)`", path.read_text(encoding="utf-8"))
    missing = [name for name in named if not (REPOSITORY / name).exists()]
    assert [name for name in missing if "NAME" not in name and "ENV" not in name] == []


@pytest.mark.parametrize("path", EVERY_DOCUMENT)
def test_every_make_target_and_module_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    assert set(re.findall(r"(?:`|^ *)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    for module in re.findall(r"python -m ([\w.]+)", text):
        assert importlib.util.find_spec(module) is not None, module


@pytest.mark.parametrize("path", EVERY_DOCUMENT)
def test_every_suture_command_that_is_named_exists_with_its_options(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in re.findall(r"(?:`|^ *|&& )suture ((?:-e \S+ )?[a-z][^`\n|]*)", text, re.MULTILINE):
        words = re.sub(r"<[^>]*>", "ID", line.removeprefix("-e ").split("  ")[0]).split()
        command: Any = get_command(app)
        options = {option for parameter in command.params for option in parameter.opts}
        for word in words:
            if word in getattr(command, "commands", {}):
                command = command.commands[word]
                options |= {option for parameter in command.params for option in parameter.opts}
        assert command.name != app.info.name or not hasattr(command, "commands"), line
        assert {word for word in words if word.startswith("--")} <= options | {"--help"}, line


def named_environments(text: str) -> set[str]:
    """The environments that examples give; ENV, NAME and <name> stand for one."""
    return set(re.findall(r"(?:\bsuture -e |--environment[ =]|\bENV=|-c env=)([a-z][\w-]*)", text))


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(REPOSITORY))) for path in EXAMPLES])
def test_every_environment_in_an_example_is_one_that_is_deployed(path: Path) -> None:
    assert named_environments(path.read_text(encoding="utf-8")) <= set(deployment_names(REPOSITORY / "config"))


def test_an_example_with_another_environment_would_be_found() -> None:
    text = "make synth ENV=prod; suture -e ENV audit; suture -e qa audit; add --environment uat; `-c env=NAME`"
    assert named_environments(text) == {"prod", "qa", "uat"}


def test_every_output_of_the_stack_that_is_named_exists() -> None:
    stack = (REPOSITORY / "infra" / "platform_stack.py").read_text(encoding="utf-8")
    outputs = set(re.findall(r'^            "([A-Z]\w+)": ', stack, re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"<((?:[A-Z][a-z]+){2,})>", path.read_text("utf-8"))}
    assert named
    assert named <= outputs


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 250


# --- What people copy ---


def test_the_body_that_operators_paste_into_wiz_uses_only_variables_that_wiz_has() -> None:
    variable = re.compile(r"{{#?/?([\w.]+)}}")
    assert set(variable.findall(template(TEMPLATE))) <= set(variable.findall(sample(OLDER) + sample(CURRENT)))


def test_the_body_that_operators_paste_into_wiz_arrives_as_a_finding_with_the_rules_id() -> None:
    variables = {
        "triggerSource": "ISSUE",
        "triggerType": "Created",
        "ruleId": "9f1f6a52-31c4-4a0e-8b5d-2f8f6f1f0c11",
        "ruleName": "suture",
        "issue": {
            "id": DEFAULTS["issue_id"],
            "status": "OPEN",
            "severity": "HIGH",
            "createdAt": DEFAULTS["created_at"],
            "projects": [{"name": "Payments"}, {"name": "Invoicing"}],
            "entitySnapshot": {
                "providerId": DEFAULTS["resource_id"],
                "name": DEFAULTS["resource_name"],
                "nativeType": DEFAULTS["native_type"],
                "cloudPlatform": "AWS",
                "subscriptionExternalId": DEFAULTS["account_id"],
                "region": DEFAULTS["region"],
            },
            "control": {
                "id": DEFAULTS["control_id"],
                "name": DEFAULTS["control_name"],
                "sourceCloudConfigurationRule": {"shortId": "S3-900", "name": DEFAULTS["rule_name"]},
            },
        },
    }
    # Not escaped for HTML, as in tests/samples/render.py.
    body = chevron.render(re.sub(r"{{([\w.]+)}}", r"{{{\1}}}", template(TEMPLATE)), variables)
    finding = parse_message(body).result
    assert isinstance(finding, Finding)
    assert finding.issue_id == DEFAULTS["issue_id"]
    assert (finding.status, finding.severity, finding.created_at) == ("OPEN", "HIGH", DEFAULTS["created_at"])
    assert finding.projects == ("Payments", "Invoicing")
    assert (finding.control.rule_id, finding.control.rule_name) == ("S3-900", DEFAULTS["rule_name"])
    assert (finding.control.id, finding.control.name) == (DEFAULTS["control_id"], DEFAULTS["control_name"])
    assert (finding.resource_id, finding.resource_name) == (DEFAULTS["resource_id"], DEFAULTS["resource_name"])
    assert (finding.native_type, finding.account_id) == (DEFAULTS["native_type"], DEFAULTS["account_id"])
    assert finding.region == DEFAULTS["region"]
    assert (finding.trigger, finding.rule_name) == ("Created", "suture")


def test_the_body_has_no_field_that_is_not_read() -> None:
    read = {
        "trigger": {"source", "type", "ruleId", "ruleName"},
        "issue": {"id", "status", "severity", "created", "projects"},
        "resource": {"id", "name", "type", "cloudPlatform", "subscriptionId", "region"},
        "control": {"id", "name", "sourceCloudConfigurationRuleId", "sourceCloudConfigurationRuleName"},
    }
    assert {part: set(fields) for part, fields in json.loads(template(TEMPLATE)).items()} == read

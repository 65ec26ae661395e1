"""``suture accounts``, and the functions that write the registry."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from cli.registry_writer import ACCOUNT_LIST, AccountRegistered, add_account, list_accounts, remove_account
from customer_role.trust import EXTERNAL_ID, EXTERNAL_ID_LENGTH
from runtime.application.ports import ConditionFailed, Delete, Key, Put, Store
from runtime.domain.access import services_of
from runtime.domain.facts import Account
from runtime.fixes.catalog import SPECS
from runtime.items.accounts import account_from_item, account_key
from tests.unit.cli.aws_command_line import NotACommand, read_command
from tests.unit.cli.command import EXAMPLE, suture, suture_json

ID = "111122223333"
ADD = ("-e", "test", "accounts", "add", ID, "--name", "acme-payments", "--config", EXAMPLE)
EXECUTION_ROLE = "arn:aws:iam::123456789012:role/suture-test-execution"


def _registered(store: Store) -> Account | None:
    """The account as the function reads it."""
    key = account_key(ID)
    return account_from_item(key, store.read([key]).item(key))


def test_an_added_account_is_what_the_function_reads(store: Store) -> None:
    answer = suture_json(*ADD, "--environment", "dev", "--owner", "payments@example.com")
    account = _registered(store)
    assert account == Account(
        id=ID,
        name="acme-payments",
        environment="dev",
        owner="payments@example.com",
        external_id=answer["external_id"],
    )


def test_adding_prints_what_the_customers_template_asks_for(store: Store) -> None:
    answer = suture_json(*ADD)
    assert answer["parameters"] == {"ExecutionRoleArn": EXECUTION_ROLE, "ExternalId": answer["external_id"]}
    assert answer["packs"] == [*services_of(SPECS.values()), "verification"]
    assert re.fullmatch(r"suture-[0-9a-f]{32}", answer["external_id"])


def test_people_are_told_how_to_deploy_each_pack(store: Store) -> None:
    result = suture(*ADD)
    assert result.exit_code == 0
    account = _registered(store)
    assert account is not None
    assert f"for pack in {' '.join(services_of(SPECS.values()))} verification; do" in result.stdout
    assert "aws cloudformation deploy --stack-name suture-remediation-$pack " in result.stdout
    assert f"ExecutionRoleArn={EXECUTION_ROLE} ExternalId={account.external_id}\n" in result.stdout


def test_the_account_that_the_platform_runs_in_is_not_onboarded(store: Store) -> None:
    platform = EXECUTION_ROLE.split(":")[4]
    result = suture("-e", "test", "accounts", "add", platform, "--name", "ours", "--config", EXAMPLE, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Account {platform} is the platform's account" in result.stderr
    assert "neither onboarded nor changed" in result.stderr
    assert list_accounts(store) == ()


def test_no_two_accounts_get_the_same_external_id(store: Store) -> None:
    ids = {
        add_account(store, account_id=f"{number:012d}", name="acme", environment="", owner="").external_id
        for number in range(30)
    }
    assert len(ids) == 30


def test_an_account_that_is_registered_is_left_as_it_is(store: Store) -> None:
    before = suture_json(*ADD)
    result = suture(*ADD[:-4], "--name", "another", "--config", EXAMPLE, "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "registered already, as 'acme-payments'" in result.stderr
    assert f"suture accounts show {ID}" in result.stderr
    assert suture_json("-e", "test", "accounts", "show", ID) == before


def test_the_error_of_a_second_registration_has_the_account_that_was_kept(store: Store) -> None:
    kept = add_account(store, account_id=ID, name="acme", environment="", owner="")
    with pytest.raises(AccountRegistered) as raised:
        add_account(store, account_id=ID, name="other", environment="", owner="")
    assert raised.value.account == kept
    assert list_accounts(store) == (kept,)


def test_an_account_that_is_only_listed_is_not_taken_for_a_registration(store: Store) -> None:
    kept = add_account(store, account_id=ID, name="acme", environment="", owner="")
    store.commit([Delete(account_key(ID))])
    with pytest.raises(ConditionFailed):
        add_account(store, account_id=ID, name="other", environment="", owner="")
    result = suture(*ADD)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert f"suture-test-registry lists account {ID}, but does not have it" in result.stderr
    assert list_accounts(store) == (kept,)


def test_the_list_has_every_account(store: Store) -> None:
    added = [
        add_account(store, account_id=number, name=name, environment="dev", owner="")
        for number, name in (("111111111111", "one"), ("222222222222", "two"))
    ]
    listed = suture_json("-e", "test", "accounts", "list")
    assert [account["id"] for account in listed] == ["111111111111", "222222222222"]
    assert [account["external_id"] for account in listed] == [account.external_id for account in added]
    shown = suture("-e", "test", "accounts", "list").stdout
    assert "one" in shown
    assert "(several)" in shown


def test_an_empty_list_is_an_answer(store: Store) -> None:
    assert suture_json("-e", "test", "accounts", "list") == []
    result = suture("-e", "test", "accounts", "list")
    assert result.exit_code == 0
    assert "suture accounts add" in result.stderr


def test_an_account_is_shown_with_the_parameters_of_its_role(store: Store) -> None:
    account = add_account(store, account_id=ID, name="acme", environment="dev", owner="me")
    shown = suture_json("-e", "test", "accounts", "show", ID)
    assert shown["parameters"] == {"ExecutionRoleArn": EXECUTION_ROLE, "ExternalId": account.external_id}
    assert (shown["name"], shown["environment"], shown["owner"]) == ("acme", "dev", "me")
    assert account.external_id in suture("-e", "test", "accounts", "show", ID).stdout


def test_an_account_that_is_not_registered_is_not_shown(store: Store) -> None:
    result = suture("-e", "test", "accounts", "show", "999999999999", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "999999999999 is not registered in suture-test-registry" in result.stderr


@pytest.mark.parametrize(
    ("key", "command"),
    [
        (account_key(ID), ("show", ID)),
        (Key(*ACCOUNT_LIST, f"account#{ID}"), ("list",)),
        (account_key(ID), ("add", ID, "--name", "acme")),
    ],
    ids=["show", "list", "add"],
)
def test_half_an_account_is_reported_and_not_shown(store: Store, key: Key, command: tuple[str, ...]) -> None:
    store.commit([Put(key, {"id": ID})])
    result = suture("-e", "test", "accounts", *command)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "An item of suture-test-registry cannot be read" in result.stderr
    assert f"'{key.item}' in partition '{key.partition}'" in result.stderr
    assert "'name' is missing" in result.stderr


@pytest.mark.parametrize("text", ["11112222333", "1111-2222-3333", "acme", "1111222233334", "١١١١٢٢٢٢٣٣٣٣"])
def test_what_is_no_account_id_is_refused_before_any_call(text: str) -> None:
    for command in (("add", text, "--name", "acme"), ("show", text)):
        result = suture("-e", "test", "accounts", *command)
        assert result.exit_code == 2
        assert "12 digits" in result.stderr
        assert text in result.stderr


def test_an_account_needs_a_name(store: Store) -> None:
    assert suture("-e", "test", "accounts", "add", ID).exit_code == 2
    result = suture("-e", "test", "accounts", "add", ID, "--name", " ")
    assert result.exit_code == 2
    assert "--name" in result.stderr


def test_an_environment_that_the_policy_does_not_have_is_refused(store: Store) -> None:
    result = suture(*ADD, "--environment", "prod")
    assert result.exit_code == 2
    assert "'prod' is unknown. Did you mean production?" in result.stderr
    assert list_accounts(store) == ()


def test_without_a_policy_the_environment_is_taken_and_the_person_told(store: Store, tmp_path: Path) -> None:
    result = suture(*ADD[:-1], tmp_path, "--environment", "anything", "--json")
    assert result.exit_code == 0
    assert "not checked" in result.stderr
    assert [account.environment for account in list_accounts(store)] == ["anything"]


# -- remove -----------------------------------------------------------------------------------------------------------

REMOVE = ("-e", "test", "accounts", "remove", ID)


def test_a_removed_account_is_not_there_and_another_registration_has_another_external_id(store: Store) -> None:
    first = suture_json(*ADD)["external_id"]
    result = suture(*REMOVE, "--yes")
    assert result.exit_code == 0
    assert f"Account {ID} is removed" in result.stdout
    assert "delete-stack --stack-name suture-remediation" in result.stdout
    assert _registered(store) is None
    assert list_accounts(store) == ()
    assert suture_json(*ADD)["external_id"] != first


def test_removing_asks_first_and_shows_the_account(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    suture_json(*ADD)
    refused = suture(*REMOVE)
    assert refused.exit_code == 2
    assert "acme-payments" in refused.stdout
    monkeypatch.setattr("cli.confirmation.can_ask", lambda: True)
    assert suture(*REMOVE, text="n\n").exit_code == 1
    assert _registered(store) is not None
    assert suture(*REMOVE, text="y\n").exit_code == 0
    assert _registered(store) is None


def test_an_account_that_is_not_registered_is_not_removed_and_the_nearest_is_named(store: Store) -> None:
    suture_json(*ADD)
    result = suture(*REMOVE[:-1], ID[:-1] + "4", "--yes")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Did you mean {ID}?" in result.stderr
    assert _registered(store) is not None


def test_an_account_that_was_registered_anew_meanwhile_is_not_removed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    suture_json(*ADD)

    def register_anew(store: Store, account: Account) -> None:
        remove_account(store, account)
        add_account(store, account_id=ID, name="anew", environment="", owner="")
        remove_account(store, account)

    monkeypatch.setattr("cli.commands.accounts.remove_account", register_anew)
    result = suture(*REMOVE, "--yes", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Nothing was changed" in result.stderr
    assert [account.name for account in list_accounts(store)] == ["anew"]


# -- deploying --------------------------------------------------------------------------------------------------------

UNIT = "ou-abcd-12345678"
STACK_SETS = ("-e", "test", "accounts", "stack-sets", "--organizational-unit", UNIT)


def test_a_quick_create_link_fills_in_the_template_and_both_parameters(store: Store) -> None:
    account = add_account(store, account_id=ID, name="acme", environment="", owner="")
    bucket = "https://acme-templates.s3.amazonaws.com/suture"
    links = suture_json("-e", "test", "accounts", "show", ID, "--templates", f"{bucket}/", "--region", "eu-central-1")[
        "links"
    ]
    assert list(links) == [*services_of(SPECS.values()), "verification"]
    console, _, query = links["s3"].partition("#/stacks/quickcreate?")
    assert console == "https://eu-central-1.console.aws.amazon.com/cloudformation/home?region=eu-central-1"
    assert parse_qs(query) == {
        "templateURL": [f"{bucket}/suture-remediation-s3.yaml"],
        "stackName": ["suture-remediation-s3"],
        "param_ExecutionRoleArn": [EXECUTION_ROLE],
        "param_ExternalId": [account.external_id],
    }
    assert (
        links["s3"]
        in suture("-e", "test", "accounts", "show", ID, "--templates", bucket, "--region", "eu-central-1").stdout
    )


@pytest.mark.parametrize(
    "options",
    [
        ("show", ID, "--templates", "s3://acme/suture"),
        ("show", ID, "--templates", "https://acme", "--region", "$(x)"),
        ("stack-sets", "--organizational-unit", "ou-1; x"),
        (*STACK_SETS[3:], "--pack", "s4"),
        (*STACK_SETS[3:], "--region", "us"),
    ],
)
def test_what_cannot_stand_in_a_link_or_script_is_refused(store: Store, options: tuple[str, ...]) -> None:
    add_account(store, account_id=ID, name="acme", environment="", owner="")
    result = suture("-e", "test", "accounts", *options)
    assert (result.exit_code, result.stdout) == (2, "")


def test_the_script_makes_a_stack_set_of_each_pack_and_deploys_it_with_each_accounts_own_external_id(
    store: Store, tmp_path: Path
) -> None:
    accounts = [
        add_account(store, account_id=number, name=name, environment="", owner="")
        for number, name in ((ID, "acme\ntouch pwned"), ("222222222222", "two"))
    ]
    called = _run_script(tmp_path, described="exit 255")
    assert called[0] == ["make", "customer-templates"]
    assert [call[2] for call in called[1:]] == 2 * ["create-stack-set", *2 * ["create-stack-instances"]]
    made = called[1]
    assert made[made.index("--template-body") + 1] == "file://build/customer-role/suture-remediation-s3.yaml"
    assert f"ParameterKey=ExecutionRoleArn,ParameterValue={EXECUTION_ROLE}" in made
    for call, account in zip(called[2:4], accounts, strict=True):
        assert f"OrganizationalUnitIds={UNIT},Accounts={account.id},AccountFilterType=INTERSECTION" in call
        assert f"ParameterKey=ExternalId,ParameterValue={account.external_id}" in call
    assert not (tmp_path / "pwned").exists()


def test_the_script_updates_what_is_there_and_an_instance_only_if_its_external_id_is_another(
    store: Store, tmp_path: Path
) -> None:
    kept = add_account(store, account_id=ID, name="acme", environment="", owner="")
    anew = add_account(store, account_id="222222222222", name="two", environment="", owner="")
    there = f'case "$*" in *" {kept.id} "*) echo {kept.external_id} ;; *" {anew.id} "*) echo an-older-one ;; esac'
    called = _run_script(tmp_path, described=there)
    assert [call[2] for call in called[1:]] == 2 * ["update-stack-set", "update-stack-instances"]
    created = _run_script(tmp_path / "new", described="exit 255")
    assert [option for option in called[1] if option.startswith("--")] == [
        option for option in created[1] if option.startswith("--")
    ]
    (updated,) = {tuple(call) for call in called if call[2:3] == ["update-stack-instances"] and "-s3" in call[4]}
    assert f"OrganizationalUnitIds={UNIT},Accounts={anew.id},AccountFilterType=INTERSECTION" in updated
    assert f"ParameterKey=ExternalId,ParameterValue={anew.external_id}" in updated


def test_a_script_that_may_not_do_something_stops_there(store: Store, tmp_path: Path) -> None:
    add_account(store, account_id=ID, name="acme", environment="", owner="")
    called = _run_script(tmp_path, described="exit 255", changed="exit 254", exit_code=254)
    assert [call[2] for call in called[1:]] == ["create-stack-set"]


@pytest.mark.parametrize("described", ["exit 255", "echo an-older-one"], ids=["new", "there"])
def test_the_script_calls_aws_as_its_own_model_of_the_services_has_it(
    store: Store, tmp_path: Path, described: str
) -> None:
    """No emulator at hand has StackSets: at least no option, value or form in a call can be wrong."""
    account = add_account(store, account_id=ID, name="acme", environment="", owner="")
    called = [read_command(call) for call in _run_script(tmp_path, described=described, every=True)[1:]]
    verb = "Create" if described == "exit 255" else "Update"
    assert [operation for operation, _ in called] == 2 * [
        "DescribeStackSet", f"{verb}StackSet", "DescribeStackInstance", f"{verb}StackInstances",
    ]  # fmt: skip
    assert called[2][1] == {
        "StackSetName": "suture-remediation-s3", "StackInstanceAccount": ID, "StackInstanceRegion": "us-east-1",
    }  # fmt: skip
    assert called[3][1] == {
        "StackSetName": "suture-remediation-s3",
        "Regions": ["us-east-1"],
        "DeploymentTargets": {
            "OrganizationalUnitIds": [UNIT],
            "Accounts": [ID],
            "AccountFilterType": "INTERSECTION",
        },
        "ParameterOverrides": [{"ParameterKey": "ExternalId", "ParameterValue": account.external_id}],
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("--permission-model SERVICE", "'SERVICE' is none of SERVICE_MANAGED, SELF_MANAGED"),
        ("--permissions SERVICE_MANAGED", "has no option --permissions"),
        ("--managed-execution Activ=true", "has no member 'Activ'"),
        ("--auto-deployment Enabled=false --auto-deployment Enabled=false", "is given twice"),
        ("--description one two", "takes one value"),
        ("--parameters ParameterKey=x,Value=y", "has no member 'Value'"),
    ],
)
def test_a_call_that_aws_would_not_take_is_noticed(wrong: str, said: str) -> None:
    with pytest.raises(NotACommand, match=said):
        read_command(f"aws cloudformation create-stack-set --stack-set-name x {wrong}")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("aws cloudformation create-stack-instances --stack-set-name x", "Regions"),
        ("aws cloudformation make-stack-set", "no command make-stack-set"),
        ("aws cloudforming create-stack-set", "no service cloudforming"),
        ("aws organizations describe-account --account-id acme", "has not the form"),
    ],
)
def test_a_call_that_there_is_not_or_that_lacks_something_is_noticed(wrong: str, said: str) -> None:
    with pytest.raises(NotACommand, match=said):
        read_command(wrong)


def _run_script(
    folder: Path, *, described: str, changed: str = "true", exit_code: int = 0, every: bool = False
) -> list[list[str]]:
    """The calls that the script makes of what stands for ``aws`` and ``make``; those that describe only with ``every``.

    ``described`` and ``changed`` are what ``aws`` then does, in words of a shell.
    """
    folder.mkdir(exist_ok=True)
    script = suture(*STACK_SETS, "--pack", "s3", "--pack", "verification")
    assert script.exit_code == 0
    for command in ("aws", "make"):
        file = folder / command
        file.write_text(
            f'#!/bin/sh\nprintf "%s\\t" {command} "$@" >> {folder}/called\necho >> {folder}/called\n'
            f'case "$2" in describe-*) {described}; exit ;; esac\n'
            f"[ {command} = make ] || {changed}\n"
        )
        file.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh"], input=script.stdout, text=True, check=False, cwd=folder, env={"PATH": f"{folder}:/usr/bin:/bin"}
    )
    assert done.returncode == exit_code
    called = [line.rstrip("\t").split("\t") for line in (folder / "called").read_text().splitlines()]
    return [call for call in called if every or not call[2:] or not call[2].startswith("describe-")]


def test_what_stands_for_each_accounts_external_id_is_one_that_the_template_takes(store: Store) -> None:
    add_account(store, account_id=ID, name="acme", environment="", owner="")
    (value,) = set(re.findall(r'ExternalId,ParameterValue=([^"$]+)"', suture(*STACK_SETS).stdout))
    assert re.fullmatch(EXTERNAL_ID, value)
    assert len(value) >= EXTERNAL_ID_LENGTH


def test_without_an_account_there_is_no_script(store: Store) -> None:
    result = suture(*STACK_SETS)
    assert (result.exit_code, result.stdout) == (1, "")

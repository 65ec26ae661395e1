"""What refuses others itself, on the deployed stacks: even somebody with every right in the account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.registry_writer import add_account, list_accounts
from local.environment import LocalEnvironment, local_client
from runtime.application.ports import Table
from runtime.aws.store import KEY_NAMES, DynamoStore
from runtime.aws.threads import together
from tests.e2e.policies import document

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def tables(environment: LocalEnvironment) -> dict[Table, str]:
    return {
        Table.AUDIT: environment.audit_table_name,
        Table.REGISTRY: environment.registry_table_name,
        Table.LEDGER: environment.ledger_table_name,
        Table.HOLDS: environment.holds_table_name,
        Table.LOCKS: environment.lock_table_name,
    }


def clients_of(environment: LocalEnvironment, role_name: str) -> Callable[[str], Any]:
    """Clients of a new role of the platform's account that has every right."""
    iam, root = environment.platform("iam"), {"AWS": f"arn:aws:iam::{environment.platform_account}:root"}
    trust = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=role_name, PolicyName="everything", PolicyDocument=document(EVERYTHING))
    key = environment.platform("sts").assume_role(RoleArn=role, RoleSessionName="somebody")["Credentials"]
    return lambda service: local_client(
        service,
        endpoint=environment.endpoint,
        authority=environment.authority,
        region=environment.region,
        credentials=key,
    )


@pytest.fixture(scope="module")
def mighty(local_aws: LocalEnvironment) -> Callable[[str], Any]:
    return clients_of(local_aws, "mighty")


def writes(dynamodb: Any, table: str, keys: tuple[str, ...]) -> Iterator[Callable[[], Any]]:
    """Every way to write an item."""
    item = {name: {"S": "forged"} for name in keys}
    update = {"UpdateExpression": "SET n = :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    put = {"Put": {"TableName": table, "Item": item}}
    yield lambda: dynamodb.put_item(TableName=table, Item=item)
    yield lambda: dynamodb.update_item(TableName=table, Key=item, **update)
    yield lambda: dynamodb.delete_item(TableName=table, Key=item)
    yield lambda: dynamodb.transact_write_items(TransactItems=[put])


@pytest.mark.parametrize("table", Table)
def test_no_table_takes_a_write_from_somebody_with_every_right(
    local_aws: LocalEnvironment, mighty: Callable[[str], Any], table: Table
) -> None:
    name = tables(local_aws)[table]
    for write in writes(mighty("dynamodb"), name, KEY_NAMES[table]):
        with pytest.raises(ClientError, match="AccessDenied"):
            write()


def test_a_listed_administrator_onboards_accounts(local_aws: LocalEnvironment) -> None:
    client = clients_of(local_aws, "administrator")("dynamodb")
    store = DynamoStore(client=client, tables={Table.REGISTRY: local_aws.registry_table_name}, together=together)
    account = add_account(store, account_id="202020202020", name="onboarded", environment="dev", owner="")
    assert account in list_accounts(store)


def test_no_dead_letter_queue_and_no_review_queue_takes_a_message_from_somebody_with_every_right(
    local_aws: LocalEnvironment, mighty: Callable[[str], Any]
) -> None:
    for url in (
        local_aws.findings_dead_letter_queue_url,
        local_aws.follow_up_dead_letter_queue_url,
        local_aws.runs_dead_letter_queue_url,
        local_aws.commands_dead_letter_queue_url,
        local_aws.approvals_dead_letter_queue_url,
        local_aws.review_queue_url,
    ):
        in_order = {"MessageGroupId": "x", "MessageDeduplicationId": "x"} if url.endswith(".fifo") else {}
        with pytest.raises(ClientError, match="AccessDenied"):
            mighty("sqs").send_message(QueueUrl=url, MessageBody="forged", **in_order)


def test_the_function_is_not_invoked_by_somebody_with_every_right(
    local_aws: LocalEnvironment, mighty: Callable[[str], Any]
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        mighty("lambda").invoke(FunctionName=local_aws.function_name, Payload=b'{"Records": []}')

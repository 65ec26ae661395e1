"""The platform on a local AWS of its own, deployed as ever, with its queues left to the measured process."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import botocore
from botocore.config import Config

from infra.lambda_asset import ROOTS
from local.bench.processes import PROGRAMS, MeasuredProcess, gateway_to
from local.emulator import Emulator, find_emulator
from local.environment import LocalEnvironment, root_of
from local.player import Player
from local.progress import Progress
from local.scenes import Scene, Stage
from local.stacks import bring_up
from runtime.entry.clients import new_session
from tests.e2e.accounts import onboard
from tests.e2e.policies import deliver, delivered_policy

HANDLER = "runtime.entry.handler"
FLOOR_TABLE = FLOOR_ROLE = "bench-floor"
AMPLE = 10_000
"""A limit that no measurement reaches: what is beyond a limit waits for people, and is another thing to measure."""


class FindingNotHandled(Exception):
    """A measured finding did not end as it had to, so what it cost means nothing."""


class Target:
    """Where measured processes find their AWS. Nothing else takes messages from its queues."""

    def __init__(self, environment: LocalEnvironment, state: Path, asset: Path) -> None:
        self.environment = environment
        self._state = state
        self.asset = asset
        self._player = Player(environment)
        self._numbers = count()
        self._session = new_session(Config(retries={"total_max_attempts": 1}, proxies={}))
        self.platform = cache(environment.platform)

    @property
    def emulator(self) -> Emulator:
        found = find_emulator(self._state)
        assert found is not None, f"the local AWS ended: {self._state / 'emulator.log'}"
        return found

    # -- what is measured --------------------------------------------------------------------------------------------

    def function(self, endpoint: str | None = None, *, asset: Path | None = None) -> MeasuredProcess:
        """The function in a new process: with its own settings and role, in Lambda's Python, and out of its asset,
        or another one."""
        asset = asset or self.asset
        role = self.platform("sts").assume_role(
            RoleArn=self.environment.execution_role_arn, RoleSessionName="bench", DurationSeconds=3600
        )["Credentials"]
        function = self.platform("lambda").get_function_configuration(FunctionName=self.environment.function_name)
        own_roots = asset / ROOTS
        variables = {
            **function["Environment"]["Variables"],
            **self._aws(endpoint, own_roots if own_roots.exists() else _botocores_roots()),
            "AWS_LAMBDA_FUNCTION_NAME": self.environment.function_name,
            "AWS_ACCESS_KEY_ID": role["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": role["SecretAccessKey"],
            "AWS_SESSION_TOKEN": role["SessionToken"],
        }
        return MeasuredProcess(self._program("function.py", str(asset), HANDLER), variables)

    def floor(self) -> MeasuredProcess:
        """The floor in a new process, in the same Python."""
        root = root_of(self.environment.platform_account)
        variables = {
            **self._aws(None, _botocores_roots()),
            "AWS_ACCESS_KEY_ID": root["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": root["SecretAccessKey"],
        }
        role = f"arn:aws:iam::{self.environment.customer_account}:role/{FLOOR_ROLE}"
        return MeasuredProcess(self._program("floor.py", FLOOR_TABLE, role, self.environment.region), variables)

    def gateway(self, *, delay_seconds: float) -> Any:
        """A context in which there is a gateway to the local AWS."""
        return gateway_to(self.emulator, self._state, delay_seconds=delay_seconds)

    def _program(self, name: str, *arguments: str) -> list[str]:
        return [str(self._state / "lambda-python" / "bin" / "python"), str(PROGRAMS / name), *arguments]

    def _aws(self, endpoint: str | None, roots: Path) -> dict[str, str]:
        """As in AWS, a process reads the roots that it trusts there, and the emulator's own besides."""
        trusted = self._state / f"trusted-{roots.name}"
        trusted.write_bytes(roots.read_bytes() + Path(self.environment.authority).read_bytes())
        return {
            "PATH": os.environ["PATH"],
            "AWS_CA_BUNDLE": str(trusted),
            "AWS_ENDPOINT_URL": endpoint or self.environment.endpoint,
            "AWS_REGION": self.environment.region,
            "AWS_DEFAULT_REGION": self.environment.region,
        }

    # -- what it is measured with ------------------------------------------------------------------------------------

    def register(self, account_id: str) -> None:
        """An account in the registry that has no role."""
        onboard(self.environment, account_id)

    def onboard(self, account_id: str) -> None:
        """Another customer account, with its role."""
        onboard(self.environment, account_id).deploy_packs()

    def stage(self, account_id: str = "", region: str = "") -> Stage:
        """Where new scenes are built: in the customer account and in the platform's region, if not said otherwise."""
        account_id, region = account_id or self.environment.customer_account, region or self.environment.region
        return Stage(
            customer=cache(lambda service: self._customer(account_id, service, region)),
            store=self.environment.store(),
            account_id=account_id,
            region=region,
            name=f"bench-{next(self._numbers)}",
        )

    def _customer(self, account_id: str, service: str, region: str) -> Any:
        # Out of one session: of clients with a session each, hundreds of accounts and regions would fill the machine.
        root = root_of(account_id)
        return self._session.create_client(
            service,
            endpoint_url=self.environment.endpoint,
            verify=self.environment.authority,
            region_name=self.environment.region if service == "s3" else region,  # buckets' names are the whole world's
            aws_access_key_id=root["AccessKeyId"],
            aws_secret_access_key=root["SecretAccessKey"],
        )

    def handle(self, function: MeasuredProcess, scene: Scene) -> dict[str, Any]:
        """Publish a scene's finding as Wiz does, and have a process handle its message, as Lambda does.

        Raises ``FindingNotHandled`` if it does not end as it has to.
        """
        run_id = self._player.publish(scene.body)
        queue, sqs = self.environment.findings_queue_url, self.platform("sqs")
        (taken,) = sqs.receive_message(QueueUrl=queue, MessageSystemAttributeNames=["All"], WaitTimeSeconds=5)[
            "Messages"
        ]
        record = {
            "messageId": taken["MessageId"],
            "receiptHandle": taken["ReceiptHandle"],
            "body": taken["Body"],
            "attributes": taken["Attributes"],
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{self.environment.region}:{':'.join(queue.split('/')[-2:])}",
            "awsRegion": self.environment.region,
        }
        answer = function.ask(json.dumps({"Records": [record]}))
        ended = self._player.history(run_id).outcome
        if ended is None or (ended.outcome, ended.reason) != (scene.outcome, scene.reason):
            raise FindingNotHandled(
                f"{scene.resource_arn}: {answer['result']}, {ended.sentence if ended else 'no outcome'}"
            )
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=taken["ReceiptHandle"])
        return answer


@contextmanager
def deployed_target(state: Path, asset: Path, progress: Progress) -> Iterator[Target]:
    """Deploy everything, stop Lambda from taking messages, and lift the limits on writes. Gone at the end."""
    environment = bring_up(state, progress, ends_with_parent=True)
    target = Target(environment, state, asset)
    try:
        with progress.step("leave the queues to what is measured"):
            _prepare(environment)
        yield target
    finally:
        target.emulator.stop()


def _prepare(environment: LocalEnvironment) -> None:
    lambda_ = environment.platform("lambda")
    for mapping in lambda_.list_event_source_mappings(FunctionName=environment.function_name)["EventSourceMappings"]:
        lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    # The measured process is not Lambda: the account lets it have the role.
    root = {"AWS": f"arn:aws:iam::{environment.platform_account}:root"}
    trust = _document({"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"})
    role_name = environment.execution_role_arn.rpartition("/")[2]
    environment.platform("iam").update_assume_role_policy(RoleName=role_name, PolicyDocument=trust)
    iam = environment.customer("iam")
    iam.create_role(RoleName=FLOOR_ROLE, AssumeRolePolicyDocument=trust)
    allowed = _document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    iam.put_role_policy(RoleName=FLOOR_ROLE, PolicyName="fix", PolicyDocument=allowed)
    environment.platform("dynamodb").create_table(
        TableName=FLOOR_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "correlation_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "correlation_id", "KeyType": "HASH"}],
    )
    policy = delivered_policy(environment)
    ample = dict.fromkeys(policy["writes_per_hour"], AMPLE)
    deliver(environment, {**policy, "writes_per_hour": ample, "notifications": {}})  # the floor tells no owner


def _botocores_roots() -> Path:
    return Path(botocore.__file__).with_name("cacert.pem")


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

"""The platform on a local AWS of its own, deployed as ever, with its queues left to the measured process."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import botocore

from local.bench.processes import PROGRAMS, MeasuredProcess
from local.emulator import Emulator, find_emulator
from local.environment import LocalEnvironment, root_of
from local.player import Player
from local.progress import Progress
from local.scenes import Scene, Stage
from local.stacks import bring_up
from runtime.domain.audit import History
from tests.e2e.policies import deliver, delivered_policy

FLOOR_TABLE = "bench-floor"
FLOOR_ROLE = "bench-floor"
HANDLER = "runtime.entry.handler"
AMPLE = 1_000_000
"""A limit that no measurement reaches: what is beyond a limit waits for people, and is another thing to measure."""


class FindingNotHandled(Exception):
    """A measured finding did not end as it had to, so what it cost means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One finding's message as Lambda hands it over, and the run's id."""

    scene: Scene
    run_id: str
    event: Mapping[str, Any]
    receipt_handle: str


@dataclass(slots=True, kw_only=True)
class Target:
    """Where measured processes find their AWS. Nothing else takes messages from its queues."""

    environment: LocalEnvironment
    state: Path
    asset: Path
    handler: str = HANDLER
    _scenes: int = field(default=0)

    @property
    def emulator(self) -> Emulator:
        found = find_emulator(self.state)
        assert found is not None, f"the local AWS ended: {self.state / 'emulator.log'}"
        return found

    def function(self, endpoint: str | None = None) -> MeasuredProcess:
        """The function in a new process: with its own settings and role, in Lambda's Python, and out of its asset."""
        role = self.environment.platform("sts").assume_role(
            RoleArn=self.environment.execution_role_arn, RoleSessionName="bench"
        )["Credentials"]
        configuration = self.environment.platform("lambda").get_function_configuration(
            FunctionName=self.environment.function_name
        )
        variables = {
            **configuration["Environment"]["Variables"],
            **self._aws(endpoint, self._roots_of_the_function()),
            "AWS_LAMBDA_FUNCTION_NAME": self.environment.function_name,
            "AWS_ACCESS_KEY_ID": role["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": role["SecretAccessKey"],
            "AWS_SESSION_TOKEN": role["SessionToken"],
        }
        return MeasuredProcess(self._program("function.py", str(self.asset), self.handler), variables)

    def floor(self, endpoint: str | None = None) -> MeasuredProcess:
        """The floor in a new process, in the same Python."""
        root = root_of(self.environment.platform_account)
        variables = {
            **self._aws(endpoint, Path(botocore.__file__).with_name("cacert.pem")),
            "AWS_ACCESS_KEY_ID": root["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": root["SecretAccessKey"],
        }
        role = f"arn:aws:iam::{self.environment.customer_account}:role/{FLOOR_ROLE}"
        return MeasuredProcess(self._program("floor.py", FLOOR_TABLE, role, self.environment.region), variables)

    def _program(self, name: str, *arguments: str) -> list[str]:
        return [str(self.state / "lambda-python" / "bin" / "python"), str(PROGRAMS / name), *arguments]

    def _aws(self, endpoint: str | None, roots: Path) -> dict[str, str]:
        """As in AWS, a process reads the roots that it trusts there, and the emulator's own besides."""
        trusted = self.state / f"trusted-{roots.name}"
        trusted.write_bytes(roots.read_bytes() + Path(self.environment.authority).read_bytes())
        endpoint = endpoint or self.environment.endpoint
        return {
            "PATH": os.environ["PATH"],
            "AWS_CA_BUNDLE": str(trusted),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": self.environment.region,
            "AWS_DEFAULT_REGION": self.environment.region,
        }

    def _roots_of_the_function(self) -> Path:
        own = self.asset / "runtime" / "entry" / "amazon_roots.pem"
        return own if own.exists() else Path(botocore.__file__).with_name("cacert.pem")

    def stage(self) -> Stage:
        """Where scenes are built whose resources nobody has seen."""
        self._scenes += 1
        return Stage(
            customer=cache(self.environment.customer),
            platform=self.environment.platform,
            account_id=self.environment.customer_account,
            region=self.environment.region,
            ledger_table=self.environment.ledger_table_name,
            name=f"bench-{self._scenes}",
        )

    def publish(self, scene: Scene) -> Delivery:
        """Publish a scene's finding as Wiz does, and take its message from the queue as Lambda does."""
        environment, sqs = self.environment, self.environment.platform("sqs")
        run_id = Player(environment).publish(scene.body)
        taken = sqs.receive_message(
            QueueUrl=environment.findings_queue_url, MessageSystemAttributeNames=["All"], WaitTimeSeconds=5
        )["Messages"][0]
        record = {
            "messageId": taken["MessageId"],
            "receiptHandle": taken["ReceiptHandle"],
            "body": taken["Body"],
            "attributes": taken["Attributes"],
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": ":".join(
                ("arn:aws:sqs", environment.region, *environment.findings_queue_url.split("/")[-2:])
            ),
            "awsRegion": environment.region,
        }
        return Delivery(scene=scene, run_id=run_id, event={"Records": [record]}, receipt_handle=taken["ReceiptHandle"])

    def handle(self, function: MeasuredProcess, scene: Scene) -> dict[str, Any]:
        """Have a process handle a scene's finding. Raises ``FindingNotHandled`` if it does not end as it has to."""
        delivery = self.publish(scene)
        answer = function.ask(json.dumps(delivery.event))
        history = self.history(delivery.run_id)
        ended = history.outcome
        if ended is None or (ended.outcome, ended.reason) != (scene.outcome, scene.reason):
            raise FindingNotHandled(f"{scene.key}: {answer['result']}, {ended}")
        self.environment.platform("sqs").delete_message(
            QueueUrl=self.environment.findings_queue_url, ReceiptHandle=delivery.receipt_handle
        )
        return answer

    def history(self, run_id: str) -> History:
        return Player(self.environment).history(run_id)


def create_target(state: Path, asset: Path, progress: Progress) -> Target:
    """Deploy everything, stop Lambda from taking messages, and lift the limits on writes."""
    environment = bring_up(state, progress, ends_with_parent=True)
    lambda_ = environment.platform("lambda")
    for mapping in lambda_.list_event_source_mappings(FunctionName=environment.function_name)["EventSourceMappings"]:
        lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    # The measured process is not Lambda: the account lets it have the role.
    trust = _trust(f"arn:aws:iam::{environment.platform_account}:root")
    role_name = environment.execution_role_arn.rpartition("/")[2]
    environment.platform("iam").update_assume_role_policy(RoleName=role_name, PolicyDocument=trust)
    iam = environment.customer("iam")
    iam.create_role(RoleName=FLOOR_ROLE, AssumeRolePolicyDocument=trust)
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    iam.put_role_policy(RoleName=FLOOR_ROLE, PolicyName="fix", PolicyDocument=_document(allowed))
    environment.platform("dynamodb").create_table(
        TableName=FLOOR_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "correlation_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "correlation_id", "KeyType": "HASH"}],
    )
    policy = delivered_policy(environment)
    deliver(environment, {**policy, "writes_per_hour": dict.fromkeys(policy["writes_per_hour"], AMPLE)})
    return Target(environment=environment, state=state, asset=asset)


def _trust(principal: str) -> str:
    return _document({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"})


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

"""Every fix as its user meets it: a finding is published, its plan is approved, carried out, and taken back.

What is put right are the cases of the laws, made on the local AWS with the rights of the account's root.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from botocore.client import BaseClient

from local.environment import LocalEnvironment, local_client, root_of
from local.people import APPROVER, OPERATOR, Person, person
from local.player import Player
from runtime.domain.audit import AuditEvent
from runtime.domain.command import ApprovePlan, ClearBlock, Command, Order, UndoChange, order_to_json
from runtime.domain.followup import run_begun_by, run_id
from runtime.domain.outcome import Outcome
from runtime.domain.principal import Principal
from runtime.domain.resource import Resource
from runtime.fixes.catalog import FIX_BY_ID
from tests.e2e.accounts import CustomerAccount, onboard
from tests.e2e.moto_stand_in import moto_account
from tests.e2e.policies import another_policy, delivered_policy
from tests.laws.calls_made import CASES
from tests.laws.cases import ACCOUNT_ID, REGION, Bad, Clients
from tests.samples.render import issue_body

ENVIRONMENT = "dev"


def first_case(fix_id: str) -> Bad:
    return next(case for case in CASES[fix_id].CASES if isinstance(case, Bad))


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """How one fix went. ``ended`` are the terminal events of its runs, in order; what was read back, after each."""

    before: Any
    fixed: Any
    after: Any
    ended: Sequence[AuditEvent]


class OlderS3:
    """S3 with new buckets as those of the cases, and as all were before April 2023: with ACLs and nothing blocked.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
    """

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def create_bucket(self, **parameters: Any) -> Any:
        answer = self._s3.create_bucket(**{"ObjectOwnership": "ObjectWriter", **parameters})
        self._s3.delete_public_access_block(Bucket=parameters["Bucket"])
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The account of the cases, and the people who look after it. ``policy`` is the environment's."""

    account: CustomerAccount
    policy: Mapping[str, Any]
    player: Player
    approver: Person
    operator: Person

    def client(self, service: str, region: str = REGION, /) -> BaseClient:
        """As the cases take them."""
        environment = self.account.environment
        client: BaseClient = local_client(
            service,
            endpoint=environment.endpoint,
            authority=environment.authority,
            region=region,
            credentials=root_of(self.account.id),
        )
        return OlderS3(client) if service == "s3" else client  # type: ignore[return-value]

    def use(self, fix_id: str) -> Used:
        """Have the first bad case of a fix put right and taken back."""
        return self._use(fix_id, first_case(fix_id).create(self.client), self.client)

    def use_on_moto(self, fix_id: str, *, cleared: bool = False) -> Used:
        """The same, with moto for the services of the account; ``cleared`` for a resource of the same name later."""
        environment = self.account.environment
        with moto_account(environment, FIX_BY_ID[fix_id], first_case(fix_id)) as account:
            catalog = catalog_of([fix_id])  # some options are known once the account is made
            known = catalog[0] in self.policy["catalog"]
            with nullcontext() if known else another_policy(environment, {**self.policy, "catalog": catalog}):
                used = self._use(fix_id, account.resource, account.client)
        if cleared and used.ended[-1].outcome is Outcome.UNDO:
            clear = ClearBlock(target_id=used.ended[-1].correlation_id, reason="tried")
            self._ended(self._send(self.operator, environment.commands_queue_url, clear))
        return used

    def _use(self, fix_id: str, resource: Resource, clients: Clients) -> Used:
        read_back, environment = CASES[fix_id].read_back, self.account.environment
        before = read_back(clients, resource)
        ended = [self._ended(self.player.publish(finding(fix_id, resource)))]
        if ended[-1].outcome is Outcome.APPROVE:
            review = ended[-1]
            assert review.plan_digest
            approve = ApprovePlan(review_id=review.correlation_id, digest=review.plan_digest, reason="agreed")
            ended.append(self._ended(self._send(self.approver, environment.approvals_queue_url, approve)))
        fixed = read_back(clients, resource)
        if ended[-1].outcome in (Outcome.REMEDIATE, Outcome.APPROVED):
            undo = UndoChange(target_id=ended[-1].correlation_id, reason="it broke something", dry_run=False)
            ended.append(self._ended(self._send(self.operator, environment.commands_queue_url, undo)))
        return Used(before=before, fixed=fixed, after=read_back(clients, resource), ended=ended)

    def _ended(self, run: str) -> AuditEvent:
        """How a run ended, or the one that it began."""
        ended = self.player.await_outcome(run).outcome
        assert ended is not None
        begun = run_begun_by(ended)
        return self._ended(run_id(begun)) if begun else ended

    def _send(self, who: Person, queue: str, command: Command) -> str:
        said = who.client("sts").get_caller_identity()
        order = Order(command=command, principal=Principal(arn=said["Arn"], user_id=said["UserId"]))
        sent = who.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(order_to_json(order)))
        return str(sent["MessageId"])


def finding(fix_id: str, resource: Resource) -> str:
    """What Wiz publishes about a resource, by the rule that ``catalog_of`` has for the fix."""
    return json.dumps(
        issue_body(
            "older",
            issue_id=str(uuid.uuid4()),
            resource_id=resource.arn,
            resource_name=resource.name,
            account_id=resource.account_id,
            region=resource.region,
            severity="CRITICAL",
            projects=(),
            rule_id=f"Custom-{fix_id}",
        )
    )


def catalog_of(fix_ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """An entry for each fix, with the options of its first case as they are now."""
    entries = [
        {
            "id": fix_id,
            "fix": fix_id,
            "match": {"rules": [f"Custom-{fix_id}"]},
            **({"options": dict(first_case(fix_id).options)} if first_case(fix_id).options else {}),
        }
        for fix_id in fix_ids
    ]
    return deepcopy(entries)


@contextmanager
def user_of(environment: LocalEnvironment, player: Player, fix_ids: Sequence[str]) -> Iterator[User]:
    """Somebody whose catalog has these fixes, and whose account has every pack."""
    account = onboard(environment, ACCOUNT_ID, environment_name=ENVIRONMENT, owner="payments@example.com")
    account.deploy_packs()
    policy = {**delivered_policy(environment), "catalog": catalog_of(fix_ids)}
    with another_policy(environment, policy):
        yield User(
            account=account,
            policy=policy,
            player=player,
            approver=person(environment, APPROVER, "ann"),
            operator=person(environment, OPERATOR, "olga"),
        )

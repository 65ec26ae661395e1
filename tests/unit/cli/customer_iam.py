"""IAM in the customer's account, as whoever verifies the account sees it.

moto has no policy simulator, and the local AWS's knows no tags of a session: here ministack's evaluator answers in
IAM's form, over the policies of the account's own roles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from customer_role.grants import Pack, packs_of
from customer_role.trust import trust
from customer_role.verification import TEMPLATE_TAG, template_version
from runtime.domain.access import customer_role_name
from runtime.domain.facts import Account
from runtime.fixes.catalog import SPECS
from tests.authorization import Question, Role, Session
from tests.flow.roles import Sts
from tests.flow.world import CUSTOMER
from tests.unit.cli.conftest import Session as Clients
from tests.unit.cli.live_platform import LivePlatform

PACKS = {pack.service: pack for pack in packs_of(SPECS.values())}
EXECUTION_ROLE = "arn:aws:iam::123456789012:role/suture-test-execution"
ACCOUNT = Account(id=CUSTOMER, name="acme", environment="dev", owner="me@example.com", external_id="suture-test")
_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}


@dataclass
class Iam:
    """IAM in the account, with the roles of these packs. What is ``denied`` is denied by the organization."""

    packs: dict[str, Pack] = field(default_factory=lambda: dict(PACKS))
    off: set[str] = field(default_factory=set)
    denied: tuple[str, ...] = ()
    boundary: tuple[str, ...] = ()
    may_look: bool = True
    may_evaluate: bool = True
    changes: dict[str, Any] = field(default_factory=dict)

    def get_role(self, *, RoleName: str) -> dict[str, Any]:  # noqa: N803  as boto3 has it
        service = RoleName.removeprefix(customer_role_name(""))
        code = None if self.may_look and service in self.packs else "NoSuchEntity" if self.may_look else "AccessDenied"
        if code:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetRole")
        role = {
            "Arn": f"arn:aws:iam::{CUSTOMER}:role/{RoleName}",
            "AssumeRolePolicyDocument": trust(EXECUTION_ROLE, ACCOUNT.external_id),
            "Tags": [{"Key": TEMPLATE_TAG, "Value": template_version(self.packs[service])}],
        }
        return {"Role": {**role, **self.changes}}

    def get_paginator(self, operation: str) -> Iam:
        assert operation == "simulate_principal_policy"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        if not self.may_evaluate:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "SimulatePrincipalPolicy")
        keys = {entry["ContextKeyName"]: entry["ContextKeyValues"][0] for entry in asked["ContextEntries"]}
        service = asked["PolicySourceArn"].rpartition(customer_role_name(""))[2]
        tags = {
            key.removeprefix("aws:PrincipalTag/"): value
            for key, value in keys.items()
            if key.startswith("aws:PrincipalTag/")
        }
        session = Session(role=Role.of(self.packs[service], account_id=CUSTOMER, off=self.off), tags=tags, policy=None)
        (resource,) = asked["ResourceArns"]
        assert "*" not in resource or resource == "*"
        others = {key: value for key, value in keys.items() if not key.startswith("aws:PrincipalTag/")}
        yield {
            "EvaluationResults": [
                self._result(session, Question(action=action, resource=resource, keys=others))
                for action in asked["ActionNames"]
            ]
        }

    def _result(self, session: Session, question: Question) -> dict[str, Any]:
        result: dict[str, Any] = {
            "EvalActionName": question.action,
            "EvalDecision": _DECISIONS[session.decision(question)],
        }
        if question.action in self.denied:
            result |= {
                "EvalDecision": "explicitDeny",
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
            }
        if question.action in self.boundary:
            result |= {
                "EvalDecision": "implicitDeny",
                "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
            }
        return result


@pytest.fixture
def sts(platform: LivePlatform, monkeypatch: pytest.MonkeyPatch) -> Sts:
    return Sts(platform.world, monkeypatch)


@pytest.fixture
def deployed(sts: Sts, session: Clients, monkeypatch: pytest.MonkeyPatch) -> Iam:
    """The packs are deployed, all or those that ``Sts`` knows of, and so is the one that verifies them."""
    iam = Iam()
    make = session.client

    def client(service: str, **options: Any) -> Any:
        return iam if service == "iam" and "aws_session_token" in options else make(service, **options)

    monkeypatch.setattr(session, "client", client)
    return iam

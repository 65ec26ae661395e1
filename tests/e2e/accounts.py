"""Further customer accounts for the end-to-end tests, each with the customer's plain template deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cli.registry_writer import add_account
from customer_role.template import render
from local.environment import LocalEnvironment, local_client, root_of
from local.scenes import Stage

_STACK = "suture-customer-role"
_template = cache(render)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAccount:
    """One customer account, with the template deployed by CloudFormation alone: no CDK and no bootstrap."""

    id: str
    environment: LocalEnvironment
    external_id: str

    def client(self, service: str) -> Any:
        """A client with every right in the account."""
        return local_client(
            service,
            endpoint=self.environment.endpoint,
            authority=self.environment.authority,
            region=self.environment.region,
            credentials=root_of(self.id),
        )

    def deploy_role(self, **parameters: str) -> None:
        """Create the customer's role; ``parameters`` over those that the operator's command prints."""
        chosen = {
            "ExecutionRoleArn": self.environment.execution_role_arn,
            "ExternalId": self.external_id,
            **parameters,
        }
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=_STACK,
            TemplateBody=_template(),
            Parameters=_parameters(chosen),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=_STACK, WaiterConfig={"Delay": 1})

    def stage(self, name: str) -> Stage:
        return Stage(
            customer=cache(self.client),
            store=self.environment.store(),
            account_id=self.id,
            region=self.environment.region,
            name=name,
        )


def onboard(environment: LocalEnvironment, account_id: str) -> CustomerAccount:
    """Register an account, as ``suture accounts add`` does."""
    account = add_account(
        environment.store(),
        account_id=account_id,
        name=f"e2e-{account_id}",
        environment="",
        owner="",
    )
    return CustomerAccount(id=account_id, environment=environment, external_id=account.external_id)


def _parameters(chosen: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in chosen.items()]

"""Further customer accounts for the end-to-end tests, each with the packs' plain templates deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from cli.registry_writer import add_account
from customer_role.template import render
from local.environment import LocalEnvironment, local_client, root_of
from local.scenes import Stage
from runtime.domain.access import CUSTOMER_ROLE_PREFIX, customer_role_name, services_of
from runtime.fixes.catalog import SPECS

_templates = cache(render)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAccount:
    """One customer account, with the templates deployed by CloudFormation alone: no CDK and no bootstrap."""

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

    def deploy_packs(self, *services: str, **parameters: str) -> None:
        """Create the roles of these packs, or of all; ``parameters`` over those that the operator's command prints."""
        chosen = {
            "ExecutionRoleArn": self.environment.execution_role_arn,
            "ExternalId": self.external_id,
            **parameters,
        }
        names = [customer_role_name(service) for service in services or services_of(SPECS.values())]
        for name in names:
            self._create_stack(name, _templates()[name], chosen)
        for name in names:
            self._await_stack(name)

    def deploy_stack(self, name: str, template: str, parameters: Mapping[str, str]) -> None:
        """Create one stack; of the parameters, those that its template has."""
        self._create_stack(name, template, parameters)
        self._await_stack(name)

    def _create_stack(self, name: str, template: str, parameters: Mapping[str, str]) -> None:
        cloudformation = self.client("cloudformation")
        known = yaml.safe_load(template)["Parameters"]
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=template,
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items() if key in known
            ],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )

    def _await_stack(self, name: str) -> None:
        waiter = self.client("cloudformation").get_waiter("stack_create_complete")
        waiter.wait(StackName=name, WaiterConfig={"Delay": 1})

    def delete_stack(self, name: str) -> None:
        """Delete one stack with all that it made."""
        cloudformation = self.client("cloudformation")
        cloudformation.delete_stack(StackName=name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})

    def roles(self) -> set[str]:
        """The names of Suture's roles that are there."""
        roles = self.client("iam").list_roles()["Roles"]
        return {role["RoleName"] for role in roles if role["RoleName"].startswith(CUSTOMER_ROLE_PREFIX)}

    @contextmanager
    def denying(self, role: str, action: str) -> Iterator[None]:
        """Within it, the role may not do this."""
        denial = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]}
        iam, policy = self.client("iam"), {"RoleName": role, "PolicyName": "without"}
        iam.put_role_policy(**policy, PolicyDocument=json.dumps(denial))
        try:
            yield
        finally:
            iam.delete_role_policy(**policy)

    def stage(self, name: str) -> Stage:
        return Stage(
            customer=cache(self.client),
            store=self.environment.store(),
            account_id=self.id,
            region=self.environment.region,
            name=name,
        )


def onboard(
    environment: LocalEnvironment, account_id: str, *, environment_name: str = "", owner: str = ""
) -> CustomerAccount:
    """Register an account, as ``suture accounts add`` does."""
    account = add_account(
        environment.store(),
        account_id=account_id,
        name=f"e2e-{account_id}",
        environment=environment_name,
        owner=owner,
    )
    return CustomerAccount(id=account_id, environment=environment, external_id=account.external_id)

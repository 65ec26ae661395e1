"""How an account's owner deploys the packs: links, shell commands and a script for an organization. Pure text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, urlencode

from runtime.domain.access import VERIFICATION, customer_role_name, services_of
from runtime.domain.facts import Account


@cache
def packs() -> tuple[str, ...]:
    """Those for services, and the one that shows what they may do."""
    from runtime.fixes.catalog import SPECS  # noqa: PLC0415  every fix there is, which takes long to import

    return (*services_of(SPECS.values()), VERIFICATION)


_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_TEMPLATES = "build/customer-role"
_OF_EACH_ACCOUNT = "an-external-id-for-each-account"
"""A parameter without a default has to be given for the whole StackSet, too. No account trusts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """``execution_role_arn`` is the role that every account trusts."""

    execution_role_arn: str

    def parameters(self, account: Account) -> Mapping[str, str]:
        """What each pack's template asks for."""
        return {"ExecutionRoleArn": self.execution_role_arn, "ExternalId": account.external_id}

    def links(self, account: Account, packs: Iterable[str], *, templates_url: str, region: str) -> Mapping[str, str]:
        """Quick-create links of the CloudFormation console, by pack, for templates in a bucket.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html
        """
        console = _CONSOLES[self.execution_role_arn.split(":")[1]]
        return {
            pack: f"https://{region}.{console}/cloudformation/home?region={region}#/stacks/quickcreate?"
            + urlencode(
                {
                    "templateURL": f"{templates_url.rstrip('/')}/{customer_role_name(pack)}.yaml",
                    "stackName": customer_role_name(pack),
                    **{f"param_{name}": value for name, value in self.parameters(account).items()},
                },
                quote_via=quote,
            )
            for pack in packs
        }

    def commands(self, account: Account, packs: Sequence[str]) -> Iterator[str]:
        """Lines of a shell, for credentials of the account."""
        stack = customer_role_name("$pack")
        overrides = " ".join(f"{name}={value}" for name, value in self.parameters(account).items())
        yield "make customer-templates"
        yield f"for pack in {' '.join(packs)}; do"
        yield (
            f"  aws cloudformation deploy --stack-name {stack} --template-file {_TEMPLATES}/{stack}.yaml "
            f"--capabilities CAPABILITY_NAMED_IAM --parameter-overrides {overrides}"
        )
        yield "done"

    def stack_sets(
        self, accounts: Sequence[Account], packs: Sequence[str], *, organizational_unit: str, region: str
    ) -> Iterator[str]:
        """A script, for credentials of the organization's management account or of a delegated administrator.

        A StackSet of each pack, with service-managed permissions, and an instance of it in each account, with the
        account's own external id. Automatic deployment stays off: a new account has no external id yet. Managed
        execution queues the instances, of which a StackSet otherwise makes one operation at a time.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-associate-stackset-with-org.html
        """
        yield "#!/bin/sh"
        yield "set -eu"
        yield "make customer-templates"
        yield ""
        yield "deploy() {  # ACCOUNT EXTERNAL_ID"
        yield (
            f'  aws cloudformation create-stack-instances --stack-set-name "$name" --regions {region} '
            f'--deployment-targets "OrganizationalUnitIds={organizational_unit},'
            'Accounts=$1,AccountFilterType=INTERSECTION" '
            '--parameter-overrides "ParameterKey=ExternalId,ParameterValue=$2"'
        )
        yield "}"
        yield ""
        yield f"for pack in {' '.join(packs)}; do"
        yield f'  name="{customer_role_name("$pack")}"'
        yield (
            '  aws cloudformation create-stack-set --stack-set-name "$name" '
            f'--template-body "file://{_TEMPLATES}/$name.yaml" '
            "--capabilities CAPABILITY_NAMED_IAM --permission-model SERVICE_MANAGED --auto-deployment Enabled=false "
            "--managed-execution Active=true --parameters "
            f'"ParameterKey=ExecutionRoleArn,ParameterValue={self.execution_role_arn}" '
            f'"ParameterKey=ExternalId,ParameterValue={_OF_EACH_ACCOUNT}"'
        )
        for account in accounts:
            yield f"  deploy {account.id} {account.external_id}  # {' '.join(account.name.split())}"
        yield "done"

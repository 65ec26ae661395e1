"""Brings the local AWS up: the platform stack in one account, the customer's roles in a second, Wiz in a third.

The stacks are the real ones, unmodified, and go through the same commands as in a real account.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import yaml

from cli.registry_writer import add_account
from infra.deployment import Deployment, load_deployment
from local.cdk import LocalCdk, synthesize_customer, synthesize_platform
from local.emulator import REPOSITORY, Emulator, start_emulator
from local.environment import LocalEnvironment, local_client, outputs_as_fields, root_of
from local.people import create_roles
from local.progress import Progress
from local.scenes import OVERRIDES, OWNER
from runtime.application.ports import Table
from runtime.aws.store import DynamoStore
from runtime.aws.threads import together

ENVIRONMENT = "local"
CUSTOMER_ACCOUNT = "222222222222"
ENVIRONMENT_FILE = "env"
SOURCES_FILE = "sources.sha256"
_SOURCES = (
    "app.py",
    "cdk.json",
    "requirements.txt",
    "config/**/*.yaml",
    "local/overrides.yaml",
    *(f"{package}/**/*.py" for package in ("runtime", "infra", "customer_role", "local")),
)


def bring_up(state: Path, progress: Progress, *, ends_with_parent: bool = False) -> LocalEnvironment:
    """Start the emulator and deploy everything; all its files are under ``state``, a new or empty folder.

    ``ends_with_parent``: as in ``start_emulator``. Raises ``EmulatorFailed`` or ``CommandFailed``, and then leaves no
    process behind, only the logs.
    """
    state.mkdir(parents=True, exist_ok=True)
    config = write_config(state / "config")
    deployment = load_deployment(config, ENVIRONMENT)
    with ThreadPoolExecutor() as pool:
        assemblies = _synthesize(pool, state, config, progress)
        with progress.step("start the AWS emulator"):
            emulator = start_emulator(state, region=deployment.region, ends_with_parent=ends_with_parent)
        try:
            cdk = LocalCdk(emulator=emulator, region=deployment.region, state=state)
            with progress.step(f"bootstrap the platform account {deployment.account}"):
                cdk.bootstrap(deployment.account)
            _create_delegator_role(emulator, deployment)
            environment = _deploy(cdk, deployment, assemblies, progress)
        except BaseException:
            emulator.stop()
            raise
    environment.write(state / ENVIRONMENT_FILE)
    (state / SOURCES_FILE).write_text(sources_digest())
    return environment


def write_config(folder: Path) -> Path:
    """The repository's configuration with the overrides of the local AWS, as a tenant would have it, in a folder."""
    copytree(REPOSITORY / "config", folder, dirs_exist_ok=True)
    overrides = folder / "overrides.yaml"
    merged = {**(yaml.safe_load(overrides.read_text(encoding="utf-8")) or {}), **yaml.safe_load(OVERRIDES.read_text())}
    overrides.write_text(yaml.safe_dump(merged, sort_keys=False), encoding="utf-8")
    policy = folder / "policy.yaml"
    contacts = yaml.safe_dump({"notifications": {"owners": {OWNER: OWNER}}})
    policy.write_text(policy.read_text(encoding="utf-8") + contacts, encoding="utf-8")
    return folder


def sources_digest() -> str:
    """SHA-256 over everything that the local AWS is made from, so that one made from something else is noticed."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _SOURCES for path in REPOSITORY.glob(pattern) if path.is_file()):
        digest.update(f"{path.relative_to(REPOSITORY)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assemblies:
    platform: Future[Path]
    customer: Future[Path]


def _synthesize(pool: ThreadPoolExecutor, state: Path, config: Path, progress: Progress) -> _Assemblies:
    """Begin both syntheses, which need no AWS."""

    def in_step(doing: str, synthesize: Callable[[], Path]) -> Future[Path]:
        def run() -> Path:
            with progress.step(doing):
                return synthesize()

        return pool.submit(run)

    return _Assemblies(
        platform=in_step("synthesise the platform", lambda: synthesize_platform(state, ENVIRONMENT, config)),
        customer=in_step("synthesise the customer's roles", lambda: synthesize_customer(state)),
    )


def _deploy(cdk: LocalCdk, deployment: Deployment, assemblies: _Assemblies, progress: Progress) -> LocalEnvironment:
    outputs = _deploy_platform(cdk, deployment.account, assemblies.platform, progress)
    create_roles(_root_client(cdk.emulator, "iam", deployment.account, deployment.region), outputs, deployment.account)
    account = add_account(
        DynamoStore(
            client=_root_client(cdk.emulator, "dynamodb", deployment.account, deployment.region),
            tables={Table.REGISTRY: outputs["registry_table_name"]},
            together=together,
        ),
        account_id=CUSTOMER_ACCOUNT,
        name="local-customer",
        environment="",
        owner="",
    )
    parameters = {"ExternalId": account.external_id, "ExecutionRoleArn": outputs["execution_role_arn"]}
    _deploy_customer(cdk, assemblies.customer, parameters, progress)
    return LocalEnvironment(
        endpoint=cdk.emulator.endpoint,
        authority=cdk.emulator.authority,
        region=deployment.region,
        environment=deployment.environment,
        platform_account=deployment.account,
        customer_account=CUSTOMER_ACCOUNT,
        wiz_account=_account_of(deployment.wiz_delegator_role_arn),
        wiz_delegator_role_arn=deployment.wiz_delegator_role_arn,
        wiz_tenant_id=deployment.wiz_tenant_id,
        external_id=account.external_id,
        **outputs,
    )


def _deploy_platform(cdk: LocalCdk, account: str, assembly: Future[Path], progress: Progress) -> dict[str, str]:
    folder = assembly.result()
    with progress.step(f"deploy the platform into {account}"):
        cdk.deploy(folder, account)
    return _outputs(cdk, account, folder)


def _deploy_customer(cdk: LocalCdk, assembly: Future[Path], parameters: dict[str, str], progress: Progress) -> None:
    folder = assembly.result()
    with progress.step(f"deploy the customer's roles into {CUSTOMER_ACCOUNT}"):
        cdk.deploy(folder, CUSTOMER_ACCOUNT, parameters)


def _outputs(cdk: LocalCdk, account: str, assembly: Path) -> dict[str, str]:
    """Of the one stack in an assembly."""
    (template,) = assembly.glob("*.template.json")
    stack = template.name.removesuffix(".template.json")
    answer = _root_client(cdk.emulator, "cloudformation", account, cdk.region).describe_stacks(StackName=stack)
    return outputs_as_fields({found["OutputKey"]: found["OutputValue"] for found in answer["Stacks"][0]["Outputs"]})


def _create_delegator_role(emulator: Emulator, deployment: Deployment) -> None:
    """Wiz's own role, in Wiz's own account: the only one that may assume the publisher role."""
    account, name = _account_of(deployment.wiz_delegator_role_arn), deployment.wiz_delegator_role_arn.split("/")[-1]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    rights = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    iam = _root_client(emulator, "iam", account, deployment.region)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))
    iam.put_role_policy(RoleName=name, PolicyName="assume-publishers", PolicyDocument=_document(rights))


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _account_of(arn: str) -> str:
    return arn.split(":")[4]


def _root_client(emulator: Emulator, service: str, account: str, region: str) -> Any:
    return local_client(
        service,
        endpoint=emulator.endpoint,
        authority=emulator.authority,
        region=region,
        credentials=root_of(account),
    )

"""The function that handles findings."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Acknowledgment, RemovalPolicy, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.execution_role import ExecutionRole
from infra.lambda_asset import LambdaAsset
from infra.work_queue import FUNCTION_TIMEOUT, WorkQueue

MEMORY_MEGABYTES = 512
"""Lambda gives CPU by memory: less makes a cold start longer and saves nothing."""

BATCH_SIZE = 1
"""One finding has the function's whole time, and a finding that times out costs no other one a delivery."""

FOLLOW_UP_CONCURRENCY = 2
"""The least there is. Nobody waits for a follow-up."""


class Remediator(Construct):
    """The function, its execution role, and the queues that it is invoked for.

    ``permissions`` are named policy documents from the constructs that own what they open; ``settings`` are
    environment variables.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        encryption: Encryption,
        asset: LambdaAsset,
        findings: WorkQueue,
        follow_ups: WorkQueue,
        permissions: Mapping[str, iam.PolicyDocument],
        settings: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        name = f"suture-{deployment.environment}-remediator"
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{name}",
            encryption_key=encryption.key,
            retention=deployment.log_retention,
            removal_policy=RemovalPolicy.DESTROY if deployment.disposable else RemovalPolicy.RETAIN,
        )
        execution = ExecutionRole(
            self,
            "Execution",
            deployment=deployment,
            encryption=encryption,
            log_group=log_group,
            queues=[findings.queue, follow_ups.queue],
            permissions=permissions,
        )
        self.role = execution.role
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            description="Turns Wiz findings into audited, reversible changes",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler="runtime.handler.handler",
            code=lambda_.Code.from_asset(str(asset.path), asset_hash=asset.digest),
            memory_size=MEMORY_MEGABYTES,
            timeout=FUNCTION_TIMEOUT,
            # What the role may do stands in ExecutionRole: the library adds nothing to it.
            role=self.role.without_policy_updates(),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            environment_encryption=encryption.key,
            environment={
                **settings,
                "SUTURE_VERSION": asset.version,
                "POWERTOOLS_SERVICE_NAME": "suture",
                "POWERTOOLS_METRICS_NAMESPACE": "Suture",
                "POWERTOOLS_LOG_LEVEL": deployment.log_level,
            },
        )
        self.function.node.add_dependency(execution.tracing)
        Validations.of(self.function).acknowledge(
            Acknowledgment(
                id="AwsSolutions-L1",
                reason="The bundle is compiled for, and everything tested with, Python 3.13, which AWS supports until "
                "2029: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
            )
        )
        for source, work, concurrency in (
            ("Findings", findings, deployment.findings_concurrency),
            ("FollowUps", follow_ups, FOLLOW_UP_CONCURRENCY),
        ):
            self.function.add_event_source_mapping(
                source,
                event_source_arn=work.queue.queue_arn,
                batch_size=BATCH_SIZE,
                report_batch_item_failures=True,
                max_concurrency=concurrency,
            )

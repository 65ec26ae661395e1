"""The function that handles findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aws_cdk import Acknowledgment, RemovalPolicy, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.execution_role import ExecutionRole
from infra.lambda_asset import LambdaAsset
from infra.principals import execution_role, not_sent_by
from infra.work_queue import FUNCTION_TIMEOUT, WorkQueue

MEMORY_MEGABYTES = 512
"""Lambda gives CPU by memory: less makes a cold start longer and saves nothing."""

BATCH_SIZE = 1
"""One finding has the function's whole time, and a finding that times out costs no other one a delivery."""

LEAST_CONCURRENCY = 2
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""

METRICS_NAMESPACE = "Suture"
"""Of the function's own metrics. Their one dimension, ``service``, is the environment's prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """A queue that the function is invoked for, with as many of its messages at a time as ``concurrency`` says."""

    id: str
    work: WorkQueue
    concurrency: int = LEAST_CONCURRENCY


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
        sources: Iterable[EventSource],
        permissions: Mapping[str, iam.PolicyDocument],
        settings: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        sources = tuple(sources)
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
            queues=[source.work.queue for source in sources],
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
            handler="runtime.entry.handler.handler",
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
                "POWERTOOLS_SERVICE_NAME": f"suture-{deployment.environment}",
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
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
        # What comes in is what Lambda itself reads from the queues, whatever anybody's own policies allow. It reads for
        # the execution role: both are spared, since nobody says in whose name it then invokes.
        # https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
        lambda_.CfnResourcePolicy(
            self,
            "Invokers",
            resource_arn=self.function.function_arn,
            policy_document=iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(
                        sid="NobodyInvokesIt",
                        effect=iam.Effect.DENY,
                        principals=[iam.AnyPrincipal()],
                        actions=["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"],
                        resources=[self.function.function_arn, f"{self.function.function_arn}:*"],
                        conditions={
                            "Bool": {"aws:PrincipalIsAWSService": "false"},
                            **not_sent_by(execution_role(self, deployment)),
                        },
                    )
                ]
            ),
        )
        for source in sources:
            self.function.add_event_source_mapping(
                source.id,
                event_source_arn=source.work.queue.queue_arn,
                batch_size=BATCH_SIZE,
                report_batch_item_failures=True,
                max_concurrency=source.concurrency,
            )

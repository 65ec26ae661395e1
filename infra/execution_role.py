"""The one execution role: everything that the function may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import SEND, WRITE_TABLE, Encryption
from runtime.domain.access import customer_role_name, execution_role_name, services_of
from runtime.fixes.catalog import SPECS


class ExecutionRole(Construct):
    """Customers' roles trust it by its name.

    ``permissions`` are named policy documents from the constructs that own what they open; ``queues`` are those that
    the function is invoked for.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        encryption: Encryption,
        log_group: logs.ILogGroup,
        queues: Iterable[sqs.IQueue],
        permissions: Mapping[str, iam.PolicyDocument],
    ) -> None:
        super().__init__(scope, construct_id)
        customer_roles = [
            f"arn:{Stack.of(self).partition}:iam::*:role/{customer_role_name(service)}"
            for service in services_of(SPECS.values())
        ]
        self.role = iam.Role(
            self,
            "Role",
            role_name=execution_role_name(deployment.environment),
            description="The remediator's role, and the only role that customers' roles trust",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={
                **permissions,
                "customer-accounts": _allow(
                    ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"), customer_roles
                ),
                "consume": _allow(
                    (
                        "sqs:ChangeMessageVisibility",
                        "sqs:DeleteMessage",
                        "sqs:GetQueueAttributes",
                        "sqs:ReceiveMessage",
                    ),
                    [queue.queue_arn for queue in queues],
                ),
                "encryption": iam.PolicyDocument(
                    statements=[
                        encryption.use_through("dynamodb", actions=WRITE_TABLE),
                        encryption.use_through("sns", "sqs", actions=SEND),
                        # The function's settings.
                        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
                        encryption.use_through("lambda", actions=("kms:Decrypt",)),
                    ]
                ),
                "logs": _allow(("logs:CreateLogStream", "logs:PutLogEvents"), [log_group.log_group_arn]),
            },
        )
        Validations.of(self.role).acknowledge(
            *(
                Acknowledgment(
                    id=f"AwsSolutions-IAM5[Resource::{role}]",
                    reason="Accounts are onboarded without a deployment here. The roles have fixed names, and each "
                    "customer's trust policies ask for an external id that only this platform knows.",
                )
                for role in customer_roles
            )
        )
        # A policy of its own, so that nothing else can hide behind what is acknowledged for it.
        self.tracing = iam.Policy(
            self,
            "Tracing",
            policy_name="tracing",
            roles=[self.role],
            document=_allow(("xray:PutTelemetryRecords", "xray:PutTraceSegments"), ["*"]),
        )
        Validations.of(self.tracing).acknowledge(
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="AWS X-Ray has no resources to name for these two actions: "
                "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html",
            )
        )


def _allow(actions: Iterable[str], resources: Iterable[str]) -> iam.PolicyDocument:
    return iam.PolicyDocument(statements=[iam.PolicyStatement(actions=list(actions), resources=list(resources))])

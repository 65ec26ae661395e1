"""What operators and approvers may do: a managed policy for each, to be attached to their roles."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.commands import Commands
from infra.deployment import Deployment
from infra.encryption import READ_TABLE, SEND, WRITE_TABLE, Encryption
from infra.health import stack_asked_about
from infra.registry import Registry
from infra.work_queue import WorkQueue
from runtime.domain.access import VERIFICATION, customer_role_name
from runtime.domain.document import to_text


class People(Construct):
    """Both may read all that is on record, in ``tables`` and ``indexes``, and send to a queue of their own.

    ``health`` is what operators may look at besides, to see whether all is in order.

    ``listed`` says whose commands are taken, so that the command line can ask before it sends.

    Only operators may stop changes. That a role has one of the policies is not enough: the deployment must list it too.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        encryption: Encryption,
        tables: Iterable[str],
        indexes: Iterable[str],
        registry: Registry,
        commands: Commands,
        health: Iterable[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, construct_id)
        prefix = f"suture-{deployment.environment}"
        read = (
            iam.PolicyStatement(actions=["dynamodb:BatchGetItem", "dynamodb:Query"], resources=list(tables)),
            iam.PolicyStatement(actions=["dynamodb:Query"], resources=list(indexes)),
        )
        self.listed = ssm.StringParameter(
            self,
            "Listed",
            parameter_name=f"/suture/{deployment.environment}/people",
            string_value=to_text(deployment.people),
        )
        listed = iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[self.listed.parameter_arn])
        send = encryption.use_through("sqs", actions=SEND)
        verifying_roles = f"arn:{Stack.of(self).partition}:iam::*:role/{customer_role_name(VERIFICATION)}"
        # Their names and descriptions never change: CloudFormation would have to replace them, and cannot under their
        # own names.
        self.operator = iam.ManagedPolicy(
            self,
            "Operator",
            managed_policy_name=f"{prefix}-operator",
            description="Permissions of Suture's operators",
            statements=[
                *read,
                listed,
                registry.switch(),
                encryption.use_through("dynamodb", actions=WRITE_TABLE),
                _ask(commands.operators),
                send,
                # Its trust policy asks for the account's external id.
                iam.PolicyStatement(actions=["sts:AssumeRole"], resources=[verifying_roles]),
                *health,
            ],
        )
        Validations.of(self.operator).acknowledge(
            Acknowledgment(
                id=f"AwsSolutions-IAM5[Resource::{verifying_roles}]",
                reason="Accounts are onboarded without a deployment here. The role has a fixed name, and each "
                "customer's trust policy asks for an external id that only this platform knows.",
            ),
            Acknowledgment(
                id=f"AwsSolutions-IAM5[Resource::{stack_asked_about(Stack.of(self))}]",
                reason="It is this one stack: its id is not known to who asks for it by its name.",
            ),
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="Alarms that are asked for by the beginning of their names are authorised together, and so are "
                "event source mappings of a function. A test says that nothing but this is allowed on everything.",
            ),
        )
        self.approver = iam.ManagedPolicy(
            self,
            "Approver",
            managed_policy_name=f"{prefix}-approver",
            description="Permissions of Suture's approvers",
            statements=[
                *read,
                listed,
                encryption.use_through("dynamodb", actions=READ_TABLE),
                _ask(commands.approvers),
                send,
            ],
        )


def _ask(work: WorkQueue) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=["sqs:GetQueueUrl", "sqs:SendMessage"], resources=[work.queue.queue_arn])

"""The platform account's stack: puts the capabilities together."""

from __future__ import annotations

import json

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.alarms import Alarms
from infra.audit_trail import AuditTrail
from infra.chat import Chat
from infra.commands import Commands
from infra.dashboard import Dashboard
from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.follow_ups import FollowUps
from infra.health import may_look
from infra.holds import Holds
from infra.intake import Intake
from infra.lambda_asset import LambdaAsset
from infra.ledger import Ledger
from infra.people import People
from infra.policy_delivery import PolicyDelivery
from infra.registry import Registry
from infra.remediator import EventSource, Remediator
from infra.resource_locks import ResourceLocks
from infra.review import Review, contacts_of
from infra.runs import Runs
from runtime.domain.document import to_text


class PlatformStack(Stack):
    """Everything of one environment. ``policy`` and ``schema`` are JSON texts."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        asset: LambdaAsset,
        policy: str,
        schema: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            # Explicit, so that nothing is looked up; a table with a customer key needs to know its region.
            env=Environment(account=deployment.account, region=deployment.region),
            description=f"Suture, {deployment.environment}: auto-remediation of Wiz findings",
            analytics_reporting=False,
            termination_protection=not deployment.disposable,
        )
        encryption = Encryption(self, "Encryption", deployment=deployment)
        intake = Intake(self, "Intake", deployment=deployment, encryption=encryption)
        follow_ups = FollowUps(self, "FollowUps", deployment=deployment, encryption=encryption)
        runs = Runs(self, "Runs", deployment=deployment, encryption=encryption)
        commands = Commands(self, "Commands", deployment=deployment, encryption=encryption)
        review = Review(
            self, "Review", deployment=deployment, encryption=encryption, contacts=contacts_of(json.loads(policy))
        )
        audit_trail = AuditTrail(self, "AuditTrail", deployment=deployment, encryption=encryption)
        registry = Registry(self, "Registry", deployment=deployment, encryption=encryption)
        ledger = Ledger(self, "Ledger", deployment=deployment, encryption=encryption)
        holds = Holds(self, "Holds", deployment=deployment, encryption=encryption)
        locks = ResourceLocks(self, "ResourceLocks", deployment=deployment, encryption=encryption)
        delivery = PolicyDelivery(self, "PolicyDelivery", deployment=deployment, policy=policy, schema=schema)
        remediator = Remediator(
            self,
            "Remediator",
            deployment=deployment,
            encryption=encryption,
            asset=asset,
            sources=(
                EventSource(id="Findings", work=intake.work, concurrency=deployment.findings_concurrency),
                EventSource(id="FollowUps", work=follow_ups.work),
                EventSource(id="Runs", work=runs.work, concurrency=deployment.findings_concurrency),
                EventSource(id="Commands", work=commands.operators),
                EventSource(id="Approvals", work=commands.approvers),
            ),
            permissions={
                "audit-trail": audit_trail.append(),
                "registry": registry.read(),
                "ledger": ledger.keep(),
                "holds": holds.hold_and_release(),
                "locks": locks.take_and_release(),
                "policy": iam.PolicyDocument(statements=[delivery.fetch()]),
                "follow-ups": follow_ups.work.send(),
                "runs": runs.work.send(),
                "review": review.tell(),
            },
            settings={
                "SUTURE_ENVIRONMENT": deployment.environment,
                "SUTURE_AUDIT_TABLE": audit_trail.table.table_name,
                "SUTURE_REGISTRY_TABLE": registry.table.table_name,
                "SUTURE_LEDGER_TABLE": ledger.table.table_name,
                "SUTURE_HOLDS_TABLE": holds.table.table_name,
                "SUTURE_LOCKS_TABLE": locks.table.table_name,
                "SUTURE_FINDINGS_TOPIC_ARN": intake.topic.topic_arn,
                "SUTURE_FINDINGS_QUEUE_URL": intake.work.queue.queue_url,
                "SUTURE_FOLLOW_UP_QUEUE_URL": follow_ups.work.queue.queue_url,
                "SUTURE_RUNS_QUEUE_URL": runs.work.queue.queue_url,
                "SUTURE_COMMANDS_QUEUE_URL": commands.operators.queue.queue_url,
                "SUTURE_APPROVALS_QUEUE_URL": commands.approvers.queue.queue_url,
                "SUTURE_REVIEW_QUEUE_URL": review.queue.queue_url,
                "SUTURE_REVIEWERS_TOPIC_ARN": review.reviewers_topic.topic_arn,
                "SUTURE_SECURITY_TOPIC_ARN": review.security_topic.topic_arn,
                "SUTURE_OWNER_TOPIC_ARN": review.owners_topic.topic_arn,
                "SUTURE_EVENT_BUS": review.bus.event_bus_name,
                "SUTURE_APPCONFIG_APPLICATION": delivery.application_id,
                "SUTURE_APPCONFIG_ENVIRONMENT": delivery.environment_id,
                "SUTURE_APPCONFIG_PROFILE": delivery.profile_id,
                "SUTURE_PEOPLE": to_text(deployment.people),
                "SUTURE_RETRY_SECONDS": str(deployment.retry_seconds),
                "SUTURE_VERIFY_SECONDS": str(deployment.verify_seconds),
            },
        )
        # A policy may name fixes that only the new code knows.
        delivery.deployment.node.add_dependency(remediator.function)
        work = {
            "findings": intake.work,
            "follow-ups": follow_ups.work,
            "runs": runs.work,
            "commands": commands.operators,
            "approvals": commands.approvers,
        }
        people = People(
            self,
            "People",
            deployment=deployment,
            encryption=encryption,
            tables=(
                audit_trail.table.table_arn,
                registry.table.table_arn,
                ledger.table.table_arn,
                holds.table.table_arn,
            ),
            indexes=audit_trail.index_arns,
            registry=registry,
            commands=commands,
            health=may_look(
                self,
                deployment=deployment,
                delivery=delivery,
                topics=(review.reviewers_topic, review.security_topic),
                queues=[review.queue, *(queue for one in work.values() for queue in (one.queue, one.dead_letters))],
            ),
        )
        work = {
            "findings": intake.work,
            "follow-ups": follow_ups.work,
            "runs": runs.work,
            "commands": commands.operators,
            "approvals": commands.approvers,
        }
        alarms = Alarms(
            self,
            "Alarms",
            deployment=deployment,
            topic=review.security_topic,
            work=work,
            review=review.queue,
            function=remediator.function,
            tick=follow_ups.tick,
        )
        if deployment.chat:
            Chat(
                self,
                "Chat",
                deployment=deployment,
                encryption=encryption,
                topics=(review.reviewers_topic, review.security_topic),
                commands=commands,
            )
        Dashboard(self, "Dashboard", deployment=deployment, work=work, function=remediator.function, alarms=alarms)
        for name, value in {
            "FindingsTopicArn": intake.topic.topic_arn,
            "PublisherRoleArn": intake.publisher.role_arn,
            "ExecutionRoleArn": remediator.role.role_arn,
            "CodeVersion": asset.version,
            "FunctionName": remediator.function.function_name,
            "FindingsQueueUrl": intake.work.queue.queue_url,
            "FindingsDeadLetterQueueUrl": intake.work.dead_letters.queue_url,
            "FollowUpQueueUrl": follow_ups.work.queue.queue_url,
            "FollowUpDeadLetterQueueUrl": follow_ups.work.dead_letters.queue_url,
            "RunsQueueUrl": runs.work.queue.queue_url,
            "RunsDeadLetterQueueUrl": runs.work.dead_letters.queue_url,
            "CommandsQueueUrl": commands.operators.queue.queue_url,
            "CommandsDeadLetterQueueUrl": commands.operators.dead_letters.queue_url,
            "ApprovalsQueueUrl": commands.approvers.queue.queue_url,
            "ApprovalsDeadLetterQueueUrl": commands.approvers.dead_letters.queue_url,
            "ReviewQueueUrl": review.queue.queue_url,
            "SecurityTopicArn": review.security_topic.topic_arn,
            "ReviewersTopicArn": review.reviewers_topic.topic_arn,
            "OwnersTopicArn": review.owners_topic.topic_arn,
            "EventBusName": review.bus.event_bus_name,
            "AuditTableName": audit_trail.table.table_name,
            "RegistryTableName": registry.table.table_name,
            "LedgerTableName": ledger.table.table_name,
            "HoldsTableName": holds.table.table_name,
            "LockTableName": locks.table.table_name,
            "PolicyApplicationId": delivery.application_id,
            "PolicyEnvironmentId": delivery.environment_id,
            "PolicyProfileId": delivery.profile_id,
            "OperatorPolicyArn": people.operator.managed_policy_arn,
            "ApproverPolicyArn": people.approver.managed_policy_arn,
            "KeyArn": encryption.key.key_arn,
        }.items():
            CfnOutput(self, name, value=value)

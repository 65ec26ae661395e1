"""A chat channel, by Amazon Q Developer in chat applications: what people are told, with buttons.

For a deployment with a channel under ``chat``. ``docs/messages.md`` says how it is set up, and what is not known of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.commands import Commands
from infra.deployment import Deployment
from infra.encryption import SEND, Encryption
from infra.work_queue import WorkQueue

_PROPERTIES = {
    "slack": {"workspace": "SlackWorkspaceId", "channel": "SlackChannelId"},
    "teams": {"team": "TeamId", "tenant": "TeamsTenantId", "channel": "TeamsChannelId"},
}
_TYPES = {
    "slack": "AWS::Chatbot::SlackChannelConfiguration",
    "teams": "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
}
_REASON = "Pressed in the chat channel."


class Chat(Construct):
    """The channel, and the buttons of its messages.

    A button is a command that runs as the role of whoever presses it: members must choose a role of their own, and
    that role must be one of those that the deployment lists. The channel's own role may do nothing, and its guardrail
    lets nothing through but sending to the two queues of commands. The platform knows who pressed from SQS.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        encryption: Encryption,
        topics: Iterable[sns.ITopic],
        commands: Commands,
    ) -> None:
        super().__init__(scope, construct_id)
        prefix = f"suture-{deployment.environment}"
        role = iam.Role(
            self,
            "Role",
            description="The chat channel's role, without permissions",
            assumed_by=iam.ServicePrincipal("chatbot.amazonaws.com"),
        )
        guardrail = iam.ManagedPolicy(
            self,
            "Guardrail",
            description="The only permissions of members in the chat channel",
            statements=[
                iam.PolicyStatement(
                    actions=["sqs:SendMessage"],
                    resources=[commands.operators.queue.queue_arn, commands.approvers.queue.queue_arn],
                ),
                encryption.use_through("sqs", actions=SEND),
            ],
        )
        self._environment = deployment.environment
        review, undo = "approve", "undo"
        buttons = (
            self._button("Approve", review, commands.approvers, kind="ApprovePlan", review_id="$id", digest="$digest"),
            self._button("Deny", review, commands.approvers, kind="DenyPlan", review_id="$id"),
            self._button("Undo", undo, commands.operators, kind="UndoChange", target_id="$id", dry_run=False),
        )
        ((kind, ids),) = deployment.chat.items()
        # Not the typed constructs: their module would bring a third of the CDK into the type check.
        CfnResource(
            self,
            "Channel",
            type=_TYPES[kind],
            properties={
                "ConfigurationName": prefix,
                **{_PROPERTIES[kind][name]: value for name, value in ids.items()},
                "IamRoleArn": role.role_arn,
                "UserRoleRequired": True,
                "GuardrailPolicies": [guardrail.managed_policy_arn],
                "SnsTopicArns": [topic.topic_arn for topic in topics],
                "CustomizationResourceArns": [button.ref for button in buttons],
                "LoggingLevel": "INFO",
            },
        )

    def _button(self, text: str, action: str, queue: WorkQueue, **command: Any) -> CfnResource:
        """Shown below messages with this action. Its variables are what ``chat_of`` puts into them.

        https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-actions.html
        """
        body = json.dumps({**command, "reason": _REASON}, separators=(",", ":"))
        return CfnResource(
            self,
            text,
            type="AWS::Chatbot::CustomAction",
            properties={
                "ActionName": f"suture-{self._environment}-{text.lower()}",
                "Definition": {
                    "CommandText": f"sqs send-message --queue-url {queue.queue.queue_url} --message-body '{body}' "
                    f"--region {Stack.of(self).region}"
                },
                "Attachments": [
                    {
                        "ButtonText": text,
                        "NotificationType": "Custom",
                        "Criteria": [
                            {
                                "Operator": "EQUALS",
                                "VariableName": "action",
                                "Value": f"{self._environment}-{action}",
                            },
                            {"Operator": "HAS_VALUE", "VariableName": "id"},
                        ],
                        "Variables": {
                            name: f"event.metadata.additionalContext.{name}" for name in ("action", "id", "digest")
                        },
                    }
                ],
            },
        )

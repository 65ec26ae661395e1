"""Whether a deployment is in order: what AWS says of it, held against this checkout. Reads only.

A part that cannot be looked at is not in order: it is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from cli.advice import not_deployed
from cli.errors import Unusable
from cli.policy import read_document
from runtime.aws.errors import platform_errors
from runtime.aws.threads import together
from runtime.domain.command import Command, DenyPlan, DryRun, Order
from runtime.domain.document import from_json
from runtime.domain.errors import PlatformCallFailed
from runtime.domain.policy import NotificationPolicy

if TYPE_CHECKING:
    from pathlib import Path

    from cli.deployment import Deployment
    from runtime.application.ports import Together
    from runtime.domain.people import People
    from runtime.domain.principal import Principal

DEAD_LETTERS = "DeadLetterQueueUrl"
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError"})


class Health(StrEnum):
    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at. ``next_step`` is what to do about it; empty if it is good."""

    part: str
    health: Health
    sentence: str
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """``config`` and ``version`` are this checkout's: the policy's folder, and what the function would be called."""

    deployment: Deployment
    version: str
    config: Path
    side_by_side: Together = together

    def examine(self) -> tuple[Diagnosis, ...]:
        """Everything, the stack first. Raises ``PlatformCallFailed`` if AWS cannot be asked at all."""
        stack = self._stack()
        if stack is None:
            return (
                _bad(
                    "deployment",
                    not_deployed(self.deployment.environment),
                    f"Deploy it: npx cdk deploy -c env={self.deployment.environment}",
                ),
            )
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}
        self.deployment.tell("Reading the policy of this checkout")
        ours = self._ours()
        parts: Mapping[str, Callable[[], Iterable[Diagnosis]]] = {
            "policy": partial(self._policy, outputs, ours),
            "queues": partial(self._queues, outputs),
            "event sources": partial(self._event_sources, outputs),
            "alarms": self._alarms,
            "roles": self._roles,
            "subscribers": partial(self._subscribers, outputs),
            "owners": partial(self._owners, outputs, ours),
        }
        found = self.side_by_side(
            *(partial(_looked_at, part, look, self.deployment.tell) for part, look in parts.items())
        )
        return (_state_of(stack), self._version_skew(outputs), *(one for diagnoses in found for one in diagnoses))

    def _ours(self) -> Mapping[str, Any] | Unusable:
        """The policy of this checkout, or why it cannot be used. Reading it takes longer than all that AWS is asked."""
        try:
            document: Mapping[str, Any] = read_document(self.config)
        except Unusable as error:
            return error
        return document

    def _stack(self) -> Mapping[str, Any] | None:
        try:
            with platform_errors("cloudformation", "DescribeStacks"):
                answer = self.deployment.client("cloudformation").describe_stacks(
                    StackName=f"Suture-{self.deployment.environment}"
                )
        except PlatformCallFailed as error:
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
            if error.code == "ValidationError" and "does not exist" in error.message:
                return None
            raise
        stack: Mapping[str, Any] = answer["Stacks"][0]
        return stack

    def _version_skew(self, outputs: Mapping[str, str]) -> Diagnosis:
        deployed = outputs.get("CodeVersion", "")
        if deployed == self.version:
            return _good("version", f"The function has this checkout's code, {deployed}.")
        deployed = deployed or "of an older version"
        return _bad(
            "version",
            f"The function has the code {deployed}, this checkout has {self.version}.",
            "Check out what was deployed, or deploy this: commands and records of the two may differ.",
        )

    def _policy(self, outputs: Mapping[str, str], ours: Mapping[str, Any] | Unusable) -> Iterator[Diagnosis]:
        client = self.deployment.client("appconfigdata")
        with platform_errors("appconfigdata", "StartConfigurationSession"):
            session = client.start_configuration_session(
                ApplicationIdentifier=outputs["PolicyApplicationId"],
                EnvironmentIdentifier=outputs["PolicyEnvironmentId"],
                ConfigurationProfileIdentifier=outputs["PolicyProfileId"],
            )
        with platform_errors("appconfigdata", "GetLatestConfiguration"):
            answer = client.get_latest_configuration(ConfigurationToken=session["InitialConfigurationToken"])
            text: bytes = answer["Configuration"].read()
        yield _policy_of(text, ours, self.config)

    def _queues(self, outputs: Mapping[str, str]) -> Iterator[Diagnosis]:
        urls = {name: url for name, url in outputs.items() if name.endswith("QueueUrl")}
        counts = dict(
            zip(urls, self.side_by_side(*(partial(self._messages_in, url) for url in urls.values())), strict=True)
        )
        for name, count in counts.items():
            queue = urls[name].rpartition("/")[2]
            if name.endswith(DEAD_LETTERS) and count:
                yield _bad(
                    f"queue {queue}",
                    f"{count} messages could not be handled after several attempts.",
                    "docs/runbooks/dead-letters.md says what they are, and how they are moved back.",
                )
        if not any(count for name, count in counts.items() if name.endswith(DEAD_LETTERS)):
            yield _good("queues", f"No dead letters in {len(counts)} queues; {sum(counts.values())} messages wait.")

    def _messages_in(self, url: str) -> int:
        name = "ApproximateNumberOfMessages"
        with platform_errors("sqs", "GetQueueAttributes"):
            answer = self.deployment.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def _event_sources(self, outputs: Mapping[str, str]) -> Iterator[Diagnosis]:
        """Whether Lambda reads each queue that has dead letters: only what is read can fail."""
        function = outputs["FunctionName"]
        states: dict[str, tuple[str, str]] = {}
        with platform_errors("lambda", "ListEventSourceMappings"):
            pages = self.deployment.client("lambda").get_paginator("list_event_source_mappings")
            for page in pages.paginate(FunctionName=function):
                for mapping in page["EventSourceMappings"]:
                    queue = mapping["EventSourceArn"].rpartition(":")[2]
                    states[queue] = (mapping["State"], mapping["UUID"])
        read = [
            outputs[name.removesuffix(DEAD_LETTERS) + "QueueUrl"].rpartition("/")[2]
            for name in outputs
            if name.endswith(DEAD_LETTERS)
        ]
        wrong = [queue for queue in read if states.get(queue, ("", ""))[0] not in _READS]
        for queue in wrong:
            state, uuid = states.get(queue, ("", ""))
            if not state:
                step = "Deploy the stack again: it makes them."
                yield _bad(f"event source {queue}", f"The function {function} has no mapping of it.", step)
            else:
                yield _bad(
                    f"event source {queue}",
                    f"The function {function} does not read it: its event source mapping is {state}. Messages wait.",
                    f"aws lambda update-event-source-mapping --uuid {uuid} --enabled",
                )
        if not wrong:
            yield _good("event sources", f"The function {function} reads all {len(read)} queues.")

    def _alarms(self) -> Iterator[Diagnosis]:
        prefix = f"suture-{self.deployment.environment}-"
        alarms: list[Mapping[str, Any]] = []
        with platform_errors("cloudwatch", "DescribeAlarms"):
            pages = self.deployment.client("cloudwatch").get_paginator("describe_alarms")
            for page in pages.paginate(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"]):
                alarms += page["MetricAlarms"]
        raised = [alarm for alarm in alarms if alarm["StateValue"] == "ALARM"]
        silent = [alarm["AlarmName"] for alarm in alarms if not alarm["ActionsEnabled"] or not alarm["AlarmActions"]]
        if not alarms:
            yield _bad("alarms", "There is not one alarm.", "Deploy the stack again: it makes them.")
        for alarm in raised:
            yield _bad(
                f"alarm {alarm['AlarmName']}",
                f"It is raised: {alarm.get('AlarmDescription', '')}.",
                "docs/runbooks says what to do, by the name of the alarm.",
            )
        if silent:
            yield _bad(
                "alarms",
                f"Nobody is told of {', '.join(silent)}: its actions are off.",
                f"aws cloudwatch enable-alarm-actions --alarm-names {' '.join(silent)}",
            )
        if alarms and not raised and not silent:
            yield _good("alarms", f"None of {len(alarms)} is raised, and all tell the security topic.")

    def _roles(self) -> Iterator[Diagnosis]:
        people, caller = self.deployment.people(), self.deployment.caller()
        iam = self.deployment.client("iam")
        named = {"operators": people.operator_role_arns, "approvers": people.approver_role_arns}
        for name, arns in named.items():
            missing = [arn for arn in arns if _arn_of_role(iam, arn) != arn]
            if not arns:
                yield _bad("roles", f"The deployment lists no {name}.", _LIST_THEM)
            for arn in missing:
                yield _bad("roles", f"{arn}, of the {name}, does not exist.", _LIST_THEM)
            if arns and not missing:
                yield _good("roles", f"Each role of the {name} exists: {len(arns)}.")
        yield _caller(people, caller)

    def _subscribers(self, outputs: Mapping[str, str]) -> Iterator[Diagnosis]:
        for name, unheard in _UNHEARD.items():
            topic = outputs[f"{name.capitalize()}TopicArn"]
            subscriptions = self._subscriptions(topic)
            confirmed = sum(subscriptions.values())
            pending = len(subscriptions) - confirmed
            if confirmed:
                also = f"; {pending} not confirmed yet" if pending else ""
                yield _good("subscribers", f"{confirmed} of the {name} topic{also}.")
                continue
            yield _bad(
                "subscribers",
                f"Nobody is subscribed to the {name} topic: {unheard}."
                + (f" Not confirmed: {pending}." if pending else ""),
                f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint {name}@example.com",
            )

    def _owners(self, outputs: Mapping[str, str], ours: Mapping[str, Any] | Unusable) -> Iterator[Diagnosis]:
        """Whether each address of the policy's directory gets what is its owner's. Topics of owners are their own."""
        if isinstance(ours, Unusable):
            sentence = f"The directory of owners in {self.config} cannot be read."
            yield Diagnosis(part="owners", health=Health.UNKNOWN, sentence=sentence, next_step="Correct the policy.")
            return
        contacts = from_json(NotificationPolicy, ours.get("notifications", {})).contacts
        addresses = sorted(contact for contact in contacts if not contact.startswith("arn:"))
        subscriptions = {
            endpoint: confirmed
            for (protocol, endpoint), confirmed in self._subscriptions(outputs["OwnersTopicArn"]).items()
            if protocol == "email"
        }
        unsubscribed = [address for address in addresses if address not in subscriptions]
        unconfirmed = [address for address in addresses if not subscriptions.get(address, True)]
        if unsubscribed:
            yield _bad(
                "owners",
                f"Not subscribed to the owners topic, though in the directory: {', '.join(unsubscribed)}.",
                "Deploy the stack again: it subscribes them.",
            )
        if unconfirmed:
            yield _bad(
                "owners",
                f"Told of nothing until they confirm: {', '.join(unconfirmed)}.",
                "Ask them to follow the link in the message from AWS Notifications; it is valid for two days.",
            )
        if not contacts:
            yield _good("owners", "The policy has no directory: no owner is told of changes.")
        elif not unsubscribed and not unconfirmed:
            topics = len(contacts) - len(addresses)
            also = f"; {topics} have topics of their own, which were not looked at" if topics else ""
            yield _good("owners", f"All {len(addresses)} addresses of the directory are subscribed{also}.")

    def _subscriptions(self, topic_arn: str) -> Mapping[tuple[str, str], bool]:
        """Whether each subscription is confirmed, by protocol and endpoint."""
        found: dict[tuple[str, str], bool] = {}
        with platform_errors("sns", "ListSubscriptionsByTopic"):
            pages = self.deployment.client("sns").get_paginator("list_subscriptions_by_topic")
            for page in pages.paginate(TopicArn=topic_arn):
                for one in page["Subscriptions"]:
                    # https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
                    confirmed = one["SubscriptionArn"].startswith("arn:")
                    found[one["Protocol"], one["Endpoint"]] = confirmed
        return found


_READS = frozenset({"Enabled", "Updating"})
"""https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html"""
_UNHEARD = {
    "security": "alarms, and what people have to look at, reach nobody",
    "reviewers": "plans that wait for approval, reminders and failures reach nobody",
}
"""What is not heard of where nobody is subscribed, by topic."""
_LIST_THEM = "Correct config/deployments, and deploy it."


def _good(part: str, sentence: str) -> Diagnosis:
    return Diagnosis(part=part, health=Health.GOOD, sentence=sentence)


def _bad(part: str, sentence: str, next_step: str) -> Diagnosis:
    return Diagnosis(part=part, health=Health.BAD, sentence=sentence, next_step=next_step)


def _looked_at(
    part: str, look: Callable[[], Iterable[Diagnosis]], tell: Callable[[str], None]
) -> tuple[Diagnosis, ...]:
    """What was found out about a part, or that it could not be. Raises ``PlatformCallFailed`` if it says nothing."""
    tell(f"Looking at the {part}")
    try:
        return tuple(look())
    except PlatformCallFailed as error:
        if error.code not in _DENIED:
            raise
        return (
            Diagnosis(
                part=part,
                health=Health.UNKNOWN,
                sentence=f"It could not be looked at: {error.service}:{error.operation} is denied.",
                next_step="Use a role with the policy for operators, of this version.",
            ),
        )


def _state_of(stack: Mapping[str, Any]) -> Diagnosis:
    name, state = stack["StackName"], stack["StackStatus"]
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
    if state in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
        return _good("deployment", f"The stack {name} is deployed ({state}).")
    if state.endswith("_IN_PROGRESS"):
        return _bad("deployment", f"The stack {name} is being changed ({state}).", "Wait until it is done.")
    return _bad(
        "deployment",
        f"The last change of the stack {name} failed ({state}).",
        f"`aws cloudformation describe-stack-events --stack-name {name}` says why. Then deploy it again.",
    )


def _policy_of(text: bytes, ours: Mapping[str, Any] | Unusable, config: Path) -> Diagnosis:
    """The policy in force, held against the checkout's."""
    if not text:
        return _bad("policy", "No policy is deployed: no finding can be decided.", "Deploy the stack again.")
    if isinstance(ours, Unusable):
        return _bad("policy", f"The policy in {config} cannot be used. {ours}", "Correct it.")
    deployed = json.loads(text)
    if deployed == ours:
        return _good("policy", f"The policy in force is that of this checkout, version {ours['version']}.")
    versions = f"version {deployed.get('version')} is in force, and version {ours['version']} is in {config}"
    return _bad(
        "policy",
        f"The policy in force is not that of this checkout: {versions}.",
        "`suture replay` shows what would change under this one; deploying puts it in force.",
    )


def _arn_of_role(iam: Any, arn: str) -> str:
    """The ARN of the role with the name in this one; empty if there is none. Its path may be another."""
    try:
        with platform_errors("iam", "GetRole"):
            return str(iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]["Arn"])
    except PlatformCallFailed as error:
        if error.code != "NoSuchEntity":
            raise
        return ""


def _caller(people: People, caller: Principal) -> Diagnosis:
    """Whether commands of whoever asks would be taken."""
    asked: Mapping[str, Command] = {
        "operators": DryRun(target_id="x"),
        "approvers": DenyPlan(review_id="x", reason="x"),
    }
    problems = {name: people.problem_with(Order(command=command, principal=caller)) for name, command in asked.items()}
    taken = [name for name, problem in problems.items() if not problem]
    if taken:
        return _good("you", f"Commands are taken from {caller.arn}, as one of the {' and '.join(taken)}.")
    return _bad(
        "you",
        f"No command is taken from you: {problems['operators']}.",
        "Log in through one of the roles that it lists. `aws sts get-caller-identity` shows through which you are.",
    )

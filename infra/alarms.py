"""What wakes somebody up."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.deployment import Deployment
from infra.remediator import METRICS_NAMESPACE
from infra.work_queue import WorkQueue
from runtime.domain.outcome import Reason

OWN_METRICS = {
    Reason.RATE_LIMIT_EXCEEDED: "Changes within an hour exceed the policy's limit: plans wait for approval",
    "RUN_STUCK": "A held run was released five times without an outcome: retry it or end it",
    "SWEEP_UNFINISHED": "The sweep's time ended before it had checked every account: held runs wait longer",
    "HOLD_UNREADABLE": "A held run cannot be read, so it is not released: check the holds table",
    "REMINDER_UNREADABLE": "A review cannot be read, so no reminders are sent for it: suture review list",
}
"""The function's own metrics that wake somebody up. The names of the others are those in runtime/application."""


class Alarms(Construct):
    """One alarm for each way in which a finding can be stuck, and one for too many changes.

    All go to the security team's topic. ``all`` are they.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        topic: sns.ITopic,
        work: dict[str, WorkQueue],
        review: sqs.IQueue,
        function: lambda_.IFunction,
        tick: events.CfnRule,
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix = f"suture-{deployment.environment}"
        self._action = actions.SnsAction(topic)
        self.all: list[cloudwatch.Alarm] = []
        minute = Duration.minutes(1)
        for name, queue in work.items():
            self._alarm(
                f"{name}-dead-letters",
                "Messages could not be handled after several attempts: docs/runbooks",
                queue.dead_letters.metric_approximate_number_of_messages_visible(period=minute, statistic="max"),
                at_least=1,
            )
            self._waiting(name, queue.queue, Duration.minutes(30))
        # Half of the time that the queue keeps a message.
        self._waiting("review", review, Duration.days(7))
        self._alarm(
            "function-errors",
            "Invocations of the function fail",
            function.metric_errors(period=Duration.minutes(5), statistic="sum"),
            at_least=1,
        )
        self._alarm(
            "function-throttles",
            "The account's Lambda concurrency is used up: findings wait",
            function.metric_throttles(period=Duration.minutes(5), statistic="sum"),
            at_least=1,
        )

        self._alarm(
            "tick-failures",
            "The tick's messages do not arrive: no held run is released",
            # Its dimension is the rule's name alone on the default bus.
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
            cloudwatch.Metric(
                namespace="AWS/Events",
                metric_name="FailedInvocations",
                dimensions_map={"RuleName": tick.ref},
                period=Duration.minutes(5),
                statistic="sum",
            ),
            at_least=1,
        )
        for metric, description in OWN_METRICS.items():
            self._alarm(
                metric.lower().replace("_", "-"),
                description,
                cloudwatch.Metric(
                    namespace=METRICS_NAMESPACE,
                    metric_name=metric,
                    dimensions_map={"service": self._prefix},
                    period=Duration.minutes(5),
                    statistic="sum",
                ),
                at_least=1,
            )

    def _waiting(self, name: str, queue: sqs.IQueue, longest: Duration) -> None:
        self._alarm(
            f"{name}-waiting",
            f"The oldest message has been waiting for {longest.to_human_string()}",
            queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(5), statistic="max"),
            at_least=longest.to_seconds(),
        )

    def _alarm(self, name: str, description: str, metric: cloudwatch.Metric, *, at_least: float) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=description,
            metric=metric,
            threshold=at_least,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        self.all.append(alarm)

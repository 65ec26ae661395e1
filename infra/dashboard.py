"""One page of CloudWatch for those who look after the platform: results, what keeps changes back, and its health."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.alarms import OWN_METRICS, Alarms
from infra.deployment import Deployment
from infra.remediator import METRICS_NAMESPACE
from infra.results import Result, outcomes_of
from infra.work_queue import WorkQueue
from runtime.domain.outcome import Reason

WIDTH = 24
"""Of a dashboard. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""

AMISS = (Reason.DRIFT_LOOP, Reason.APPROVAL_VOID, Reason.IDENTITY_MISMATCH, *OWN_METRICS)
"""What the function counts by itself, beyond the outcomes: runtime/entry/telemetry.py."""

ABOUT = """\
**Suture, {environment}**: each number counts runs, within the selected time range. Wiz publishes an issue again \
and again: `suture -e {environment} report --since DAY` counts each finding once, says what blocks automation and what \
to do about it. What is stopped and held: `suture -e {environment} status`."""


class Dashboard(Construct):
    """``suture-ENV``. It reads metrics that are there anyway, and tells nobody anything by itself: alarms do."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        work: dict[str, WorkQueue],
        function: lambda_.IFunction,
        alarms: Alarms,
    ) -> None:
        super().__init__(scope, construct_id)
        self._service = f"suture-{deployment.environment}"
        results = [self._result(result) for result in Result]
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=self._service,
            default_interval=Duration.days(7),
            widgets=[
                [
                    cloudwatch.TextWidget(
                        markdown=ABOUT.format(environment=deployment.environment), width=WIDTH, height=2
                    )
                ],
                [
                    cloudwatch.SingleValueWidget(
                        title="Results",
                        metrics=[*results, self._undo_rate()],
                        set_period_to_time_range=True,
                        width=WIDTH,
                        height=4,
                    )
                ],
                [
                    _graph("Results by hour", results, stacked=True),
                    _graph("Failures beyond one finding", [self._own(name) for name in AMISS]),
                ],
                [
                    _graph(
                        "Oldest message, seconds",
                        [
                            queue.queue.metric_approximate_age_of_oldest_message(label=name, statistic="max")
                            for name, queue in work.items()
                        ],
                    ),
                    _graph(
                        "Dead letters",
                        [
                            queue.dead_letters.metric_approximate_number_of_messages_visible(
                                label=name, statistic="max"
                            )
                            for name, queue in work.items()
                        ],
                    ),
                ],
                [
                    _graph(
                        "Function: milliseconds",
                        [
                            function.metric_duration(label="median", statistic="p50"),
                            function.metric_duration(label="99th percentile", statistic="p99"),
                        ],
                    ),
                    _graph(
                        "Function: failed and delayed",
                        [
                            function.metric_errors(label="errors", statistic="sum"),
                            function.metric_throttles(label="throttles", statistic="sum"),
                        ],
                    ),
                ],
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms.all), width=WIDTH, height=5)],
            ],
        )

    def _result(self, result: Result) -> cloudwatch.IMetric:
        """How many runs ended so: the sum of one outcome, or of several."""
        using = {
            f"{result.name.lower()}_{number}": self._own(outcome) for number, outcome in enumerate(outcomes_of(result))
        }
        if len(using) == 1:
            (metric,) = using.values()
            return metric.with_(label=result.value)
        return cloudwatch.MathExpression(
            expression=_sum(using), using_metrics=using, label=result.value, period=Duration.hours(1)
        )

    def _undo_rate(self) -> cloudwatch.IMetric:
        fixed = {f"done_{number}": self._own(outcome) for number, outcome in enumerate(outcomes_of(Result.FIXED))}
        undone = {f"taken_{number}": self._own(outcome) for number, outcome in enumerate(outcomes_of(Result.UNDONE))}
        return cloudwatch.MathExpression(
            expression=f"100 * ({_sum(undone)}) / ({_sum(fixed)})",
            using_metrics={**fixed, **undone},
            label="undone for 100 fixed",
            period=Duration.hours(1),
        )

    def _own(self, name: str) -> cloudwatch.Metric:
        """A count of the function's. Powertools has one dimension."""
        return cloudwatch.Metric(
            namespace=METRICS_NAMESPACE,
            metric_name=name,
            dimensions_map={"service": self._service},
            label=name,
            period=Duration.hours(1),
            statistic="sum",
        )


def _sum(metrics: dict[str, cloudwatch.Metric]) -> str:
    """What was not counted within a period is none, and not unknown."""
    return " + ".join(f"FILL({name}, 0)" for name in metrics)


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric], *, stacked: bool = False) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), stacked=stacked, width=WIDTH // 2, height=6)

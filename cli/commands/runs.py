"""``suture undo``, ``clear``, ``dry-run``, ``retry`` and ``end``: what may be asked about an earlier run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import output
from cli.arguments import parse_since
from cli.bulk import all_of, check_one_way, print_hazards
from cli.confirmation import confirm
from cli.deployment import Deployment
from cli.errors import NOTHING_SENT, Unusable, refusals
from cli.evidence_view import print_calls, print_checks, print_permissions, print_plan, print_state
from cli.options import DEFAULT_TIMEOUT_SECONDS, AsJson, NoWait, TimeoutSeconds, Why, Yes, YesToo, given, patience
from cli.order_view import carry_out, carry_out_all
from cli.row_filter import (
    ByFix,
    InAccount,
    InEnvironment,
    OfOwner,
    OnResource,
    Since,
    check_window,
    narrowed,
)
from cli.rows import Wanted
from cli.runs import find_run
from runtime.domain.audit import AuditEvent, History
from runtime.domain.command import ClearBlock, DryRun, EndRun, RetryRun, UndoChange
from runtime.domain.errors import CommandRefused
from runtime.domain.outcome import Outcome
from runtime.domain.plan import Plan, State, differences
from runtime.domain.requests import (
    Changed,
    what_is_held,
    what_to_clear,
    what_to_decide_again,
    what_to_end,
    what_to_undo,
)
from runtime.fixes.catalog import SPECS

RunId = Annotated[
    str, typer.Argument(metavar="RUN_ID", callback=given, help="The run, as `suture audit list` shows it.")
]

UNDO_EPILOG = """\b
Examples:
  suture -e production undo 22b80b92 --reason "it broke the website" --dry-run
  suture -e production undo 22b80b92 --reason "it broke the website"
  suture -e production undo 22b80b92 --reason "it broke the website" --yes \\
      --json
  suture -e production undo --fix s3-block-public-access \\
      --since 2026-03-14T08:00:00Z --reason "it broke websites"
\b
It restores exactly what was there before. If somebody has changed the
resource since, it changes nothing, shows both states, and ends with 1. It
passes through stops and change windows. Afterwards the fix leaves the
resource alone until somebody clears it: suture clear --help
"""

CLEAR_EPILOG = """\b
Examples:
  suture -e production clear 22b80b92 --reason "the website has moved"
  suture -e production clear 22b80b92 --reason "the pipeline is mended" --yes
\b
The run is any run of the fix on the resource; the record of what was left
alone (UNDONE_BEFORE, DRIFT_LOOP) names one.
"""

DRY_RUN_EPILOG = """\b
Examples:
  suture -e production dry-run 22b80b92
  suture -e production dry-run 22b80b92 --json | jq .run.evidence.plan
\b
Whatever would be decided is an answer and ends with 0; with 1 only if the
resource could not be read.
"""

RETRY_EPILOG = """\b
Examples:
  suture -e production retry 22b80b92 --reason "the role is back"
  suture -e production retry 22b80b92 --reason "the role is back" --yes
\b
A held run is released when nothing stands in its way any more. One that was
released five times and did not end is stuck: `suture status` shows it, and it
is not released again by itself. What became of each time is in the record:
suture audit show --help
"""

END_EPILOG = """\b
Examples:
  suture -e production end 22b80b92 --reason "the bucket is gone"
  suture -e production end 22b80b92 --reason "the bucket is gone" --yes
\b
It ends as FAILED, ENDED_BY_OPERATOR. Nothing is changed for it. The finding
is handled anew when Wiz publishes it again.
"""


def undo_change(
    context: typer.Context,
    reason: Why,
    correlation_id: RunId = "",
    since: Since = "",
    fix: ByFix = "",
    account: InAccount = "",
    environment: InEnvironment = "",
    owner: OfOwner = "",
    resource: OnResource = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only have the platform find out whether it is possible.")
    ] = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Take back what a run changed, or what the runs did that filters leave. Shows how, and asks first."""
    wanted = Wanted(fix_id=fix, account_id=account, environment=environment, owner=owner, resource=resource)
    check_one_way(correlation_id, wanted)
    if since and correlation_id:
        raise Unusable(f"--since goes with filters, and not with an ID. {NOTHING_SENT}")
    if not since and not correlation_id:
        raise Unusable(f"With filters, --since has to say from when on changes are taken back. {NOTHING_SENT}")
    deployment: Deployment = context.obj()
    if not correlation_id:
        chosen = _chosen(deployment, replace(wanted, since=parse_since(since)), as_json=as_json)
        if not dry_run:
            confirm(f"Undo these {len(chosen)} changes?", yes=yes, as_json=as_json)
        carry_out_all(
            deployment,
            {
                changed.outcome.correlation_id: UndoChange(
                    target_id=changed.outcome.correlation_id, reason=reason, dry_run=dry_run
                )
                for changed in chosen
            },
            timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
            as_json=as_json,
        )
        return
    run_id, history = find_run(deployment, correlation_id)
    with refusals(NOTHING_SENT):
        changed = what_to_undo(run_id, history)
    if not as_json:
        _print_undo(changed)
    if not dry_run:
        confirm(f"Undo this on {changed.outcome.resource_arn}?", yes=yes, as_json=as_json)
    carry_out(
        deployment,
        UndoChange(target_id=run_id, reason=reason, dry_run=dry_run),
        timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
        as_json=as_json,
        show=_print_what_was_found,
    )


def clear_block(
    context: typer.Context,
    correlation_id: RunId,
    reason: Why,
    yes: Yes = False,
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Let a run's fix act on its resource again, after an undo or a drift loop. Asks first."""
    deployment: Deployment = context.obj()
    run_id, history = find_run(deployment, correlation_id)
    with refusals(NOTHING_SENT):
        about = what_to_clear(run_id, history)
    confirm(f"Let {about.fix_id} act on {about.resource_arn} again?", yes=yes, as_json=as_json)
    carry_out(
        deployment,
        ClearBlock(target_id=run_id, reason=reason),
        timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
        as_json=as_json,
    )


def decide_without_changing(
    context: typer.Context,
    correlation_id: RunId,
    yes: YesToo = False,  # noqa: ARG001  it does not ask
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Decide a run's finding again, on the resource as it is now, and change nothing."""
    deployment: Deployment = context.obj()
    run_id, history = find_run(deployment, correlation_id)
    with refusals(NOTHING_SENT):
        what_to_decide_again(run_id, history)
    carry_out(
        deployment,
        DryRun(target_id=run_id),
        timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
        as_json=as_json,
        show=_print_decision,
    )


def retry_run(
    context: typer.Context,
    correlation_id: RunId,
    reason: Why,
    yes: Yes = False,
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Release a held run again, however often it was released without ending. Asks first."""
    deployment: Deployment = context.obj()
    run_id, history = find_run(deployment, correlation_id)
    with refusals(NOTHING_SENT):
        held = what_is_held(run_id, history)
    _about_held_run(
        deployment,
        RetryRun(target_id=run_id, reason=reason),
        held,
        "Release this run, and let it change {resource} if that may be done now?",
        yes=yes,
        timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
        as_json=as_json,
    )


def end_run(
    context: typer.Context,
    correlation_id: RunId,
    reason: Why,
    yes: Yes = False,
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """End a held run: nothing is changed for it any more. Asks first."""
    deployment: Deployment = context.obj()
    run_id, history = find_run(deployment, correlation_id)
    with refusals(NOTHING_SENT):
        held = what_to_end(run_id, history)
    _about_held_run(
        deployment,
        EndRun(target_id=run_id, reason=reason),
        held,
        "End this run, and leave {resource} as it is?",
        yes=yes,
        timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
        as_json=as_json,
    )


def _about_held_run(
    deployment: Deployment,
    command: RetryRun | EndRun,
    held: AuditEvent,
    question: str,
    *,
    yes: bool,
    timeout_seconds: int | None,
    as_json: bool,
) -> None:
    """Show what a run is held for, ask, and give the command."""
    if not as_json:
        output.print_heading(f"Held run {held.correlation_id}")
        output.print_fields(
            {
                "since": output.as_time(held.at),
                "why": f"{held.reason}: {held.sentence}",
                "account": held.account_id,
                "environment": held.environment,
                "resource": held.resource_arn,
                "fix": held.fix_id,
            }
        )
    confirm(question.format(resource=held.resource_arn), yes=yes, as_json=as_json)
    carry_out(deployment, command, timeout_seconds=timeout_seconds, as_json=as_json)


def _chosen(deployment: Deployment, wanted: Wanted, *, as_json: bool) -> tuple[Changed, ...]:
    """The changes that the filters leave, that can be undone and were not, newest first: shown to people.

    Raises ``AnswerIsNo`` for none, and ``Unusable`` for too many.
    """
    now = datetime.now(UTC)
    check_window(wanted, now)
    reader, wanted = deployment.audit_reader(), narrowed(wanted, deployment)
    undone = {
        order.command.target_id
        for event in reader.find_events(replace(wanted, outcome=Outcome.UNDO), today=now.date())
        if (order := event.evidence.order) is not None and isinstance(order.command, UndoChange)
    }
    left_out: list[str] = []

    def changes() -> Iterator[Changed]:
        for row in reader.find_rows(wanted, today=now.date()):
            if row.outcome in (Outcome.REMEDIATE, Outcome.APPROVED) and row.correlation_id not in undone:
                try:
                    yield what_to_undo(row.correlation_id, History(events=reader.read_run(row.correlation_id)))
                except CommandRefused as refused:
                    left_out.append(str(refused))

    chosen = all_of(changes(), "change that can be undone")
    if not as_json:
        output.print_table(
            ("Run", "Resource", "Changed", "Undo", "Account", "Environment"),
            (
                (
                    changed.outcome.correlation_id,
                    changed.outcome.resource_arn,
                    output.as_time(changed.outcome.at),
                    f"of: {changed.plan.summary}",
                    changed.outcome.account_id,
                    changed.outcome.environment,
                )
                for changed in chosen
            ),
            fold=("Undo",),
            keep=("Resource", "Account"),
        )
        specs = (SPECS.get(changed.outcome.fix_id) for changed in chosen)
        print_hazards(spec.undo_hazard for spec in specs if spec is not None)
        for sentence in left_out:
            output.say_aside(f"Left out: {sentence}")
    return chosen


def _print_undo(changed: Changed) -> None:
    outcome = changed.outcome
    output.print_heading(f"Undo of {outcome.correlation_id}: {changed.plan.summary}")
    output.print_fields(
        {
            "changed at": output.as_time(outcome.at),
            "account": outcome.account_id,
            "environment": outcome.environment,
            "resource": outcome.resource_arn,
            "fix": outcome.fix_id,
            "hazard": spec.undo_hazard if (spec := SPECS.get(outcome.fix_id)) else "",
        }
    )
    if changed.left is not None:
        print_state("State after the change", changed.left)
    print_state("State before it, to be restored", changed.plan.before)
    print_calls("Undo", reversed(changed.plan.undo))


def _print_what_was_found(run: AuditEvent) -> None:
    """What stood in the way of an undo, or what it would use."""
    evidence = run.evidence
    if evidence.plan is not None and evidence.expected is not None and evidence.after is not None:
        print_state("State expected", evidence.expected)
        print_state("State found instead", evidence.after)
        output.print_heading("What differs")
        for difference in _state_differences(evidence.plan, evidence.expected, evidence.after):
            output.say(f"  {difference}")
    if evidence.permissions:
        print_permissions(evidence.permissions)


def _state_differences(plan: Plan, expected: State, found: State) -> Iterator[str]:
    """In which lasting parts two states of the plan's resource differ, as sentences that give both values."""
    for difference in differences(replace(plan, before=expected), replace(plan, before=found)):
        yield difference.removeprefix("before.")


def _print_decision(run: AuditEvent) -> None:
    evidence = run.evidence
    if evidence.plan is not None:
        print_plan(evidence.plan)
    if evidence.permissions:
        print_permissions(evidence.permissions)
    if run.outcome is not Outcome.DRY_RUN:
        print_checks(evidence.checks)

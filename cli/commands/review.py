"""``suture review``, ``approve`` and ``deny``: the plans that people are asked about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

import typer

from cli import output
from cli.bulk import all_of, check_one_way, print_hazards
from cli.completion import open_reviews
from cli.confirmation import confirm
from cli.deployment import Deployment
from cli.errors import NOTHING_SENT, AnswerIsNo, Unusable, refusals
from cli.options import (
    DEFAULT_TIMEOUT_SECONDS,
    AsJson,
    NoWait,
    Plain,
    TimeoutSeconds,
    Why,
    Yes,
    YesToo,
    given,
    patience,
)
from cli.order_view import carry_out, carry_out_all
from cli.review_view import print_facts, print_review, print_reviews, review_to_json, summary_to_json
from cli.reviews import every_review, find_review, pending_reviews
from cli.row_filter import ByFix, InAccount, InEnvironment, OfOwner, OnResource, narrowed
from cli.rows import Wanted
from runtime.domain.audit import AuditEvent
from runtime.domain.command import ApprovePlan, DenyPlan, ReopenReview
from runtime.domain.outcome import Outcome
from runtime.domain.review import Review, ReviewStatus, check_denied, check_pending

app = typer.Typer(
    add_completion=False,
    help="Plans that need approval.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""\b
Examples:
  suture -e production review list
  suture -e production review show 22b80b92
  suture -e production approve 22b80b92 --reason "seen with the owner"

A review is of one plan. Every finding with the same plan joins it, and ends
with it; the id of any of their runs identifies the review.
""",
)

ReviewId = Annotated[
    str,
    typer.Argument(
        metavar="ID", callback=given, autocompletion=open_reviews, help="The review, as `suture review list` shows it."
    ),
]

APPROVE_EPILOG = """\b
Examples:
  suture -e production approve 22b80b92 --reason "seen with the owner"
  suture -e production approve 22b80b92 --reason agreed --yes --json
  suture -e production approve --fix s3-block-public-access \\
      --account 111122223333 --reason "seen with the owner"
\b
Approves exactly the plan that is shown: if it has changed, nothing is done,
and the new plan needs approval. If the policy requires several approvers,
each must be a different person. An approval is carried out once.
"""

DENY_EPILOG = """\b
Examples:
  suture -e production deny 22b80b92 --reason "it serves the download page"
  suture -e production deny --resource 'arn:aws:s3:::acme-downloads-*' \\
      --reason "they serve the download page"
\b
Denying one plan does not ask for confirmation, because it changes no account.
Findings with the same plan are skipped until something changes or an approver
reopens the review. To exempt the resource whatever changes: suture exceptions
add --help
"""


@app.command(
    "list",
    epilog="""\b
Examples:
  suture -e production review list
  suture -e production review list --all --limit 200
  suture -e production review list --json | jq -r '.[].review_id'
""",
)
def list_reviews(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Include ended reviews: approved, denied, expired.")] = False,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="Maximum number of rows.")] = 50,
    plain: Plain = False,
    as_json: AsJson = False,
) -> None:
    """List the plans that can be approved now, newest first."""
    deployment: Deployment = context.obj()
    reader, now = deployment.audit_reader(), datetime.now(UTC)
    found = every_review(reader, now=now) if every else pending_reviews(reader, now=now)
    reviews = tuple(islice(found, limit))
    if as_json:
        output.print_json([{**summary_to_json(one.review, now), "issue_ids": one.issues} for one in reviews])
        return
    if not reviews:
        output.say_aside("There has been no review yet." if every else "No plan waits for approval.")
        return
    print_reviews(reviews, now, plain=plain)
    if len(reviews) == limit:
        output.say_aside(f"The newest {limit}; there may be more: see --limit.")


@app.command(
    "show",
    epilog="""\b
Examples:
  suture -e production review show 22b80b92
  suture -e production review show 22b80b92 --json | jq .record.evidence.plan
""",
)
def show_review(context: typer.Context, review_id: ReviewId, as_json: AsJson = False) -> None:
    """Show a plan, its hazard, the facts behind it, and its verdicts. Exits with 1 if it does not exist."""
    deployment: Deployment = context.obj()
    review, now = find_review(deployment.audit_reader(), review_id), datetime.now(UTC)
    if as_json:
        output.print_json(review_to_json(review, now))
        return
    print_review(review, now)
    print_facts(review.stored.evidence)
    match review.status(now):
        case ReviewStatus.PENDING:
            output.print_heading("Next steps")
            output.say(f"  suture approve {review.id} --reason TEXT\n  suture deny {review.id} --reason TEXT")
        case ReviewStatus.DENIED:
            output.print_heading("Next steps")
            output.say(f"  suture review reopen {review.id} --reason TEXT")
        case _:
            pass


@app.command(
    "reopen",
    epilog="""\b
Example:
  suture -e production review reopen 22b80b92 --reason "the website has moved"
""",
)
def reopen_review(
    context: typer.Context,
    review_id: ReviewId,
    reason: Why,
    yes: YesToo = False,  # noqa: ARG001  it does not ask
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Reopen the review of a denied plan. Earlier approvals do not count."""
    deployment: Deployment = context.obj()
    review = _review(deployment, review_id, check_denied)
    carry_out(
        deployment,
        ReopenReview(review_id=review.id, reason=reason),
        timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
        as_json=as_json,
    )


def approve_plan(
    context: typer.Context,
    reason: Why,
    review_id: ReviewId = "",
    fix: ByFix = "",
    account: InAccount = "",
    environment: InEnvironment = "",
    owner: OfOwner = "",
    resource: OnResource = "",
    digest: Annotated[
        str,
        typer.Option(metavar="SHA256", callback=given, help="Approve only the plan with this digest."),
    ] = "",
    yes: Yes = False,
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Approve a plan, or with filters all that match, so that it is carried out. Asks for confirmation."""
    wanted = _wanted(fix, account, environment, owner, resource)
    check_one_way(review_id, wanted)
    deployment: Deployment = context.obj()
    if not review_id:
        if digest:
            raise Unusable(f"--digest is of one plan: pass its ID. {NOTHING_SENT}")
        chosen = _chosen(deployment, wanted, "Approve these {count} plans?", yes=yes, as_json=as_json)
        carry_out_all(
            deployment,
            {
                review.id: ApprovePlan(review_id=review.id, digest=review.approval.plan.digest, reason=reason)
                for review in chosen
            },
            timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
            as_json=as_json,
        )
        return
    review, now = _review(deployment, review_id, check_pending), datetime.now(UTC)
    plan = review.approval.plan
    if digest not in ("", plan.digest):
        raise AnswerIsNo(f"The plan of {review.id} has the digest {plan.digest}, not {digest}. Nothing was approved.")
    if not as_json:
        print_review(review, now)
    confirm(f"Approve this plan for {plan.resource_arn}?", yes=yes, as_json=as_json)
    carry_out(
        deployment,
        ApprovePlan(review_id=review.id, digest=plan.digest, reason=reason),
        timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
        as_json=as_json,
        show=_say_what_next,
    )


def deny_plan(
    context: typer.Context,
    reason: Why,
    review_id: ReviewId = "",
    fix: ByFix = "",
    account: InAccount = "",
    environment: InEnvironment = "",
    owner: OfOwner = "",
    resource: OnResource = "",
    yes: Yes = False,
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Deny a plan, or with filters all that match: it is not carried out, and the same plan is not reviewed again.

    Asks for confirmation with filters.
    """
    wanted = _wanted(fix, account, environment, owner, resource)
    check_one_way(review_id, wanted)
    deployment: Deployment = context.obj()
    if not review_id:
        chosen = _chosen(deployment, wanted, "Deny these {count} plans?", yes=yes, as_json=as_json)
        carry_out_all(
            deployment,
            {review.id: DenyPlan(review_id=review.id, reason=reason) for review in chosen},
            timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
            as_json=as_json,
        )
        return
    review = _review(deployment, review_id, check_pending)
    carry_out(
        deployment,
        DenyPlan(review_id=review.id, reason=reason),
        timeout_seconds=patience(no_wait=no_wait, timeout=timeout),
        as_json=as_json,
    )


def _wanted(fix: str, account: str, environment: str, owner: str, resource: str) -> Wanted:
    return Wanted(fix_id=fix, account_id=account, environment=environment, owner=owner, resource=resource)


def _chosen(deployment: Deployment, wanted: Wanted, question: str, *, yes: bool, as_json: bool) -> tuple[Review, ...]:
    """The reviews that can be decided now and that the filters leave, once somebody has seen and confirmed them.

    Raises ``AnswerIsNo`` for none, and ``Unusable`` for too many.
    """
    wanted, now = narrowed(wanted, deployment), datetime.now(UTC)
    pending = pending_reviews(deployment.audit_reader(), now=now)
    listed = all_of((one for one in pending if wanted.includes(one.review.stored)), "plan under review")
    if not as_json:
        print_reviews(listed, now, plain=False)
        print_hazards(one.review.stored.evidence.hazard for one in listed)
    confirm(question.format(count=len(listed)), yes=yes, as_json=as_json)
    return tuple(one.review for one in listed)


def _review(deployment: Deployment, review_id: str, check: Callable[[Review, datetime], None]) -> Review:
    """A review that passes the check. Raises ``AnswerIsNo`` otherwise."""
    review = find_review(deployment.audit_reader(), review_id)
    with refusals(NOTHING_SENT):
        check(review, datetime.now(UTC))
    return review


def _say_what_next(run: AuditEvent) -> None:
    if run.outcome is Outcome.APPROVED and run.evidence.plan is not None and run.evidence.plan.reversible:
        output.say_aside(f"To undo it: suture undo {run.correlation_id} --reason TEXT")
    elif run.outcome is Outcome.APPROVE:
        output.say_aside(f"The new plan is under review: suture review show {run.correlation_id}")

"""The pages about plans that people are asked about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.console.findings import checks_grid
from cli.console.site import PAGE_SIZE, Act, form_of, path, site_of, why_of
from cli.errors import NOTHING_SENT, AnswerIsNo, Unusable, refusals
from cli.output import as_text
from cli.review_view import denial_of, run_carried_out
from cli.reviews import every_page, find_review, pending_page
from cli.run_view import control_of
from cli.state_diff import planned_differences
from cli.web.render import Cell, Grid, Link, Stack, badge, fields, href
from runtime.domain.command import ApprovePlan, DenyPlan, ReopenReview
from runtime.domain.review import Review, ReviewStatus, check_denied, check_pending
from runtime.fixes.catalog import SPECS


def show_reviews(request: Request) -> Response:
    """The plans that may be approved now, or all of them, the newest first."""
    site, now = site_of(request), datetime.now(UTC)
    every, after = request.query_params.get("all") == "yes", request.query_params.get("after", "")
    read = every_page if every else pending_page
    page = read(site.connection.audit_reader(), now=now, size=PAGE_SIZE, after=after)
    return site.page(
        "reviews.html",
        title="Plans under review" if every else "Plans that wait for approval",
        current="/reviews",
        every=every,
        table=Grid(
            caption="The newest first",
            columns=(
                "Plan",
                "Status and end",
                "Resource and why",
                "Account and environment",
                "Owner",
                "Approvals",
            ),
            rows=[_row(review, now) for review in page.reviews],
            empty="None."
            if page.after
            else "There has been no review yet."
            if every
            else "No plan waits for approval.",
        ),
        more=href("/reviews", all="yes" if every else "", after=page.after) if page.after else "",
    )


def _row(review: Review, now: datetime) -> tuple[Cell, ...]:
    stored = review.stored
    return (
        Link(review.approval.plan.summary, path("reviews", review.id)),
        Stack(badge(review.status(now)), review.approval.expires_at),
        Stack(stored.resource_arn, stored.reason.value),
        Stack(stored.account_id, stored.environment),
        stored.owner,
        len(review.approval.approvers),
    )


def show_review(request: Request) -> Response:
    """A plan: what it would change, what it may break, the facts it was made from, and what people said."""
    site, now = site_of(request), datetime.now(UTC)
    review = _review(request)
    stored, plan, spec = review.stored, review.approval.plan, SPECS.get(review.stored.fix_id)
    evidence, run = stored.evidence, run_carried_out(review, now)
    finding = evidence.finding
    return site.page(
        "review.html",
        title=plan.summary,
        current="/reviews",
        stored=stored,
        plan=plan,
        standing=badge(review.status(now)),
        differences=tuple(planned_differences(plan)),
        hazard=evidence.hazard,
        facts=fields(
            [
                ("resource", stored.resource_arn),
                (
                    "account",
                    " ".join(filter(None, (stored.account_id, evidence.account.name if evidence.account else ""))),
                ),
                ("environment", stored.environment),
                ("owner", stored.owner),
                ("control", control_of(evidence)),
                ("severity", finding.severity if finding else ""),
                ("may be approved until", review.approval.expires_at),
                ("carried out as", Link(run, path("runs", run)) if run else ""),
                ("denied", denial_of(review)),
                ("review", Link(review.id, path("runs", review.id))),
                ("digest of the plan", plan.digest),
            ]
        ),
        impact=fields(
            [
                ("disruption", spec.disruption.value if spec else ""),
                ("blast radius", as_text(dict(plan.blast_radius)) if plan.blast_radius else "nothing counted"),
                ("can be undone", "yes" if plan.reversible else "no"),
                ("fix", f"{spec.id}: {spec.title}" if spec else stored.fix_id),
                ("template", evidence.template.property if evidence.template else ""),
            ]
        ),
        votes=Grid(
            caption="Who approved it",
            columns=("At", "By", "Reason"),
            rows=[(vote.at, vote.principal.arn, vote.reason) for vote in review.approval.votes],
        ),
        acts=list(_acts(review, now)),
        evidence=fields(
            [
                ("decided as of", evidence.decided_at),
                ("Wiz issue", Link(stored.issue_id, href("/find", id=stored.issue_id)) if stored.issue_id else ""),
                ("tags", as_text(dict(evidence.tags)) if evidence.tags else ""),
                ("options", as_text(dict(evidence.options)) if evidence.options else ""),
                ("owner looked for", "; ".join(evidence.owner_path)),
                ("exceptions", "; ".join(f"{waiver.id} ({waiver.status})" for waiver in evidence.waivers)),
            ]
        ),
        checks=checks_grid(stored),
        permissions=Grid(
            caption="Permissions that it would use",
            columns=("Session", "IAM action", "Resource"),
            rows=[(one.session, one.action, one.resource) for one in evidence.permissions],
            empty="No permission is on record.",
        ),
    )


def _acts(review: Review, now: datetime) -> Iterator[Act]:
    match review.status(now):
        case ReviewStatus.PENDING:
            yield Act(
                action=path("reviews", review.id, "approve"),
                title="Approve exactly this plan",
                button="Approve",
                style="primary",
                hint="If the plan has changed, nothing is done, and the new plan needs approval.",
                hidden={"digest": review.approval.plan.digest},
            )
            yield Act(
                action=path("reviews", review.id, "deny"),
                title="Deny it",
                button="Deny",
                hint=(
                    "Findings with the same plan are skipped until something changes or an approver reopens the review."
                ),
            )
        case ReviewStatus.DENIED:
            yield Act(
                action=path("reviews", review.id, "reopen"),
                title="Ask people again",
                button="Reopen",
                hint="Earlier approvals do not count.",
            )
        case _:
            return


def _review(request: Request) -> Review:
    return find_review(site_of(request).connection.audit_reader(), request.path_params["review_id"])


def approve(request: Request) -> Response:
    review, plan_digest = _review(request), form_of(request).get("digest", "")
    with refusals(NOTHING_SENT):
        check_pending(review, datetime.now(UTC))
    if not plan_digest:
        raise Unusable(f"The form does not say which plan it approves. {NOTHING_SENT}")
    if plan_digest != review.approval.plan.digest:
        raise AnswerIsNo(f"That is not the plan of {review.id}. {NOTHING_SENT} Load its page again.")
    command = ApprovePlan(review_id=review.id, digest=plan_digest, reason=why_of(request))
    return site_of(request).carry_out(command)


def deny(request: Request) -> Response:
    review = _review(request)
    with refusals(NOTHING_SENT):
        check_pending(review, datetime.now(UTC))
    return site_of(request).carry_out(DenyPlan(review_id=review.id, reason=why_of(request)))


def reopen(request: Request) -> Response:
    review = _review(request)
    with refusals(NOTHING_SENT):
        check_denied(review, datetime.now(UTC))
    return site_of(request).carry_out(ReopenReview(review_id=review.id, reason=why_of(request)))


ROUTES = (
    Route("/reviews", show_reviews),
    Route("/reviews/{review_id:path}/approve", approve, methods=["POST"]),
    Route("/reviews/{review_id:path}/deny", deny, methods=["POST"]),
    Route("/reviews/{review_id:path}/reopen", reopen, methods=["POST"]),
    Route("/reviews/{review_id:path}", show_review),
)

"""The page about the deployment itself: what is not in order in it, and what to do."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.console.site import site_of
from cli.doctor import Diagnosis, Doctor, Health
from cli.policy import CHECKOUT
from cli.web.render import Badge, Cell, Grid, Tone
from infra.lambda_asset import checkout_version


def show_deployment(request: Request) -> Response:
    """What ``suture doctor`` finds, with what is not in order first."""
    site = site_of(request)
    doctor = Doctor(deployment=site.connection, version=checkout_version(CHECKOUT), config=site.config)
    found = sorted(doctor.examine(), key=lambda one: list(_TONES).index(one.health))
    wrong = sum(one.health is not Health.GOOD for one in found)
    return site.page(
        "deployment.html",
        title="Deployment",
        current="/deployment",
        verdict=f"{wrong} of {len(found)} are not in order." if wrong else "Everything is in order.",
        tone=_TONES[found[0].health],
        table=Grid(
            caption=f"What was looked at, held against this checkout and the policy in {site.config}",
            columns=("Health", "Part", "Finding", "Next step"),
            rows=[_row(one) for one in found],
        ),
    )


def _row(found: Diagnosis) -> tuple[Cell, ...]:
    return (Badge(found.health, _TONES[found.health]), found.part, found.sentence, found.next_step)


_TONES = {Health.BAD: Tone.BAD, Health.UNKNOWN: Tone.WAITS, Health.GOOD: Tone.GOOD}
"""The worst first."""

ROUTES = (Route("/deployment", show_deployment),)

"""The page about what has a fix, and what the catalog does in each environment."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.console.site import site_of
from cli.coverage import coverage
from cli.policy import read_policy
from cli.web.render import Cell, Grid, Stack
from runtime.domain.policy import CatalogEntry, Policy, strictest


def show_coverage(request: Request) -> Response:
    site = site_of(request)
    policy = read_policy(site.config)
    return site.page(
        "coverage.html",
        title="Coverage",
        current="/coverage",
        config=site.config.name,
        version=policy.version,
        frameworks=Grid(
            caption="Rules and controls that are known, and have a fix",
            columns=("Framework", "Known", "Have a fix", "Refused", "None yet"),
            rows=[(one.framework.title, one.known, one.fixed, one.refused, one.none) for one in coverage()],
            numbers=("Known", "Have a fix", "Refused", "None yet"),
        ),
        entries=Grid(
            caption=f"{len(policy.catalog)} catalog entries",
            columns=("Entry and fix", "Resource types and severities", *policy.environments),
            rows=[_row(entry, policy) for entry in policy.catalog],
            empty="The catalog is empty.",
        ),
    )


def _row(entry: CatalogEntry, policy: Policy) -> tuple[Cell, ...]:
    return (
        Stack(entry.id, entry.fix.id),
        Stack(", ".join(entry.resource_types), ", ".join(sorted(entry.severities))),
        *(_mode(entry, policy, name) for name in policy.environments),
    )


def _mode(entry: CatalogEntry, policy: Policy, name: str) -> str:
    """What becomes of an eligible finding there, as far as entry and environment say."""
    environment = policy.environments[name]
    if name not in entry.environments:
        return "not answered"
    if entry.fix.id not in environment.allowed_actions:
        return "not allowed"
    return strictest((entry.environments[name], environment.mode)).value


ROUTES = (Route("/coverage", show_coverage),)

"""The pictures of docs/console.md: what the demonstration leaves, as Chromium shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from local.chromium import find_chromium, headless_chromium
from local.console_process import start_console
from local.demo import show_afterwards
from local.emulator import REPOSITORY
from local.environment import LocalEnvironment
from local.people import APPROVER, person

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = REPOSITORY / "docs" / "console"
DESKTOP, PHONE = (1280, 860), (390, 780)


class PicturesFailed(Exception):
    """Why there is nothing to take a picture of, or with."""


def take_pictures(environment: LocalEnvironment, state: Path) -> Iterator[Path]:
    """Each file once it is written. Raises ``PicturesFailed``, and as ``show_afterwards`` does."""
    chromium = find_chromium()
    if chromium is None:
        raise PicturesFailed("There is no Chromium on this machine: `make browser` installs it.")
    PICTURES.mkdir(exist_ok=True)
    approver = person(environment, APPROVER, "ann")
    if not approver.suture_json("review", "list"):
        raise PicturesFailed("No plan waits for approval: run `make demo` first.")
    report, _ = show_afterwards(environment, state)
    address = start_console(state, approver)
    origin = address.partition("/enter")[0]
    with headless_chromium(chromium) as browser:
        with _page(browser, DESKTOP) as page:
            page.goto(address)
            page.wait_for_load_state("networkidle")
            yield _picture(page, "findings")
            page.goto(f"{origin}/reviews")
            page.locator("tbody a").first.click()
            page.get_by_role("heading", name="Decide").wait_for()
            yield _picture(page, "review")
            review = page.url
            page.goto(f"{origin}/stops")
            yield _picture(page, "stops")
            cookies = page.context.cookies()
        with _page(browser, PHONE, color_scheme="dark") as page:
            page.context.add_cookies(cookies)  # type: ignore[arg-type]  # Playwright's own, given back to it
            page.goto(review)
            yield _picture(page, "review-on-a-phone")
        with _page(browser, DESKTOP) as page:
            page.goto(report.as_uri())
            yield _picture(page, "report")
            page.evaluate("document.getElementById('blockers').scrollIntoView()")
            yield _picture(page, "report-blockers")


@contextmanager
def _page(browser: Browser, size: tuple[int, int], **options: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)  # type: ignore[arg-type]
    try:
        yield context.new_page()
    finally:
        context.close()


def _picture(page: Page, name: str) -> Path:
    file = PICTURES / f"{name}.png"
    page.screenshot(path=file, animations="disabled")
    return file

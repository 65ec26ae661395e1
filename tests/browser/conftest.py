"""The console and the report in Chromium, over a platform in moto."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import pytest

from cli.console.server import entrance_of, listen, server
from local.chromium import find_chromium, headless_chromium
from tests.unit.cli.conftest import (
    clock,
    configured_environments,
    dynamodb,
    log_in,
    no_stack,
    plain_terminal,
    platform,
    session,
)
from tests.unit.cli.console_browser import CONFIG
from tests.unit.cli.customer_iam import deployed, sts
from tests.unit.cli.live_platform import LivePlatform
from tests.unit.conftest import nobody_s_aws

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

__all__ = [
    "clock", "configured_environments", "deployed", "dynamodb", "log_in", "no_stack", "nobody_s_aws", "plain_terminal",
    "platform", "session", "sts",
]  # fmt: skip

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium on this machine: `make browser` installs it on Debian and Ubuntu")
    with headless_chromium(executable) as browser:
        yield browser


@dataclass
class Tab:
    """A page of a browser, and everything in it that went wrong. ``expected`` is a pattern for what has to."""

    page: Page
    expected: str = "(?!)"
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda one: self.wrong.append(one.text) if one.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", self._note_failed)
        self.page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.set_default_timeout(20_000)

    def _note_failed(self, asked: Request) -> None:
        """Unless it was only not waited for any more, since another page was opened."""
        if asked.failure != "net::ERR_ABORTED":
            self.wrong.append(f"{asked.url}: {asked.failure}")

    def violations(self) -> list[str]:
        """What axe has to say against the page, with all that can be unfolded in it."""
        self.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
        return [f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes']][:3]}" for one in found]

    def too_wide(self) -> bool:
        """Whether it has to be moved sideways to be read."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def folded(self) -> list[str]:
        """Ids, owners and accounts in tables and lists of facts that go over more than one line."""
        found: list[str] = self.page.evaluate(
            """() => {
              const id = /^([0-9a-f]{32}|[0-9]{12}|[\\w.]+@[\\w.]+|(EX|STOP|[a-z0-9]+)(-[a-z0-9]+)+)$/;
              const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
              const folded = [];
              for (let node = texts.nextNode(); node; node = texts.nextNode()) {
                if (!id.test(node.data.trim()) || !node.parentElement.closest("td, dd")) continue;
                const shown = document.createRange();
                shown.selectNodeContents(node);
                const lines = new Set([...shown.getClientRects()].map((line) => line.top));
                if (lines.size > 1) folded.push(node.data.trim());
              }
              return folded;
            }"""
        )
        return found

    def press_until(self, key: str, reached: str) -> None:
        """Press a key until what has the focus is called so."""
        for _ in range(120):
            self.page.keyboard.press(key)
            if self.focused() == reached:
                return
        raise AssertionError(f"{key} does not lead to {reached!r}: {self.focused()!r}")

    def focused(self) -> str:
        """What has the focus, as its reader is told."""
        return str(
            self.page.evaluate(
                """() => {
                  const it = document.activeElement;
                  const named = it.getAttribute("aria-label") ?? it.labels?.[0]?.textContent ?? it.textContent;
                  return named.trim().replace(/\\s+/g, " ");
                }"""
            )
        )


type NewTab = Callable[..., Tab]


@pytest.fixture
def new_tab(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[NewTab]:
    """Opens a page in a browser that knows nothing yet. At the end of the test nothing may have gone wrong in any."""
    if "served" in request.fixturenames:
        request.getfixturevalue("served")  # so that it is served for as long as there are tabs
    contexts, tabs = [], list[Tab]()

    def new_tab(**options: Any) -> Tab:
        contexts.append(chromium.new_context(**{"viewport": DESKTOP, **options}))
        tabs.append(Tab(contexts[-1].new_page()))
        return tabs[-1]

    yield new_tab
    for context in contexts:
        context.close()
    assert [one for tab in tabs for one in tab.wrong if not re.search(tab.expected, one)] == []


class OneAtATime:
    """Lets one request at a time through, and none while ``lock`` is held: moto is not made for threads."""

    def __init__(self, app: Any, lock: Lock) -> None:
        self._app = app
        self._lock = lock

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        await anyio.to_thread.run_sync(self._lock.acquire)
        try:
            await self._app(scope, receive, send)
        finally:
            self._lock.release()


@dataclass(frozen=True, kw_only=True)
class Served:
    """A console that is served. ``address`` opens it once."""

    address: str
    platform: LivePlatform
    lock: Lock

    @property
    def origin(self) -> str:
        return self.address.partition("/enter")[0]

    def work(self) -> None:
        """The platform takes what was sent."""
        with self.lock:
            self.platform.work()


@pytest.fixture
def served(platform: LivePlatform, no_stack: None) -> Iterator[Served]:
    with listen(0) as listening, _serving(listening) as (address, lock):
        yield Served(address=address, platform=platform, lock=lock)


@contextmanager
def _serving(listening: Any) -> Iterator[tuple[str, Lock]]:
    entrance, lock = entrance_of(listening), Lock()
    serving = server(environment="test", entrance=entrance, config=CONFIG)
    serving.config.app = OneAtATime(serving.config.app, lock)
    thread = Thread(target=serving.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield entrance.address, lock
    finally:
        serving.should_exit = True
        thread.join()


@pytest.fixture
def tab(new_tab: NewTab, served: Served) -> Tab:
    """One in which the console was opened."""
    tab = new_tab()
    tab.page.goto(served.address)
    return tab

"""The report in Chromium, from a file, with no network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.browser.conftest import DESKTOP, PHONE, NewTab, Tab
from tests.unit.cli.command import operate
from tests.unit.cli.live_platform import LivePlatform


@pytest.fixture
def report(platform: LivePlatform, tmp_path: Path) -> str:
    """The address of one with something of everything."""
    for number in range(11):
        platform.find(platform.bucket(f"acme-{number}"), issue_id=f"fixed-{number}", created_at=ago(hours=number + 1))
    undone = platform.find(platform.bucket("acme-undone"), issue_id="undone", created_at="")
    assert operate("undo", undone, "--reason", "it broke", "--yes").exit_code == 0
    platform.find(platform.bucket("acme-low"), severity="LOW", issue_id="low", control_name="<b>A control</b>")
    platform.onboard("production")
    platform.find(platform.bucket("acme-waits"), issue_id="waits")
    file = tmp_path / "report.html"
    since = (datetime.now(UTC) - timedelta(days=20)).date().isoformat()
    written = operate("report", "--since", since, "--output", file)
    assert written.exit_code == 0, written.output
    return file.as_uri()


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


def opened(tab: Tab, address: str) -> list[str]:
    """Open it without a network. Returns what it asked for, which grows."""
    asked: list[str] = []
    tab.page.context.set_offline(True)
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.goto(address)
    return asked


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_it_can_be_read_by_everybody_and_shows_no_error(
    new_tab: NewTab, report: str, viewport: dict[str, int], scheme: str
) -> None:
    tab = new_tab(viewport=viewport, color_scheme=scheme)
    asked = opened(tab, report)
    assert tab.violations() == []
    assert not tab.too_wide()
    assert tab.folded() == []
    texts = "[...document.querySelectorAll('.plot text')].map(one => one.getBoundingClientRect())"
    assert tab.page.evaluate(f"Math.min(...{texts}.map(box => box.height))") > 12  # of a line, in CSS pixels
    assert tab.page.evaluate(f"Math.min(...{texts}.map(box => box.left))") >= 0
    assert asked == [report]


def test_its_tables_are_sorted_with_the_keyboard_and_numbers_as_numbers(new_tab: NewTab, report: str) -> None:
    tab = new_tab()
    opened(tab, report)
    table = tab.page.get_by_role("table", name="Every finding")
    tab.page.get_by_role("link", name="Findings", exact=True).press("Enter")
    tab.press_until("Tab", "Hours to fix")
    order = []
    for expected in ("ascending", "descending"):
        tab.page.keyboard.press("Enter")
        assert table.get_by_role("columnheader", name="Hours to fix").get_attribute("aria-sort") == expected
        shown = [text for text in table.locator('td[data-label="Hours to fix"]').all_inner_texts() if text.strip()]
        order.append([round(float(text)) for text in shown])
    assert order[0] == [*range(1, 12)]
    assert order[1] == [*range(11, 0, -1)]
    assert tab.focused() == "Hours to fix"
    assert tab.page.get_by_role("button", name="Open, day by day").count() == 0  # plots have no order


def test_its_parts_are_reached_from_its_beginning(new_tab: NewTab, report: str) -> None:
    tab = new_tab()
    opened(tab, report)
    for name in ("Results", "What blocks", "Burn-down", "Findings"):
        tab.page.get_by_role("link", name=name, exact=True).click()
        target = tab.page.evaluate("decodeURIComponent(location.hash.slice(1))")
        assert tab.page.locator(f"[id='{target}']").is_visible()


def test_no_script_but_its_own_runs_in_it(new_tab: NewTab, report: str) -> None:
    tab = new_tab()
    tab.expected = "Content Security Policy"
    opened(tab, report)
    tab.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
        }"""
    )
    assert tab.page.evaluate("window.ran") is None

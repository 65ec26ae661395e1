"""The console in Chromium: every page, by keyboard, on a phone, in the dark; and what other pages can do to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.conftest import DESKTOP, PHONE, NewTab, Served, Tab
from tests.unit.cli.command import operate, operate_json
from tests.unit.cli.live_platform import CLOSED, CUSTOMER

PAGES = ("/", "/reviews", "/held", "/exceptions", "/stops", "/accounts", "/audit", "/coverage")
HOSTILE = "</td><script>alert(1)</script>\"'><img src=x onerror=alert(2)><svg onload=alert(3)>"


def furnish(served: Served) -> tuple[str, ...]:
    """Put something on every page there is. Returns the paths of those that are about one thing."""
    platform = served.platform
    with served.lock:
        fixed = platform.find(platform.bucket("acme-fixed"), issue_id="issue-1")
        platform.find(platform.bucket("acme-low"), severity="LOW")
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
        options = ("--resource", "arn:aws:s3:::acme-left", "--expires", tomorrow, "--ticket", "SEC-1")
        asked = operate("exceptions", "add", *options, "--reason", HOSTILE)
        assert asked.exit_code == 0, asked.output
        platform.onboard("production")
        review = platform.find(platform.bucket("acme-review"), issue_id=HOSTILE, control_name=HOSTILE)
        assert operate("stop", "--all", "--reason", HOSTILE).exit_code == 0
        platform.onboard("dev")
        held = platform.find(platform.bucket("acme-held"))
        platform.onboard("production")
        (exception,) = operate_json("exceptions", "list")
    return (
        f"/runs/{fixed}",
        f"/runs/{fixed}/undo",
        f"/runs/{held}",
        f"/reviews/{review}",
        f"/exceptions/{exception['id']}?account=any",
        f"/accounts/{CUSTOMER}",
        "/find?id=issue-1",
        "/reviews?all=yes",
        "/orders/never-sent",
    )


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_every_page_can_be_read_by_everybody_and_shows_no_error(
    new_tab: NewTab, served: Served, viewport: dict[str, int], scheme: str
) -> None:
    paths = (*PAGES, *furnish(served))
    tab = new_tab(viewport=viewport, color_scheme=scheme)
    tab.page.goto(served.address)
    for path in paths:
        answer = tab.page.goto(f"{served.origin}{path}", wait_until="networkidle" if path == "/" else "load")
        assert answer is not None
        assert answer.status == 200, path
        assert tab.violations() == [], path
        assert not tab.too_wide(), path


def test_a_plan_is_approved_with_the_keyboard_alone(tab: Tab, served: Served) -> None:
    platform = served.platform
    with served.lock:
        platform.onboard("production")
        run = platform.find(platform.bucket())
    press = tab.page.keyboard.press
    press("Tab")
    assert tab.focused() == "Skip to content"
    tab.press_until("Tab", "Reviews")
    press("Enter")
    tab.page.wait_for_url(re.compile("/reviews$"))
    summary = platform.outcome(run).evidence.plan.summary  # type: ignore[union-attr]
    tab.page.get_by_role("link", name=summary).or_(tab.page.locator(f'a[href="/reviews/{run}"]')).first.wait_for()
    name = tab.page.locator(f'a[href="/reviews/{run}"]').inner_text()
    tab.press_until("Tab", name)
    press("Enter")
    tab.page.wait_for_url(re.compile(f"/reviews/{run}$"))
    tab.press_until("Tab", "Reason It is put on record.")
    tab.page.keyboard.type("seen with the owner")
    tab.press_until("Tab", "Approve")
    press("Enter")
    tab.page.wait_for_url(re.compile("/orders/"))
    served.work()
    tab.page.get_by_text("APPROVED, PLAN_APPROVED").wait_for()
    assert platform.block(platform.outcome(run).resource_arn) == CLOSED


def test_everything_is_stopped_and_released_with_the_keyboard_alone(tab: Tab, served: Served) -> None:
    platform = served.platform
    press = tab.page.keyboard.press
    tab.press_until("Tab", "Stops")
    press("Enter")
    tab.page.wait_for_url(re.compile("/stops$"))
    tab.press_until("Tab", "Everything")
    press("ArrowDown")
    assert tab.focused() == "One account"
    press("ArrowUp")
    tab.press_until("Tab", "Reason It is put on record, and people are told.")
    tab.page.keyboard.type("an incident")
    press("Tab")
    assert tab.focused() == "Stop"
    press("Enter")
    tab.page.wait_for_url(re.compile("/orders/"))
    assert [(stop.target, stop.reason) for stop in platform.stops()] == [("everything", "an incident")]
    served.work()
    tab.page.get_by_role("link", name="See the record").wait_for()
    tab.press_until("Tab", "See stops")
    press("Enter")
    tab.page.wait_for_url(re.compile("/stops$"))
    tab.press_until("Tab", "Reason It is put on record.")
    tab.page.keyboard.type("it is over")
    press("Enter")
    tab.page.wait_for_url(re.compile("/orders/"))
    assert platform.stops() == ()


def test_findings_come_by_themselves_and_the_keyboard_stays_where_it_is(tab: Tab, served: Served) -> None:
    platform = served.platform
    with served.lock:
        first = platform.find(platform.bucket("acme-one"))
    tab.page.reload()
    tab.press_until("Tab", first)
    with served.lock:
        second = platform.find(platform.bucket("acme-two"))
    tab.page.locator(f'a[href="/runs/{second}"]').wait_for()
    assert tab.focused() == first


def test_a_form_without_a_reason_is_not_sent(tab: Tab, served: Served) -> None:
    tab.page.goto(f"{served.origin}/stops")
    tab.page.get_by_role("button", name="Stop", exact=True).click()
    assert tab.page.url.endswith("/stops")
    assert served.platform.stops() == ()


def test_what_a_stop_would_hold_is_shown_as_it_is_chosen(tab: Tab, served: Served) -> None:
    with served.lock:
        served.platform.find(served.platform.bucket())
    tab.page.goto(f"{served.origin}/stops")
    tab.page.get_by_label("One account").check()
    tab.page.get_by_text("say which account").wait_for()
    tab.page.get_by_role("combobox", name="Account").fill(CUSTOMER)
    tab.page.get_by_role("combobox", name="Account").press("Tab")
    tab.page.get_by_text("changes like the 1 that").wait_for()


def test_what_it_shows_and_changes_needs_no_javascript(new_tab: NewTab, served: Served) -> None:
    tab = new_tab(java_script_enabled=False)
    tab.page.goto(served.address)
    tab.page.get_by_role("link", name="Stops", exact=True).click()
    tab.page.get_by_label("Reason").fill("an incident")
    tab.page.get_by_role("button", name="Stop", exact=True).click()
    tab.page.get_by_text("The platform has not taken it yet").wait_for()
    served.work()
    tab.page.get_by_role("link", name="Look again").click()
    tab.page.get_by_role("link", name="See the record").wait_for()
    assert [stop.target for stop in served.platform.stops()] == ["everything"]


ATTACK = """<!doctype html><title>prizes</title>
<form method="post" action="{origin}/stops"><input name="scope" value="everything"><input name="reason" value="x">
<input name="form_token" value="guess"></form>
<script>
fetch("{origin}/stops", {{method: "POST", mode: "no-cors", credentials: "include",
  headers: {{"content-type": "application/x-www-form-urlencoded"}}, body: "scope=everything&reason=x"}})
.catch(() => 0).then(() => document.forms[0].submit());
</script>"""


@pytest.mark.parametrize("attacker", ["http://evil.example", "http://localhost:9", "http://127.0.0.1:9"])
def test_no_other_page_of_the_same_browser_can_stop_anything(new_tab: NewTab, served: Served, attacker: str) -> None:
    """The last one is of the same site, as browsers see it, and so has the cookie."""
    tab = new_tab()
    tab.page.goto(served.address)
    other = tab.page.context.new_page()
    other.route(
        f"{attacker}/", lambda route: route.fulfill(body=ATTACK.format(origin=served.origin), content_type="text/html")
    )
    with other.expect_navigation(url=f"{served.origin}/stops") as navigation:
        other.goto(f"{attacker}/")
    assert navigation.value.status == 403
    assert served.platform.stops() == ()


@pytest.mark.parametrize("attacker", ["http://evil.example", "http://127.0.0.1:9"])
def test_no_other_page_can_show_the_console_in_a_frame_or_read_it(
    new_tab: NewTab, served: Served, attacker: str
) -> None:
    tab = new_tab()
    tab.page.goto(served.address)
    other = tab.page.context.new_page()
    frame = f'<!doctype html><title>x</title><iframe src="{served.origin}/stops"></iframe>'
    other.route(f"{attacker}/", lambda route: route.fulfill(body=frame, content_type="text/html"))
    other.goto(f"{attacker}/", wait_until="networkidle")
    (shown,) = [one for one in other.frames if one != other.main_frame]
    assert "Stop changes" not in shown.content()
    read = "origin => fetch(origin + '/', {credentials: 'include'}).then(a => a.text(), () => 'nothing')"
    assert other.evaluate(read, served.origin) == "nothing"


def test_a_script_that_came_into_a_page_all_the_same_would_not_run(tab: Tab, served: Served) -> None:
    """By the content security policy, which the browser holds: here it is put in by hand."""
    tab.expected = "Content Security Policy|404"
    blocked = tab.page.evaluate(
        """() => new Promise(resolve => {
          document.addEventListener("securitypolicyviolation", event => resolve(event.effectiveDirective));
          document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran = true'>");
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
        })"""
    )
    assert blocked.startswith("script-src")
    assert tab.page.evaluate("window.ran") is None


def test_a_second_browser_does_not_come_in_by_the_same_address(new_tab: NewTab, tab: Tab, served: Served) -> None:
    other = new_tab()
    other.expected = "403"
    answer = other.page.goto(served.address)
    assert answer is not None
    assert answer.status == 403

"""The console in Chromium: every page, by keyboard, on a phone, in the dark; and what other pages can do to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import BotoCoreError, EndpointConnectionError

from cli.console.site import NAVIGATION
from tests.browser.conftest import DESKTOP, PHONE, NewTab, Served, Tab
from tests.flow.roles import Sts
from tests.unit.cli.command import operate, operate_json
from tests.unit.cli.console_browser import failing
from tests.unit.cli.customer_iam import Iam
from tests.unit.cli.live_platform import CLOSED, CUSTOMER

PAGES = tuple(path for path, _ in NAVIGATION)
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
        assert tab.folded() == [], path


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


def test_whatever_has_the_focus_is_seen_to_have_it(tab: Tab, served: Served) -> None:
    for path in ("/", "/stops", "/audit"):
        tab.page.goto(f"{served.origin}{path}")
        tab.page.keyboard.press("Tab")
        while not tab.page.evaluate("document.activeElement === document.body"):
            ring = tab.page.evaluate("getComputedStyle(document.activeElement).outline")
            assert "solid 3px" in ring, (path, tab.focused(), ring)
            tab.page.keyboard.press("Tab")


def test_an_account_is_verified_and_what_could_run_can_be_read_by_everybody(
    deployed: Iam, sts: Sts, new_tab: NewTab, served: Served
) -> None:
    """With something of each kind: what could run, what is denied, what is not deployed, what anybody may assume."""
    deployed.denied, sts.open_to_all, sts.missing = ("s3:PutBucketPublicAccessBlock",), {"ec2"}, {"rds"}
    deployed.packs.pop("rds")
    tab = new_tab()
    tab.page.goto(served.address)
    tab.page.goto(f"{served.origin}/accounts/{CUSTOMER}")
    tab.press_until("Tab", "Verify")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url(re.compile("/orders/"))
    served.work()
    tab.page.wait_for_url(re.compile(f"/accounts/{CUSTOMER}/verifications/"))
    tab.page.get_by_role("heading", name="Next steps").wait_for()
    assert tab.page.get_by_text("could not run: a service control policy").count() > 0
    for viewport in (DESKTOP, PHONE):
        tab.page.set_viewport_size(viewport)
        assert tab.violations() == []
        assert not tab.too_wide()


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


def test_a_stop_by_somebody_else_is_said_on_a_page_that_is_open_once_and_goes(new_tab: NewTab, served: Served) -> None:
    tab, platform = new_tab(), served.platform
    tab.page.clock.install()
    tab.page.goto(served.address)
    said = tab.page.get_by_role("status").filter(has_text="in effect")
    with served.lock:
        assert operate("stop", "--all", "--reason", "an incident").exit_code == 0
    tab.page.evaluate(
        """() => {
          window.told = [];
          const watch = new MutationObserver(() => window.told.push(1));
          watch.observe(document.getElementById("in-effect"), {childList: true});
        }"""
    )
    assert not said.is_visible()
    for _ in range(3):
        with tab.page.expect_response("**/latest"):
            tab.page.clock.run_for(5_100)
    said.get_by_text("1 stop in effect: everything.").wait_for()
    assert tab.page.evaluate("told.length") == 1
    with served.lock:
        (stop,) = platform.stops()
        assert operate("resume", stop.id, "--reason", "it is over", "--yes").exit_code == 0
    tab.page.clock.run_for(5_100)
    said.wait_for(state="hidden")


@contextmanager
def aws_failing(served: Served, error: str | BotoCoreError) -> Iterator[None]:
    with served.lock:
        failure = failing(served.platform.client("dynamodb"), error)
        failure.__enter__()
    try:
        yield
    finally:
        with served.lock:
            failure.__exit__(None, None, None)


FAILS = "Failed to load resource|Response Status Error Code|htmx:(sendError|afterRequest|timeout)"
"""What the browser and htmx say on the console of developers, of a part that could not be loaded."""


def test_a_page_says_since_when_it_is_stale_and_why_and_recovers_by_itself(new_tab: NewTab, served: Served) -> None:
    tab, platform = new_tab(), served.platform
    tab.expected, alert = FAILS, tab.page.get_by_role("alert")
    tab.page.clock.install(time=datetime(2026, 11, 26, 12, tzinfo=UTC))
    tab.page.goto(served.address)
    tab.page.get_by_text("plans wait for approval").wait_for()
    assert not alert.is_visible()
    with aws_failing(served, "ExpiredTokenException"):
        tab.page.clock.run_for(6_000)
        alert.get_by_text("Not up to date: what is below is as of 2026-11-26 12:00:0").wait_for()
        alert.get_by_text("The AWS credentials have expired (ExpiredTokenException). Log in").wait_for()
        assert tab.violations() == []
        with served.lock:
            run = platform.bucket()  # which nobody has found yet
    with aws_failing(served, EndpointConnectionError(endpoint_url="https://dynamodb")):
        tab.page.clock.run_for(6_000)
        alert.get_by_text("AWS could not be reached (EndpointConnectionError)").wait_for()
    with served.lock:
        run = platform.find(run)
    tab.page.clock.run_for(6_000)
    tab.page.locator(f'a[href="/runs/{run}"]').wait_for()
    assert not alert.is_visible()


def test_a_page_says_when_the_console_itself_does_not_answer(new_tab: NewTab, served: Served) -> None:
    tab = new_tab()
    tab.expected, alert = f"{FAILS}|/latest: ", tab.page.get_by_role("alert")
    tab.page.clock.install()
    tab.page.goto(served.address)
    tab.page.get_by_text("plans wait for approval").wait_for()
    assert tab.page.evaluate("htmx.config.timeout") == 30_000
    tab.page.evaluate("htmx.config.timeout = 300")
    for answer, said in (
        (lambda route: route.abort("connectionrefused"), "The console does not answer."),
        (lambda route: route.fulfill(status=503, body="Service Unavailable", content_type="text/plain"), "Unavailable"),
        (lambda route: route.fulfill(status=500, body="<b>x</b>", content_type="text/html"), "answered 500."),
        (lambda route: route.fulfill(status=400, body=HOSTILE, content_type="text/plain"), HOSTILE),
        (lambda route: None, "has not answered in time"),
    ):
        tab.page.route("**/latest", answer)
        tab.page.clock.run_for(6_000)
        alert.get_by_text(said).wait_for()
        tab.page.unroute("**/latest")
    tab.page.clock.run_for(6_000)
    alert.wait_for(state="hidden")
    assert tab.page.locator("img, svg").count() == 0


def test_a_part_that_is_loaded_once_is_loaded_until_it_could_be(new_tab: NewTab, served: Served) -> None:
    """What waits, a command's result, and what a stop would hold: none of them polls by itself."""
    tab = new_tab()
    tab.expected, alert = FAILS, tab.page.get_by_role("alert")
    tab.page.clock.install()
    tab.page.route("**/waiting", lambda route: route.fulfill(status=502, body="AWS is away", content_type="text/plain"))
    tab.page.goto(served.address)
    alert.get_by_text("AWS is away").wait_for()
    tab.page.unroute("**/waiting")
    tab.page.clock.run_for(6_000)
    tab.page.get_by_text("plans wait for approval").wait_for()
    assert not alert.is_visible()

    tab.page.goto(f"{served.origin}/stops")
    with aws_failing(served, "ThrottlingException"):
        tab.page.get_by_label("One account").check()
        tab.page.get_by_role("combobox", name="Account").fill(CUSTOMER)
        tab.page.get_by_role("combobox", name="Account").press("Tab")
        alert.get_by_text("ThrottlingException").wait_for()
    tab.page.clock.run_for(6_000)
    tab.page.get_by_text("no changes like it were made").wait_for()
    alert.wait_for(state="hidden")

    tab.page.get_by_label("Everything").check()
    tab.page.get_by_label("Reason").fill("an incident")
    tab.page.get_by_role("button", name="Stop", exact=True).click()
    tab.page.wait_for_url(re.compile("/orders/"))
    with aws_failing(served, "ThrottlingException"):
        tab.page.clock.run_for(6_000)
        alert.get_by_text("ThrottlingException").wait_for()
    served.work()
    tab.page.clock.run_for(6_000)
    tab.page.get_by_role("link", name="See the record").wait_for()
    assert not alert.is_visible()


def test_a_form_without_a_reason_is_not_sent(tab: Tab, served: Served) -> None:
    tab.page.goto(f"{served.origin}/stops")
    tab.page.get_by_role("button", name="Stop", exact=True).click()
    assert tab.page.get_by_role("heading", name="Stop changes").is_visible()
    assert served.platform.stops() == ()


def test_what_a_stop_would_hold_is_shown_as_it_is_chosen(tab: Tab, served: Served) -> None:
    with served.lock:
        served.platform.find(served.platform.bucket())
    tab.page.goto(f"{served.origin}/stops")
    tab.page.get_by_label("One account").check()
    tab.page.get_by_text("say which account").wait_for()
    tab.page.get_by_role("combobox", name="Account").fill(CUSTOMER)
    tab.page.get_by_role("combobox", name="Account").press("Tab")
    tab.page.get_by_text("1 change like it was made").wait_for()


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
          setTimeout(() => resolve("nothing was blocked"), 2000);
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

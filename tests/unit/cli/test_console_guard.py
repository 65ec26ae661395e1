"""Who may ask the console for anything: each way in which another page, or program, could, is closed."""

from __future__ import annotations

import pytest

from cli.console.guard import ENTRANCE, MOST_BYTES, MOST_FIELDS, Entrance
from cli.console.site import NAVIGATION
from tests.unit.cli.console_browser import ORIGIN, Browser
from tests.unit.cli.live_platform import LivePlatform

CHANGES = "/stops"
EVERYTHING = {"scope": "everything", "reason": "an incident"}


@pytest.fixture
def browser(platform: LivePlatform, no_stack: None) -> Browser:
    return Browser()


@pytest.fixture
def stranger(platform: LivePlatform) -> Browser:
    """A browser that has not opened the console."""
    return Browser(entered=False)


def test_the_address_opens_the_console_once(stranger: Browser) -> None:
    opened = stranger.get(stranger.entrance.address)
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    assert stranger.get("/").status_code == 200
    again = Browser(entered=False, entrance=stranger.entrance)
    refused = again.get(stranger.entrance.address)
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    assert again.get("/").status_code == 403


def test_a_wrong_token_does_not_open_it_and_does_not_use_the_address_up(stranger: Browser) -> None:
    for wrong in ("", "?token=", "?token=guess", f"?token={stranger.entrance.token[:-1]}", "?token=%C3%A9"):
        assert stranger.get(ENTRANCE + wrong).status_code == 403
    assert stranger.client.head(stranger.entrance.address).status_code == 403
    assert stranger.get(stranger.entrance.address).status_code == 303


def test_nothing_is_shown_to_who_has_not_opened_it(stranger: Browser) -> None:
    for path in ("/", "/latest", "/stops", "/nothing", "/static/style.css", "/static/htmx.min.js"):
        answer = stranger.get(path)
        assert answer.status_code == 403, path
        assert "suture console" in answer.text
    stranger.client.cookies.set(stranger.entrance.cookie, stranger.entrance.session[:-1])
    assert stranger.get("/").status_code == 403


def test_the_cookie_is_for_this_console_and_not_for_scripts_or_other_sites(stranger: Browser) -> None:
    cookie = stranger.get(stranger.entrance.address).headers["set-cookie"]
    assert cookie.startswith("suture-console-8321=")
    for part in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert part in cookie
    assert stranger.entrance.token not in cookie


def test_tokens_are_random_and_long() -> None:
    one, other = Entrance(origin=ORIGIN), Entrance(origin=ORIGIN)
    secrets = {one.token, one.session, one.form_token, other.token, other.session, other.form_token}
    assert len(secrets) == 6
    assert min(map(len, secrets)) >= 43  # 32 bytes


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost:8321", "127.0.0.1", "127.0.0.1:8322", "127.0.0.1:8321.evil.example", ""]
)
def test_another_host_is_refused_so_that_no_name_can_be_pointed_at_this_machine(browser: Browser, host: str) -> None:
    assert browser.get("/", host=host).status_code == 421


def test_two_hosts_are_refused(browser: Browser) -> None:
    answer = browser.client.get("/", headers=[("host", "127.0.0.1:8321"), ("host", "evil.example")])
    assert answer.status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:8322", "https://127.0.0.1:8321"])
def test_another_origin_is_refused_whatever_it_asks_for(browser: Browser, platform: LivePlatform, origin: str) -> None:
    assert browser.get("/", origin=origin).status_code == 403
    form = {"form_token": browser.entrance.form_token, **EVERYTHING}
    assert browser.client.post(CHANGES, data=form, headers={"origin": origin}).status_code == 403
    assert platform.stops() == ()


def test_nothing_is_changed_without_an_origin(browser: Browser, platform: LivePlatform) -> None:
    form = {"form_token": browser.entrance.form_token, **EVERYTHING}
    assert browser.client.post(CHANGES, data=form).status_code == 403
    assert platform.stops() == ()


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_another_page_made_is_refused(browser: Browser, site: str) -> None:
    assert browser.get("/", sec_fetch_site=site).status_code == 403
    assert browser.get("/", sec_fetch_site="same-origin").status_code == 200
    assert browser.get("/", sec_fetch_site="none").status_code == 200


@pytest.mark.parametrize("given", [None, "", "guess"])
def test_a_form_without_the_pages_own_token_changes_nothing(
    browser: Browser, platform: LivePlatform, given: str | None
) -> None:
    form = {**EVERYTHING, **({} if given is None else {"form_token": given})}
    assert browser.client.post(CHANGES, data=form, headers={"origin": ORIGIN}).status_code == 403
    assert platform.stops() == ()


def test_a_form_with_the_token_is_taken(browser: Browser, platform: LivePlatform) -> None:
    assert browser.send(CHANGES, **EVERYTHING).status_code == 303
    assert [stop.target for stop in platform.stops()] == ["everything"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"scope": "everything"}', "application/json", 415),
        (b"scope=everything", "text/plain", 415),
        (b"scope=everything", "multipart/form-data; boundary=x", 415),
        (b"a=" + b"x" * MOST_BYTES, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a%d=b" % number for number in range(MOST_FIELDS + 1)), "application/x-www-form-urlencoded", 400),
        (b"scope=everything&scope=account", "application/x-www-form-urlencoded", 400),
        (b"scope", "application/x-www-form-urlencoded", 400),
        (b"scope=%ff", "application/x-www-form-urlencoded", 400),
        (b"scope=\xff", "application/x-www-form-urlencoded", 400),
    ],
)
def test_what_is_no_form_of_the_console_is_refused(
    browser: Browser, platform: LivePlatform, content: bytes, kind: str, status: int
) -> None:
    answer = browser.client.post(CHANGES, content=content, headers={"origin": ORIGIN, "content-type": kind})
    assert answer.status_code == status
    assert platform.stops() == ()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(browser: Browser, method: str) -> None:
    answer = browser.client.request(method, "/", headers={"origin": ORIGIN})
    assert (answer.status_code, answer.text) == (405, "Only GET, HEAD and POST.\n")


@pytest.mark.parametrize("path", ["/", "/enter", "/nothing", "/static/style.css", "/runs/nothing"])
def test_every_answer_says_what_browsers_may_do_with_it(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy == {
        **dict.fromkeys(("default-src", "base-uri", "frame-ancestors"), "'none'"),
        **dict.fromkeys(("script-src", "style-src", "img-src", "connect-src", "form-action"), "'self'"),
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["permissions-policy"] == "camera=(), geolocation=(), microphone=()"


def test_no_page_needs_what_the_policy_forbids(browser: Browser) -> None:
    for path, _ in NAVIGATION:
        page = browser.page(path)
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert page.count("<script") == page.count('<script src="/static/') == 2
        assert "http://" not in page.replace(ORIGIN, "")

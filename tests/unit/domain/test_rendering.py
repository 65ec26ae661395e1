"""Messages as people read them, whatever stands in names, tags and findings."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.audit import AuditEvent, Evidence, History
from runtime.domain.command import DryRun, Order
from runtime.domain.hold import hold_of
from runtime.domain.notice import Notice
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.rendering import chat_of, mail_of, subject_of
from tests.unit.domain.cases import ACCOUNT, ALICE, FINDING, PLAN
from tests.unit.domain.test_notice import (
    ASKED,
    CHANGED,
    HELD,
    NOW,
    SENDER,
    TOLD,
    exception,
    reminder,
    sender,
)

ASKED_FOR = sender(wiz_url="https://app.wiz.io", runbooks_url="https://example.com/runbooks").of_outcome(ASKED)
HOSTILE = pytest.mark.parametrize(
    "text",
    [
        "line\nSubject: other",
        "\u202ereversed",
        "`code` *bold* <!channel> <https://evil.example|click> @here",
        "$(rm -rf /) ; suture stop",
        "x" * 5000,
        "Prüfung №1 \U0001f512",
    ],
    ids=("lines", "reversed", "markup", "command", "long", "other-letters"),
)


RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"
BLOCK = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
EXAMPLE = replace(
    ASKED,
    correlation_id="22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    review_id="22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    issue_id="5e1c0ffe-0000-4000-8000-000000000001",
    environment="restricted-production",
    fix_id="s3-block-public-access",
    resource_arn="arn:aws:s3:::acme-ledger-exports",
    account_id="111122223333",
    sentence="It is in restricted-production, where a person has to approve every change.",
    evidence=replace(
        ASKED.evidence,
        account=replace(ACCOUNT, name="acme-payments"),
        hazard="Anonymous reads and writes stop, and so does a website that the bucket serves without CloudFront.",
        plan=replace(
            PLAN,
            summary="Turn on Block Public Access for an S3 bucket: acme-ledger-exports ("
            + "; ".join(f"configuration.{name}: false → true" for name in BLOCK)
            + ").",
            before={"configuration": dict.fromkeys(BLOCK, False)},
            changes=(replace(PLAN.changes[0], leaves={"configuration": dict.fromkeys(BLOCK, True)}),),
            blast_radius={"statements_that_make_public": ["Sid PublicRead"]},
        ),
    ),
)


def with_text(text: str) -> Notice:
    """A request for approval in which everything that comes from outside is this text."""
    control = replace(FINDING.control, id=text, name=text, rule_id=text, rule_name=text)
    assert ASKED.evidence.account is not None
    evidence = replace(
        ASKED.evidence,
        finding=replace(FINDING, control=control, severity=text),
        account=replace(ASKED.evidence.account, name=text),
        owner_path=(text, text),
        plan=replace(PLAN, blast_radius={"names": [text]}),
    )
    return SENDER.of_outcome(replace(ASKED, issue_id=text, owner=text, sentence=text, evidence=evidence))


# -- the subject ------------------------------------------------------------------------------------------------------


@given(st.text())
def test_a_subject_is_legal_whatever_it_is_about(about: str) -> None:
    """Printable ASCII, less than 100 characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    held = replace(HELD, issue_id=about, correlation_id=about, resource_arn=about, fix_id=about)
    notices = (
        SENDER.of_outcome(replace(TOLD, issue_id=about, resource_arn=about, environment=about)),
        SENDER.of_stuck(hold_of(History(events=(held,))), NOW),
        SENDER.of_exception(exception(about), NOW),
    )
    for notice in notices:
        subject = subject_of(notice)
        assert subject.startswith("Suture ")
        assert len(subject) < 100
        assert subject.isascii()
        assert subject.isprintable()


def test_a_subject_that_has_to_be_cut_still_says_what_is_asked_and_of_which_resource() -> None:
    group = "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0123456789abcdef0"
    asked = replace(EXAMPLE, resource_arn=group, fix_id="ec2-security-group-world-ingress")
    assert subject_of(SENDER.of_outcome(asked)) == (
        "Suture APPROVE by 26 Nov 12:00 UTC: CRITICAL sg-0123456789abcdef0 ec2-security-group-world-ingress "
    )


def test_a_message_about_an_account_says_so() -> None:
    asked = replace(EXAMPLE, resource_arn="arn:aws-cn:iam::111122223333:root", fix_id="iam-password-policy")
    assert " CRITICAL account iam-password-policy" in subject_of(SENDER.of_outcome(asked))
    topic = replace(asked, resource_arn="arn:aws:sns:eu-west-1:111122223333:root")
    assert " CRITICAL root iam-password-policy" in subject_of(SENDER.of_outcome(topic))


# -- mail -------------------------------------------------------------------------------------------------------------


def test_a_request_for_approval_can_be_acted_on_with_nothing_but_what_it_says() -> None:
    assert mail_of(ASKED_FOR).splitlines() == [
        "Suture APPROVE by 26 Nov 12:00 UTC: CRITICAL ledger fake-fix (payments-dev, production)",
        "",
        "Why: Nobody is known to own it.",
        f"Plan: {PLAN.summary}",
        "Change: s3:PutBucketPolicy",
        "May break: Something may break.",
        "Blast radius, principals: 2",
        'Blast radius, instances: ["i-1", "i-2"]',
        "Blast radius, public: true",
        "Resource: arn:aws:s3:::ledger",
        "Account: payments-dev 222222222222",
        "Environment: production",
        "Owner: payments",
        "Severity: CRITICAL",
        "Rule: S3-001 S3 bucket is public",
        "Control: wc-id-613 Bucket is public",
        "Fix: fake-fix",
        "Run: c-1",
        "Approvals: 0 of 1",
        "Until: 2026-11-26 12:00 UTC",
        "",
        "To approve, as an approver:",
        f"  suture -e test approve c-1 --digest {PLAN.digest} --reason REASON",
        "",
        "To deny, as an approver:",
        "  suture -e test deny c-1 --reason REASON",
        "",
        "To see the details:",
        "  suture -e test review show c-1",
        "",
        "Wiz: https://app.wiz.io/issues#~(issue~'issue-1)",
        "Runbook: https://example.com/runbooks/approve.md",
    ]


@pytest.mark.parametrize(
    ("summary", "leaves", "changes"),
    [
        ("Turn it on: it (mode: off → on).", {"mode": "on"}, []),
        ("Turn it on: it (mode: nothing → on).", {"mode": "on", "seen": 2}, ["mode: off → on", "seen: 1 → 2"]),
        ('Keep it: it (mode: off → {"to":null}).', {"mode": {"to": None}}, []),
        ("Send more: it (sent: + audit; sent: + error).", {"sent": ["audit", "error"]}, []),
        ("Close it: it (TCP 22).", {"sent": ["audit"]}, ["sent: + audit"]),
    ],
)
def test_what_the_plan_says_of_a_change_is_not_repeated(
    summary: str, leaves: dict[str, object], changes: list[str]
) -> None:
    plan = replace(
        PLAN,
        summary=summary,
        before={"mode": "off", "seen": 1, "sent": []},
        changes=(replace(PLAN.changes[0], leaves=leaves),),
    )
    mail = mail_of(SENDER.of_outcome(replace(ASKED, evidence=replace(ASKED.evidence, plan=plan))))
    assert f"\nPlan: {summary}\n" in mail
    assert re.findall("^Change: (.*)$", mail, re.MULTILINE) == changes


def test_the_example_in_the_runbook_is_a_mail_as_it_is() -> None:
    text = (RUNBOOKS / "messages.md").read_text("utf-8")
    links = sender(wiz_url="https://app.wiz.io", runbooks_url="https://runbooks.example.com")
    mail = mail_of(replace(links, environment="production").of_outcome(EXAMPLE))
    assert f"```\n{mail}```\n" in text, mail


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize(
    "evidence", [TOLD.evidence, Evidence(order=Order(command=DryRun(target_id="c-0"), principal=ALICE))]
)
def test_every_message_names_a_runbook_that_there_is(reason: Reason, evidence: Evidence) -> None:
    events = [replace(TOLD, outcome=one, reason=reason, expires_at=NOW, evidence=evidence) for one in Outcome]
    notices = [SENDER.of_outcome(one) for one in events if one.outcome is not Outcome.APPROVE or one.evidence.plan]
    notices += [SENDER.of_hold(HELD), SENDER.of_exception(exception("E"), NOW), reminder(48)]
    named = {notice.told.runbook for notice in notices}
    assert named <= {path.stem for path in RUNBOOKS.iterdir()}


def test_without_an_address_of_the_runbooks_no_message_has_a_link_to_one() -> None:
    """Nor what mail programs and chats take for one: ``.md`` is a country's."""
    told = sender().of_outcome(ASKED)
    assert (json.loads(told.event)["runbook"], json.loads(told.event)["runbook_url"]) == ("approve", "")
    post = chat_of(told)["content"]["description"]
    line = "approve, in docs/runbooks of Suture's repository"
    assert f"Runbook: {line}" in mail_of(told).splitlines()
    assert f"*Runbook:* {line}" in post.splitlines()
    for text in (mail_of(told), post):
        assert ".md" not in text


def test_where_no_owner_is_known_a_mail_says_where_one_was_looked_for() -> None:
    assert "Owner: not found; resource tags: none; account: none" in mail_of(SENDER.of_outcome(TOLD)).splitlines()


def test_a_mail_of_a_change_says_how_to_take_it_back() -> None:
    lines = mail_of(SENDER.of_outcome(CHANGED)).splitlines()
    at = lines.index("To undo, as an operator:")
    assert lines[at + 1] == "  suture -e test undo c-1 --reason REASON"


@pytest.mark.parametrize("event", [replace(TOLD, outcome=one, expires_at=NOW) for one in Outcome])
def test_every_next_step_has_words(event: AuditEvent) -> None:
    for notice in (
        SENDER.of_outcome(event),
        reminder(48),
        SENDER.of_hold(HELD),
        SENDER.of_exception(exception("E"), NOW),
    ):
        assert all(command in mail_of(notice) for command in notice.told.next_steps.values())


@HOSTILE
def test_what_comes_from_outside_stays_on_its_line_of_a_mail(text: str) -> None:
    expected = mail_of(with_text("a name")).splitlines()
    found = mail_of(with_text(text)).splitlines()
    assert len(found) == len(expected)
    assert all(line.isprintable() for line in found)
    assert max(map(len, found)) < 1300
    for line, other in zip(found[1:], expected[1:], strict=True):
        assert line.partition(":")[0] == other.partition(":")[0]


# -- chat -------------------------------------------------------------------------------------------------------------


def test_a_post_has_the_form_of_a_custom_notification() -> None:
    post = chat_of(ASKED_FOR)
    assert (post["version"], post["source"], post["content"]["textType"]) == ("1.0", "custom", "client-markdown")
    assert set(post["content"]) == {"textType", "title", "description", "nextSteps", "keywords"}
    assert set(post["metadata"]) == {"threadId", "summary", "eventType", "relatedResources", "additionalContext"}
    assert post["content"]["title"] == ASKED_FOR.told.headline
    assert "*Change:* `s3:PutBucketPolicy`" in post["content"]["description"].splitlines()
    assert "*Runbook:* https://example.com/runbooks/approve.md" in post["content"]["description"].splitlines()
    assert post["content"]["nextSteps"][1] == "To deny, as an approver: `suture -e test deny c-1 --reason REASON`"


def test_posts_about_one_review_are_one_thread() -> None:
    threads = {chat_of(one)["metadata"]["threadId"] for one in (ASKED_FOR, reminder(48))}
    assert threads == {"c-1"}


@pytest.mark.parametrize(
    ("event", "pressed"),
    [
        (ASKED, {"action": "test-approve", "id": "c-1", "digest": PLAN.digest}),
        (CHANGED, {"action": "test-undo", "id": "c-1", "digest": PLAN.digest}),
        (TOLD, {}),
        (replace(CHANGED, correlation_id="c-1' --queue-url https://evil"), {}),
        (replace(CHANGED, correlation_id="c" * 101), {}),
    ],
)
def test_a_post_has_buttons_for_what_can_be_done_and_only_plain_words_for_them(
    event: AuditEvent, pressed: dict[str, str]
) -> None:
    assert chat_of(SENDER.of_outcome(event))["metadata"]["additionalContext"] == pressed


@HOSTILE
def test_what_comes_from_outside_is_no_markup_and_no_mention_in_a_post(text: str) -> None:
    post = chat_of(with_text(text))
    content = post["content"]
    for line in (content["title"], post["metadata"]["summary"], *content["description"].splitlines()):
        assert "<" not in line
        assert line.isprintable()
    for line in content["description"].splitlines():
        label, _, value = line.partition(":* ")
        assert label.startswith("*")
        assert value.count("`") == (0 if label in ("*Wiz", "*Runbook") else 2)
    assert not set("*_~`@|") & set(content["title"])
    assert len(content["description"]) < 3000
    assert len(json.dumps(post)) < 32_000

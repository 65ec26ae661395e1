"""Each form and defect of a body ends as tests/samples/bodies.py says, and docs/intake.md says the same."""

from __future__ import annotations

from collections import Counter

import pytest

from local.intake_page import FILE, page
from runtime.domain.finding import Dismissed
from runtime.domain.outcome import Outcome, Reason
from runtime.intake import parse_message
from tests.samples.bodies import CASES, CHAPTERS, MESSAGE_ID, Case
from tests.samples.render import notification_body
from tests.unit.domain.test_decision_properties import NEVER_DECIDED
from tests.unit.intake.endings import end_of, end_of_intake

EACH = pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{chapter.title}: {case.what}") for chapter in CHAPTERS for case in chapter.cases]
)


@EACH
def test_a_body_ends_as_the_table_says(case: Case) -> None:
    assert end_of(case.body).ending == case.ends


@EACH
def test_the_sentence_says_what_is_so_and_nothing_else(case: Case) -> None:
    sentence = end_of(case.body).sentence
    assert [text for text in case.says if text not in sentence] == [], sentence
    assert [text for text in case.unsaid if text in sentence] == []
    assert sentence.isascii() or "…" in sentence
    assert sentence.isprintable()
    assert len(sentence) < 800


@EACH
def test_the_record_is_found_by_the_ids_that_the_body_names(case: Case) -> None:
    ended = end_of(case.body)
    assert (ended.issue_id, ended.account_id) == (case.issue_id, case.account_id)


@EACH
def test_what_is_published_is_recorded_under_the_id_that_sns_gave_it(case: Case) -> None:
    intake = parse_message(notification_body(case.published, MESSAGE_ID))
    assert intake.correlation_id == MESSAGE_ID
    assert end_of_intake(intake).ending == case.ends


def test_no_two_rows_of_a_chapter_are_called_alike() -> None:
    for chapter in CHAPTERS:
        counted = Counter((case.what, case.ends) for case in chapter.cases)
        assert max(counted.values()) == 1, counted.most_common(1)


def test_every_reason_that_a_body_can_be_dismissed_for_has_a_row() -> None:
    dismissed = {
        reason for case in CASES for result in [parse_message(case.body).result] if isinstance(result, Dismissed)
        for reason in [result.reason]
    }  # fmt: skip
    known = {
        Reason.PAYLOAD_MALFORMED, Reason.PAYLOAD_UNSUPPORTED, Reason.CLOUD_MISMATCH, Reason.NOT_AWS,
        Reason.NOT_AN_ISSUE, Reason.TEST_DELIVERY, Reason.ISSUE_NOT_OPEN,
    }  # fmt: skip
    assert dismissed == known
    assert known - {Reason.ISSUE_NOT_OPEN} <= NEVER_DECIDED


def test_whoever_is_told_nothing_missed_nothing() -> None:
    # Skipping is silent, so there is nothing to skip but what is closed, no issue, a test, or plainly another cloud's.
    assert {case.ends[1] for case in CASES if case.ends and case.ends[0] is Outcome.SKIP} == {
        Reason.ISSUE_NOT_OPEN,
        Reason.NOT_AN_ISSUE,
        Reason.TEST_DELIVERY,
        Reason.NOT_AWS,
    }


def test_the_page_is_what_the_cases_say_now() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "make docs"

"""Every real Wiz payload, and every form and defect of one, ends in exactly one record, and none is dead-lettered."""

from __future__ import annotations

import json

from local.environment import LocalEnvironment
from local.player import Player
from runtime.domain.audit import EventKind
from runtime.domain.outcome import Outcome, Reason
from runtime.intake.document import BODY_LIMIT_BYTES
from tests.samples.bodies import CHAPTERS, GOES_ON
from tests.samples.render import CURRENT, CUSTOM, OLDER, issue_body, render, sample
from tests.unit.intake.test_samples import EXPECTED

FINDINGS = {
    "panther__issues_webhook__low_severity_open_alert.json": (Outcome.REJECT, Reason.RESOURCE_NOT_IDENTIFIED),
    "panther__issues_webhook__open_alert.json": (Outcome.REJECT, Reason.RESOURCE_NOT_IDENTIFIED),
    "panther__issues_webhook__resolved_alert.json": (Outcome.SKIP, Reason.ISSUE_NOT_OPEN),
    "wizraph_testlabs__sns_body_aws_test_playbook.json": (Outcome.REJECT, Reason.STATUS_UNKNOWN),
}
"""How those samples are decided that are findings. The others never come to a decision."""

SAMPLES = {name: (sample(name), became or FINDINGS[name]) for name, became in EXPECTED.items()} | {
    f"{name}, rendered": (render(name), (Outcome.REJECT, Reason.ACCOUNT_NOT_ONBOARDED))
    for name in (CURRENT, OLDER, CUSTOM)
}


# Nothing is onboarded here for the account of the bodies, and SNS takes neither an empty message nor one over 256 KiB.
NOT_ONBOARDED = (Outcome.REJECT, Reason.ACCOUNT_NOT_ONBOARDED)
BODIES = {
    f"{chapter.title}: {case.what}, {case.ends}": (
        case.published,
        NOT_ONBOARDED if case.ends in (GOES_ON, (Outcome.REJECT, Reason.PLATFORM_ACCOUNT)) else case.ends,
    )
    for chapter in CHAPTERS
    for case in chapter.cases
    if 0 < len(case.published.encode("utf-8", "surrogatepass")) <= BODY_LIMIT_BYTES
}


def test_every_sample_and_every_form_of_a_body_ends_in_one_record_with_the_right_outcome(
    local_aws: LocalEnvironment, player: Player
) -> None:
    ours = json.dumps(issue_body(account_id=local_aws.platform_account))
    expected = {**SAMPLES, **BODIES, "in the platform's account": (ours, (Outcome.REJECT, Reason.PLATFORM_ACCOUNT))}
    published = {name: player.publish(body) for name, (body, _) in expected.items()}
    ended = {name: player.await_outcome(one, timeout_seconds=600) for name, one in published.items()}
    assert {name: [event.kind for event in history.events] for name, history in ended.items()} == {
        key: [EventKind.OUTCOME] for key in expected
    }
    assert {
        name: (history.outcome.outcome, history.outcome.reason) for name, history in ended.items() if history.outcome
    } == {name: ending for name, (_, ending) in expected.items()}
    told = player.for_review()
    assert {name for name, one in published.items() if one in told} == {
        name for name, (_, (outcome, _)) in expected.items() if outcome is Outcome.REJECT
    }
    assert player.dead_letters() == []

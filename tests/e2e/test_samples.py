"""Every real Wiz payload, published one after another, ends in exactly one record and none is dead-lettered."""

from __future__ import annotations

from local.environment import LocalEnvironment
from local.player import Player
from runtime.domain.audit import EventKind
from runtime.domain.outcome import Outcome, Reason
from tests.samples.render import CURRENT, CUSTOM, OLDER, render, sample
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


def test_every_sample_ends_in_one_record_with_the_right_outcome(local_aws: LocalEnvironment, player: Player) -> None:
    published = {name: player.publish(body) for name, (body, _) in SAMPLES.items()}
    ended = {name: player.await_outcome(correlation_id) for name, correlation_id in published.items()}
    assert {name: [event.kind for event in history.events] for name, history in ended.items()} == {
        key: [EventKind.OUTCOME] for key in SAMPLES
    }
    assert {
        name: (history.outcome.outcome, history.outcome.reason) for name, history in ended.items() if history.outcome
    } == {name: expected for name, (_, expected) in SAMPLES.items()}
    assert player.dead_letters() == []

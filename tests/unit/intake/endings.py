"""How a body ends: as far as can be said without a look at the resource, by the function's own reading and deciding."""

from __future__ import annotations

from dataclasses import dataclass, replace

from runtime.domain.case import Decision, LiveResourceNeeded
from runtime.domain.decision import decide
from runtime.domain.facts import Facts, PlatformAccount
from runtime.domain.finding import Dismissed, Finding
from runtime.intake import Intake, parse_message
from tests.samples.bodies import GOES_ON, PLATFORM, Ending
from tests.samples.render import DEFAULTS
from tests.unit.domain import cases

POLICY = replace(
    cases.POLICY,
    catalog=(
        replace(
            cases.ENTRY,
            rules=frozenset({DEFAULTS["rule_id"].casefold()}),
            controls=frozenset({DEFAULTS["control_id"]}),
            control_names=frozenset(),
        ),
    ),
)
FACTS = Facts(
    account=replace(cases.ACCOUNT, id=DEFAULTS["account_id"]),
    platform=PlatformAccount(account_id=PLATFORM, partition="aws"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """``resource_arn`` is what would be read, where the finding goes on."""

    ending: Ending
    sentence: str
    issue_id: str
    account_id: str
    resource_arn: str = ""


def end_of(body: str, facts: Facts = FACTS) -> Ended:
    return end_of_intake(parse_message(body), facts)


def end_of_intake(intake: Intake, facts: Facts = FACTS) -> Ended:
    match intake.result:
        case Dismissed() as dismissed:
            return Ended(
                ending=(dismissed.outcome, dismissed.reason),
                sentence=dismissed.sentence,
                issue_id=dismissed.issue_id,
                account_id=dismissed.account_id,
            )
        case Finding() as finding:
            ids = {"issue_id": finding.issue_id, "account_id": finding.account_id}
            match decide(finding, facts, POLICY, cases.NOW):
                case Decision(outcome=outcome, reason=reason, sentence=sentence):
                    return Ended(ending=(outcome, reason), sentence=sentence, **ids)
                case LiveResourceNeeded(resource=resource):
                    return Ended(ending=GOES_ON, sentence="", resource_arn=resource.arn, **ids)
                case _ as other:
                    raise AssertionError(f"nothing waits before its resource was read: {other}")

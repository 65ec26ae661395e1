"""Decides and plans one payload from stated facts, by the function's own code and without AWS."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from cli.errors import Unusable
from cli.facts import StatedFacts
from cli.observed import example_for
from runtime.domain.decision import Decision, LiveResourceNeeded, decide
from runtime.domain.facts import Facts, LiveResource, ResourceMissing
from runtime.domain.finding import Dismissed, Finding
from runtime.domain.fix import Permission, options_for, resource_pattern
from runtime.domain.outcome import Outcome
from runtime.domain.plan import Planned, State, canonical_json, plan_to_json
from runtime.domain.policy import Policy
from runtime.fixes.catalog import FIX_BY_ID
from runtime.fixes.tags import tag_permissions
from runtime.intake import Intake, parse_message


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPermission:
    """One IAM action that a session would be opened for (``read`` or ``write``), and the ARN it is narrowed to."""

    session: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What would become of a payload, and what it was judged by. ``now`` is in UTC.

    ``permissions`` is empty where no session would be opened. A plan's writes count where it is or may be approved.
    """

    intake: Intake
    policy_version: str
    now: datetime
    result: Dismissed | Decision | LiveResourceNeeded
    assumptions: tuple[str, ...] = ()
    permissions: tuple[SessionPermission, ...] = ()


def simulate(body: str, stated: StatedFacts, policy: Policy, now: datetime) -> Simulation:
    """What the platform would make of a message's body.

    Raises ``Unusable`` if the stated state of the resource is not one that the fix can read.
    """
    intake = parse_message(body)
    match intake.result:
        case Dismissed() as dismissed:
            return Simulation(intake=intake, policy_version=policy.version, now=now, result=dismissed)
        case Finding() as finding:
            facts = Facts(
                account=stated.account.registered_for(finding) if stated.account else None, waivers=stated.waivers
            )
            decision = decide(finding, facts, policy, now)
            simulation = Simulation(
                intake=intake,
                policy_version=policy.version,
                now=now,
                result=decision,
                assumptions=stated.assumptions,
            )
            if isinstance(decision, Decision):
                return simulation
            live = _live(decision, stated, now)
            if live is not None:
                simulation = replace(simulation, result=decide(finding, replace(facts, live=live), policy, now))
            return replace(simulation, permissions=_permissions(decision, simulation.result))


def simulation_to_json(simulation: Simulation) -> dict[str, Any]:
    """The simulation as JSON values: always the same keys, whatever came of it."""
    finding, result = simulation.intake.result, simulation.result
    decision = result if isinstance(result, Decision) else None
    needed = result if isinstance(result, LiveResourceNeeded) else None
    established = decision or needed
    entry = established.entry if established else None
    plan = decision.plan if decision else None
    return {
        "outcome": None if isinstance(result, LiveResourceNeeded) else result.outcome.value,
        "reason": None if isinstance(result, LiveResourceNeeded) else result.reason.value,
        "sentence": sentence_of(simulation),
        "checks": [asdict(check) for check in established.checks] if established else [],
        "resource": asdict(established.resource) if established and established.resource else None,
        "entry_id": entry.id if entry else "",
        "fix_id": entry.fix.id if entry else "",
        "environment": decision.environment if decision else "",
        "owner": decision.owner if decision else "",
        "owner_path": list(decision.owner_path) if decision else [],
        "waiver_id": decision.waiver_id if decision else "",
        "plan": plan_to_json(plan) if plan else None,
        "plan_digest": plan.digest if plan else "",
        "hazard": entry.fix.hazard if entry else "",
        "disruption": entry.fix.disruption.value if entry else "",
        "reversible": entry.fix.reversible if entry else None,
        "permissions": [asdict(permission) for permission in simulation.permissions],
        "live_resource_needed": needed is not None,
        "observed_example": example_for(needed.entry.fix.id, needed.resource) if needed else None,
        "assumptions": list(simulation.assumptions),
        "finding": asdict(finding) if isinstance(finding, Finding) else None,
        "payload_sha256": simulation.intake.sha256,
        "correlation_id": simulation.intake.correlation_id,
        "policy_version": simulation.policy_version,
        "now": simulation.now.isoformat(),
    }


def sentence_of(simulation: Simulation) -> str:
    """What came of it, in a sentence."""
    match simulation.result:
        case Dismissed(sentence=sentence) | Decision(sentence=sentence):
            return sentence
        case LiveResourceNeeded() as needed:
            return (
                f"Everything that can be decided without it passed: {needed.resource.arn} would be read now, as "
                f'{needed.entry.fix.id} sees it. State it in the facts as `tags` and `observed`, or `"exists": false`.'
            )


def _live(needed: LiveResourceNeeded, stated: StatedFacts, now: datetime) -> LiveResource | ResourceMissing | None:
    if not stated.exists:
        return ResourceMissing(sentence=f"{needed.resource.arn} does not exist: stated in the facts.")
    if stated.observed is None:
        return None
    return LiveResource(tags=stated.tags, planned=_planned(needed, stated.observed, now))


def _planned(needed: LiveResourceNeeded, observed: State, now: datetime) -> Planned:
    fix = FIX_BY_ID[needed.entry.fix.id]
    try:
        return fix.plan(needed.resource, observed, options_for(fix.spec, needed.entry.options, now))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # A fix only ever sees what it observed itself; a person may have stated something of another form.
        example = canonical_json(example_for(fix.spec.id, needed.resource))
        raise Unusable(
            f"$.observed: {fix.spec.id} cannot read this state ({type(error).__name__}: {error}). "
            f"One that it can read: {example}"
        ) from error


def _permissions(
    needed: LiveResourceNeeded, result: Dismissed | Decision | LiveResourceNeeded
) -> tuple[SessionPermission, ...]:
    resource, spec = needed.resource, needed.entry.fix
    writes = isinstance(result, Decision) and result.outcome in (Outcome.REMEDIATE, Outcome.APPROVE)
    sessions: tuple[tuple[str, tuple[Permission, ...]], ...] = (
        ("read", (*spec.reads, *tag_permissions(resource.type))),
        ("write", spec.writes if writes else ()),
    )
    found = [
        SessionPermission(session=session, action=permission.action, resource=resource_pattern(permission, resource))
        for session, permissions in sessions
        for permission in permissions
    ]
    return tuple(dict.fromkeys(found))

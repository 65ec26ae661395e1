"""Decides and plans one payload from stated facts, by the function's own code and without AWS."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from cli.errors import Unusable
from cli.facts import StatedFacts
from cli.observed import example_for
from cli.planning import StateUnreadable, plan_from
from runtime.domain.access import Access
from runtime.domain.case import Decision, LiveResourceNeeded, Wait
from runtime.domain.decision import decide
from runtime.domain.document import to_json
from runtime.domain.facts import Facts, LiveResource, NotRead, ResourceMissing, Waivers
from runtime.domain.finding import Dismissed, Finding
from runtime.domain.fix import PermissionUse, permission_uses
from runtime.domain.moment import Obstacle
from runtime.domain.plan import canonical_json
from runtime.domain.policy import Policy
from runtime.fixes.catalog import FIX_BY_ID
from runtime.intake import Intake, parse_message


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What would become of a payload, and what it was judged by. ``now`` is in UTC.

    ``permissions`` are those to read the live resource with, where it would be read, and those that carrying out the
    plan would use, where there is one.
    """

    intake: Intake
    policy_version: str
    now: datetime
    result: Dismissed | Decision | Wait | LiveResourceNeeded
    assumptions: tuple[str, ...] = ()
    permissions: tuple[PermissionUse, ...] = ()

    @property
    def decision(self) -> Decision | None:
        """What was decided, also if it would have to wait; ``None`` if nothing was."""
        match self.result:
            case Wait(decision=decision):
                return decision
            case Decision() as decision:
                return decision
            case _:
                return None

    @property
    def needed(self) -> LiveResourceNeeded | None:
        """The resource that the decision depends on, where the facts do not describe it."""
        return self.result if isinstance(self.result, LiveResourceNeeded) else None

    @property
    def obstacle(self) -> Obstacle | None:
        """What the change would have to wait for."""
        return self.result.obstacle if isinstance(self.result, Wait) else None


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
                account=stated.account.registered_for(finding) if stated.account else None,
                waivers=Waivers(registered=stated.waivers),
                dry_run=stated.dry_run,
            )
            first = decide(finding, facts, policy, now)
            simulation = Simulation(
                intake=intake, policy_version=policy.version, now=now, result=first, assumptions=stated.assumptions
            )
            if not isinstance(first, LiveResourceNeeded):
                return simulation
            facts = replace(facts, live=_live(first, stated, now), guardrails=stated.guardrails)
            simulation = replace(simulation, result=decide(finding, facts, policy, now))
            return replace(simulation, permissions=_permissions(first, simulation.decision))


def simulation_to_json(simulation: Simulation) -> dict[str, Any]:
    """The simulation as JSON values: always the same keys, whatever came of it."""
    finding, result = simulation.intake.result, simulation.result
    decision, needed, obstacle = simulation.decision, simulation.needed, simulation.obstacle
    ended = result if isinstance(result, Dismissed) else decision
    established = decision or needed
    entry = established.entry if established else None
    plan = decision.plan if decision else None
    template = decision.template if decision else None
    return {
        "outcome": ended.outcome.value if ended else None,
        "reason": ended.reason.value if ended else None,
        "sentence": sentence_of(simulation),
        "waits_for": _obstacle_to_json(obstacle) if obstacle else None,
        "checks": [asdict(check) for check in established.checks] if established else [],
        "resource": asdict(established.resource) if established and established.resource else None,
        "entry_id": entry.id if entry else "",
        "fix_id": entry.fix.id if entry else "",
        "environment": decision.environment if decision else "",
        "owner": decision.owner if decision else "",
        "owner_path": list(decision.owner_path) if decision else [],
        "waiver_id": decision.waiver_id if decision else "",
        "template": asdict(template) if template else None,
        "plan": to_json(plan) if plan else None,
        "plan_digest": plan.digest if plan else "",
        "hazard": entry.fix.spec.hazard if entry else "",
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
        case Dismissed(sentence=sentence) | Decision(sentence=sentence) | Wait(decision=Decision(sentence=sentence)):
            return sentence
        case LiveResourceNeeded() as needed:
            return (
                f"Every check without it passed: {needed.resource.arn} would be read now, as "
                f'{needed.entry.fix.id} sees it. State it in the facts as `tags` and `observed`, or `"exists": false`.'
            )


def _obstacle_to_json(obstacle: Obstacle) -> dict[str, Any]:
    return {
        "reason": obstacle.reason.value,
        "sentence": obstacle.sentence,
        "until": obstacle.until.isoformat() if obstacle.until else None,
    }


def _live(needed: LiveResourceNeeded, stated: StatedFacts, now: datetime) -> LiveResource | ResourceMissing | NotRead:
    if not stated.exists:
        return ResourceMissing(sentence=f"{needed.resource.arn} does not exist, according to the facts.")
    if stated.observed is None:
        return NotRead()
    try:
        planned = plan_from(needed, stated.observed, now, FIX_BY_ID)
    except StateUnreadable as error:
        example = canonical_json(example_for(error.fix_id, needed.resource))
        raise Unusable(f"$.observed: {error}. One that it can read: {example}") from error
    return LiveResource(tags=stated.tags, observed=stated.observed, planned=planned)


def _permissions(needed: LiveResourceNeeded, decision: Decision | None) -> tuple[PermissionUse, ...]:
    resource, spec = needed.resource, needed.entry.fix.spec
    reads = permission_uses(Access.READ, (*spec.reads, *FIX_BY_ID[spec.id].type_of(resource).tag_permissions), resource)
    if decision is None or decision.plan is None:
        return reads
    return (*reads, *permission_uses(Access.WRITE, spec.writes, resource))

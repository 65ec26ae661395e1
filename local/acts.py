"""The acts of the demonstration: what people do about findings, step by step, and what comes of it.

The end-to-end tests play them too. A person's steps are the ``suture`` command, run with that person's own rights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from local.people import Person
from local.player import Player, look
from local.scenes import Scene, Stage, State, in_days
from runtime.domain.audit import AuditEvent
from runtime.domain.followup import Approved, run_id
from runtime.domain.outcome import Outcome, Reason


class ActFailed(Exception):
    """Something in an act did not go as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What somebody did, and what came of it."""

    who: str
    did: str
    came: str


@dataclass(kw_only=True)
class Act:
    """One act as it was played. ``states`` are what the customer saw of the resource after each step."""

    key: str
    title: str
    scene: Scene
    before: State = field(init=False)
    steps: list[Step] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)
    """The terminal events of its runs, in order."""

    def __post_init__(self) -> None:
        self.before = look(self.scene)

    def note(self, who: str, did: str, came: str) -> None:
        self.steps.append(Step(who=who, did=did, came=came))
        self.states.append(look(self.scene))

    def ended(self, event: AuditEvent | None, outcome: Outcome, reason: Reason) -> AuditEvent:
        """The event, which must have ended so. Raises ``ActFailed``."""
        found = (event.outcome, event.reason) if event else None
        if event is None or found != (outcome, reason):
            raise ActFailed(f"{self.title}: expected {outcome} {reason}, found {found}: {event and event.sentence}")
        self.events.append(event)
        return event

    def must(self, holds: bool, otherwise: str) -> None:
        """Raises ``ActFailed`` unless it holds."""
        if not holds:
            raise ActFailed(f"{self.title}: {otherwise}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Troupe:
    """Plays the acts, on one deployment, with these people."""

    stage: Stage
    player: Player
    operator: Person
    approvers: tuple[Person, Person]

    def acts(self) -> Iterator[Act]:
        """Every act, played when it is asked for."""
        for play in (self.approval, self.exception, self.stop, self.undo):
            yield play()

    def approval(self) -> Act:
        """In restricted production two different people approve the exact plan, and it is carried out once."""
        act = Act(key="approval", title="a plan that two people approve", scene=self.stage.restricted_production())
        review = self._find(act, Outcome.APPROVE, Reason.RESTRICTED_PRODUCTION)
        first, second = self.approvers
        approve = ("approve", review.correlation_id, "--reason", "agreed", "--yes")
        act.note(first.name, "suture approve", self._command(first, *approve))
        act.must(act.states[-1] == act.before, "one approval was enough")
        self._command(first, *approve, exit_code=1)
        act.note(first.name, "suture approve, again", "refused: the second approval must be somebody else's")
        act.note(second.name, "suture approve", self._command(second, *approve))
        run = run_id(Approved(review_id=review.correlation_id))
        applied = self._await(act, run, Outcome.APPROVED, Reason.PLAN_APPROVED)
        act.note("the platform", f"run {run}", applied.sentence)
        act.must(act.states[-1] != act.before, "the approved plan was not carried out")
        self._command(second, *approve, exit_code=1)
        act.note(second.name, "suture approve, again", "refused: it is over")
        return act

    def exception(self) -> Act:
        """One person asks for an exception, another approves it, and the finding is skipped until it is revoked."""
        scene = self.stage.public_bucket()
        act = Act(key="exception", title="an exception for a bucket that has to be public", scene=scene)
        exception = f"EX-{scene.resource_arn.rpartition(':')[2]}"
        added = self._command(
            self.operator,
            *("exceptions", "add", "--id", exception, "--resource", scene.resource_arn),
            *("--account", self.stage.account_id, "--reason", "Serves the download page.", "--ticket", "SEC-1234"),
            *("--expires", in_days(30)),
        )
        act.note(self.operator.name, f"suture exceptions add --id {exception}", added)
        granted = self._command(self.approvers[0], "exceptions", "approve", exception, "--reason", "agreed")
        act.note(self.approvers[0].name, f"suture exceptions approve {exception}", granted)
        self._find(act, Outcome.SKIP, Reason.EXCEPTION_APPROVED)
        revoked = self._command(
            self.operator, "exceptions", "revoke", exception, "--reason", "It has moved behind CloudFront.", "--yes"
        )
        act.note(self.operator.name, f"suture exceptions revoke {exception}", revoked)
        self._find(act, Outcome.REMEDIATE, Reason.ELIGIBLE)
        return act

    def stop(self) -> Act:
        """A stop holds findings that are under way; they go on in order when it ends."""
        act = Act(key="stop", title="changes are stopped, and go on", scene=self.stage.open_security_group())
        stopped = self.operator.suture_json(
            "stop", "--account", self.stage.account_id, "--reason", "An incident is being looked into."
        )
        act.note(self.operator.name, f"suture stop --account {self.stage.account_id}", stopped["sentence"])
        correlation_id = self.player.publish(act.scene.body)
        held = self.player.await_held(correlation_id)
        act.note("Wiz", "publishes a finding", f"held: {held.sentence}")
        act.must(act.states[-1] == act.before, "it was changed through the stop")
        status = self.operator.suture_json("status")
        act.must(correlation_id in str(status["held"]), "it is not listed as held")
        act.note(self.operator.name, "suture status", f"{len(status['held'])} held")
        resumed = self._command(self.operator, "resume", stopped["stop_id"], "--reason", "It is over.", "--yes")
        act.note(self.operator.name, f"suture resume {stopped['stop_id']}", resumed)
        applied = self._await(act, correlation_id, Outcome.REMEDIATE, Reason.ELIGIBLE)
        act.note("the platform", f"run {correlation_id}", applied.sentence)
        act.must(act.states[-1] != act.before, "it did not go on")
        return act

    def undo(self) -> Act:
        """A change is taken back, and not made again until somebody clears it."""
        act = Act(key="undo", title="a change that is taken back", scene=self.stage.public_bucket())
        fixed = self._find(act, Outcome.REMEDIATE, Reason.ELIGIBLE)
        undo = ("undo", fixed.correlation_id, "--reason", "It broke the website.")
        act.note(self.operator.name, "suture undo --dry-run", self._command(self.operator, *undo, "--dry-run"))
        act.note(self.operator.name, "suture undo --yes", self._command(self.operator, *undo, "--yes"))
        act.must(act.states[-1] == act.before, "it is not as it was")
        self._find(act, Outcome.NOTIFY, Reason.UNDONE_BEFORE)
        cleared = self._command(
            self.operator, "clear", fixed.correlation_id, "--reason", "The website has moved.", "--yes"
        )
        act.note(self.operator.name, "suture clear", cleared)
        self._find(act, Outcome.REMEDIATE, Reason.ELIGIBLE)
        return act

    # -- the parts ---------------------------------------------------------------------------------------------------

    def _find(self, act: Act, outcome: Outcome, reason: Reason) -> AuditEvent:
        """Wiz publishes the act's finding, and it ends so."""
        event = self._await(act, self.player.publish(act.scene.body), outcome, reason)
        act.note("Wiz", "publishes the finding", f"{event.outcome} {event.reason}: {event.sentence}")
        return event

    def _await(self, act: Act, run: str, outcome: Outcome, reason: Reason) -> AuditEvent:
        return act.ended(self.player.await_outcome(run).outcome, outcome, reason)

    def _command(self, who: Person, *arguments: str, exit_code: int = 0) -> str:
        """Somebody runs a command. Returns what it came to, as a sentence."""
        said = who.suture_json(*arguments, exit_code=exit_code) if exit_code == 0 else None
        if said is None:
            who.suture(*arguments, exit_code=exit_code)
            return ""
        return str(said["sentence"])

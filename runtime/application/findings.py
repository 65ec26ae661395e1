"""The life of a finding, from the message to its one terminal audit event. Read it from top to bottom.

A temporary failure raises, and the message returns to its queue: the record has the progress of the run, and every step
is idempotent. A permanent failure becomes the outcome ``FAILED``. A change that must wait is held, and resumed by a
separate message.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runtime.application.change import Change, Decided
from runtime.application.journal import Journal
from runtime.application.knowledge import Knowledge, Subject, read_knowledge
from runtime.application.ports import ConditionFailed, Message, PolicySource, Store
from runtime.application.reviews import Reviews
from runtime.application.verification import MADE, Verification
from runtime.application.work import Workshop
from runtime.domain.audit import AuditEvent, History
from runtime.domain.case import Decision, LiveResourceNeeded, Wait
from runtime.domain.decision import decide
from runtime.domain.errors import MessageInvalid, SutureError
from runtime.domain.facts import Account, Approval, Facts, LiveResource, PlatformAccount
from runtime.domain.finding import Dismissed, Finding
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan
from runtime.domain.policy import Policy
from runtime.domain.stages import Considered, Run, Written, failed
from runtime.intake import parse_message
from runtime.items.accounts import account_from_item, account_key
from runtime.items.trail import run_partition


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The use case, over what it needs."""

    store: Store
    journal: Journal
    policy: PolicySource
    workshop: Workshop
    change: Change
    reviews: Reviews
    verification: Verification
    runs_in: PlatformAccount
    topic_arn: str
    """The topic that only Wiz publishes to."""

    def handle(self, message: Message) -> None:
        """A message from the findings queue: decide it, carry out the decision, record and notify.

        Raises a ``SutureError`` if the message should be retried.
        """
        policy = self.policy.current()
        intake = parse_message(message.body)
        run_id = intake.correlation_id or message.id
        self.journal.telemetry.follow(run_id)
        run = self.journal.run(run_id, policy.version, payload_sha256=intake.sha256)
        match intake.result:
            case Dismissed() as dismissed:
                self._end_at_once(run.turned_away(dismissed))
            case Finding() as finding:
                # A role's session that sends into the queue has a name; SNS has none, nor has SQS that moves messages.
                # What invokes the function itself, in SQS's name, is found out before anything is written.
                through_topic = intake.topic_arn == self.topic_arn and ":" not in message.sender_id
                facts = Facts(account=None, platform=self.runs_in, through_topic=through_topic)
                self._decide(finding, facts, policy, run, message, None)

    def decide_again(
        self,
        source: AuditEvent,
        run: Run,
        message: Message,
        history: History,
        *,
        approval: Approval | None = None,
        dry_run: bool = False,
    ) -> None:
        """Decide a recorded finding again, on all current facts, and carry out the decision.

        ``source`` is the event that holds the finding. With people's ``approval`` their plan is carried out, if it is
        still the plan. Raises as ``handle`` does.
        """
        finding = source.evidence.finding
        if finding is None:
            raise MessageInvalid(f"nothing recorded for {source.correlation_id} is a finding")
        policy = self.policy.current()
        run = replace(run, policy_version=policy.version, payload_sha256=source.evidence.payload_sha256)
        facts = Facts(
            account=None,
            approval=approval,
            dry_run=dry_run,
            platform=self.runs_in,
            through_topic=source.evidence.through_topic,
        )
        self._decide(finding, facts, policy, run, message, history)

    def resume(self, history: History) -> History | None:
        """Continue where an earlier delivery of the same run ended. ``None`` if nothing is left to do.

        Raises as ``handle`` does.
        """
        if history.outcome is not None:
            self.journal.tell(history.outcome)
        elif (intent := history.open_intent) is not None:
            return self.verification.settle(intent, history)
        elif history.pending is not None:
            self.verification.look(history)
        else:
            return history
        return None

    # -- deciding ---------------------------------------------------------------------------------------------------

    def _decide(
        self, finding: Finding, facts: Facts, policy: Policy, run: Run, message: Message, history: History | None
    ) -> None:
        """Decide a finding, with a read of the resource if the decision depends on it. ``history`` is ``None`` if not
        yet read."""
        prospect = _prospect(finding, facts, policy, run)
        if not isinstance(prospect, LiveResourceNeeded):
            early = self._decided_early(prospect, finding, facts, policy, run)
            if history is None:
                self._end_at_once(early.event)
            else:
                self.journal.record(history, early.event)
            return
        subject = Subject(
            account_id=finding.account_id, resource_arn=prospect.resource.arn, fix_id=prospect.entry.fix.id
        )
        mine = run_partition(run.id)
        known = read_knowledge(self.store, subject, (mine,) if history is None else ())
        if history is None:
            history = self.resume(self.journal.history(run.id, known.stored))
            if history is None or self.waits(history):
                return
        facts = replace(facts, account=known.account, waivers=known.exceptions)
        decision = decide(finding, facts, policy, run.at)
        considered = Considered(run=run, finding=finding, facts=facts, decision=decision)
        if isinstance(considered.decision, LiveResourceNeeded):
            self._look_and_decide(considered, considered.decision, policy, known, message, history)
        else:
            self.journal.record(history, considered.event)

    def _decided_early(
        self, prospect: Decision, finding: Finding, facts: Facts, policy: Policy, run: Run
    ) -> Considered:
        """End a finding that is decided by its payload, and at most its account."""
        if any(check.name == "account-onboarded" for check in prospect.checks):
            key = account_key(finding.account_id)
            facts = replace(facts, account=account_from_item(key, self.store.read([key]).item(key)))
            return Considered(run=run, finding=finding, facts=facts, decision=decide(finding, facts, policy, run.at))
        return Considered(run=run, finding=finding, facts=facts, decision=prospect)

    def _end_at_once(self, event: AuditEvent) -> None:
        """End a run without a record, without a read first: if there is a record, the put fails."""
        try:
            self.journal.record(History(), event)
        except ConditionFailed:
            history = self.resume(self.journal.read(event.correlation_id))
            if history is not None and not self.waits(history):
                self.journal.record(history, event)

    def waits(self, history: History) -> bool:
        """Whether the run is held: a message of another kind resumes it. Its event is sent again, in case it was not
        sent."""
        if history.waiting is None:
            return False
        self.journal.tell(history.waiting)
        return True

    def _look_and_decide(
        self,
        considered: Considered,
        needed: LiveResourceNeeded,
        policy: Policy,
        known: Knowledge,
        message: Message,
        history: History,
    ) -> None:
        run, finding = considered.run, considered.finding
        work = self.workshop.prepare(needed, finding.issue_id, run)
        try:
            live = work.read_live()
        except SutureError as error:
            if error.retryable:
                raise
            event = replace(considered, sessions=work.sessions).event
            self.journal.record(history, failed(event, error.reason, str(error)))
            return
        facts = replace(considered.facts, live=live, guardrails=known.guardrails(run.at, history.counted))
        decision = decide(finding, facts, policy, run.at)
        considered = replace(considered, facts=facts, decision=decision, sessions=work.sessions)
        match decision:
            case Wait():
                self.journal.record(history, considered.held(history, self.journal.now()))
            case Decision(outcome=Outcome.REMEDIATE | Outcome.APPROVED, plan=Plan() as plan):
                self.change.carry_out(
                    Decided(
                        considered=considered,
                        decision=decision,
                        plan=plan,
                        policy=policy,
                        known=known,
                        work=work,
                        message=message,
                    ),
                    history,
                )
            case Decision(outcome=Outcome.APPROVE, plan=Plan() as plan):
                considered = replace(considered, permissions=work.permissions)
                self.reviews.ask(considered, plan, policy, known, history)
            case Decision(reason=Reason.ALREADY_COMPLIANT) if history.doubtful and isinstance(live, LiveResource):
                written = Written(intent=history.doubtful, after=live.observed, answers=(), sessions=work.sessions)
                self.verification.conclude(written, history, made=True, known=known, sentence=MADE)
            case Decision():
                permissions = () if decision.plan is None else work.permissions
                self.journal.record(history, replace(considered, permissions=permissions).event)
            case _:
                raise AssertionError("with the live resource and the guardrails there is always a decision")


def _prospect(finding: Finding, facts: Facts, policy: Policy, run: Run) -> Decision | LiveResourceNeeded:
    """The decision of a finding without a read: as if its account were onboarded, and no other fact known."""
    assumed = Account(id=finding.account_id, name="", environment="", owner="", external_id="")
    decision = decide(finding, replace(facts, account=assumed), policy, run.at)
    assert not isinstance(decision, Wait), "nothing is waited for before the resource was read"
    return decision

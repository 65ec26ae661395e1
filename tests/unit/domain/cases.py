"""One case that ends in ``REMEDIATE``, and the ways to make it another one.

``Case`` holds the four arguments of ``decide``; each method gives a case that differs in one thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.case import Check, Decision, LiveResourceNeeded, Wait
from runtime.domain.change_windows import DAYS, Calendar, ChangeWindow, Freeze
from runtime.domain.decision import decide
from runtime.domain.facts import (
    Account,
    Approval,
    Facts,
    LiveResource,
    NotRead,
    PlatformAccount,
    ResourceMissing,
    Vote,
    Waiver,
    Waivers,
    WaiverStatus,
)
from runtime.domain.finding import Control, Finding
from runtime.domain.fix import Disruption, FixSpec, OptionSpec, Permission, Stage
from runtime.domain.fix_summary import by_name, summarize
from runtime.domain.guardrails import Guardrails, Past, PastKind, Stop, StopScope, UsageScope
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Busy, Change, Compliant, Elsewhere, Plan, Planned, Refused
from runtime.domain.policy import (
    AccountPolicy,
    CatalogEntry,
    DriftPolicy,
    EnvironmentPolicy,
    EnvironmentTags,
    ExceptionPolicy,
    Mode,
    OutsideWindow,
    OwnerPolicy,
    OwnerSource,
    Policy,
    TemplateMode,
    fold_name,
)
from runtime.domain.principal import Principal
from runtime.domain.template import TagMark, TemplateTool
from runtime.fixes.catalog import TYPES

ACCOUNT_ID = "222222222222"
OTHER_ACCOUNT_ID = "333333333333"
REGION = "eu-west-1"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BUCKET_ARN = "arn:aws:s3:::ledger"
INSTANCE_ARN = f"arn:aws:rds:{REGION}:{ACCOUNT_ID}:db:ledger"
SNAPSHOT_ARN = f"arn:aws:ec2:{REGION}::snapshot/snap-0123456789abcdef0"
RULE = "S3-001"
CONTROL = "wc-id-613"
CONTROL_NAME = "Bucket is public"

FIX = FixSpec(
    id="fake-fix",
    title="Close the thing",
    resource_types=("AWS::S3::Bucket", "AWS::RDS::DBInstance", "AWS::EC2::Snapshot"),
    reads=(Permission(action="s3:GetBucketPolicy", operation="s3:GetBucketPolicy"),),
    writes=(Permission(action="s3:PutBucketPolicy", operation="s3:PutBucketPolicy"),),
    reversible=True,
    stage=Stage.STABLE,
    disruption=Disruption.NONE,
    hazard="Something may break.",
    undo_hazard="Opens the thing again.",
    template_properties={tool: f"set Closed to true in {tool}" for tool in TemplateTool},
    options={"ports": OptionSpec(schema={"type": "array"}, default=[22], description="Which ports.")},
)
OTHER_FIX = replace(FIX, id="other-fix", title="Close another thing")
FIXES = by_name(map(summarize, (FIX, OTHER_FIX)))

FINDING = Finding(
    issue_id="5e1c0ffe-0000-4000-8000-000000000001",
    status="OPEN",
    severity="CRITICAL",
    created_at="2026-11-23T11:00:00Z",
    projects=("payments",),
    control=Control(id=CONTROL, name=CONTROL_NAME, rule_id=RULE, rule_name="S3 bucket is public"),
    resource_id=BUCKET_ARN,
    resource_name="ledger",
    native_type="s3#bucket",
    account_id=ACCOUNT_ID,
    region=REGION,
    trigger="Created",
    rule_name="suture",
)
ACCOUNT = Account(
    id=ACCOUNT_ID, name="payments-dev", environment="dev", owner="payments@example.com", external_id="an-external-id"
)
PLATFORM = PlatformAccount(account_id="111111111111", partition="aws")
WAIVER = Waiver(
    id="W-1",
    status=WaiverStatus.APPROVED,
    control="",
    account_id="",
    resource="",
    environment="",
    reason="migration until spring",
    ticket="SEC-7",
    requested_by="dev@example.com",
    approved_by="ciso@example.com",
    requested_at=NOW - timedelta(days=1),
    expires_at=NOW + timedelta(days=1),
)
PLAN = Plan(
    fix_id=FIX.id,
    resource_arn=BUCKET_ARN,
    summary="Close it.",
    before={"open": True},
    changes=(Change(service="s3", operation="PutBucketPolicy", parameters={"Bucket": "ledger"}),),
    undo=(Change(service="s3", operation="DeleteBucketPolicy", parameters={"Bucket": "ledger"}),),
    blast_radius={"principals": 2, "instances": ["i-1", "i-2"], "public": True},
)
ALICE, BOB = (
    Principal(arn=f"arn:aws:sts::111111111111:assumed-role/suture-approver/{name}", user_id=f"AROAAPPROVER:{name}")
    for name in ("alice", "bob")
)
APPROVAL = Approval(
    review_id="r-1",
    plan=PLAN,
    votes=(Vote(principal=ALICE, reason="agreed in the meeting", at=NOW - timedelta(minutes=5)),),
    expires_at=NOW + timedelta(hours=1),
)
STOP = Stop(id="s-1", scope=StopScope.EVERYTHING, value="", reason="something is odd", stopped_by=BOB.arn, at=NOW)
UNDONE = Past(
    kind=PastKind.UNDONE,
    fix_id=FIX.id,
    correlation_id="c-undone",
    at=NOW - timedelta(days=30),
    by=ALICE.arn,
    reason="the website went down",
)
DENIED = Past(
    kind=PastKind.DENIED,
    fix_id=FIX.id,
    correlation_id="r-denied",
    at=NOW - timedelta(days=60),
    by=BOB.arn,
    reason="it serves the download page",
    digest=PLAN.digest,
)
APPLIED = Past(kind=PastKind.APPLIED, fix_id=FIX.id, correlation_id="c-applied", at=NOW - timedelta(days=1))
NIGHTS = Calendar(windows=(ChangeWindow(days=DAYS, opens=time(22), closes=time(4)),))
"""Closed at ``NOW``, which is a Monday's noon."""
FREEZE = Freeze(begins=datetime(2026, 11, 20), ends=datetime(2026, 12, 1), reason="end of the year")  # noqa: DTZ001
COMPLIANT = Compliant(sentence="It is closed already.")
REFUSED = Refused(sentence="It hosts a website.")
ELSEWHERE = Elsewhere(sentence="It is a copy of another.")
BUSY = Busy(sentence="It is backing-up.")
MISSING = ResourceMissing(sentence="There is no such bucket.")
ENTRY = CatalogEntry(
    id="close-buckets",
    fix=summarize(FIX),
    rules=frozenset({RULE.casefold()}),
    controls=frozenset({CONTROL}),
    control_names=frozenset({fold_name(CONTROL_NAME)}),
    resource_types=FIX.resource_types,
    severities=frozenset({"HIGH", "CRITICAL"}),
    accounts=frozenset(),
    environments={
        "dev": Mode.REMEDIATE,
        "production": Mode.REMEDIATE,
        "restricted-production": Mode.REMEDIATE,
    },
    options={},
    max_blast_radius={},
)
POLICY = Policy(
    version="policy-1",
    severity_floor="HIGH",
    owner=OwnerPolicy(
        lookup=(OwnerSource.RESOURCE_TAG, OwnerSource.ACCOUNT, OwnerSource.PROJECT),
        tag_keys=("owner", "team"),
        projects={"payments": "payments-project@example.com", "ledger": "ledger-project@example.com"},
    ),
    environment_tags=EnvironmentTags(tag_keys=("environment", "env"), aliases={"prod": "production"}),
    suppression_tag="suture:suppress",
    exceptions=ExceptionPolicy(max_days=180, warn_days=14),
    approval_hours=72,
    writes_per_hour={UsageScope.EVERYTHING: 10, UsageScope.ACCOUNT: 5, UsageScope.FIX: 3},
    drift=DriftPolicy(times=3, days=7),
    template_marks={
        TemplateTool.CDK: (TagMark(key="managed-by", value="cdk"),),
        TemplateTool.TERRAFORM: (TagMark(key="terraform", value=None),),
    },
    environments={
        name: EnvironmentPolicy(
            name=name,
            mode=Mode.REMEDIATE,
            allowed_actions={FIX.id: "all"},
            suppression_tags=name == "dev",
            approvers=1,
            undo_approvers=0,
            undo_days=30,
            template_owned=TemplateMode.FIX,
            outside_window=OutsideWindow.WAIT,
            calendar=Calendar(),
            remind_hours=(72, 24),
        )
        for name in ("dev", "staging", "production", "restricted-production")
    },
    accounts={},
    catalog=(ENTRY,),
    types=TYPES,
)

EVENT = AuditEvent(
    correlation_id="c-1",
    kind=EventKind.OUTCOME,
    at=NOW,
    outcome=Outcome.FAILED,
    reason=Reason.INTERNAL_ERROR,
    sentence="",
    actor="suture-test",
    code_version="1",
    catalog_version="2",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The arguments of ``decide``. As it stands, it is decided as ``REMEDIATE``."""

    finding: Finding = FINDING
    account: Account | None = ACCOUNT
    waivers: tuple[Waiver, ...] = ()
    live: LiveResource | ResourceMissing | NotRead = field(
        default_factory=lambda: LiveResource(tags={}, observed=PLAN.before, planned=PLAN)
    )
    guardrails: Guardrails | NotRead = field(default_factory=lambda: Guardrails(usage=dict.fromkeys(UsageScope, 0)))
    approval: Approval | None = None
    dry_run: bool = False
    platform: PlatformAccount | None = PLATFORM
    through_topic: bool = True
    policy: Policy = POLICY
    now: datetime = NOW

    @property
    def facts(self) -> Facts:
        return Facts(
            account=self.account,
            waivers=Waivers(registered=self.waivers),
            live=self.live,
            guardrails=self.guardrails,
            approval=self.approval,
            dry_run=self.dry_run,
            platform=self.platform,
            through_topic=self.through_topic,
        )

    def decide(self) -> Decision | Wait | LiveResourceNeeded:
        return decide(self.finding, self.facts, self.policy, self.now)

    def decided(self) -> Decision:
        decision = self.decide()
        assert isinstance(decision, Decision), decision
        return decision

    def waiting(self) -> Wait:
        wait = self.decide()
        assert isinstance(wait, Wait), wait
        return wait

    def settled(self) -> Decision:
        """What is decided, whether or not it has to wait."""
        found = self.decide()
        return found.decision if isinstance(found, Wait) else self.decided()

    def unread(self) -> Case:
        return replace(self, live=NotRead(), guardrails=NotRead())

    def with_finding(self, **fields: Any) -> Case:
        return replace(self, finding=replace(self.finding, **fields))

    def with_control(self, **fields: Any) -> Case:
        return self.with_finding(control=replace(self.finding.control, **fields))

    def with_account(self, **fields: Any) -> Case:
        assert self.account is not None
        return replace(self, account=replace(self.account, **fields))

    def with_waiver(self, **fields: Any) -> Case:
        return replace(self, waivers=(*self.waivers, replace(WAIVER, **fields)))

    def with_tags(self, **tags: str) -> Case:
        assert isinstance(self.live, LiveResource)
        return replace(self, live=replace(self.live, tags={**self.live.tags, **tags}))

    def with_suppression_tag(self, value: str) -> Case:
        return self.with_tags(**{self.policy.suppression_tag: value})

    def with_planned(self, planned: Planned) -> Case:
        assert isinstance(self.live, LiveResource)
        return replace(self, live=replace(self.live, planned=planned))

    def with_policy(self, **fields: Any) -> Case:
        return replace(self, policy=replace(self.policy, **fields))

    def with_owner_policy(self, **fields: Any) -> Case:
        return self.with_policy(owner=replace(self.policy.owner, **fields))

    def with_entry(self, **fields: Any) -> Case:
        return self.with_policy(catalog=(replace(self.policy.catalog[0], **fields), *self.policy.catalog[1:]))

    def with_environment(self, name: str, **fields: Any) -> Case:
        """The policy of the environment ``name`` changed."""
        changed = replace(self.policy.environments[name], **fields)
        return self.with_policy(environments={**self.policy.environments, name: changed})

    def with_account_policy(self, **fields: Any) -> Case:
        """What the policy says of the account."""
        return self.with_policy(accounts={ACCOUNT_ID: AccountPolicy(**fields)})

    def with_guardrails(self, **fields: Any) -> Case:
        assert isinstance(self.guardrails, Guardrails)
        return replace(self, guardrails=replace(self.guardrails, **fields))

    def with_past(self, *past: Past) -> Case:
        return self.with_guardrails(past=past)

    def with_approval(self, **fields: Any) -> Case:
        return replace(self, approval=replace(APPROVAL, **fields))

    def without_owner(self) -> Case:
        return self.with_account(owner="").with_finding(projects=())


def failing(decision: Decision) -> Check:
    """The check that ended the decision."""
    check = decision.checks[-1]
    assert not check.passed, check
    return check


def ended(
    case: Case, outcome: Outcome, reason: Reason, *, check: str, expected: str, found: str, said: tuple[str, ...]
) -> None:
    """The case ends so. ``expected`` and ``found`` are those of the check that ended it; ``said`` is what it says."""
    decision = case.decided()
    assert (decision.outcome, decision.reason) == (outcome, reason), decision
    last = failing(decision)
    assert (last.name, last.expected, last.found) == (check, expected, found)
    for words in said:
        assert words in decision.sentence, decision.sentence


def passed(case: Case, check: str) -> str:
    """What the named check found when it passed."""
    return next(made.found for made in case.decided().checks if made.name == check and made.passed)

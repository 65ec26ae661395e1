"""The use cases, put together over the ports."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.application.change import Change
from runtime.application.commands import Commands
from runtime.application.exceptions import Exceptions
from runtime.application.findings import Findings
from runtime.application.journal import Journal
from runtime.application.ports import Accounts, Choose, Clock, Mail, PolicySource, Store, Telemetry, Together
from runtime.application.requests import Requests
from runtime.application.resume import Resume
from runtime.application.reviews import Reviews
from runtime.application.roles import Roles
from runtime.application.runs import Runs
from runtime.application.stops import Stops
from runtime.application.undo import Undo
from runtime.application.verification import Verification
from runtime.application.work import Workshop
from runtime.domain.facts import PlatformAccount
from runtime.domain.people import People
from runtime.fixes.catalog import FIX_BY_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """The handlers of each queue's messages."""

    findings: Findings
    runs: Runs
    commands: Commands


def assemble(
    *,
    store: Store,
    accounts: Accounts,
    mail: Mail,
    policy: PolicySource,
    telemetry: Telemetry,
    now: Clock,
    together: Together,
    choose: Choose,
    runs_in: PlatformAccount,
    topic_arn: str,
    people: People,
    environment: str,
    code_version: str,
    verify_seconds: int,
) -> UseCases:
    """Give each use case its ports.

    ``choose`` picks one of several equal items; ``topic_arn`` is the topic that only Wiz publishes to, and
    ``verify_seconds`` the delay before the first verification of a slow change.
    """
    journal = Journal(
        store=store,
        mail=mail,
        telemetry=telemetry,
        now=now,
        policy=policy,
        environment=environment,
        code_version=code_version,
    )
    workshop = Workshop(accounts=accounts, together=together, fixes=FIX_BY_ID)
    verification = Verification(
        store=store, journal=journal, mail=mail, workshop=workshop, verify_seconds=verify_seconds
    )
    change = Change(
        store=store,
        journal=journal,
        mail=mail,
        policy=policy,
        verification=verification,
        together=together,
        choose=choose,
    )
    reviews = Reviews(store=store, journal=journal)
    findings = Findings(
        store=store,
        journal=journal,
        policy=policy,
        workshop=workshop,
        change=change,
        reviews=reviews,
        verification=verification,
        runs_in=runs_in,
        topic_arn=topic_arn,
    )
    undo = Undo(store=store, journal=journal, mail=mail, policy=policy, verification=verification, together=together)
    resume = Resume(journal=journal, together=together, choose=choose)
    return UseCases(
        findings=findings,
        runs=Runs(journal=journal, findings=findings, undo=undo, verification=verification, resume=resume),
        commands=Commands(
            journal=journal,
            mail=mail,
            policy=policy,
            reviews=reviews,
            requests=Requests(store=store, journal=journal),
            exceptions=Exceptions(store=store),
            stops=Stops(store=store),
            resume=resume,
            people=people,
            roles=Roles(store=store, accounts=accounts, together=together, partition=runs_in.partition),
        ),
    )

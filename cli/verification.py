"""What Suture could do in an account: what STS answered for each role, and what IAM says that each fix may do.

The first is on record, by the platform's execution role, which alone may assume the roles. The second is asked through
the account's role for that: ``cli.role_reader``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from customer_role.grants import Pack
from customer_role.verification import TEMPLATE_TAG, template_version
from runtime.domain.access import RoleCheck
from runtime.domain.facts import Account


class RoleState(StrEnum):
    ASSUMED = "assumed"
    NOT_DEPLOYED = "not-deployed"
    REFUSED = "refused"
    """The role exists, and the platform cannot assume it."""
    UNKNOWN = "unknown"
    """The platform cannot assume the role, and it is unknown whether it exists."""


class TemplateState(StrEnum):
    CURRENT = "current"
    OTHER = "other"
    """Created from another version of the template than this checkout's."""
    UNKNOWN = "unknown"


class FixState(StrEnum):
    COULD_RUN = "could-run"
    OFF = "off"
    """Nothing is allowed, and nothing denies it: it is disabled."""
    DENIED = "denied"
    """A required permission is denied or missing."""
    UNKNOWN = "unknown"


class DeniedBy(StrEnum):
    """What keeps a fix from running, as a sentence names it."""

    ORGANIZATION = "a service control policy"
    BOUNDARY = "the role's permissions boundary"
    POLICY = "a policy of the role"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixReport:
    """``denied`` are the actions that are, ``by`` what denies them."""

    fix_id: str
    state: FixState
    denied: tuple[str, ...] = ()
    by: DeniedBy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A role as IAM shows it. ``role`` is ``None`` if there is none."""

    role: Mapping[str, Any] | None
    fixes: tuple[FixReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackReport:
    """``answer`` is what STS said if it refused, ``trust_differs`` in what the role's trust policy is not ours."""

    service: str
    role: RoleState
    answer: str
    wrong_external_id_refused: bool | None
    template: TemplateState
    deployed_version: str
    version: str
    trust_differs: tuple[str, ...]
    fixes: tuple[FixReport, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, in sentences. That a pack is not deployed, or a fix is switched off, is its owner's choice."""
        return tuple(self._problems())

    def _problems(self) -> Iterable[str]:
        if self.role is RoleState.REFUSED:
            differs = "; ".join(self.trust_differs)
            yield f"The role exists, and STS refuses it ({self.answer}){f': {differs}' if differs else ''}."
        if self.wrong_external_id_refused is False:
            yield "The role can be assumed with any external id: its trust policy was changed."
        if self.template is TemplateState.OTHER:
            made_from = self.deployed_version or "one without a tag"
            yield f"The role was created from another version of the template: {made_from} instead of {self.version}."
        for fix in self.fixes:
            if fix.state is FixState.DENIED:
                yield f"{fix.fix_id} could not run: {fix.by} does not allow {', '.join(fix.denied)}."

    @property
    def unknown(self) -> bool:
        """Whether something could not be found out."""
        return (
            self.role is RoleState.UNKNOWN
            or (self.role is RoleState.ASSUMED and self.template is TemplateState.UNKNOWN)
            or any(fix.state is FixState.UNKNOWN for fix in self.fixes)
        )

    @property
    def next_step(self) -> str:
        """What to do; empty if there is nothing to do."""
        deploy = f"deploy the pack {self.service} again with the parameters that `suture accounts show` prints"
        if self.role is RoleState.REFUSED or self.wrong_external_id_refused is False:
            return f"Have the account's owner {deploy}."
        if self.template is TemplateState.OTHER:
            return f"Have the account's owner {deploy}, from this version's template."
        if by := sorted({fix.by.value for fix in self.fixes if fix.by is not None}):
            return f"Have the account's owner change {' and '.join(by)}, or disable these fixes."
        if self.unknown:
            return "Have the account's owner deploy the pack verification: without it this cannot be checked."
        return ""


ALL_WELL = "All deployed and enabled fixes could run."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """``unseen`` says why nobody could look at the roles; empty if somebody did."""

    packs: tuple[PackReport, ...]
    unseen: str

    @property
    def verdict(self) -> str:
        """Why not all is well, in a sentence; empty if it is."""
        wrong = [pack.service for pack in self.packs if pack.problems]
        unknown = [pack.service for pack in self.packs if pack.unknown and not pack.problems]
        if all(pack.role is RoleState.NOT_DEPLOYED for pack in self.packs):
            return "No pack is deployed: no fix can run in this account."
        said = [f"Some would not work: {', '.join(wrong)}."] if wrong else []
        return " ".join([*said, *([f"Partly unknown: {', '.join(unknown)}."] if unknown else [])])


def report_on(check: RoleCheck, pack: Pack, account: Account, execution_role_arn: str, seen: Seen | None) -> PackReport:
    """All that is known of one pack. ``seen`` is ``None`` if nobody could look at its role."""
    role = seen.role if seen is not None else None
    version = template_version(pack)
    tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", ())} if role is not None else {}
    deployed = tags.get(TEMPLATE_TAG, "")
    return PackReport(
        service=pack.service,
        role=_role_state(check, seen),
        answer=check.refused,
        wrong_external_id_refused=check.wrong_external_id_refused,
        template=_template_state(role, deployed, version),
        deployed_version=deployed,
        version=version,
        trust_differs=_differing_trust(role, account, execution_role_arn) if role is not None else (),
        fixes=_fixes(pack, check, seen),
    )


def _role_state(check: RoleCheck, seen: Seen | None) -> RoleState:
    if not check.refused:
        return RoleState.ASSUMED
    if seen is None:
        return RoleState.UNKNOWN
    return RoleState.NOT_DEPLOYED if seen.role is None else RoleState.REFUSED


def _template_state(role: Mapping[str, Any] | None, deployed: str, version: str) -> TemplateState:
    if role is None:
        return TemplateState.UNKNOWN
    return TemplateState.CURRENT if deployed == version else TemplateState.OTHER


def _fixes(pack: Pack, check: RoleCheck, seen: Seen | None) -> tuple[FixReport, ...]:
    if seen is not None:
        return seen.fixes
    if check.refused:
        return ()
    return tuple(FixReport(fix_id=grant.spec.id, state=FixState.UNKNOWN) for grant in pack.grants)


def _differing_trust(role: Mapping[str, Any], account: Account, execution_role_arn: str) -> tuple[str, ...]:
    """What the trust policy has in place of our role and external id.

    A role that was deleted, and made again under its name, stands there by its internal id.
    """
    differs: dict[str, None] = {}
    for statement in role["AssumeRolePolicyDocument"]["Statement"]:
        trusted = statement.get("Principal", {})
        arn = trusted.get("AWS") if isinstance(trusted, Mapping) else trusted
        if arn != execution_role_arn:
            differs[f"it trusts {arn}, not {execution_role_arn}"] = None
        agreed = statement.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
        if agreed not in (None, account.external_id):
            differs["it requires another external id than the registered one"] = None
    return tuple(differs)


def verification_to_json(verification: Verification) -> dict[str, Any]:
    """As JSON values, with the sentences."""
    return {
        "verdict": verification.verdict,
        "unseen": verification.unseen,
        "packs": [_pack_to_json(pack) for pack in verification.packs],
    }


def _pack_to_json(report: PackReport) -> dict[str, Any]:
    return {
        "pack": report.service,
        "role": report.role.value,
        "answer": report.answer,
        "wrong_external_id_refused": report.wrong_external_id_refused,
        "template": report.template.value,
        "deployed_version": report.deployed_version,
        "version": report.version,
        "fixes": [
            {
                "id": fix.fix_id,
                "state": fix.state.value,
                "denied": list(fix.denied),
                "by": fix.by.value if fix.by is not None else None,
            }
            for fix in report.fixes
        ],
        "problems": list(report.problems),
        "next_step": report.next_step,
    }

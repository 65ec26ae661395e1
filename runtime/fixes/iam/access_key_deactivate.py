"""Deactivate old and unused access keys of an IAM user.

What it does
------------
Sets each active access key of the user to ``Inactive`` if it is older than ``max_age_days``, or if it has not been
used for ``unused_days`` (for a key that was never used, the days since its creation count). Other keys are not
changed, and no key is ever deleted.

It refuses, and changes no key of the user, if a key to be deactivated was used within ``recently_used_days``:
something depends on that key and must be given another one first.

Why it matters
--------------
An access key works from anywhere, without a second factor, until it is deactivated. The older it is, the more laptops,
logs and repositories it may have been stored in. The theft of a key that no one uses is not noticed.

What can break
--------------
Clients that still sign requests with a deactivated key are denied at once, such as a job that runs once a quarter. AWS
may record a use some hours late, and does not record every one.

Undo
----
Sets exactly the keys that were deactivated to ``Active`` again. Their secrets have not changed.

References
----------
* Security Hub controls IAM.3, IAM.8 and IAM.22:
  https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
* Access keys of IAM users: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
* GetAccessKeyLastUsed: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
* UpdateAccessKey: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from runtime.domain.fix import Disruption, Options, OptionSpec, Permission, Stage
from runtime.domain.plan import Change, Compliant, Refused, State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read
from runtime.fixes.contract import Reader
from runtime.fixes.iam import MARKER, USER
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps, Unread

_KEYS, _LAST_USED = "access_keys", "last_used"
_A_DAY = len("2030-01-31")
_CANNOT_SIGN = ("Inactive", "Expired")
_DAYS = {"type": ["integer", "null"], "minimum": 0}


@dataclass(frozen=True, kw_only=True)
class DeactivateAccessKeys(Declared):
    """Days are calendar days in UTC. The last use of a key decides the plan, and nothing restores it."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return (Permission(action="iam:UpdateAccessKey", operation="iam:UpdateAccessKey"),)

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        state = dict(super().observe(aws, resource, options, only))
        if _KEYS not in state:
            return state
        state[_KEYS] = [{**key, "created": (key["created"] or "")[:_A_DAY]} for key in state[_KEYS]]
        if only:
            return state
        last_used: dict[str, str | None] = {}
        for key in state[_KEYS]:
            if key["status"] == "Active":
                used = aws.read("iam", "GetAccessKeyLastUsed", AccessKeyId=key["id"]).get("AccessKeyLastUsed")
                if used is not None:
                    # AWS omits the date for a key that was never used.
                    last_used[key["id"]] = _day(used["LastUsedDate"]) if "LastUsedDate" in used else None
        return {**state, _LAST_USED: last_used}

    def offending(self, look: Look) -> Found | Compliant | Refused:
        max_age_days, unused_days = look.options["max_age_days"], look.options["unused_days"]
        recently_used_days = look.options["recently_used_days"]
        if max_age_days is None and unused_days is None:
            return Refused(sentence="Neither max_age_days nor unused_days is set: no access key can be selected.")
        today = look.options.now.astimezone(UTC).date()
        chosen = []
        for key in _active(look):
            # AWS's clock may be ahead of ours: near midnight, a date may be tomorrow's.
            age_days = max(0, (today - key.created).days)
            idle_days = max(0, (today - (key.last_used or key.created)).days)
            if (max_age_days is not None and age_days > max_age_days) or (
                unused_days is not None and idle_days >= unused_days
            ):
                if recently_used_days is not None and key.last_used is not None and idle_days < recently_used_days:
                    return Refused(
                        sentence=look.said(
                            f"The access key ending in {key.id[-4:]} of ${{subject}} is {age_days} days old, but was "
                            f"used on {key.last_used}: rotate it first."
                        )
                    )
                chosen.append(key.id)
        if not chosen:
            return Compliant(sentence=look.said("${subject} has no active access key that is too old or unused."))
        return Found(f"ending in {', '.join(key_id[-4:] for key_id in chosen)}", chosen)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        changes, keys = [], look[_KEYS]
        for key_id in found.detail:
            keys = [{**key, "status": "Inactive"} if key["id"] == key_id else key for key in keys]
            changes.append(_update_access_key(look.resource, key_id, "Inactive", {_KEYS: keys}))
        return tuple(changes), tuple(_update_access_key(look.resource, key_id, "Active") for key_id in found.detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ActiveKey:
    id: str
    created: date
    last_used: date | None


def _active(look: Look) -> list[_ActiveKey]:
    """The keys that can sign. Raises ``Unread`` if something about one is unknown."""
    try:
        return [_active_key(key, look[_LAST_USED]) for key in look[_KEYS] if key["status"] not in _CANNOT_SIGN]
    except (KeyError, ValueError) as missing:
        raise Unread("every access key, with its use") from missing


def _active_key(key: Mapping[str, Any], last_used: Mapping[str, str | None]) -> _ActiveKey:
    used = last_used[key["id"]]
    return _ActiveKey(
        id=key["id"],
        created=date.fromisoformat(key["created"]),
        last_used=None if used is None else date.fromisoformat(used),
    )


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def _update_access_key(resource: Resource, key_id: str, status: str, leaves: State | None = None) -> Change:
    return Change(
        service="iam",
        operation="UpdateAccessKey",
        parameters={"UserName": resource.name, "AccessKeyId": key_id, "Status": status},
        leaves=leaves or {},
    )


FIX = DeactivateAccessKeys(
    of=USER,
    id="iam-access-key-deactivate",
    title="Deactivate old and unused access keys of an IAM user",
    reads=(
        Read(
            call="iam:ListAccessKeys",
            by={"UserName": "${name}"},
            at="AccessKeyMetadata",
            keep={_KEYS: "[].{id: AccessKeyId, status: Status, created: CreateDate}"},
            sets=(_KEYS,),
            pages=MARKER,
        ),
    ),
    extra_reads=(Permission(action="iam:GetAccessKeyLastUsed", operation="iam:GetAccessKeyLastUsed"),),
    informs=(_LAST_USED,),
    shows={
        "access_keys": lambda look: len(look.found.detail),
        "active_access_keys_left": lambda look: len(_active(look)) - len(look.found.detail),
    },
    stage=Stage.STABLE,
    disruption=Disruption.DATA_PATH,
    hazard="Clients that still use a deactivated key, however rarely, are denied.",
    undo_hazard="Re-activates the access keys: a leaked copy works again.",
    template={
        TemplateTool.CLOUDFORMATION: "set Status of each deactivated key's AWS::IAM::AccessKey to Inactive",
        TemplateTool.CDK: "set status of each deactivated key's AccessKey to AccessKeyStatus.INACTIVE",
        TemplateTool.TERRAFORM: "set status of each deactivated key's aws_iam_access_key to Inactive",
    },
    options={
        "max_age_days": OptionSpec(
            schema=_DAYS,
            default=90,
            description="An active key created more than this many days ago is deactivated. null: any age.",
        ),
        "unused_days": OptionSpec(
            schema=_DAYS,
            default=45,
            description=(
                "An active key last used this many days ago or earlier, or never used and created then or earlier, is "
                "deactivated, whatever its age. 0: every active key. null: use is ignored. At least one of "
                "max_age_days and unused_days must be a number; a key that meets either one is deactivated."
            ),
        ),
        "recently_used_days": OptionSpec(
            schema=_DAYS,
            default=7,
            description="If a key that would be deactivated was last used fewer than this many days ago, the whole "
            "user is refused. 0 or null: keys in use are deactivated too.",
        ),
    },
)

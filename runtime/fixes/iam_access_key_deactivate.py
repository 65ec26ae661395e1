"""Deactivate old and unused access keys of an IAM user.

What it does
------------
Sets each active access key of the user to ``Inactive`` if it is older than ``max_age_days``, or if it has not been
used for ``unused_days`` (a key that was never used counts from the day it was created). Other keys are left alone,
and no key is ever deleted.

It refuses, and changes no key of the user, if a key to be deactivated was used within ``recently_used_days``:
something depends on that key and has to be given another one first.

Why it matters
--------------
An access key works until somebody turns it off, from anywhere, without a second factor. The older it is, the more
laptops, logs and repositories it has been through; and one that nobody uses is missed by nobody when it is stolen.

What can break
--------------
Whatever still signs requests with a deactivated key is denied at once, such as a job that runs once a quarter. AWS
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

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from runtime.domain.fix import Disruption, FixSpec, Options, OptionSpec, Permission, Stage
from runtime.domain.plan import Change, Compliant, Plan, Planned, Refused, State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.contract import Call, Reader

_CANNOT_SIGN = ("Inactive", "Expired")
_DAYS = {"type": ["integer", "null"], "minimum": 0}

SPEC = FixSpec(
    id="iam-access-key-deactivate",
    title="Deactivate old and unused access keys of an IAM user",
    resource_types=("AWS::IAM::User",),
    reads=(
        Permission(action="iam:ListAccessKeys", operation="iam:ListAccessKeys"),
        Permission(action="iam:GetAccessKeyLastUsed", operation="iam:GetAccessKeyLastUsed"),
    ),
    writes=(Permission(action="iam:UpdateAccessKey", operation="iam:UpdateAccessKey"),),
    reversible=True,
    stage=Stage.STABLE,
    disruption=Disruption.DATA_PATH,
    hazard="Whatever still signs its requests with a deactivated key, however rarely, is denied.",
    template_properties={
        TemplateTool.CLOUDFORMATION: "set Status of each deactivated key's AWS::IAM::AccessKey to Inactive",
        TemplateTool.CDK: "set status of each deactivated key's AccessKey to AccessKeyStatus.INACTIVE",
        TemplateTool.TERRAFORM: "set status of each deactivated key's aws_iam_access_key to Inactive",
    },
    options={
        "max_age_days": OptionSpec(
            schema=_DAYS,
            default=90,
            description="An active key created more than this many days ago is deactivated. null: age does not matter.",
        ),
        "unused_days": OptionSpec(
            schema=_DAYS,
            default=45,
            description="An active key last used this many days ago or earlier, or never used and created then or "
            "earlier, is deactivated, whatever its age. 0: every active key. null: disuse does not matter. At least "
            "one of max_age_days and unused_days must be a number; a key that meets either one is deactivated.",
        ),
        "recently_used_days": OptionSpec(
            schema=_DAYS,
            default=7,
            description="If a key that would be deactivated was last used fewer than this many days ago, the whole "
            "user is refused. 0 or null: keys in use are deactivated too.",
        ),
    },
)


@dataclass(frozen=True, slots=True)
class IamAccessKeyDeactivate:
    """Days are calendar days in UTC. The last use of a key is volatile: it decides the plan; nothing restores it."""

    spec: FixSpec = SPEC

    def calls(self, resource: Resource) -> tuple[Call, ...]:
        return (Call("iam", "ListAccessKeys", {"UserName": resource.name}),)

    def observe(self, aws: Reader, resource: Resource) -> State:
        access_keys = _read_access_keys(aws, resource)
        if access_keys is None:
            return {}
        last_used = {}
        for key in access_keys:
            if key.get("status") == "Active":
                used = aws.read("iam", "GetAccessKeyLastUsed", AccessKeyId=key["id"]).get("AccessKeyLastUsed")
                if used is not None:
                    # AWS leaves the date out of the answer for a key that was never used.
                    last_used[key["id"]] = _day(used["LastUsedDate"]) if "LastUsedDate" in used else None
        return {"access_keys": sorted(access_keys, key=lambda key: key["id"]), "last_used": last_used}

    def plan(self, resource: Resource, state: State, options: Options) -> Planned:
        max_age_days = options["max_age_days"]
        unused_days = options["unused_days"]
        recently_used_days = options["recently_used_days"]
        if max_age_days is None and unused_days is None:
            return Refused(sentence="Neither max_age_days nor unused_days is set: no access key can be chosen.")
        try:
            active = [_active_key(key, state) for key in state["access_keys"] if key["status"] not in _CANNOT_SIGN]
        except KeyError:
            return Refused(sentence=f"Not every access key of the user {resource.name} could be read, with its use.")
        today = options.now.astimezone(UTC).date()
        chosen = []
        for key in active:
            # AWS's clock may be ahead of ours: what happens next to midnight has not happened tomorrow.
            age_days = max(0, (today - key.created).days)
            idle_days = max(0, (today - (key.last_used or key.created)).days)
            if (max_age_days is not None and age_days > max_age_days) or (
                unused_days is not None and idle_days >= unused_days
            ):
                if recently_used_days is not None and key.last_used is not None and idle_days < recently_used_days:
                    return Refused(
                        sentence=f"The access key ending in {key.id[-4:]} of the user {resource.name} is {age_days} "
                        f"days old, but was used on {key.last_used}: replace it where it is used first."
                    )
                chosen.append(key.id)
        if not chosen:
            return Compliant(sentence=f"The user {resource.name} has no active access key that is too old or unused.")
        endings = ", ".join(key_id[-4:] for key_id in chosen)
        return Plan(
            fix_id=SPEC.id,
            resource_arn=resource.arn,
            summary=f"Deactivate {len(chosen)} access key(s) of the user {resource.name}, ending in {endings}.",
            before=state,
            changes=tuple(_update_access_key(resource, key_id, "Inactive") for key_id in chosen),
            undo=tuple(_update_access_key(resource, key_id, "Active") for key_id in chosen),
            blast_radius={"access_keys": len(chosen), "active_access_keys_left": len(active) - len(chosen)},
            volatile=("last_used",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ActiveKey:
    id: str
    created: date
    last_used: date | None


def _active_key(key: Mapping[str, Any], state: State) -> _ActiveKey:
    """Raises ``KeyError`` if something is not known of the key."""
    last_used = state["last_used"][key["id"]]
    return _ActiveKey(
        id=key["id"],
        created=date.fromisoformat(key["created"]),
        last_used=None if last_used is None else date.fromisoformat(last_used),
    )


def _read_access_keys(aws: Reader, resource: Resource) -> list[dict[str, str]] | None:
    """Every access key of the user, or ``None`` if an answer is not whole."""
    found: list[dict[str, str]] = []
    page = aws.read("iam", "ListAccessKeys", UserName=resource.name)
    while "AccessKeyMetadata" in page:
        for key in page["AccessKeyMetadata"]:
            access_key = {"id": key["AccessKeyId"]}
            if "Status" in key:
                access_key["status"] = key["Status"]
            if "CreateDate" in key:
                access_key["created"] = _day(key["CreateDate"])
            found.append(access_key)
        if not page.get("IsTruncated", False):
            return found
        page = aws.read("iam", "ListAccessKeys", UserName=resource.name, Marker=page["Marker"])
    return None


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def _update_access_key(resource: Resource, key_id: str, status: str) -> Change:
    return Change(
        service="iam",
        operation="UpdateAccessKey",
        parameters={"UserName": resource.name, "AccessKeyId": key_id, "Status": status},
    )

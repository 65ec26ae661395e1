"""Strengthen the password policy of an account.

What it does
------------
Sets what the options require in the password policy of the account's IAM users, and sends everything else unchanged:
AWS resets omitted settings to their defaults. Settings that are already stricter do not change. If there is no policy
yet, the fix creates one that is in no setting weaker than AWS's default: eight characters of three kinds, and users may
change their own password.

It refuses to set or shorten the maximum age of passwords while only an administrator can reset expired ones
(``HardExpiry``): users with an older password, including administrators, would be locked out at once.

Why it matters
--------------
A short or reused password of a console user can be guessed, or found in a leak of another service.

What can break
--------------
Length and kinds of characters only apply when a password is changed. With ``max_age_days`` every older password expires
at once, and its user must set a new one at the next sign-in. It costs nothing.

Undo
----
Restores the previous policy, or deletes the policy if there was none.

References
----------
* Security Hub controls IAM.7 and IAM.10 to IAM.17:
  https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
* Password policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
* UpdateAccountPasswordPolicy:
  https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption, Options, OptionSpec, Permission
from runtime.domain.plan import Change, Compliant, Refused, State, shown
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read
from runtime.fixes.contract import Reader
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps, Unread

_POLICY = "policy"
_LENGTH, _AGE, _REUSE = "MinimumPasswordLength", "MaxPasswordAge", "PasswordReusePrevention"
_FLAGS = {
    "symbols": "RequireSymbols",
    "numbers": "RequireNumbers",
    "uppercase": "RequireUppercaseCharacters",
    "lowercase": "RequireLowercaseCharacters",
}
_MEMBERS = (_LENGTH, _AGE, _REUSE, *_FLAGS.values(), "AllowUsersToChangePassword", "HardExpiry")
_DERIVED = "ExpirePasswords"

_NO_WEAKER_THAN_THE_DEFAULT = {
    _LENGTH: 8,
    **dict.fromkeys(("RequireNumbers", "RequireUppercaseCharacters", "RequireLowercaseCharacters"), True),
    "AllowUsersToChangePassword": True,
}
"""AWS's own default, which applies while there is no policy, requires three of the four kinds.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
"""


@dataclass(frozen=True, kw_only=True)
class StrengthenPasswordPolicy(Declared):
    """The state contains what is set: members that are off are omitted, as they must be when they are sent."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        names = ("iam:UpdateAccountPasswordPolicy", "iam:DeleteAccountPasswordPolicy")
        return tuple(Permission(action=name, operation=name, resource="*") for name in names)

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        state = dict(super().observe(aws, resource, options, only))
        if state.get(_POLICY) is not None:
            state[_POLICY] = {name: value for name, value in state[_POLICY].items() if value and name != _DERIVED}
        return state

    def offending(self, look: Look) -> Found | Compliant | Refused:
        policy = look[_POLICY]
        if policy is not None and _LENGTH not in policy:
            raise Unread(_LENGTH)
        if unknown := sorted((policy or {}).keys() - {*_MEMBERS}):
            return Refused(sentence=f"The password policy has {', '.join(unknown)}, which the update would lose.")
        before = _NO_WEAKER_THAN_THE_DEFAULT if policy is None else policy
        after = {**before, **_asked_for(before, look.options)}
        if after == policy or (policy is None and not _asked_for({}, look.options)):
            return Compliant(sentence=look.said("The password policy of ${subject} meets the requirements."))
        if after.get("HardExpiry") and after.get(_AGE) != before.get(_AGE):
            return Refused(
                sentence=(
                    "Expired passwords can only be reset by an administrator (HardExpiry): users with an older "
                    "password would be locked out at once."
                )
            )
        old = policy or {}
        words = [
            f"{name}: {shown(old.get(name))} → {shown(value)}"
            for name, value in after.items()
            if old.get(name) != value
        ]
        return Found("; ".join(words), after)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        policy = look[_POLICY]
        change = _call("UpdateAccountPasswordPolicy", found.detail, {_POLICY: found.detail})
        undo = _call("DeleteAccountPasswordPolicy") if policy is None else _call("UpdateAccountPasswordPolicy", policy)
        return (change,), (undo,)


def _asked_for(before: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """What the options require and the policy does not have yet."""
    found: dict[str, Any] = {
        member: True for name, member in _FLAGS.items() if options[name] and not before.get(member)
    }
    length, reuse, age = options["minimum_length"], options["reuse_prevention"], options["max_age_days"]
    if length is not None and before.get(_LENGTH, 0) < length:
        found[_LENGTH] = length
    if reuse is not None and before.get(_REUSE, 0) < reuse:
        found[_REUSE] = reuse
    if age is not None and not 0 < before.get(_AGE, 0) <= age:
        found[_AGE] = age
    return found


def _call(operation: str, parameters: Mapping[str, Any] | None = None, leaves: State | None = None) -> Change:
    return Change(service="iam", operation=operation, parameters=parameters or {}, leaves=leaves or {})


def _flag(kind: str) -> OptionSpec:
    return OptionSpec(
        schema={"enum": [True, None]}, default=True, description=f"Whether {kind} are required. null: unchanged."
    )


def _number(least: int, most: int, default: int | None, what: str) -> OptionSpec:
    schema = {"type": ["integer", "null"], "minimum": least, "maximum": most}
    return OptionSpec(schema=schema, default=default, description=f"{what} null: unchanged.")


FIX = StrengthenPasswordPolicy(
    of=ACCOUNT,
    id="iam-password-policy",
    title="Strengthen the password policy of an account",
    disruption=Disruption.NONE,
    hazard="With max_age_days, every older password expires at once.",
    undo_hazard="Users can choose weaker passwords.",
    reads=(
        Read(
            call="iam:GetAccountPasswordPolicy",
            by={},
            on="*",
            keep={_POLICY: "PasswordPolicy"},
            absent="NoSuchEntity",
        ),
    ),
    shows={"there_was_one": lambda look: look[_POLICY] is not None},
    template={
        TemplateTool.CLOUDFORMATION: "set the members in the custom resource that sets the password policy; "
        "CloudFormation itself has no type for it",
        TemplateTool.CDK: "set the members in the AwsCustomResource that sets the password policy; the CDK itself has "
        "no construct for it",
        TemplateTool.TERRAFORM: "set the members of aws_iam_account_password_policy",
    },
    options={
        "minimum_length": _number(8, 128, 14, "The minimum length."),
        "symbols": _flag("symbols"),
        "numbers": _flag("numbers"),
        "uppercase": _flag("upper case letters"),
        "lowercase": _flag("lower case letters"),
        "reuse_prevention": _number(1, 24, 24, "The number of earlier passwords that cannot be reused."),
        "max_age_days": _number(1, 1095, None, "The maximum age of a password in days; older ones expire at once."),
    },
)

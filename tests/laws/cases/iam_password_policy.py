"""An account and the password policy of its IAM users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account

STRICT = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "PasswordReusePrevention": 24,
    "AllowUsersToChangePassword": True,
}


def _account(**policy: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        iam = clients("iam")
        if policy:
            iam.update_account_password_policy(**policy)
        elif read_back(clients, account(clients)) != "none":
            iam.delete_account_password_policy()
        return account(clients)

    return create


def _weaken(clients: Clients, resource: Resource) -> None:
    clients("iam").update_account_password_policy(MinimumPasswordLength=6, RequireSymbols=True)


def read_back(clients: Clients, resource: Resource) -> Any:
    try:
        policy = clients("iam").get_account_password_policy()["PasswordPolicy"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return "none"
        raise
    return {name: value for name, value in policy.items() if value and name != "ExpirePasswords"}


ONLY_AGE = dict.fromkeys(("minimum_length", "symbols", "numbers", "uppercase", "lowercase", "reuse_prevention"))

CASES = (
    Bad(name="without a policy", create=_account(), fixed=STRICT, disturb=_weaken),
    Bad(
        name="with a weak policy, stricter at one point than asked for",
        create=_account(MinimumPasswordLength=20, MaxPasswordAge=30, HardExpiry=True),
        fixed={
            **{name: value for name, value in STRICT.items() if name != "AllowUsersToChangePassword"},
            "MinimumPasswordLength": 20,
            "MaxPasswordAge": 30,
            "HardExpiry": True,
        },
        disturb=_weaken,
    ),
    Bad(
        name="with a policy whose passwords never expire",
        create=_account(MinimumPasswordLength=8, AllowUsersToChangePassword=True),
        options={**ONLY_AGE, "max_age_days": 90},
        fixed={"MinimumPasswordLength": 8, "AllowUsersToChangePassword": True, "MaxPasswordAge": 90},
        disturb=_weaken,
    ),
    AlreadyCompliant(name="with a strict policy", create=_account(**STRICT)),
    Refusal(
        name="whose passwords would expire for good",
        create=_account(MinimumPasswordLength=14, HardExpiry=True, MaxPasswordAge=365),
        options={**ONLY_AGE, "max_age_days": 90},
        because="locked out at once",
    ),
)

"""AWS accounts: what is set once for a whole account, or for a region of it."""

from __future__ import annotations

from runtime.fixes.resource_type import ResourceType

ACCOUNT = ResourceType(
    # The name that AWS Config and Security Hub use; CloudFormation has none.
    name="AWS::::Account",
    noun="account",
    arn="arn:${partition}:iam::${account_id}:root",
    id="",
    longest="",
    gone=(),
    # The tags of an account are its organization's: the account itself cannot read them.
)

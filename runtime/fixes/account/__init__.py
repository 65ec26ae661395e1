"""AWS accounts: settings of a whole account, or of one region of it."""

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
    # The organization has the tags of an account: the account itself cannot read them.
)

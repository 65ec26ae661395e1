"""What a role's writing actions could be used for, if somebody took over the platform's account.

Whoever can assume the roles chooses the session policy and the session tags, so only the roles themselves bound them.
The sentences are about what IAM lets the action do, not about what the fixes do with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstCase:
    """``effect`` is the worst that the action can be used for; ``remains`` is what taking that back does not restore.

    An empty ``remains`` says that the effect can be taken back whole.
    """

    effect: str
    remains: str


WORST_CASES: Mapping[str, WorstCase] = {
    "cloudtrail:UpdateTrail": WorstCase(
        effect="every trail delivers to somebody else's bucket, from one region only, unencrypted and unvalidated",
        remains="the events that were not kept meanwhile, beyond CloudTrail's own history of 90 days",
    ),
    "ec2:AuthorizeSecurityGroupIngress": WorstCase(
        effect="every port of everything that has a security group is opened to everybody who can route to it",
        remains="what an intruder did meanwhile",
    ),
    "ec2:ModifySnapshotAttribute": WorstCase(
        effect="every unencrypted snapshot is made public, and every public one private",
        remains="the copies that others made meanwhile",
    ),
    "ec2:RevokeSecurityGroupIngress": WorstCase(
        effect="every ingress rule is removed: nothing that has a security group can be reached",
        remains="the rules' ids; the rules themselves are in CloudTrail",
    ),
    "iam:UpdateAccessKey": WorstCase(
        effect="every access key of every user stops working, or a leaked one that was deactivated works again",
        remains="what was done with a key that was activated",
    ),
    "kms:DisableKeyRotation": WorstCase(effect="no key is rotated any more", remains=""),
    "kms:EnableKeyRotation": WorstCase(
        effect="every key is rotated each year", remains="the price of rotations that were made"
    ),
    "rds:ModifyDBInstance": WorstCase(
        effect="every database gets a known master password and a public address, loses its deletion protection and "
        "its automated backups, or is restarted: IAM has no condition key for any of it",
        remains="what was read or destroyed meanwhile, and the backups",
    ),
    "s3:DeleteBucketPolicy": WorstCase(
        effect="what bucket policies deny, plain HTTP for one, is denied no more, and what they allow is denied",
        remains="what was read meanwhile; the policies themselves are in CloudTrail where they were put",
    ),
    "s3:PutBucketPolicy": WorstCase(
        effect="anybody, in any account, may read, change and delete every object of every bucket",
        remains="what was read, changed or deleted meanwhile",
    ),
    "s3:PutBucketPublicAccessBlock": WorstCase(
        effect="no bucket's own setting blocks public access any more; the account's own setting stays",
        remains="what was read meanwhile",
    ),
}
"""By action: each that a fix writes with, and no other."""

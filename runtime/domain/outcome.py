"""The words for how a finding ends, and why.

Both enumerations are part of the public contract: they stand in audit records, events, metrics and the operator's
filters. A name is never reused for another meaning.
"""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How a finding ended. Exactly one per published finding."""

    REMEDIATE = "REMEDIATE"
    """Fixed, and read back to be sure."""
    APPROVE = "APPROVE"
    """Planned exactly; a person has to say yes."""
    DRY_RUN = "DRY_RUN"
    """Planned and recorded; nothing changed, by policy."""
    NOTIFY = "NOTIFY"
    """Something a person has to clear up first."""
    SKIP = "SKIP"
    """Nothing to do, and the record says why."""
    REJECT = "REJECT"
    """Not something this platform can act on; to be reviewed."""
    FAILED = "FAILED"
    """Decided, but it could not be carried out; to be reviewed."""


class Reason(StrEnum):
    """Why a finding ended as it did."""

    # REMEDIATE
    ELIGIBLE = "ELIGIBLE"
    # APPROVE
    RESTRICTED_PRODUCTION = "RESTRICTED_PRODUCTION"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
    NOT_REVERSIBLE = "NOT_REVERSIBLE"
    BLAST_RADIUS_EXCEEDED = "BLAST_RADIUS_EXCEEDED"
    # DRY_RUN
    DRY_RUN_BY_POLICY = "DRY_RUN_BY_POLICY"
    # NOTIFY
    SEVERITY_BELOW_FLOOR = "SEVERITY_BELOW_FLOOR"
    ENVIRONMENT_UNCLEAR = "ENVIRONMENT_UNCLEAR"
    OWNER_MISSING = "OWNER_MISSING"
    ACTION_NOT_ALLOWED = "ACTION_NOT_ALLOWED"
    NOTIFY_BY_POLICY = "NOTIFY_BY_POLICY"
    FIX_REFUSED = "FIX_REFUSED"
    # SKIP
    ISSUE_NOT_OPEN = "ISSUE_NOT_OPEN"
    TEST_DELIVERY = "TEST_DELIVERY"
    NOT_AN_ISSUE = "NOT_AN_ISSUE"
    NOT_AWS = "NOT_AWS"
    EXCEPTION_APPROVED = "EXCEPTION_APPROVED"
    SUPPRESSED_BY_TAG = "SUPPRESSED_BY_TAG"
    ALREADY_COMPLIANT = "ALREADY_COMPLIANT"
    # REJECT
    PAYLOAD_MALFORMED = "PAYLOAD_MALFORMED"
    PAYLOAD_UNSUPPORTED = "PAYLOAD_UNSUPPORTED"
    STATUS_UNKNOWN = "STATUS_UNKNOWN"
    SEVERITY_UNKNOWN = "SEVERITY_UNKNOWN"
    RESOURCE_NOT_IDENTIFIED = "RESOURCE_NOT_IDENTIFIED"
    ACCOUNT_MISMATCH = "ACCOUNT_MISMATCH"
    REGION_MISMATCH = "REGION_MISMATCH"
    ACCOUNT_NOT_ONBOARDED = "ACCOUNT_NOT_ONBOARDED"
    UNSUPPORTED_RESOURCE_TYPE = "UNSUPPORTED_RESOURCE_TYPE"
    UNSUPPORTED_CONTROL = "UNSUPPORTED_CONTROL"
    CATALOG_MISMATCH = "CATALOG_MISMATCH"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    # FAILED
    ROLE_NOT_ASSUMABLE = "ROLE_NOT_ASSUMABLE"
    ACCESS_DENIED = "ACCESS_DENIED"
    AWS_CALL_FAILED = "AWS_CALL_FAILED"
    STALE_STATE = "STALE_STATE"
    VERIFICATION_FAILED = "VERIFICATION_FAILED"
    INTERRUPTED = "INTERRUPTED"
    # never terminal: the message is tried again, then dead-lettered
    AWS_UNAVAILABLE = "AWS_UNAVAILABLE"
    CONCURRENT_RUN = "CONCURRENT_RUN"
    POLICY_INVALID = "POLICY_INVALID"
    INTERNAL_ERROR = "INTERNAL_ERROR"

"""The words for how a finding ends, and why.

Both enumerations are part of the public contract: they stand in audit records, events, metrics and the operator's
filters. A name is never reused for another meaning.
"""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How a run ended. Exactly one per published finding, and one per operator's command."""

    REMEDIATE = "REMEDIATE"
    """Fixed unasked, and read back to be sure."""
    APPROVE = "APPROVE"
    """Planned exactly; a person has to say yes."""
    APPROVED = "APPROVED"
    """People approved the exact plan; fixed, and read back to be sure."""
    UNDO = "UNDO"
    """A change was taken back at an operator's word, and read back to be sure."""
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
    DONE = "DONE"
    """An operator's command was carried out. It changed nothing in a customer's account by itself."""


class Reason(StrEnum):
    """Why a run ended as it did, or why it waits."""

    # REMEDIATE
    ELIGIBLE = "ELIGIBLE"
    # APPROVE
    RESTRICTED_PRODUCTION = "RESTRICTED_PRODUCTION"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
    NOT_REVERSIBLE = "NOT_REVERSIBLE"
    BLAST_RADIUS_EXCEEDED = "BLAST_RADIUS_EXCEEDED"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    APPROVAL_VOID = "APPROVAL_VOID"
    # APPROVE, or the finding waits
    OUTSIDE_CHANGE_WINDOW = "OUTSIDE_CHANGE_WINDOW"
    CHANGE_FREEZE = "CHANGE_FREEZE"
    # the finding waits
    STOPPED = "STOPPED"
    # APPROVED
    PLAN_APPROVED = "PLAN_APPROVED"
    # UNDO
    UNDO_REQUESTED = "UNDO_REQUESTED"
    # DRY_RUN
    DRY_RUN_BY_POLICY = "DRY_RUN_BY_POLICY"
    DRY_RUN_BY_COMMAND = "DRY_RUN_BY_COMMAND"
    # NOTIFY
    SEVERITY_BELOW_FLOOR = "SEVERITY_BELOW_FLOOR"
    ENVIRONMENT_UNCLEAR = "ENVIRONMENT_UNCLEAR"
    OWNER_MISSING = "OWNER_MISSING"
    ACTION_NOT_ALLOWED = "ACTION_NOT_ALLOWED"
    NOTIFY_BY_POLICY = "NOTIFY_BY_POLICY"
    FIX_REFUSED = "FIX_REFUSED"
    UNDONE_BEFORE = "UNDONE_BEFORE"
    DRIFT_LOOP = "DRIFT_LOOP"
    OWNED_BY_TEMPLATE = "OWNED_BY_TEMPLATE"
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
    # REJECT, of an operator's command
    COMMAND_INVALID = "COMMAND_INVALID"
    IDENTITY_MISMATCH = "IDENTITY_MISMATCH"
    NOTHING_RECORDED = "NOTHING_RECORDED"
    NOT_UNDER_REVIEW = "NOT_UNDER_REVIEW"
    REVIEW_EXPIRED = "REVIEW_EXPIRED"
    PLAN_MISMATCH = "PLAN_MISMATCH"
    NOT_UNDOABLE = "NOT_UNDOABLE"
    NOT_HELD = "NOT_HELD"
    EXCEPTION_NOT_PENDING = "EXCEPTION_NOT_PENDING"
    EXCEPTION_NOT_IN_FORCE = "EXCEPTION_NOT_IN_FORCE"
    SAME_PERSON = "SAME_PERSON"
    # DONE
    APPROVAL_COUNTED = "APPROVAL_COUNTED"
    APPROVAL_COMPLETE = "APPROVAL_COMPLETE"
    REVIEW_DENIED = "REVIEW_DENIED"
    UNDO_ACCEPTED = "UNDO_ACCEPTED"
    DRY_RUN_ACCEPTED = "DRY_RUN_ACCEPTED"
    BLOCK_CLEARED = "BLOCK_CLEARED"
    RETRY_ACCEPTED = "RETRY_ACCEPTED"
    RUN_ENDED = "RUN_ENDED"
    EXCEPTION_REQUESTED = "EXCEPTION_REQUESTED"
    EXCEPTION_GRANTED = "EXCEPTION_GRANTED"
    EXCEPTION_REVOKED = "EXCEPTION_REVOKED"
    STOP_ANNOUNCED = "STOP_ANNOUNCED"
    RESUME_ANNOUNCED = "RESUME_ANNOUNCED"
    # FAILED
    ROLE_NOT_ASSUMABLE = "ROLE_NOT_ASSUMABLE"
    ACCESS_DENIED = "ACCESS_DENIED"
    AWS_CALL_FAILED = "AWS_CALL_FAILED"
    STALE_STATE = "STALE_STATE"
    VERIFICATION_FAILED = "VERIFICATION_FAILED"
    INTERRUPTED = "INTERRUPTED"
    RECORD_TOO_LARGE = "RECORD_TOO_LARGE"
    ENDED_BY_OPERATOR = "ENDED_BY_OPERATOR"
    # never terminal: the message is tried again, then dead-lettered
    AWS_UNAVAILABLE = "AWS_UNAVAILABLE"
    CONCURRENT_RUN = "CONCURRENT_RUN"
    POLICY_INVALID = "POLICY_INVALID"
    INTERNAL_ERROR = "INTERNAL_ERROR"

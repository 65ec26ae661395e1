"""What keeps findings from being fixed without anybody's doing, and what to do about it.

The long form, with links, is in docs/architecture.md, "Outcomes and reasons".
"""

from __future__ import annotations

from collections.abc import Mapping

from runtime.domain.outcome import Reason

WHAT_TO_DO: Mapping[Reason, tuple[str, str]] = {
    Reason.NOT_THROUGH_TOPIC: (
        "not through the topic",
        "Find out who sent it, then approve or deny the plan.",
    ),
    Reason.RESTRICTED_PRODUCTION: (
        "restricted production",
        "Approve or deny the plans: this environment always needs approval.",
    ),
    Reason.APPROVAL_REQUIRED: (
        "the policy asks for approval",
        "Approve or deny the plans. Set the mode remediate for what is always approved.",
    ),
    Reason.NOT_REVERSIBLE: ("cannot be undone", "Approve or deny the plans, with care."),
    Reason.BLAST_RADIUS_EXCEEDED: (
        "blast radius exceeds the catalog's limit",
        "Check who is affected, then approve; or raise max_blast_radius of the entry.",
    ),
    Reason.RATE_LIMIT_EXCEEDED: (
        "rate limit exceeded",
        "Find the cause; then approve them, or raise writes_per_hour.",
    ),
    Reason.OUTSIDE_CHANGE_WINDOW: (
        "no change window is open",
        "It continues when one opens. Widen the windows if this is frequent.",
    ),
    Reason.CHANGE_FREEZE: ("changes are frozen", "It continues when the freeze ends."),
    Reason.APPROVAL_VOID: ("the plan changed after its approval", "Review the new plan."),
    Reason.UNDO_NEEDS_APPROVAL: ("an undo waits for approval", "Approve or deny it."),
    Reason.STOPPED: ("changes are stopped", "End the stop once its cause is resolved: suture status, suture resume."),
    Reason.RESOURCE_BUSY: ("the resource was busy for too long", "Check the resource, then have Wiz send it again."),
    Reason.SEVERITY_BELOW_FLOOR: ("below the severity floor", "Nothing, or filter by severity in Wiz."),
    Reason.ENVIRONMENT_UNCLEAR: (
        "the environment is unclear",
        "Tag the resources, register the account's environment, or add an alias to the policy.",
    ),
    Reason.OWNER_MISSING: (
        "no owner was found",
        "Tag the resources, register the account's owner, or map the Wiz project to one.",
    ),
    Reason.ACTION_NOT_ALLOWED: (
        "the environment does not allow the fix",
        "Allow it in the policy, or fix it by hand.",
    ),
    Reason.NOTIFY_BY_POLICY: ("the policy only notifies", "Fix it by hand, or set another mode."),
    Reason.DRY_RUN_BY_POLICY: (
        "the policy says dry run",
        "Review the plans; set the mode remediate once they are correct.",
    ),
    Reason.DRY_RUN_BY_COMMAND: ("dry run requested", "Nothing."),
    Reason.FIX_REFUSED: ("the fix refuses: it would break something", "Resolve what each record names."),
    Reason.UNDONE_BEFORE: ("the fix was undone there", "Clear it, suture clear, or request an exception."),
    Reason.DRIFT_LOOP: (
        "something reverts the fix",
        "Find the cause, usually a pipeline; then clear it: suture clear.",
    ),
    Reason.OWNED_BY_TEMPLATE: ("a template owns the resource", "Change the template: each record says what to change."),
    Reason.EXCEPTION_APPROVED: (
        "an exception in force",
        "Nothing until it expires. Revoke exceptions that are no longer needed.",
    ),
    Reason.SUPPRESSED_BY_TAG: ("a suppression tag", "Nothing. Remove the tag where it is no longer needed."),
    Reason.PLAN_DENIED: ("the plan was denied", "Nothing, or reopen the review; or request an exception."),
    Reason.FIXED_ELSEWHERE: (
        "a copy of a resource that is fixed elsewhere",
        "Onboard the account where it can be fixed.",
    ),
    Reason.NOT_AN_ISSUE: ("a threat or a detection", "Remove it from the automation rule."),
    Reason.NOT_AWS: ("another cloud", "Filter by cloud platform in Wiz."),
    Reason.TEST_DELIVERY: ("a test of the integration", "Nothing: it works."),
    Reason.PAYLOAD_MALFORMED: ("the payload is invalid", "Correct the body of the automation rule."),
    Reason.PAYLOAD_UNSUPPORTED: (
        "the payload is not an issue",
        "Publish issues: source ISSUES in the automation rule.",
    ),
    Reason.STATUS_UNKNOWN: ("a status that Wiz does not document", "Check the payload."),
    Reason.SEVERITY_UNKNOWN: ("a severity that Wiz does not document", "Check the payload."),
    Reason.RESOURCE_NOT_IDENTIFIED: ("the resource id is not an ARN", "Check whether the body uses providerId."),
    Reason.CLOUD_MISMATCH: ("the payload contradicts itself", "Find out who published it."),
    Reason.PARTITION_MISMATCH: ("in another partition", "Deploy a platform there, or filter in Wiz."),
    Reason.ACCOUNT_MISMATCH: ("payload and ARN name two accounts", "Find out who published it."),
    Reason.REGION_MISMATCH: ("payload and ARN name two regions", "Find out who published it."),
    Reason.PLATFORM_ACCOUNT: ("in the platform's own account", "Fix it by hand, or filter in Wiz."),
    Reason.ACCOUNT_NOT_ONBOARDED: (
        "the account is not onboarded",
        "Onboard it: suture accounts add; or filter in Wiz.",
    ),
    Reason.UNSUPPORTED_RESOURCE_TYPE: ("no fix for this type of resource", "Filter in Wiz, or request a fix."),
    Reason.UNSUPPORTED_CONTROL: ("no catalog entry matches the rule", "Add the rule's id to the catalog, or filter."),
    Reason.CATALOG_MISMATCH: ("the catalog entry does not cover it", "Widen the entry, or leave it."),
    Reason.RESOURCE_NOT_FOUND: ("the resource does not exist", "Nothing: Wiz closes the issue with its next scan."),
    Reason.ROLE_NOT_ASSUMABLE: (
        "the customer's role cannot be assumed",
        "Have the pack deployed: each record names it.",
    ),
    Reason.ACCESS_DENIED: ("AWS denied a call", "Read AWS's message in the records."),
    Reason.AWS_CALL_FAILED: ("AWS refused a call", "Read the records, which list the changes in place."),
    Reason.STALE_STATE: ("the resource changed in the meantime", "Nothing: Wiz sends it again."),
    Reason.VERIFICATION_FAILED: ("verification failed", "Check the resource."),
    Reason.INTERRUPTED: ("the change was interrupted", "Compare the resource with the recorded intent."),
    Reason.RECORD_TOO_LARGE: ("the record would be too large", "Fix it by hand."),
    Reason.ENDED_BY_OPERATOR: ("an operator ended the run", "Nothing: it was intended."),
}
"""What each reason is in a few words, and the next step."""

HARMLESS = frozenset({Reason.ALREADY_COMPLIANT, Reason.ISSUE_NOT_OPEN, Reason.TEST_DELIVERY, Reason.RESOURCE_NOT_FOUND})
"""Reasons that blocked no fix: there was nothing to fix."""

"""What keeps findings from being fixed without anybody's doing, and what to do about it.

The long form, with links, is in docs/architecture.md, "Outcomes and reasons".
"""

from __future__ import annotations

from collections.abc import Mapping

from runtime.domain.outcome import Reason

WHAT_TO_DO: Mapping[Reason, tuple[str, str]] = {
    Reason.NOT_THROUGH_TOPIC: (
        "came into the queue past the topic",
        "Find out who sent it, then approve or deny the plan.",
    ),
    Reason.RESTRICTED_PRODUCTION: (
        "restricted production",
        "Approve or deny the plans: there always a person decides.",
    ),
    Reason.APPROVAL_REQUIRED: (
        "the policy asks for approval",
        "Approve or deny the plans. What is always approved can get the mode remediate.",
    ),
    Reason.NOT_REVERSIBLE: ("cannot be undone", "Approve or deny the plans, with care."),
    Reason.BLAST_RADIUS_EXCEEDED: (
        "more would notice than the catalog allows",
        "See whom it concerns, then approve; or raise max_blast_radius of the entry.",
    ),
    Reason.RATE_LIMIT_EXCEEDED: (
        "more changes within an hour than the policy allows",
        "Find out why there were so many; then approve them, or raise writes_per_hour.",
    ),
    Reason.OUTSIDE_CHANGE_WINDOW: (
        "no change window is open",
        "It goes on when one opens. Widen the windows if it happens often.",
    ),
    Reason.CHANGE_FREEZE: ("changes are frozen", "It goes on when the freeze ends."),
    Reason.APPROVAL_VOID: ("the plan was not the approved one any more", "Look at the new plan; it is up for review."),
    Reason.UNDO_NEEDS_APPROVAL: ("an undo waits for approval", "Approve or deny it."),
    Reason.STOPPED: ("changes are stopped", "End the stop once its cause is gone: suture status, suture resume."),
    Reason.RESOURCE_BUSY: ("the resource was busy for too long", "Look at the resource, then have Wiz send it again."),
    Reason.SEVERITY_BELOW_FLOOR: ("below the severity floor", "Nothing, or filter by severity in Wiz."),
    Reason.ENVIRONMENT_UNCLEAR: (
        "the environment is not clear",
        "Tag the resources, register the account's environment, or add an alias to the policy.",
    ),
    Reason.OWNER_MISSING: (
        "no owner was found",
        "Tag the resources, register the account's owner, or map the Wiz project to one.",
    ),
    Reason.ACTION_NOT_ALLOWED: ("the environment does not allow the fix", "Allow it in the policy, or fix it by hand."),
    Reason.NOTIFY_BY_POLICY: ("the policy only notifies", "Fix it by hand, or set another mode."),
    Reason.DRY_RUN_BY_POLICY: (
        "the policy says dry run",
        "Look at the plans; set the mode remediate once they are right.",
    ),
    Reason.DRY_RUN_BY_COMMAND: ("somebody asked for a dry run", "Nothing."),
    Reason.FIX_REFUSED: ("the fix refuses: it would break something", "Clear up what each record names."),
    Reason.UNDONE_BEFORE: ("somebody undid this fix there", "Clear it, suture clear, or ask for an exception."),
    Reason.DRIFT_LOOP: (
        "something reverts the fix",
        "Find out what does, usually a pipeline; then clear it: suture clear.",
    ),
    Reason.OWNED_BY_TEMPLATE: ("a template makes the resource", "Change the template: each record says what in it."),
    Reason.EXCEPTION_APPROVED: ("an exception holds", "Nothing until it ends. Revoke what is not needed any more."),
    Reason.SUPPRESSED_BY_TAG: ("a suppression tag", "Nothing. Remove the tag where it is not needed any more."),
    Reason.PLAN_DENIED: ("people denied the plan", "Nothing, or reopen the review; or ask for an exception."),
    Reason.FIXED_ELSEWHERE: ("a copy of what is fixed elsewhere", "Onboard the account that it is fixed in."),
    Reason.NOT_AN_ISSUE: ("a threat or a detection", "Take it out of the automation rule."),
    Reason.NOT_AWS: ("another cloud", "Filter by cloud platform in Wiz."),
    Reason.TEST_DELIVERY: ("a test of the integration", "Nothing: it works."),
    Reason.PAYLOAD_MALFORMED: ("the payload cannot be read", "Put the body of the automation rule right."),
    Reason.PAYLOAD_UNSUPPORTED: ("the payload is no issue", "Publish issues: source ISSUES in the automation rule."),
    Reason.STATUS_UNKNOWN: ("a status that Wiz does not document", "Look at the payload."),
    Reason.SEVERITY_UNKNOWN: ("a severity that Wiz does not document", "Look at the payload."),
    Reason.RESOURCE_NOT_IDENTIFIED: ("the resource id is no ARN", "See whether the body uses providerId."),
    Reason.CLOUD_MISMATCH: ("the payload contradicts itself", "Find out who published it."),
    Reason.PARTITION_MISMATCH: ("in another partition", "Deploy a platform there, or filter in Wiz."),
    Reason.ACCOUNT_MISMATCH: ("payload and ARN name two accounts", "Find out who published it."),
    Reason.REGION_MISMATCH: ("payload and ARN name two regions", "Find out who published it."),
    Reason.PLATFORM_ACCOUNT: ("in the platform's own account", "Fix it by hand, or filter in Wiz."),
    Reason.ACCOUNT_NOT_ONBOARDED: (
        "the account is not onboarded",
        "Onboard it: suture accounts add; or filter in Wiz.",
    ),
    Reason.UNSUPPORTED_RESOURCE_TYPE: ("no fix for this type of resource", "Filter in Wiz, or ask for a fix."),
    Reason.UNSUPPORTED_CONTROL: ("no catalog entry answers the rule", "Add the rule's id to the catalog, or filter."),
    Reason.CATALOG_MISMATCH: ("the catalog entry is not for this", "Widen the entry, or leave it."),
    Reason.RESOURCE_NOT_FOUND: ("the resource is gone", "Nothing: Wiz closes the issue with its next scan."),
    Reason.ROLE_NOT_ASSUMABLE: (
        "the customer's role cannot be assumed",
        "Have the pack deployed: each record names it.",
    ),
    Reason.ACCESS_DENIED: ("AWS denied a call", "Read AWS's message in the records."),
    Reason.AWS_CALL_FAILED: ("AWS refused a call", "Read the records: they say what is in place."),
    Reason.STALE_STATE: ("somebody changed the resource meanwhile", "Nothing: it comes again."),
    Reason.VERIFICATION_FAILED: ("the change had no effect", "Look at the resource."),
    Reason.INTERRUPTED: ("the change was interrupted", "Compare the resource with the recorded intent."),
    Reason.RECORD_TOO_LARGE: ("the record would be too large", "Fix it by hand."),
    Reason.ENDED_BY_OPERATOR: ("an operator ended the run", "Nothing: it was meant."),
}
"""What each reason is in a few words, and the next step."""

HARMLESS = frozenset({Reason.ALREADY_COMPLIANT, Reason.ISSUE_NOT_OPEN, Reason.TEST_DELIVERY, Reason.RESOURCE_NOT_FOUND})
"""What kept nothing from being fixed: there was nothing to fix."""

"""Every error that the runtime raises, as one tree.

An error carries data, not prose: the sentence is made from the data, so tests, logs and audit records use the same
object. ``retryable`` decides how it is handled: the message returns to the queue and finally goes to the dead-letter
queue. Otherwise the finding ends as ``FAILED``, recorded with ``reason`` and sent to the review queue.
"""

from __future__ import annotations

from runtime.domain.excerpt import excerpt
from runtime.domain.outcome import Reason

_ARN_SHOWN = 160
"""Maximum characters of an invalid ARN in a sentence."""


class SutureError(Exception):
    """The root of the tree. ``reason`` is its code in an audit record."""

    reason: Reason = Reason.INTERNAL_ERROR
    retryable: bool = True


class ArnInvalid(SutureError, ValueError):
    """A text is not the Amazon Resource Name of one resource. ``problem`` says why."""

    reason = Reason.RESOURCE_NOT_IDENTIFIED
    retryable = False

    def __init__(
        self,
        text: str,
        problem: str = "is not an ARN: expected arn:<partition>:<service>:<region>:<account>:<resource>",
    ) -> None:
        self.text = text
        super().__init__(f"{excerpt(text, _ARN_SHOWN)} {problem}")


class PolicyInvalid(SutureError):
    """The remediation catalog or the environment policy is invalid. ``problems`` has one line per defect."""

    reason = Reason.POLICY_INVALID

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("the policy is not valid: " + "; ".join(problems))


class AwsError(SutureError):
    """A failed call in a customer's account, or to open a session there, with AWS's message."""

    reason = Reason.AWS_CALL_FAILED
    retryable = False

    def __init__(
        self, *, service: str, operation: str, code: str, message: str, request_id: str = "", refused: bool = True
    ) -> None:
        self.service = service
        self.operation = operation
        self.code = code
        self.message = message
        self.request_id = request_id
        self.refused = refused
        """Whether nothing was done: AWS refused the call, or was not reached. Otherwise the answer may have been
        lost."""
        super().__init__(f"{service}:{operation} answered {code}: {message}")


class AwsAccessDenied(AwsError):
    """The credentials do not allow the call."""

    reason = Reason.ACCESS_DENIED


class AwsNotFound(AwsError):
    """The resource of the call does not exist."""

    reason = Reason.RESOURCE_NOT_FOUND


class AwsUnavailable(AwsError):
    """Throttled, timed out, refused in the resource's present state, or a server error of AWS."""

    reason = Reason.AWS_UNAVAILABLE
    retryable = True


class RoleNotAssumable(AwsError):
    """The role of a pack is missing, or does not trust this execution role with this external id."""

    reason = Reason.ROLE_NOT_ASSUMABLE

    def __init__(self, *, pack: str, account_id: str, code: str, message: str, request_id: str = "") -> None:
        super().__init__(service="sts", operation="AssumeRole", code=code, message=message, request_id=request_id)
        self.pack = pack
        self.account_id = account_id

    def __str__(self) -> str:
        return (
            f"{super().__str__()}; deploy the pack {self.pack} in account {self.account_id}, with the parameters that "
            f"`suture accounts show {self.account_id}` prints"
        )


class PolicyChanged(SutureError):
    """The policy in force changed between a run's decision and its write. It is decided again."""

    reason = Reason.CONCURRENT_RUN

    def __init__(self, decided_by: str, now: str) -> None:
        self.decided_by = decided_by
        self.now = now
        super().__init__(f"the policy {decided_by} of the decision was replaced by {now}")


class LimitReached(SutureError):
    """Other runs used up a limit on writes between this run's decision and its write. It is decided again."""

    reason = Reason.RATE_LIMIT_EXCEEDED

    def __init__(self, scope: str, limit: int) -> None:
        self.scope = scope
        self.limit = limit
        super().__init__(f"the limit of {limit} writes per hour for {scope} was reached in the meantime")


class ResourceBusy(SutureError):
    """Another run has the lease on the resource, for at most ``seconds_left`` seconds."""

    reason = Reason.CONCURRENT_RUN

    def __init__(self, *, resource_arn: str, seconds_left: int) -> None:
        self.resource_arn = resource_arn
        self.seconds_left = seconds_left
        super().__init__(f"another run has the lease on {resource_arn} for up to {seconds_left} s")


class ResourceNotReady(SutureError):
    """The resource has a transitional status, and accepts no change until it ends."""

    reason = Reason.RESOURCE_BUSY


class OutsideSession(SutureError):
    """A customer client was used outside a session. Always a defect in this code."""

    retryable = False

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(f"{service}:{operation} was called outside a customer session")


class PlatformCallFailed(SutureError):
    """A call to a service of the platform failed. This is not about the finding: the message is retried."""

    reason = Reason.INTERNAL_ERROR

    def __init__(self, *, service: str, operation: str, code: str, message: str) -> None:
        self.service = service
        self.operation = operation
        self.code = code
        self.message = message
        super().__init__(f"the platform's call {service}:{operation} failed with {code}: {message}")


class RegistryInvalid(SutureError):
    """An item of the registry is incomplete. No finding that it may concern is decided."""

    reason = Reason.INTERNAL_ERROR

    def __init__(self, *, partition: str, item: str, problem: str) -> None:
        self.partition = partition
        self.item = item
        self.problem = problem
        super().__init__(f"the registry's item {item!r} in partition {partition!r} is invalid: {problem}")


class MessageInvalid(SutureError):
    """A message of the platform to itself is invalid."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"a message of the platform to itself is invalid: {detail}")


class CommandInvalid(SutureError):
    """An operator's command is invalid. A retry would not help."""

    reason = Reason.COMMAND_INVALID
    retryable = False

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"the command is invalid: {detail}")


class CommandRefused(SutureError):
    """An operator's command is valid and refused. ``reason`` is its code in the record."""

    retryable = False

    def __init__(self, reason: Reason, sentence: str) -> None:
        self.reason = reason
        super().__init__(sentence)


class FactsChanged(SutureError):
    """A fact of the decision changed before the write. The finding is decided again."""

    reason = Reason.CONCURRENT_RUN

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what} changed between the decision and the write; nothing was written")


class MessageNotConfirmed(SutureError):
    """SQS does not confirm the delivery in an event: SQS did not invoke the function."""

    reason = Reason.IDENTITY_MISMATCH

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        super().__init__(f"SQS does not confirm that the message {message_id} is in flight")


class RecordTooLarge(SutureError):
    """An event is larger than what the audit table can store."""

    reason = Reason.RECORD_TOO_LARGE
    retryable = False

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"the record of {run_id} does not fit into the audit table")


class RecordUnreadable(SutureError):
    """An event of the audit trail is unreadable. Nothing is done for its run."""

    def __init__(self, run_id: str, problem: str) -> None:
        self.run_id = run_id
        super().__init__(f"the audit record of {run_id} cannot be read: {problem}")


class DeliveryFailed(SutureError):
    """An outcome could not be sent to a queue, topic or bus."""

    def __init__(self, target: str, detail: str) -> None:
        self.target = target
        self.detail = detail
        super().__init__(f"could not deliver to {target}: {detail}")

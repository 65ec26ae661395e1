"""Every error the runtime raises on purpose, as one tree.

An error carries data, not prose: the sentence is made from the data, so a test, a log line and an audit record can
all ask the same object. One question decides what the pipeline does with one: would the same message, later, have a
fair chance (``retryable``)? Then it goes back to the queue and, in the end, to the dead-letter queue. Otherwise it ends
the finding as ``FAILED``, recorded with ``reason`` and put before a person.
"""

from __future__ import annotations

from runtime.domain.excerpt import excerpt
from runtime.domain.outcome import Reason

_ARN_SHOWN = 160
"""Characters of what is no ARN that a sentence shows."""


class SutureError(Exception):
    """The root of the tree. ``reason`` is the code that an audit record shows for it."""

    reason: Reason = Reason.INTERNAL_ERROR
    retryable: bool = True


class ArnInvalid(SutureError, ValueError):
    """A text that should be the Amazon Resource Name of one resource is not one. ``problem`` says why."""

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
    """The remediation catalog or the environment policy cannot be used. ``problems`` holds one line per defect."""

    reason = Reason.POLICY_INVALID

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("the policy is not valid: " + "; ".join(problems))


class AwsError(SutureError):
    """A call in a customer's account, or on the way into it, that did not succeed, in AWS's own words."""

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
        """Whether nothing was done: AWS said no, or was not reached. Otherwise the answer may have been lost."""
        super().__init__(f"{service}:{operation} answered {code}: {message}")


class AwsAccessDenied(AwsError):
    """The credentials used may not make the call."""

    reason = Reason.ACCESS_DENIED


class AwsNotFound(AwsError):
    """What the call names does not exist."""

    reason = Reason.RESOURCE_NOT_FOUND


class AwsUnavailable(AwsError):
    """Throttled, timed out, refused in the resource's present state, or a fault on AWS's side."""

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
    """Another policy came into force between a run's decision and its write. It is decided again."""

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
    """Another finding is working on the same resource. It holds the lock for ``seconds_left`` seconds at most."""

    reason = Reason.CONCURRENT_RUN

    def __init__(self, *, resource_arn: str, seconds_left: int) -> None:
        self.resource_arn = resource_arn
        self.seconds_left = seconds_left
        super().__init__(f"another run has the lease on {resource_arn} for up to {seconds_left} s")


class ResourceNotReady(SutureError):
    """The resource is in a status that passes by itself, and takes no change until then."""

    reason = Reason.RESOURCE_BUSY


class OutsideSession(SutureError):
    """A customer client was used outside a session for one finding. Always a defect in this code."""

    retryable = False

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(f"{service}:{operation} was called outside a customer session")


class PlatformCallFailed(SutureError):
    """A call to one of the platform's own services did not succeed. It says nothing about the finding: try again."""

    reason = Reason.INTERNAL_ERROR

    def __init__(self, *, service: str, operation: str, code: str, message: str) -> None:
        self.service = service
        self.operation = operation
        self.code = code
        self.message = message
        super().__init__(f"the platform's call {service}:{operation} failed with {code}: {message}")


class RegistryInvalid(SutureError):
    """An item of the registry is not whole. Nothing is decided for the findings that it may concern."""

    reason = Reason.INTERNAL_ERROR

    def __init__(self, *, partition: str, item: str, problem: str) -> None:
        self.partition = partition
        self.item = item
        self.problem = problem
        super().__init__(f"the registry's item {item!r} in partition {partition!r} is invalid: {problem}")


class MessageInvalid(SutureError):
    """A message that this platform sent to itself, through a queue of its own, cannot be understood."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"a message of the platform to itself is invalid: {detail}")


class CommandInvalid(SutureError):
    """An operator's command cannot be understood. It would be no better later."""

    reason = Reason.COMMAND_INVALID
    retryable = False

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"the command is invalid: {detail}")


class CommandRefused(SutureError):
    """An operator's command is understood and not carried out. ``reason`` is the code that its record shows."""

    retryable = False

    def __init__(self, reason: Reason, sentence: str) -> None:
        self.reason = reason
        super().__init__(sentence)


class FactsChanged(SutureError):
    """Something that a change was decided by changed before it was written. It is decided again."""

    reason = Reason.CONCURRENT_RUN

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what} changed between the decision and the write; nothing was written")


class MessageNotConfirmed(SutureError):
    """SQS does not know the delivery that an event names: it was not SQS that invoked the function."""

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
    """An event of the audit trail cannot be read. Nothing is done for its run."""

    def __init__(self, run_id: str, problem: str) -> None:
        self.run_id = run_id
        super().__init__(f"the audit record of {run_id} cannot be read: {problem}")


class DeliveryFailed(SutureError):
    """An outcome could not be handed to a queue, topic or bus."""

    def __init__(self, target: str, detail: str) -> None:
        self.target = target
        self.detail = detail
        super().__init__(f"could not deliver to {target}: {detail}")

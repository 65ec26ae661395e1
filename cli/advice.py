"""What a failed call to the platform means to whoever sits at the terminal, and what to do about it."""

from __future__ import annotations

from cli.policy import deployments
from runtime.domain.errors import PlatformCallFailed
from runtime.domain.known import nearest


def explain(error: PlatformCallFailed, environment: str) -> str:
    """In sentences. ``environment`` is the one that was asked for."""
    match error.code:
        case "NoRegionError":
            return (
                "No AWS region is set (NoRegionError). Set AWS_REGION to the platform's, or use a profile that has it."
            )
        case "NoCredentialsError":
            return f"There are no AWS credentials (NoCredentialsError). {_LOG_IN}"
        case "ProfileNotFound":
            return f"{error.message}. `aws configure list-profiles` lists the profiles that there are."
        case "ExpiredTokenException" | "ExpiredToken" | "TokenRetrievalError" | "SSOTokenLoadError":
            return f"The AWS credentials have expired ({error.code}). {_LOG_IN}"
        case "UnrecognizedClientException" | "InvalidClientTokenId" | "SignatureDoesNotMatch":
            return f"AWS does not know these credentials ({error.code}). {_LOG_IN}"
        case "AccessDenied" | "AccessDeniedException":
            return (
                f"These credentials may not do that: {_answer(error)}\n"
                "`aws sts get-caller-identity` shows whose they are. Operators and approvers may do different things."
            )
        case "ResourceNotFoundException" | "AWS.SimpleQueueService.NonExistentQueue" | "QueueDoesNotExist":
            return f"{not_deployed(environment)}\n{_answer(error)}"
        case "EndpointConnectionError" | "ConnectTimeoutError" | "ConnectionClosedError" | "ReadTimeoutError":
            return (
                f"AWS could not be reached ({error.code}): {error.message} Is there a network, and is the region right?"
            )
        case _:
            return (
                f"{_answer(error)}\n"
                "Try again; `aws sts get-caller-identity` shows which account and credentials are used."
            )


_LOG_IN = "Log in to the platform's account first, for example with `aws sso login`, or set AWS_PROFILE."


def _answer(error: PlatformCallFailed) -> str:
    return f"{error.service}:{error.operation} answered {error.code}: {error.message}"


def not_deployed(environment: str) -> str:
    """That nothing is deployed under this name here, and under which names something may be."""
    known = deployments()
    near = [name for name in nearest(environment, known) if name != environment]
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    return (
        f"Nothing is deployed as environment {environment!r} in this account and region.{meant} "
        f"config/deployments has {', '.join(known) or 'none'}; `aws sts get-caller-identity` shows the account."
    )

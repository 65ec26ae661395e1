"""What a failed call to the platform means to whoever sits at the terminal, and what to do about it."""

from __future__ import annotations

from cli.policy import meant_by
from runtime.domain.errors import PlatformCallFailed


def explain(error: PlatformCallFailed, environment: str) -> str:
    """In sentences. ``environment`` is the one that was asked for."""
    match error.code:
        case "NoRegionError":
            return (
                "No AWS region is set (NoRegionError). Set AWS_REGION to the platform's, or use a profile that has it."
            )
        case "NoCredentialsError":
            return f"There are no AWS credentials (NoCredentialsError). {_LOG_IN}"
        case "PartialCredentialsError" | "CredentialRetrievalError" | "InvalidConfigError" | "ConfigParseError":
            return f"The AWS credentials cannot be read ({error.code}): {error.message}. {_LOG_IN}"
        case "ProfileNotFound":
            return f"{error.message}. `aws configure list-profiles` lists the profiles that there are."
        case code if code in _EXPIRED:
            return f"The AWS credentials have expired ({code}). {_LOG_IN}"
        case code if code in _WRONG:
            return f"AWS does not accept these credentials ({code}): {error.message} {_LOG_IN}"
        case "AccessDenied" | "AccessDeniedException":
            return (
                f"These credentials may not do that: {_answer(error)}\n"
                "`aws sts get-caller-identity` shows whose they are, and of which account. Operators and approvers may "
                f"do different things, each in their own environment; this was {environment!r}."
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


_EXPIRED = frozenset(
    {
        *("ExpiredToken", "ExpiredTokenException", "RequestExpired"),
        *("LoginRefreshRequired", "LoginTokenLoadError"),
        *("SSOTokenLoadError", "TokenRetrievalError", "UnauthorizedSSOTokenError"),
    }
)
_WRONG = frozenset(
    {
        *("AuthFailure", "IncompleteSignature", "InvalidClientTokenId", "InvalidSignatureException"),
        *("MissingAuthenticationTokenException", "SignatureDoesNotMatch", "UnrecognizedClientException"),
    }
)
"""Each service has its own word for a key that does not exist, and for a secret, or a clock, that is wrong."""

LOG_IN_AGAIN = _EXPIRED | _WRONG
"""The codes that other credentials help against."""

_LOG_IN = "Log in to the platform's account first, for example with `aws sso login`, or set AWS_PROFILE."


def _answer(error: PlatformCallFailed) -> str:
    return f"{error.service}:{error.operation} answered {error.code}: {error.message}"


def not_deployed(environment: str) -> str:
    """That nothing is deployed under this name here, and under which names something may be."""
    return (
        f"Nothing is deployed as environment {environment!r} in this account and region.{meant_by(environment)} "
        "`aws sts get-caller-identity` shows the account."
    )

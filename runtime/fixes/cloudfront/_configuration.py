"""What fixes of CloudFront distributions have in common: AWS takes a configuration as a whole only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Permission
from runtime.domain.plan import Change, Compliant
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.cloudfront import DISTRIBUTION
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps, one_of
from runtime.fixes.resource_type import ResourceType

type Configuration = Mapping[str, Any]

_CONFIGURATION = "configuration"
_ETAG = "etag"
_HEADERS = "headers"
_PARAMETERS = "parameters"

_READ = Read(
    call="cloudfront:GetDistributionConfig",
    by={"Id": "${name}"},
    keep={
        _ETAG: "ETag",
        _HEADERS: "join(', ', DistributionConfig.Origins.Items[].CustomHeaders.Items[].HeaderName || `[]`)",
        _PARAMETERS: "join(', ', DistributionConfig.TenantConfig.ParameterDefinitions[].Name || `[]`)",
        # The values of headers are usually secrets, which no plan or record may contain. AWS marks the comment of a
        # tenant's parameter as sensitive too.
        _CONFIGURATION: "(length(DistributionConfig.Origins.Items[].CustomHeaders.Items[] || `[]`) == `0` && "
        "length(DistributionConfig.TenantConfig.ParameterDefinitions || `[]`) == `0` && DistributionConfig) || `null`",
    },
    or_none=(_CONFIGURATION,),
)


def behaviors(configuration: Configuration) -> Iterator[Mapping[str, Any]]:
    """The default cache behavior, and those of path patterns."""
    yield configuration["DefaultCacheBehavior"]
    yield from configuration.get("CacheBehaviors", {}).get("Items", ())


def _runs_no_lambda(look: Look) -> bool:
    return not any(one.get("LambdaFunctionAssociations", {}).get("Quantity") for one in behaviors(look[_CONFIGURATION]))


GUARDS = (
    Guard(
        holds=one_of(_HEADERS, ""),
        because=(
            "${subject} adds headers to its origin requests (${headers}): their values are usually secrets, and the "
            "update would have to send them."
        ),
        first=True,
    ),
    Guard(
        holds=one_of(_PARAMETERS, ""),
        because="${subject} has parameters for its tenants (${parameters}): what is said of them may be secret, and "
        "would have to be sent back.",
        first=True,
    ),
    Guard(
        holds=lambda look: not look[_CONFIGURATION].get("Staging"),
        because="${subject} is a staging distribution of another distribution.",
    ),
    Guard(
        holds=lambda look: not look[_CONFIGURATION].get("ContinuousDeploymentPolicyId"),
        because="${subject} has a staging distribution, and both must have the same settings.",
    ),
    Guard(
        holds=_runs_no_lambda,
        because="${subject} runs Lambda functions, and CloudFront would require permissions on them.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class EditConfiguration(Declared):
    """Everything that was read is sent back, except what ``edited`` changes: it returns the wanted configuration and
    a short description of the change; ``None`` if nothing changes.

    AWS accepts it only while the ETag is the one that was read or, for the undo, the one that the change returned.
    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html
    """

    of: ResourceType = DISTRIBUTION
    reads: tuple[Read, ...] = (_READ,)
    guards: tuple[Guard, ...] = GUARDS
    informs: tuple[str, ...] = (_ETAG,)
    edited: Callable[[Look, Configuration], tuple[Configuration, str] | None]

    @property
    def writes(self) -> tuple[Permission, ...]:
        return (self._update(Value(_ETAG)).permission,)

    def offending(self, look: Look) -> Found | Compliant:
        edited = self.edited(look, look[_CONFIGURATION])
        if edited is None:
            return Compliant(sentence=look.said("${subject} complies."))
        configuration, words = edited
        return Found(words, configuration)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        values = {_ETAG: look[_ETAG], _CONFIGURATION: found.detail}
        apply = self._update(Value(_ETAG)).change(look.texts, values, {_CONFIGURATION: found.detail}, whole=True)
        return (apply,), (self._undo(look),)

    def _undo(self, look: Look) -> Change:
        made_by_the_change = {"$answer": [0, "ETag"]}
        return self._update(made_by_the_change).change(look.texts, {_CONFIGURATION: {"$before": _CONFIGURATION}})

    def _update(self, etag: Any) -> Write:
        return Write(
            call="cloudfront:UpdateDistribution",
            by={"Id": "${name}", "IfMatch": etag, "DistributionConfig": Value(_CONFIGURATION)},
        )

"""Encrypt the cache of a stage of a REST API.

What it does
------------
Turns on the encryption of cached data for every method setting of the stage that caches and does not encrypt. It does
not turn on caching, which is charged by the hour. Other settings do not change, and no method gets settings of its
own.

Why it matters
--------------
Cached responses contain what the API returned to callers.

What can break
--------------
Nothing that is known. API Gateway may have to fetch cached responses again, which takes longer once.

Undo
----
Turns the encryption off for the same settings.

References
----------
* Security Hub control APIGateway.5:
  https://docs.aws.amazon.com/securityhub/latest/userguide/apigateway-controls.html#apigateway-5
* Caching of REST APIs:
  https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
* What UpdateStage can set: https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption, Permission
from runtime.domain.plan import Compliant
from runtime.domain.template import TemplateTool
from runtime.fixes.apigateway import BY, REST_STAGE, stage
from runtime.fixes.calls import Value, Write
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps, Unread

_PATCH = Write(call="apigateway:UpdateStage", action="apigateway:PATCH", by={**BY, "patchOperations": Value("patches")})
_CACHING, _ENCRYPTED = "cachingEnabled", "cacheDataEncrypted"


@dataclass(frozen=True, kw_only=True)
class EncryptCache(Declared):
    """``settings`` of the state are the stage's method settings, by path and method."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return (_PATCH.permission,)

    def offending(self, look: Look) -> Found | Compliant:
        for key, one in look["settings"].items():
            if not {_CACHING, _ENCRYPTED} <= one.keys():
                raise Unread(f"the cache settings of {key}")
        unencrypted = [key for key, one in sorted(look["settings"].items()) if one[_CACHING] and not one[_ENCRYPTED]]
        if not unencrypted:
            return Compliant(sentence=look.said("${subject} has no unencrypted cache."))
        return Found(f"encrypted for {', '.join(unencrypted)}", unencrypted)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        changed = {key: {**look["settings"][key], _ENCRYPTED: True} for key in found.detail}
        leaves = {"settings": {**look["settings"], **changed}}
        return (
            (_PATCH.change(look.texts, {"patches": _patches(found.detail, "true")}, leaves),),
            (_PATCH.change(look.texts, {"patches": _patches(found.detail, "false")}),),
        )


def _patches(keys: Iterable[str], value: str) -> list[dict[str, Any]]:
    """Keys are already escaped as in a path: ``~1`` stands for a slash in the method's own path."""
    return [{"op": "replace", "path": f"/{key}/caching/dataEncrypted", "value": value} for key in keys]


FIX = EncryptCache(
    of=REST_STAGE,
    id="apigateway-stage-cache-encrypted",
    title="Encrypt the cache of a stage of a REST API",
    disruption=Disruption.NONE,
    hazard="Cached responses may have to be fetched once more.",
    undo_hazard="Responses are cached unencrypted.",
    reads=(stage(settings="methodSettings", cache="to_string(cacheClusterEnabled || `false`)"),),
    shows={"settings": lambda look: look.found.detail, "cache": lambda look: look["cache"]},
    template={
        TemplateTool.CLOUDFORMATION: "set CacheDataEncrypted in each of MethodSettings of AWS::ApiGateway::Stage to "
        "true",
        TemplateTool.CDK: "set cacheDataEncrypted in deployOptions of RestApi and in its methodOptions to true",
        TemplateTool.TERRAFORM: "set cache_data_encrypted in settings of aws_api_gateway_method_settings to true",
    },
)

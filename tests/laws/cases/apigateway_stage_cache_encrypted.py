"""A stage of a REST API and what it caches."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.rest_stages import ANSWERS, STAGE, stage

__all__ = ["ANSWERS", "CASES", "read_back"]


def _settings(*, caching: bool, encrypted: bool, ttl: int = 300) -> dict[str, Any]:
    return {"cachingEnabled": caching, "cacheDataEncrypted": encrypted, "cacheTtlInSeconds": ttl}


_OPEN = _settings(caching=True, encrypted=False)
_ENCRYPTED = _settings(caching=True, encrypted=True)
_OFF = _settings(caching=False, encrypted=False)


def _keep_answers_longer(clients: Clients, resource: Resource) -> None:
    STAGE["methodSettings"] = {"*/*": _settings(caching=True, encrypted=False, ttl=3600)}


def read_back(clients: Clients, resource: Resource) -> Any:
    return {key: tuple(one.values()) for key, one in STAGE["methodSettings"].items()}


CASES = (
    Bad(
        name="that caches for all methods",
        create=stage(cacheClusterEnabled=True, methodSettings={"*/*": _OPEN}),
        fixed={"*/*": (True, True, 300)},
        disturb=_keep_answers_longer,
    ),
    Bad(
        name="that caches for some methods",
        create=stage(
            cacheClusterEnabled=True,
            methodSettings={"*/*": _OFF, "~1pets~1{id}/GET": _OPEN, "~1pets/GET": _OPEN, "~1/GET": _ENCRYPTED},
        ),
        fixed={
            "*/*": (False, False, 300),
            "~1pets~1{id}/GET": (True, True, 300),
            "~1pets/GET": (True, True, 300),
            "~1/GET": (True, True, 300),
        },
        disturb=_keep_answers_longer,
    ),
    AlreadyCompliant(name="without settings", create=stage()),
    AlreadyCompliant(name="that caches nothing", create=stage(methodSettings={"*/*": _OFF})),
    AlreadyCompliant(name="that encrypts", create=stage(methodSettings={"*/*": _ENCRYPTED})),
    Refusal(
        name="of which not all settings are told",
        create=stage(methodSettings={"*/*": _OPEN, "~1pets/GET": {"cachingEnabled": True}}),
        because="the cache settings of ~1pets/GET",
    ),
)

"""All fixes, by their current or former ids, each imported on first use.

The first word of an id is the folder, and the others are the module: ``s3-block-public-access`` is ``FIX`` in
``runtime.fixes.s3.block_public_access``. A folder's ``TYPES`` are the resource types of the service. The folder of
Lambda is ``lambda_``.
"""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any, cast

import runtime.fixes
from runtime.domain.fix import FixSpec
from runtime.domain.fix_summary import FixSummary, by_name, from_row, summarize
from runtime.fixes.contract import Fix
from runtime.fixes.resource_type import ResourceType

_HERE, _FOLDERS = runtime.fixes.__name__, runtime.fixes.__path__
_ID = re.compile("[a-z0-9]+(?:-[a-z0-9]+)+")
_NOT_SERVICES = frozenset({"kinds"})


class _Lazy[T](Mapping[str, T]):
    """A mapping whose values are imported one by one. Its keys are listed once."""

    def __init__(self, load: Callable[[str], T], names: Callable[[], Iterator[str]]) -> None:
        self._load = cache(load)
        self._names = cache(lambda: tuple(names()))

    def __getitem__(self, name: str) -> T:
        return self._load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())


def _module_of(fix_id: str) -> str:
    """Raises ``KeyError`` for an invalid id."""
    if not _ID.fullmatch(fix_id):
        raise KeyError(fix_id)
    folder, _, rest = fix_id.partition("-")
    return f"{_HERE}.{folder_of(folder)}.{rest.replace('-', '_')}"


def folder_of(name: str) -> str:
    """The folder of a service. Python cannot import a package named ``lambda``."""
    folder = name.replace("-", "_")
    return f"{folder}_" if iskeyword(folder) else folder


def _fix(fix_id: str) -> Fix:
    """The fix with this current or former id; it also undoes changes made under a former id. Raises ``KeyError``."""
    try:
        return cast(Fix, _attribute(_module_of(fix_id), "FIX", fix_id))
    except KeyError:
        return cast(Fix, _attribute(_module_of(summaries()[fix_id].id), "FIX", fix_id))


def _types(service: str) -> tuple[ResourceType, ...]:
    return cast(tuple[ResourceType, ...], _attribute(f"{_HERE}.{folder_of(service)}", "TYPES", service))


def _attribute(module: str, attribute: str, name: str) -> Any:
    """Raises ``KeyError`` with the name if there is no such module, or it is not one of these."""
    try:
        return getattr(import_module(module), attribute)
    except (ModuleNotFoundError, AttributeError) as missing:
        if missing.name is not None and missing.name not in (attribute, module, module.rpartition(".")[0]):
            raise
        raise KeyError(name) from missing


def _services() -> Iterator[str]:
    for module in pkgutil.iter_modules(_FOLDERS):
        if module.ispkg and module.name not in _NOT_SERVICES:
            yield module.name.removesuffix("_")


def _ids() -> Iterator[str]:
    for service in _services():
        for module in pkgutil.iter_modules([f"{folder}/{folder_of(service)}" for folder in _FOLDERS]):
            if not module.name.startswith("_"):
                yield f"{service}_{module.name}".replace("_", "-")


def _services_of_arns() -> Iterator[str]:
    return (service for service in _services() if hasattr(import_module(f"{_HERE}.{folder_of(service)}"), "TYPES"))


def page_of(fix_id: str) -> str:
    """The page of a fix: the docstring of its module. Raises ``KeyError``."""
    return import_module(_module_of(FIX_BY_ID[fix_id].spec.id)).__doc__ or ""


FIX_BY_ID: Mapping[str, Fix] = _Lazy(_fix, _ids)

SPECS: Mapping[str, FixSpec] = _Lazy(lambda fix_id: FIX_BY_ID[fix_id].spec, _ids)

INDEX = Path(__file__).with_name("index.json")
"""The summaries of all fixes. The bundle has the file; a checkout does not, and imports every fix instead."""


@cache
def summaries() -> Mapping[str, FixSummary]:
    """The summary of each fix without importing it, by its current and former ids."""
    if INDEX.exists():
        return by_name(from_row(row, SPECS) for row in json.loads(INDEX.read_text(encoding="utf-8")))
    return by_name(map(summarize, SPECS.values()))


@cache
def types_by_name() -> Mapping[str, ResourceType]:
    """Every resource type by its CloudFormation name. Imports all of them: for tools, not for the function."""
    return {kind.name: kind for kinds in TYPES.values() for kind in kinds}


TYPES: Mapping[str, tuple[ResourceType, ...]] = _Lazy(_types, _services_of_arns)
"""The resource types by the service that their ARNs name."""

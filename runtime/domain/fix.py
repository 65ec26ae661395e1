"""The declaration of a fix, for the decision, the IAM policies, the catalog and the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from string import Template
from typing import Any

from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool


class Disruption(StrEnum):
    """The disruption of a running workload when the fix is applied."""

    NONE = "none"
    RECONNECT = "reconnect"
    RESTART = "restart"
    DATA_PATH = "data-path"


class Stage(StrEnum):
    """The stage of a fix. A preview is planned like any other, and each of its changes needs approval."""

    PREVIEW = "preview"
    STABLE = "stable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One IAM action and the API operation it is for.

    ``resource`` is an ARN pattern in which ``${partition}``, ``${region}``, ``${account_id}``, ``${name}`` and
    ``${arn}`` are replaced by the finding's resource, and the name of an option by its value; ``*`` alone if the action
    does not support resource-level permissions.
    """

    action: str
    operation: str
    resource: str = "${arn}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionUse:
    """One IAM action of a session (``read`` or ``write``), and its resource ARN."""

    session: str
    action: str
    resource: str


def permission_uses(session: str, permissions: Iterable[Permission], resource: Resource) -> tuple[PermissionUse, ...]:
    """The permissions as a session for one resource would use them, each once."""
    found = [
        PermissionUse(session=session, action=permission.action, resource=resource_pattern(permission, resource))
        for permission in permissions
    ]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionSpec:
    """One option of a catalog entry: its JSON Schema, its default, and its description."""

    schema: Mapping[str, Any]
    default: Any
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FixSpec:
    """The declaration of a fix. ``id`` is permanent and never reused; ``title`` starts with a verb.

    ``hazard`` is what it can break, ``undo_hazard`` what an undo exposes again, empty if it cannot be undone.
    ``template_properties`` has, for each tool that may own the resource, what to change in the template. ``aliases``
    are former ids, which a policy can still use. The YAML file beside the fix, which the function does not load, has
    its identifiers of Wiz, Security Hub and others.
    """

    id: str
    title: str
    resource_types: tuple[str, ...]
    reads: tuple[Permission, ...]
    writes: tuple[Permission, ...]
    reversible: bool
    disruption: Disruption
    hazard: str
    undo_hazard: str
    template_properties: Mapping[TemplateTool, str]
    options: Mapping[str, OptionSpec] = field(default_factory=dict)
    stage: Stage = Stage.PREVIEW
    aliases: tuple[str, ...] = ()


def find_spec(specs: Mapping[str, FixSpec], name: str) -> FixSpec | None:
    """The fix with this id or former id; ``None`` if there is none."""
    return specs.get(name) or next((spec for spec in specs.values() if name in spec.aliases), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a plan: the catalog entry's values over the defaults, and the time in UTC."""

    values: Mapping[str, Any]
    now: datetime

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def texts(self, resource: Resource) -> dict[str, str]:
        """The text options, with ``${account_id}`` and similar replaced by the resource's values, so one catalog entry
        can name a bucket in every account."""
        texts = texts_of(resource)
        return {
            name: Template(value).safe_substitute(texts)
            for name, value in self.values.items()
            if isinstance(value, str)
        }


def options_for(spec: FixSpec, chosen: Mapping[str, Any], now: datetime) -> Options:
    """The options of ``spec`` with ``chosen`` over the defaults."""
    return Options(values={name: chosen.get(name, option.default) for name, option in spec.options.items()}, now=now)


def texts_of(resource: Resource) -> dict[str, str]:
    """The values for names in ARN patterns, parameters and options."""
    return {
        "name": resource.name,
        "arn": resource.arn,
        "account_id": resource.account_id,
        "region": resource.region,
        "partition": resource.partition,
    }


def narrowed(permissions: Iterable[Permission], options: Options, resource: Resource) -> tuple[Permission, ...]:
    """The permissions with the options filled in, without those for unset options."""
    texts = options.texts(resource)
    return tuple(
        replace(permission, resource=Template(permission.resource).safe_substitute(texts))
        for permission in permissions
        if all(name in texts for name in Template(permission.resource).get_identifiers() if name in options.values)
    )


def resource_pattern(permission: Permission, resource: Resource) -> str:
    """The permission's ARN for one resource, and for any value of options that are not filled in."""
    texts = texts_of(resource)
    of_options = dict.fromkeys(Template(permission.resource).get_identifiers(), "*")
    return Template(permission.resource).substitute(of_options | texts)

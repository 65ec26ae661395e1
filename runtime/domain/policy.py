"""The policy: which findings are remediated, how, and where. It is data, delivered separately from the code.

``parse_policy`` takes the document that AWS AppConfig delivers (``config/`` made into one JSON object, already valid
against the JSON Schema in ``config/policy.schema.json``) and checks what a schema cannot: that the parts agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum
from functools import cached_property
from typing import Any

from runtime.domain.change_windows import DAYS, Calendar, ChangeWindow, Freeze, find_time_zone
from runtime.domain.document import from_json
from runtime.domain.errors import PolicyInvalid
from runtime.domain.finding import ACTIONABLE_SEVERITIES, SEVERITIES, Control, Finding
from runtime.domain.fix import Disruption, Stage
from runtime.domain.fix_summary import FixSummary
from runtime.domain.guardrails import UsageScope
from runtime.domain.resource import ResourceForm
from runtime.domain.template import TagMark, TemplateTool, parse_tag_mark

RESTRICTED_PRODUCTION = "restricted-production"
"""The environment in which every change needs approval."""

LIMITS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "exceptions": {"max_days": (2, 3650), "warn_days": (1, 365)},
    "approvals": {"expire_hours": (1, 720)},
    "writes_per_hour": {scope.value: (1, 10_000) for scope in UsageScope},
    "drift": {"times": (1, 100), "days": (1, 365)},
}
"""The minimum and maximum of each number, by section. The schema uses them too."""

APPROVERS = (1, 2)
UNDO_APPROVERS = (0, 2)
UNDO_DAYS = (1, 3650)
REMIND_HOURS = (1, 720)
REMINDERS = (1, 5)
"""The minimum and maximum for an environment."""


class Mode(StrEnum):
    """The mode of an environment or a catalog entry for eligible findings. Least strict first."""

    REMEDIATE = "remediate"
    APPROVE = "approve"
    DRY_RUN = "dry-run"
    NOTIFY = "notify"


_STRICTNESS = tuple(Mode)


def strictest(modes: Iterable[Mode]) -> Mode:
    """The strictest of several modes. Raises ``ValueError`` if there are none."""
    return max(modes, key=_STRICTNESS.index)


class OutsideWindow(StrEnum):
    """How to handle an eligible finding outside its change window."""

    WAIT = "wait"
    APPROVE = "approve"


class TemplateMode(StrEnum):
    """How to handle an eligible finding about a resource that a template owns."""

    FIX = "fix"
    FIX_AND_NOTIFY = "fix-and-notify"
    NOTIFY = "notify"


class OwnerSource(StrEnum):
    """Sources of owners."""

    RESOURCE_TAG = "resource-tag"
    ACCOUNT = "account"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerPolicy:
    """The sources of owners, in order. Tag keys are not case-sensitive."""

    lookup: tuple[OwnerSource, ...]
    tag_keys: tuple[str, ...]
    projects: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentTags:
    """The tag keys that may name a resource's environment, and other spellings of the environments' names."""

    tag_keys: tuple[str, ...]
    aliases: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionPolicy:
    """The maximum duration of an exception, and how long before its expiry a message is sent. In days."""

    max_days: int
    warn_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPolicy:
    """A fix that was made on a resource ``times`` within ``days`` is not made again: something reverts it."""

    times: int
    days: int


CONTACT = r"[^@\s]+@[^@\s]+\.[^@\s]+|arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}"
"""An e-mail address or the ARN of an SNS topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationPolicy:
    """Links in messages, and contacts: by the owner's name, the account, or the Wiz project.

    Names come from tags and payloads, so they only select one of these contacts.
    """

    wiz_url: str = "https://app.wiz.io"
    runbooks_url: str = ""
    owners: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    projects: Mapping[str, str] = field(default_factory=dict)

    @property
    def contacts(self) -> frozenset[str]:
        return frozenset((*self.owners.values(), *self.accounts.values(), *self.projects.values()))

    def contact_of(self, owner: str, account_id: str, finding: Finding | None) -> str:
        """Empty if there is none, or if a finding's projects have several."""
        projects = finding.projects if finding else ()
        found = {self.projects[project] for project in projects if project in self.projects}
        by_name = {name.casefold(): contact for name, contact in self.owners.items()}.get(owner.casefold())
        return by_name or self.accounts.get(account_id) or (found.pop() if len(found) == 1 else "")


@dataclass(frozen=True, kw_only=True)
class EnvironmentPolicy:
    """The rules of one environment.

    ``allowed_actions`` has the allowed fixes of the catalog, each with the condition that allows it. ``approvers``
    different people must approve a plan. ``undo_approvers`` other people must approve an undo of a change that is at
    most ``undo_days`` old. Reminders are sent ``remind_hours`` before a review expires; the last one also to the
    security team.
    """

    name: str
    mode: Mode
    allowed_actions: Mapping[str, str]
    suppression_tags: bool
    approvers: int
    undo_approvers: int
    undo_days: int
    template_owned: TemplateMode
    outside_window: OutsideWindow
    calendar: Calendar
    remind_hours: tuple[int, ...]

    @cached_property
    def allowed_by(self) -> str:
        """By what actions are allowed here, as one text."""
        return ", ".join(sorted(set(self.allowed_actions.values())))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPolicy:
    """The rules of one account, in addition to its environment's. ``mode`` can only be stricter."""

    mode: Mode = Mode.REMEDIATE
    time_zone: str = "UTC"
    calendar: Calendar = field(default_factory=Calendar)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """One approved fix for one or more controls.

    ``rules``, ``controls`` and ``control_names`` identify what it matches, in that order of precedence, all folded as
    ``fold_name`` does. An empty ``accounts`` means any onboarded account. ``max_blast_radius`` limits the plan's blast
    radius facts.
    """

    id: str
    fix: FixSummary
    rules: frozenset[str]
    controls: frozenset[str]
    control_names: frozenset[str]
    resource_types: tuple[str, ...]
    severities: frozenset[str]
    accounts: frozenset[str]
    environments: Mapping[str, Mode]
    options: Mapping[str, Any]
    max_blast_radius: Mapping[str, int]


_NOTHING_OF_ITS_OWN = AccountPolicy()
"""The rules of an account that the policy does not name."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The whole policy. Every audit record includes ``version``."""

    version: str
    severity_floor: str
    owner: OwnerPolicy
    environment_tags: EnvironmentTags
    suppression_tag: str
    exceptions: ExceptionPolicy
    approval_hours: int
    writes_per_hour: Mapping[UsageScope, int]
    drift: DriftPolicy
    template_marks: Mapping[TemplateTool, tuple[TagMark, ...]]
    environments: Mapping[str, EnvironmentPolicy]
    accounts: Mapping[str, AccountPolicy]
    catalog: tuple[CatalogEntry, ...]
    types: Mapping[str, Sequence[ResourceForm]] = field(repr=False)
    """The resource types of this version, by the service in their ARNs."""
    notifications: NotificationPolicy = field(default_factory=NotificationPolicy)

    def former_fix_ids(self, fix_id: str) -> tuple[str, ...]:
        """The former ids of a fix of the catalog."""
        return next((entry.fix.aliases for entry in self.catalog if entry.fix.id == fix_id), ())

    def account(self, account_id: str) -> AccountPolicy:
        """The rules of an account; none unless the policy names it."""
        return self.accounts.get(account_id, _NOTHING_OF_ITS_OWN)

    @cached_property
    def resource_types(self) -> frozenset[str]:
        """The approved resource types: those of the catalog entries."""
        return frozenset(name for entry in self.catalog for name in entry.resource_types)

    @cached_property
    def control_names(self) -> frozenset[str]:
        """The names that an exception can use: the entries, and the rules and controls that they match, in lower
        case."""
        return frozenset(
            name for entry in self.catalog for name in (entry.id.casefold(), *entry.rules, *entry.controls)
        )

    def entry_for(self, control: Control, resource_type: str) -> CatalogEntry | None:
        """The entry that matches a control for a resource type.

        The identifier of the control's rule has precedence, then the control's identifier, then its name. If a cloud
        configuration rule functions as a control, Wiz may send the rule's id as the control's, and its default body
        names no rule.
        """
        for kind, found in (
            ("rules", control.rule_id),
            ("controls", control.id),
            ("rules", control.id),
            ("control_names", control.name),
        ):
            entry = self._index.get((kind, fold_name(found), resource_type)) if found else None
            if entry is not None:
                return entry
        return None

    @cached_property
    def _index(self) -> Mapping[tuple[str, str, str], CatalogEntry]:
        """The entries by what they match. Parsing ensures that there is only one."""
        return dict(reversed([*_answered(self.catalog)]))


_QUOTATION_MARKS = dict.fromkeys(
    map(ord, "'\"\xab\xb4\xbb\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a")
)


def fold_name(name: str) -> str:
    """A Wiz name without the parts that differ between versions: case, spaces and quotation marks."""
    return "".join(name.casefold().translate(_QUOTATION_MARKS).split())


IRREVERSIBLE = "irreversible"
"""In ``default_modes``, in addition to the disruptions: fixes that cannot be undone."""


def default_mode(fix: FixSummary, modes: Mapping[str, str]) -> Mode:
    """The mode by an environment's ``default_modes`` for a catalog entry that does not name the environment."""
    kinds = [fix.disruption.value, *(() if fix.reversible else (IRREVERSIBLE,))]
    preview = [Mode.APPROVE] if fix.stage is Stage.PREVIEW else []
    return strictest([*preview, *(Mode(modes[kind]) for kind in kinds)])


def _answered(catalog: Iterable[CatalogEntry]) -> Iterator[tuple[tuple[str, str, str], CatalogEntry]]:
    """The keys that each entry matches: the kind of identifier, the identifier, and the resource type."""
    for entry in catalog:
        for kind in ("rules", "controls", "control_names"):
            for identifier in sorted(getattr(entry, kind)):
                for resource_type in entry.resource_types:
                    yield (kind, identifier, resource_type), entry


def parse_policy(
    document: Mapping[str, Any], fixes: Mapping[str, FixSummary], types: Mapping[str, Sequence[ResourceForm]]
) -> Policy:
    """Read a policy document. Raises ``PolicyInvalid`` with every place where its parts do not agree.

    ``fixes`` are identified by id and former id. None is loaded.

    A document that does not match the schema is refused too: the function does not rely on AppConfig's validator.
    """
    try:
        return _parse_policy(document, fixes, types)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PolicyInvalid((f"it does not match the schema: {type(error).__name__} {error}",)) from error


_PARTS = (
    *("version", "severity_floor", "owner", "environment", "suppression_tag", "templates", *LIMITS),
    *("environments", "accounts", "catalog", "notifications"),
)
_CALENDAR = ("change_windows", "freezes")


def _parse_policy(
    document: Mapping[str, Any], fixes: Mapping[str, FixSummary], types: Mapping[str, Sequence[ResourceForm]]
) -> Policy:
    problems: list[str] = []
    _check_keys(document, _PARTS)
    _check_keys(document["templates"], ("cdk_tags", "terraform_tags"))
    names = tuple(document["environments"])
    defaults = {name: raw["default_modes"] for name, raw in document["environments"].items() if "default_modes" in raw}
    notifications = _parse_notifications(document.get("notifications", {}), problems)
    catalog = tuple(
        entry
        for index, raw in enumerate(document["catalog"])
        if (entry := _parse_entry(f"catalog[{index}]", raw, fixes, names, defaults, problems)) is not None
    )
    _check_unambiguous(catalog, problems)
    answered = {entry.fix.id: entry.fix for entry in catalog}
    environments = {
        name: _parse_environment(name, raw, fixes, answered, problems) for name, raw in document["environments"].items()
    }
    accounts = {
        account_id: _parse_account(f"accounts.{account_id}", raw, problems)
        for account_id, raw in document["accounts"].items()
    }
    exceptions = ExceptionPolicy(**_integers(document, "exceptions"))
    if exceptions.warn_days >= exceptions.max_days:
        problems.append(
            f"exceptions.warn_days: {exceptions.warn_days} must be less than max_days, which is {exceptions.max_days}"
        )
    if document["severity_floor"] not in ACTIONABLE_SEVERITIES:
        problems.append(_unknown("severity_floor", document["severity_floor"], ACTIONABLE_SEVERITIES))
    for alias, name in document["environment"]["aliases"].items():
        if name not in environments:
            problems.append(_unknown(f"environment.aliases.{alias}", name, names))
    if problems:
        raise PolicyInvalid(tuple(problems))
    return Policy(
        version=_of(str, document["version"]),
        severity_floor=document["severity_floor"],
        owner=from_json(OwnerPolicy, document["owner"]),
        environment_tags=replace(
            from_json(EnvironmentTags, document["environment"]),
            aliases={alias.casefold(): name for alias, name in document["environment"]["aliases"].items()},
        ),
        suppression_tag=_of(str, document["suppression_tag"]),
        exceptions=exceptions,
        approval_hours=_integers(document, "approvals")["expire_hours"],
        writes_per_hour={UsageScope(scope): limit for scope, limit in _integers(document, "writes_per_hour").items()},
        drift=DriftPolicy(**_integers(document, "drift")),
        template_marks={
            tool: tuple(parse_tag_mark(text) for text in _texts(document["templates"][f"{tool}_tags"]))
            for tool in (TemplateTool.CDK, TemplateTool.TERRAFORM)
        },
        environments=environments,
        accounts=accounts,
        catalog=catalog,
        types=types,
        notifications=notifications,
    )


def _parse_environment(
    name: str,
    raw: Mapping[str, Any],
    fixes: Mapping[str, FixSummary],
    answered: Mapping[str, FixSummary],
    problems: list[str],
) -> EnvironmentPolicy:
    place = f"environments.{name}"
    rules = ("mode", "default_modes", "allowed_actions", "suppression_tags", "approvers", "undo_approvers", "undo_days")
    _check_keys(raw, (*rules, "remind_hours", "template_owned", "outside_window", *_CALENDAR))
    _check_keys(raw.get("default_modes", {}), (*Disruption, IRREVERSIBLE))
    return EnvironmentPolicy(
        name=name,
        mode=Mode(raw["mode"]),
        allowed_actions=_parse_actions(f"{place}.allowed_actions", raw["allowed_actions"], fixes, answered, problems),
        suppression_tags=_of(bool, raw["suppression_tags"]),
        approvers=_limited(raw["approvers"], APPROVERS),
        undo_approvers=_limited(raw["undo_approvers"], UNDO_APPROVERS),
        undo_days=_limited(raw["undo_days"], UNDO_DAYS),
        template_owned=TemplateMode(raw["template_owned"]),
        outside_window=OutsideWindow(raw["outside_window"]),
        calendar=_parse_calendar(place, raw, problems),
        remind_hours=_parse_hours(raw.get("remind_hours", [72, 24])),
    )


def _parse_account(place: str, raw: Mapping[str, Any], problems: list[str]) -> AccountPolicy:
    _check_keys(raw, ("mode", "time_zone", *_CALENDAR))
    time_zone = _of(str, raw.get("time_zone", "UTC"))
    try:
        if time_zone != "UTC":
            find_time_zone(time_zone)
    except ValueError as error:
        problems.append(f"{place}.time_zone: {error}; write it like Europe/Berlin")
    return AccountPolicy(
        mode=Mode(raw.get("mode", Mode.REMEDIATE)), time_zone=time_zone, calendar=_parse_calendar(place, raw, problems)
    )


def _parse_calendar(place: str, raw: Mapping[str, Any], problems: list[str]) -> Calendar:
    if not raw.get("change_windows", True):
        raise ValueError(f"{place}.change_windows is empty, which is ambiguous: always or never")
    return Calendar(
        windows=tuple(_parse_windows(f"{place}.change_windows", raw.get("change_windows", []), problems)),
        freezes=tuple(_parse_freezes(f"{place}.freezes", raw.get("freezes", []), problems)),
    )


def _parse_windows(place: str, windows: Iterable[Mapping[str, Any]], problems: list[str]) -> Iterator[ChangeWindow]:
    for index, raw in enumerate(windows):
        _check_keys(raw, ("days", "opens", "closes"))
        days = _texts(raw["days"])
        problems += [_unknown(f"{place}[{index}].days", day, DAYS) for day in days if day not in DAYS]
        yield ChangeWindow(days=days, opens=_time_of_day(raw["opens"]), closes=_time_of_day(raw["closes"]))


def _parse_freezes(place: str, freezes: Iterable[Mapping[str, Any]], problems: list[str]) -> Iterator[Freeze]:
    for index, raw in enumerate(freezes):
        _check_keys(raw, ("begins", "ends", "reason"))
        moments: dict[str, datetime] = {}
        for name in ("begins", "ends"):
            try:
                moments[name] = _local(datetime.fromisoformat(_of(str, raw[name])))
            except ValueError:
                problems.append(f"{place}[{index}].{name}: {raw[name]!r} is not a time; write it like 2026-12-18T17:00")
        if len(moments) == 2:
            if moments["ends"] <= moments["begins"]:
                problems.append(f"{place}[{index}].ends: {raw['ends']!r} is not after begins, {raw['begins']!r}")
            yield Freeze(**moments, reason=_of(str, raw["reason"]))


def _time_of_day(text: Any) -> time:
    return _local(time.fromisoformat(_of(str, text)))


def _local[T: (time, datetime)](moment: T) -> T:
    """A local time of the account. Raises ``ValueError`` for one with a zone."""
    if moment.tzinfo is not None:
        raise ValueError(f"{moment.isoformat()} has a time zone; local times of the account have none")
    return moment


def _integers(document: Mapping[str, Any], section: str) -> dict[str, int]:
    """The numbers of a section, each within its limits."""
    _check_keys(document[section], LIMITS[section])
    return {name: _limited(document[section][name], limits) for name, limits in LIMITS[section].items()}


def _parse_hours(raw: Any) -> tuple[int, ...]:
    hours = tuple(_limited(one, REMIND_HOURS) for one in _of(list, raw))
    _limited(len(hours), REMINDERS)
    return hours


def _parse_notifications(raw: Any, problems: list[str]) -> NotificationPolicy:
    notifications = from_json(NotificationPolicy, raw)
    problems += [
        f"notifications: {contact!r} is neither an e-mail address nor the ARN of an SNS topic"
        for contact in sorted(notifications.contacts)
        if not re.fullmatch(CONTACT, contact)
    ]
    return notifications


def _limited(value: Any, limits: tuple[int, int]) -> int:
    least, most = limits
    if not least <= _of(int, value) <= most:
        raise ValueError(f"{value} should be {least} to {most}")
    return int(value)


def _check_keys(raw: Mapping[str, Any], known: Collection[str]) -> None:
    """An unknown key may be a misspelt one, whose restriction would be ignored."""
    if unknown := sorted(raw.keys() - set(known)):
        raise ValueError(f"{', '.join(unknown)}: unknown; known are {', '.join(known)}")


_ENTRY = (
    *("id", "fix", "match", "resource_types", "severities", "accounts", "environments", "options"),
    "max_blast_radius",
)
_MATCH = ("rules", "controls", "control_names")


def _parse_entry(
    place: str,
    raw: Mapping[str, Any],
    fixes: Mapping[str, FixSummary],
    environments: tuple[str, ...],
    defaults: Mapping[str, Mapping[str, str]],
    problems: list[str],
) -> CatalogEntry | None:
    _check_keys(raw, _ENTRY)
    _check_keys(raw["match"], _MATCH)
    fix = fixes.get(_of(str, raw["fix"]))
    if fix is None:
        problems.append(_unknown(f"{place}.fix", raw["fix"], _ids(fixes)))
        return None
    resource_types = _texts(raw["resource_types"]) if "resource_types" in raw else fix.resource_types
    problems += [
        _unknown(f"{place}.resource_types", name, fix.resource_types)
        for name in resource_types
        if name not in fix.resource_types
    ]
    severities = _texts(raw["severities"]) if "severities" in raw else ACTIONABLE_SEVERITIES
    problems += [_unknown(f"{place}.severities", name, SEVERITIES) for name in severities if name not in SEVERITIES]
    accounts = _texts(raw.get("accounts", []))
    if not accounts and "accounts" in raw:
        raise ValueError(f"{place}.accounts is empty, which is ambiguous: any or none")
    options = _of(dict, raw.get("options", {}))
    problems += [_unknown(f"{place}.options", name, fix.options) for name in options if name not in fix.options]
    return CatalogEntry(
        id=_of(str, raw["id"]),
        fix=fix,
        rules=_folded(raw["match"].get("rules", [])),
        controls=_folded(raw["match"].get("controls", [])),
        control_names=_folded(raw["match"].get("control_names", [])),
        resource_types=resource_types,
        severities=frozenset(severities),
        accounts=frozenset(accounts),
        environments=_parse_modes(f"{place}.environments", raw, fix, environments, defaults, problems),
        options=options,
        max_blast_radius={fact: _of(int, limit) for fact, limit in raw.get("max_blast_radius", {}).items()},
    )


def _parse_modes(
    place: str,
    raw: Mapping[str, Any],
    fix: FixSummary,
    environments: tuple[str, ...],
    defaults: Mapping[str, Mapping[str, str]],
    problems: list[str],
) -> Mapping[str, Mode]:
    if "environments" not in raw:
        return {name: default_mode(fix, modes) for name, modes in defaults.items()}
    chosen = {name: Mode(mode) for name, mode in raw["environments"].items()}
    problems += [_unknown(place, name, environments) for name in chosen if name not in environments]
    if fix.stage is Stage.PREVIEW:
        problems += [
            f"{place}.{name}: {fix.id} is a preview: 'approve' is its least strict mode"
            for name, mode in chosen.items()
            if mode is Mode.REMEDIATE
        ]
    return chosen


def _parse_actions(
    place: str, raw: Any, fixes: Mapping[str, FixSummary], answered: Mapping[str, FixSummary], problems: list[str]
) -> Mapping[str, str]:
    """The allowed fixes of the catalog, each with the first condition that allows it."""
    found: dict[str, str] = {}
    for text in ["all"] if raw == "all" else _texts(raw):
        conditions = [part.partition("=")[::2] for part in text.split(",")] if "=" in text else []
        named = fixes.get(text) if text != "all" and not conditions else None
        if text != "all" and named is None and not conditions:
            problems.append(_unknown(place, text, _ids(fixes)))
        problems += [_unknown(place, key, _SELECTORS) for key, _ in conditions if key not in _SELECTORS]
        for fix_id, fix in answered.items():
            if text == "all" or fix is named or (conditions and _selected(fix, conditions)):
                found.setdefault(fix_id, text)
    return found


_SELECTORS: Mapping[str, Callable[[FixSummary], Iterable[str]]] = {
    "disruption": lambda fix: [fix.disruption.value],
    "reversible": lambda fix: [str(fix.reversible).lower()],
    "service": lambda fix: fix.services,
}
"""The keys of conditions in a selector such as ``disruption=none,reversible=true``."""


def _selected(fix: FixSummary, conditions: Iterable[tuple[str, str]]) -> bool:
    return all(value in _SELECTORS[key](fix) for key, value in conditions if key in _SELECTORS)


def _check_unambiguous(catalog: tuple[CatalogEntry, ...], problems: list[str]) -> None:
    ids: set[str] = set()
    for entry in catalog:
        if entry.id in ids:
            problems.append(f"catalog: the id {entry.id!r} is duplicate")
        ids.add(entry.id)
    owners: dict[tuple[str, str, str], str] = {}
    for answered, entry in _answered(catalog):
        other = owners.setdefault(answered, entry.id)
        if other != entry.id:
            kind, identifier, resource_type = answered
            problems.append(
                f"catalog: {kind} {identifier!r} for {resource_type} is in both {other!r} and {entry.id!r}; keep one"
            )


def _ids(fixes: Mapping[str, FixSummary]) -> frozenset[str]:
    return frozenset(fix.id for fix in fixes.values())


def _folded(identifiers: Any) -> frozenset[str]:
    return frozenset(map(fold_name, _texts(identifiers)))


def _texts(value: Any) -> tuple[str, ...]:
    """A list of texts, and not a text, which is a sequence of texts in Python."""
    return tuple(_of(str, item) for item in _of(list, value))


def _of[T](kind: type[T], value: Any) -> T:
    """The value, if it is of that kind. Raises ``TypeError`` otherwise."""
    if type(value) is not kind:  # to Python, true is a number
        raise TypeError(f"{value!r} should be a {kind.__name__}")
    return value


def _unknown(place: str, found: str, allowed: Iterable[str]) -> str:
    return f"{place}: {found!r} is unknown; one of {', '.join(sorted(allowed))}"

"""The common part of all declared fixes: what they read, what they refuse, and in which order they check it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from string import Template
from typing import Any, NamedTuple

from runtime.domain.fix import Disruption, FixSpec, Options, OptionSpec, Permission, Stage
from runtime.domain.plan import Busy, Change, Compliant, Elsewhere, Plan, Planned, Refused, State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, part
from runtime.fixes.contract import Call, Reader
from runtime.fixes.resource_type import STATUS, ResourceType


class Unread(Exception):
    """A required part of the state was not read. No plan is made without it."""


class Unset(Exception):
    """A required option without default is not set by the catalog entry."""


class Found(NamedTuple):
    """What a fix would change: a short text with old and new value, and the details for the kind itself."""

    words: str
    detail: Any = None


NOTHING_FOUND = Found("")

type Steps = tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The input of a plan: the resource, the observed state, and the options."""

    type: ResourceType
    resource: Resource
    state: State
    options: Options
    found: Found = NOTHING_FOUND

    def __getitem__(self, path: str) -> Any:
        """A part of the state. Raises ``Unread``."""
        try:
            return part(self.state, path)
        except KeyError as missing:
            raise Unread(missing.args[0]) from missing

    def option(self, name: str) -> Any:
        """The value of an option. Raises ``Unset``."""
        if self.options[name] is None:
            raise Unset(name)
        return self.options.texts(self.resource).get(name, self.options[name])

    @property
    def texts(self) -> dict[str, str]:
        """The values of names in parameters."""
        return self.options.texts(self.resource) | self.type.texts_in(self.state, self.resource)

    @property
    def subject(self) -> str:
        """The resource as named in sentences."""
        return f"the {self.type.noun} {self.called}"

    @property
    def called(self) -> str:
        """The resource's name; of an account, its number."""
        return self.resource.name or self.resource.account_id

    def said(self, sentence: str) -> str:
        """A sentence with ``${subject}`` and the names of options and parts of the state replaced."""
        texts = {**self.options.texts(self.resource), **self.state, "subject": self.subject}
        return _capital(Template(sentence).safe_substitute(texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A condition of every change. ``because`` is the sentence that says why nothing was changed, if it does not hold.

    ``${subject}`` in it is the resource, and ``${Name}`` a part of the state or an option. ``first``: checked before
    whether there is anything to change. ``elsewhere``: the resource must be fixed in another account or region.
    """

    holds: Callable[[Look], bool]
    because: str
    first: bool = False
    elsewhere: bool = False


def one_of(path: str, *values: Any) -> Callable[[Look], bool]:
    """Holds if a part of the state is one of these."""
    return lambda look: look[path] in values


def none_of(path: str, *values: Any) -> Callable[[Look], bool]:
    """Holds if a part of the state is none of these."""
    return lambda look: look[path] not in values


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the customer must name by an option without default: a key, a bucket. It is checked, never created.

    ``reads`` read what is needed to check it, and ``guards`` say why it is not suitable.
    """

    option: str
    spec: OptionSpec
    reads: tuple[Read, ...]
    guards: tuple[Guard, ...]


def _unless_left_out(option: str, guard: Guard) -> Guard:
    return replace(guard, holds=lambda look: look.options[option] is None or guard.holds(look))


def one_way(named: Named) -> Named:
    """A name that may be omitted, because another may be given instead: the fix's own guards check this."""
    return replace(named, guards=tuple(_unless_left_out(named.option, guard) for guard in named.guards))


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A fix as data. Kinds define what is offending and how it is changed; the rest is the same for all.

    ``reads`` are made after those of the resource's type, and ``extra_reads`` by a kind's own ``observe``;
    ``extra_writes`` are permissions that AWS requires besides those of the calls. ``named`` is what the customer names.
    ``shows`` are the facts of the blast radius, from the state and what was ``found``. ``takes_back`` must hold for AWS
    to accept the undo: if it does not, the plan says so, and has no undo. ``informs`` names parts of the state that
    only inform: they change by themselves, and nothing restores them.
    """

    of: ResourceType | tuple[ResourceType, ...]
    id: str
    title: str
    hazard: str
    undo_hazard: str = ""
    disruption: Disruption
    template: Mapping[TemplateTool, str]
    reads: tuple[Read, ...] = ()
    guards: tuple[Guard, ...] = ()
    takes_back: tuple[Guard, ...] = ()
    shows: Mapping[str, Callable[[Look], Any]] = field(default_factory=dict)
    named: tuple[Named, ...] = ()
    extra_reads: tuple[Permission, ...] = ()
    extra_writes: tuple[Permission, ...] = ()
    informs: tuple[str, ...] = ()
    options: Mapping[str, OptionSpec] = field(default_factory=dict)
    reversible: bool = True
    stage: Stage = Stage.PREVIEW
    aliases: tuple[str, ...] = ()

    @property
    def types(self) -> tuple[ResourceType, ...]:
        return (self.of,) if isinstance(self.of, ResourceType) else self.of

    def type_of(self, resource: Resource) -> ResourceType:
        return next(one for one in self.types if one.name == resource.type)

    @cached_property
    def spec(self) -> FixSpec:
        reads = [read for one in self.types for read in (*one.reads, *self.all_reads)]
        return FixSpec(
            id=self.id,
            title=self.title,
            resource_types=tuple(one.name for one in self.types),
            reads=tuple(dict.fromkeys((*[read.permission for read in reads], *self.extra_reads))),
            writes=tuple(dict.fromkeys((*self.writes, *self.extra_writes))),
            reversible=self.reversible,
            disruption=self.disruption,
            hazard=self.hazard,
            undo_hazard=self.undo_hazard,
            template_properties=self.template,
            options={**self.options, **{one.option: one.spec for one in self.named}},
            stage=self.stage,
            aliases=self.aliases,
        )

    @cached_property
    def all_reads(self) -> tuple[Read, ...]:
        """Those of ``named`` come last: they depend on options."""
        return (*self.reads, *(replace(read, option=one.option) for one in self.named for read in one.reads))

    @property
    def volatile(self) -> tuple[str, ...]:
        """The parts of the state that are not compared. A status that prevents a change is checked each time."""
        return (*self.informs, *((STATUS,) if any(one.passing for one in self.types) else ()))

    @property
    @abstractmethod
    def writes(self) -> tuple[Permission, ...]:
        """The permissions to apply and undo a plan."""

    @abstractmethod
    def offending(self, look: Look) -> Found | Compliant | Refused:
        """What must be changed, if anything. Raises ``Unread`` for a part that it needs."""

    @abstractmethod
    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps] | Refused:
        """The calls that change it, and those that undo the change; none of the latter if it cannot be undone."""

    def calls(self, resource: Resource) -> tuple[Call, ...]:
        """Those calls of ``observe`` that do not depend on other answers: they can be made in parallel."""
        kind = self.type_of(resource)
        if kind.handle:
            return (kind.handle.calls(kind.names(resource)),)
        calls = [read.calls(kind.names(resource)) for read in (*kind.reads, *self.reads) if not read.depends]
        return tuple({str(call): call for call in calls}.values())

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        """Read the state; if ``only`` names parts of it, only what those need. Raises an ``AwsError``."""
        kind = self.type_of(resource)
        texts = kind.texts(aws, resource) | options.texts(resource)
        state: dict[str, Any] = {}
        needed = {STATUS, *only}
        for read in reversed(self.all_reads):
            needed |= {read.of} if read.of and read.paths.keys() & needed else set()
        for read in sorted((*kind.reads, *self.all_reads), key=lambda read: read.depends):
            if only and read is not kind.handle and not read.paths.keys() & needed:
                continue
            if read.option and options[read.option] is None:
                continue
            if (
                read.depends
                and not only
                and self._ends(Look(type=kind, resource=resource, state=state, options=options))
            ):
                continue
            if not read.of:
                state |= read.state(aws, texts)
            elif state.get(read.of) is not None:
                state |= read.state(aws, {**texts, read.of: state[read.of]})
            elif read.of in state:
                state |= dict.fromkeys(read.paths)
        return state

    def plan(self, resource: Resource, state: State, options: Options) -> Planned:
        """Decide what to change. Pure: no clock, no call, no randomness."""
        look = Look(type=self.type_of(resource), resource=resource, state=state, options=options)
        try:
            return self._plan(look)
        except Unread as missing:
            return Refused(sentence=look.said(f"Missing evidence of ${{subject}}: {missing}."))
        except Unset as option:
            return Refused(sentence=f"The catalog entry does not set the option {option}, which {self.id} needs.")

    def _plan(self, look: Look) -> Planned:
        if ended := self._first(look):
            return ended
        for read in self.all_reads:
            for name in read.paths if not read.option or look.options[read.option] is not None else ():
                look[name]
        found = self.offending(look)
        if isinstance(found, Compliant | Refused):
            return found
        if refused := _asked(look, (*(guard for guard in self.guards if not guard.first), *self._guards_of_named)):
            return refused
        made = self.changes(look, found)
        if isinstance(made, Refused):
            return made
        changes, undo = made
        kept = _asked(look, self.takes_back)
        return Plan(
            fix_id=self.id,
            resource_arn=look.resource.arn,
            summary=f"{self.title}: {look.called} ({found.words}).{f' {kept.sentence}' if kept else ''}",
            before=look.state,
            changes=changes,
            undo=undo if self.reversible and not kept else (),
            blast_radius={name: fact(replace(look, found=found)) for name, fact in self.shows.items()},
            volatile=self.volatile,
        )

    @property
    def _guards_of_named(self) -> Iterator[Guard]:
        return (guard for one in self.named for guard in one.guards)

    def _ends(self, look: Look) -> bool:
        """Whether no more needs to be read, because there will be no plan."""
        try:
            return self._first(look) is not None
        except Unread:
            return True

    def _first(self, look: Look) -> Refused | Elsewhere | Busy | None:
        """Why there is no check for anything to change. Raises ``Unread``."""
        for read in (*look.type.reads, *(read for read in self.reads if not read.depends)):
            for name in read.paths:
                look[name]
        if ended := _asked(look, (guard for guard in self.guards if guard.first)):
            return ended
        if look.type.status and look[STATUS] in look.type.passing:
            return Busy(sentence=look.said("${subject} is ${status}, which is transitional."))
        return None


def _asked(look: Look, guards: Iterable[Guard]) -> Refused | Elsewhere | None:
    for guard in guards:
        if not guard.holds(look):
            kind = Elsewhere if guard.elsewhere else Refused
            return kind(sentence=look.said(guard.because))
    return None


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]

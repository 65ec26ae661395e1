"""The stored facts of a finding's account and resource, read together for the decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runtime.application.ports import Key, Partition, Store, Stored
from runtime.domain.facts import Account, Waivers
from runtime.domain.guardrails import Guardrails, Stop
from runtime.items.accounts import account_from_item, account_key
from runtime.items.counters import Counter
from runtime.items.exceptions import in_force_key, in_force_together
from runtime.items.past import past_from_item, past_key
from runtime.items.stops import IN_EFFECT, stops_in_effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The resource of a change, and its fix."""

    account_id: str
    resource_arn: str
    fix_id: str

    @property
    def counter(self) -> Counter:
        return Counter(account_id=self.account_id, fix_id=self.fix_id)

    @property
    def exceptions(self) -> tuple[Key, Key]:
        return in_force_key(self.account_id), in_force_key("")

    @property
    def past(self) -> Key:
        return past_key(self.resource_arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """The facts, as read at one moment. Properties raise ``RegistryInvalid`` for an incomplete item."""

    subject: Subject
    stored: Stored

    @property
    def account(self) -> Account | None:
        key = account_key(self.subject.account_id)
        return account_from_item(key, self.stored.item(key))

    @property
    def exceptions(self) -> Waivers:
        """Those in force for the account, and for any."""
        return in_force_together(tuple((key, self.stored.item(key)) for key in self.subject.exceptions))

    @property
    def stops(self) -> tuple[Stop, ...]:
        return stops_in_effect(self.stored.item(IN_EFFECT))

    def guardrails(self, now: datetime, mine: tuple[str, ...]) -> Guardrails:
        """``mine`` is where the run's own write was counted, if it may have made one."""
        return Guardrails(
            stops=self.stops,
            past=past_from_item(self.subject.past, self.stored.item(self.subject.past)),
            usage=self.subject.counter.usage(self.stored, now, mine),
        )

    def changed_since(self, earlier: Knowledge) -> str:
        """The facts that must not have changed since the decision: exceptions and the resource's past."""
        names = {**dict.fromkeys(self.subject.exceptions, "an exception"), self.subject.past: "the resource's past"}
        changed = [name for key, name in names.items() if self.stored.item(key) != earlier.stored.item(key)]
        return changed[0] if changed else ""


def read_knowledge(store: Store, subject: Subject, partitions: tuple[Partition, ...] = ()) -> Knowledge:
    """All facts, together with other partitions."""
    keys = [account_key(subject.account_id), *_again(subject), *subject.counter.keys]
    return Knowledge(subject=subject, stored=store.read(keys, partitions))


def read_again(store: Store, subject: Subject) -> Knowledge:
    """The facts to check once more right before a write."""
    return Knowledge(subject=subject, stored=store.read(_again(subject)))


def _again(subject: Subject) -> list[Key]:
    return [IN_EFFECT, *subject.exceptions, subject.past]

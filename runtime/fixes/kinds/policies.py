"""Edit the policy of a resource: add one denial, or remove offending statements."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass

from runtime.domain.fix import Options, Permission
from runtime.domain.plan import MEANING, Compliant, Refused, State
from runtime.domain.resource import Resource
from runtime.fixes import policy_document
from runtime.fixes.calls import Write
from runtime.fixes.contract import Reader
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps
from runtime.fixes.policy_document import NOT_UNDERSTOOD, Statement

POLICY = "policy"
"""The part of the state that is the policy's exact text; ``None`` if there is none."""


@dataclass(frozen=True, kw_only=True)
class EditPolicy(Declared):
    """Other statements are not changed, nor is their order. A policy is compared by its meaning.

    One of ``reads`` keeps ``policy``. ``put`` writes it, with ``Value("policy")`` for its text, and ``delete`` removes
    it; without ``delete``, a policy with no statement left is refused. ``limit_bytes`` is AWS's maximum length.
    """

    put: Write
    delete: Write | None
    limit_bytes: int

    @property
    def writes(self) -> tuple[Permission, ...]:
        return tuple(one.permission for one in (self.put, self.delete) if one)

    @property
    def volatile(self) -> tuple[str, ...]:
        return (POLICY, *super().volatile)

    @abstractmethod
    def edited(self, statements: list[Statement], look: Look) -> tuple[list[Statement], str] | Compliant | Refused:
        """The wanted statements, and a short text of what is changed. Raises ``Unread`` or ``Unset``."""

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        state = super().observe(aws, resource, options, {POLICY if name == MEANING else name for name in only})
        return {**state, MEANING: policy_document.meaning_or_none(state[POLICY])} if POLICY in state else state

    def offending(self, look: Look) -> Found | Compliant | Refused:
        if look[MEANING] == NOT_UNDERSTOOD:
            return Refused(sentence=look.said("The policy of ${subject} is not valid or not supported."))
        before = look[MEANING] or policy_document.empty()
        edited = self.edited(before["Statement"], look)
        if isinstance(edited, Compliant | Refused):
            return edited
        statements, words = edited
        return Found(words, {**before, "Statement": statements})

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps] | Refused:
        if gone := policy_document.deleted_principals(found.detail):
            sentence = f"The policy of ${{subject}} names principals that no longer exist: {', '.join(gone)}."
            return Refused(sentence=look.said(sentence))
        texts, after = look.texts, found.detail
        text = policy_document.to_text(after)
        if len(text.encode()) > self.limit_bytes:
            sentence = f"The policy of ${{subject}} would have more than {self.limit_bytes} bytes."
            return Refused(sentence=look.said(sentence))
        if after["Statement"]:
            change = self.put.change(texts, {POLICY: text}, {MEANING: after})
        elif self.delete:
            change = self.delete.change(texts, {}, {MEANING: None})
        else:
            return Refused(sentence=look.said("The policy of ${subject} would have no statement left."))
        if look[POLICY] is not None:
            undo = self.put.change(texts, {POLICY: {"$before": POLICY}})
        elif self.delete:
            undo = self.delete.change(texts, {})
        else:
            return (change,), ()
        return (change,), (undo,)


@dataclass(frozen=True, kw_only=True)
class DenyStatement(EditPolicy):
    """Add one denial, unless the policy already denies the same. ``denies`` says whether statements together do."""

    sid: str
    statement: Callable[[Look], Statement]
    denies: Callable[[list[Statement], Look], bool]

    def edited(self, statements: list[Statement], look: Look) -> tuple[list[Statement], str] | Compliant | Refused:
        if self.denies(statements, look):
            return Compliant(sentence=look.said("The policy of ${subject} denies it."))
        if any(statement.get("Sid") == self.sid for statement in statements):
            sentence = f"The policy of ${{subject}} has a statement {self.sid} with another content."
            return Refused(sentence=look.said(sentence))
        denial = {"Sid": self.sid, **self.statement(look)}
        return [*statements, *policy_document.meaning(policy_document.to_text({"Statement": denial}))["Statement"]], (
            f"statement {self.sid} added"
        )


@dataclass(frozen=True, kw_only=True)
class RemoveStatements(EditPolicy):
    """Remove the offending statements, and no other. ``wrong`` says whether one is offending.

    ``rest`` is what remains of an offending one, if anything. ``unclear`` says which of the others a person must decide
    on; ``because`` ends the sentence that says so.
    """

    wrong: Callable[[Statement, Look], bool]
    rest: Callable[[Statement], Statement | None] = lambda _: None
    unclear: Callable[[Statement], bool] = lambda _: False
    because: str = "must be reviewed by a person"

    def edited(self, statements: list[Statement], look: Look) -> tuple[list[Statement], str] | Compliant | Refused:
        if unclear := [one for one in statements if self.unclear(one)]:
            return Refused(sentence=look.said(f"The policy of ${{subject}}: {_sids(unclear)} {self.because}."))
        removed = [one for one in statements if self.wrong(one, look)]
        if not removed:
            return Compliant(sentence=look.said("The policy of ${subject} has no such statement."))
        left = [self.rest(one) if one in removed else one for one in statements]
        return [one for one in left if one is not None], f"statements removed: {_sids(removed)}"


@dataclass(frozen=True, kw_only=True)
class CloseToEverybody(RemoveStatements):
    """Remove access for all principals. Principals that such a statement also names keep access."""

    undo_hazard: str = "Re-opens it: its policy allows everybody again."
    wrong: Callable[[Statement, Look], bool] = lambda statement, _: policy_document.is_open(statement)
    rest: Callable[[Statement], Statement | None] = policy_document.without_everybody
    unclear: Callable[[Statement], bool] = policy_document.is_nearly_open
    because: str = "allows nearly everybody with a condition, which a person must review"


def _sids(statements: list[Statement]) -> str:
    return ", ".join(one.get("Sid") or "one without a Sid" for one in statements)

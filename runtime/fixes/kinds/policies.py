"""Edit the policy of a resource: add one denial, or remove the statements that are wrong."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Permission
from runtime.domain.plan import Compliant, Refused, State
from runtime.domain.resource import Resource
from runtime.fixes import policy_document
from runtime.fixes.calls import Write
from runtime.fixes.contract import Reader
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps
from runtime.fixes.policy_document import NotUnderstood, Statement

POLICY = "policy"
"""The part of the state that is the policy's text, to the letter; ``None`` if there is none."""

MEANING = "meaning"
"""The part of the state that is the policy in one spelling: what is compared."""

_NOT_UNDERSTOOD = "not understood"


@dataclass(frozen=True, kw_only=True)
class EditPolicy(Declared):
    """Statements that are not wrong stay as they are, in their order. A policy is compared by what it means.

    One of ``reads`` keeps ``policy``. ``put`` writes it, ``Value("policy")`` standing for its text, and ``delete``
    removes it; without, a policy with no statement left is refused. ``limit_bytes`` is the longest that AWS takes.
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
        """The statements as they should be, and in a few words what is changed. Raises ``Unread`` or ``Unset``."""

    def observe(self, aws: Reader, resource: Resource, only: Collection[str] = ()) -> State:
        state = super().observe(aws, resource, {POLICY if name == MEANING else name for name in only})
        return {**state, MEANING: _meaning(state[POLICY])} if POLICY in state else state

    def offending(self, look: Look) -> Found | Compliant | Refused:
        if look[MEANING] == _NOT_UNDERSTOOD:
            return Refused(sentence=look.said("The policy of ${subject} cannot be understood."))
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
        texts, after = look.type.texts_in(look.state, look.resource), found.detail
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


def _meaning(text: str | None) -> dict[str, Any] | str | None:
    try:
        return None if text is None else policy_document.meaning(text)
    except NotUnderstood:
        return _NOT_UNDERSTOOD


@dataclass(frozen=True, kw_only=True)
class DenyStatement(EditPolicy):
    """Add one denial, unless the policy denies the same already. ``denies`` says whether statements do, together."""

    sid: str
    statement: Callable[[Look], Statement]
    denies: Callable[[list[Statement], Look], bool]

    def edited(self, statements: list[Statement], look: Look) -> tuple[list[Statement], str] | Compliant | Refused:
        if self.denies(statements, look):
            return Compliant(sentence=look.said("The policy of ${subject} denies it."))
        if any(statement.get("Sid") == self.sid for statement in statements):
            sentence = f"The policy of ${{subject}} has a statement {self.sid} that says something else."
            return Refused(sentence=look.said(sentence))
        denial = {"Sid": self.sid, **self.statement(look)}
        return [*statements, *policy_document.meaning(policy_document.to_text({"Statement": denial}))["Statement"]], (
            f"statement {self.sid} added"
        )


@dataclass(frozen=True, kw_only=True)
class RemoveStatements(EditPolicy):
    """Remove the statements that are wrong, and no other. ``wrong`` says whether one is."""

    wrong: Callable[[Statement, Look], bool]

    def edited(self, statements: list[Statement], look: Look) -> tuple[list[Statement], str] | Compliant | Refused:
        removed = [one for one in statements if self.wrong(one, look)]
        if not removed:
            return Compliant(sentence=look.said("The policy of ${subject} has no such statement."))
        names = ", ".join(one.get("Sid") or "one without Sid" for one in removed)
        return [one for one in statements if one not in removed], f"statements removed: {names}"

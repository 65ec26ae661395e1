"""Stop sharing a resource with all accounts."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Permission
from runtime.domain.plan import Compliant
from runtime.fixes.calls import Write
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps


@dataclass(frozen=True, kw_only=True)
class Unshare(Declared):
    """Accounts that it is shared with by name keep access. ``shared_with`` is the part of the state with ``everybody``.

    ``stop`` removes ``everybody`` from the list, and ``share`` adds it again.
    """

    undo_hazard: str = "Re-publishes it: every AWS account can read and copy it again."
    shared_with: str
    everybody: str = "all"
    stop: Write
    share: Write

    @property
    def writes(self) -> tuple[Permission, ...]:
        return self.stop.permission, self.share.permission

    def offending(self, look: Look) -> Found | Compliant:
        if not any(map(self._is_everybody, look[self.shared_with])):
            return Compliant(sentence=look.said("${subject} is not public."))
        return Found("no longer shared with everybody")

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:  # noqa: ARG002  the contract's
        texts = look.texts
        left = [name for name in look[self.shared_with] if not self._is_everybody(name)]
        return (self.stop.change(texts, {}, {self.shared_with: left}),), (self.share.change(texts, look.state),)

    def _is_everybody(self, name: str) -> bool:
        """AWS does not always spell it in the same way."""
        return name.casefold() == self.everybody.casefold()

"""Says on the terminal what is being done, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One line when a step begins and one when it ends, so that steps may overlap."""

    console: Console

    @contextmanager
    def step(self, doing: str) -> Iterator[None]:
        began = time.monotonic()
        self.console.print(f"[dim]  …[/dim] {doing}")
        try:
            yield
        except BaseException:
            self.console.print(f"[red]  ✗[/red] {doing}")
            raise
        self.console.print(f"[green]  ✓[/green] {doing} [dim]{time.monotonic() - began:.1f} s[/dim]")

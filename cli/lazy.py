"""A group of commands whose modules are imported only when a command of theirs is needed.

``suture --help``, ``--version`` and completion need none of them, and are not to wait for what the others import.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

import typer
from typer import core
from typer._coercion import RuntimeParam, TypeDescriptor, build_runtime_param
from typer.core import TyperGroup
from typer.main import get_command


@dataclass(frozen=True)
class AsItIs(RuntimeParam):
    """Takes a value that has its parameter's type already as it is, and has Typer read any other.

    Typer would ask Pydantic even for a text, which takes longer to import than most commands run.
    """

    descriptor: TypeDescriptor

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        if isinstance(self.annotation, type) and isinstance(value, self.annotation):
            return value
        return build_runtime_param(self.descriptor).coerce(value, param, ctx)


def _read_as_it_is(descriptor: TypeDescriptor) -> RuntimeParam:
    return AsItIs(descriptor.parameter_info, descriptor.annotation, descriptor)


core.build_runtime_param = _read_as_it_is  # type: ignore[attr-defined]


@dataclass(frozen=True, kw_only=True)
class Later:
    """A command, or a group of them, of the module ``cli.commands.<module>``.

    ``function`` is the command's; empty for the module's ``app``, a group. ``epilog`` is the name of the text below the
    command's help, and ``summary`` the first sentence of that help, as the list of commands shows it.
    """

    name: str
    module: str
    summary: str
    function: str = ""
    epilog: str = ""

    @cached_property
    def command(self) -> Any:
        module = import_module(f"cli.commands.{self.module}")
        group = module.app if not self.function else typer.Typer(add_completion=False, rich_markup_mode=None)
        if self.function:
            group.command(self.name, epilog=getattr(module, self.epilog))(getattr(module, self.function))
        command = get_command(group)
        command.name = self.name
        return command


class Commands(Mapping[str, Any]):
    """The commands by name. Looking one up imports it."""

    def __init__(self, later: tuple[Later, ...]) -> None:
        self.later = {one.name: one for one in later}

    def __getitem__(self, name: str) -> Any:
        return self.later[name].command

    def __iter__(self) -> Iterator[str]:
        return iter(self.later)

    def __len__(self) -> int:
        return len(self.later)

    def summaries(self, beginning: str = "") -> list[tuple[str, str]]:
        """The commands whose names begin so, each with what it is for. Imports none."""
        return [(name, one.summary) for name, one in self.later.items() if name.startswith(beginning)]


class LazyGroup(TyperGroup):
    """``commands`` are ``Commands``."""

    commands: Any

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  as its base class has it
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(self.commands.summaries())

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        from typer._click.shell_completion import CompletionItem  # noqa: PLC0415  for completion only

        found = [CompletionItem(name, help=summary) for name, summary in self.commands.summaries(incomplete)]
        return [*found, *super(TyperGroup, self).shell_complete(ctx, incomplete)]

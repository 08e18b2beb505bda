"""A command with verbs: the module of the verb that runs is imported, the others are not."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Verbs(click.Group):
    """The verbs of a table of verb -> (module below kit.cli, the command's name in it, what the help says of it).

    The help lists them in `sections`, title -> verbs, where there are more than one.
    """

    def __init__(
        self,
        name: str,
        table: Mapping[str, tuple[str, str, str]],
        *,
        sections: Mapping[str, Iterable[str]] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(name, **settings)
        self.table = table
        self.sections = sections or {"Commands": list(table)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in self.table:
            return None
        module, name, _ = self.table[cmd_name]
        found = getattr(importlib.import_module(f"kit.cli.{module}"), name)
        assert isinstance(found, click.Command)  # noqa: S101 - every module of the table defines one
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.table:
            import difflib

            near = difflib.get_close_matches(name, self.table, n=1)
            ctx.fail(f"no such command {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        for title, verbs in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(verb, self.table[verb][2]) for verb in verbs])

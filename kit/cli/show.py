"""`kit show`: print a record."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("show")
@click.argument("name", metavar="ID|PATH")
@click.option("--rev", default="", metavar="REV", help="As it is in this commit, not in the work tree.")
@click.option("--type", "type_name", default="", metavar="TYPE", help="Look at this type only.")
def command(edge: Edge, *, name: str, rev: str, type_name: str) -> None:
    r"""Print a record, found by its id or by its path.

    \b
    Examples:
      kit show git-index-lock-left-by-killed-process
      kit show blocks/python/asyncio-loop.md --json
      kit show parser-rules --type decision --rev HEAD~3
    """
    from kit.memory import show
    from kit.store import knowledge

    known = knowledge.at(edge.repository, rev) if rev else knowledge.in_work_tree(edge.repository)
    typed = edge.below_top(name) if os.path.isabs(name) else name  # noqa: PTH117 - no Path for an id
    found = show.show(known, typed, type_name=type_name, here=edge.below_top("."))
    projection = found.record.projection(found.declared)
    data = {
        "path": known.full(found.record.path),
        "type": found.declared.name,
        "id": found.record.id,
        "digest": found.record.digest(),
        "meta": found.record.meta,
        "sections": projection["sections"],
        "links": projection["links"],
        "body": found.record.body,
    }
    edge.print(data, lambda: output.lines(found.data.decode()))

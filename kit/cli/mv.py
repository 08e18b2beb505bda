"""`kit mv`: rename a record and every link to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("mv")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--apply", "is_applied", is_flag=True, help="Do it; without this it is only shown.")
def command(edge: Edge, *, old: str, new: str, is_applied: bool) -> None:
    r"""Rename a record, by id or path, and rewrite every link to it; shown first, done with --apply.

    Links are looked for in all records of the work tree and in every README.md: relative links and images, reference
    definitions, [[wikilinks]], kit: references, and fields of ids such as `supersedes`. Code stays as it is. All files
    change or none.

    \b
    Examples:
      kit mv asyncio-loop pytest-asyncio-loop
      kit mv asyncio-loop blocks/python/asyncio-loop.md --apply
    """
    from kit.memory import mv
    from kit.store import knowledge, work_files

    known = knowledge.in_work_tree(edge.repository)
    old, new = (edge.below_top(name) if os.path.isabs(name) else name for name in (old, new))  # noqa: PTH117
    moved = mv.mv(known, old, new, readmes=mv.readmes(edge.repository), here=edge.below_top("."))
    if is_applied:
        work_files.apply(edge.repository.top, moved.changes)
    for path, problem in moved.unread.items():
        edge.talk(f"{output.paint('unread:', 'yellow')} {output.clean(f'{path}: {problem}')}")
    for path in moved.approved:
        edge.talk(f"{output.clean(path)} changes: its approval no longer holds")
    first, *others, last = moved.changes
    data = {
        "old": moved.old,
        "new": moved.new,
        "changed": [each.path for each in others],
        "approvals_lost": moved.approved,
        "unread": [{"path": path, "message": problem} for path, problem in moved.unread.items()],
        "applied": is_applied,
    }
    changes = [(moved.new, last.before, first.after), *others]
    diffs = [output.diff(path, before or b"", after or b"", around=0) for path, before, after in changes]
    edge.print(data, "\n".join([f"{output.clean(moved.old)} -> {output.clean(moved.new)}", *filter(None, diffs)]))
    if not is_applied:
        edge.talk(f"{len(others)} other files would change; add --apply to do it")

"""`kit context collapse`: bring what came of a child's thread back as one entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("collapse")
@click.argument("child")
@click.option("--content", required=True, metavar="FILE|-", help="What came of it.")
@click.option("--into", default="", metavar="THREAD", help="The thread that is told, if not the child's parent.")
def command(edge: Edge, *, child: str, content: str, into: str) -> None:
    r"""Add what came of a child to the thread it was begun from: one entry, which names the child's last commit.

    The child's thread stays; kit context expand ENTRY shows its whole story.

    \b
    Examples:
      kit context collapse lexer --content result.md
      echo "comments are lost in line 12" | kit context collapse lexer --content -
    """
    from kit.context import entry, spawn, thread

    text = words.content(edge, content, limit=entry.MAX_TEXT)
    added = spawn.collapse(
        edge.store, child, text, author=edge.me.author(edge.now()), random=words.random,
        redactor=words.redactor(edge), into=into,
    )  # fmt: skip
    parent = thread.read(edge.store, child).record.parent
    name = into or (parent.thread if parent else "")
    is_sent = words.send(edge, name)
    made = added.entries[0]
    data = {"thread": name, "child": child, "commit": added.commit, "sent": is_sent, "entry": made.meta()}
    edge.print(data, f"collapsed {child} into {made.id} of {name}")
    words.tell_redacted(edge, added.redacted)

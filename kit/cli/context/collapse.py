"""`kit context collapse`: bring what came of a child's thread back as one entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli.context import step as steps
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("collapse")
@click.argument("child")
@click.option("--content", required=True, metavar="FILE|-", help="What came of it.")
@click.option("--into", default="", metavar="THREAD", help="The thread that is told, if not the child's parent.")
@steps.options
def command(edge: Edge, *, child: str, content: str, into: str, autonomy: str | None, propose: bool) -> None:
    r"""Add what came of a child to the thread it was begun from: one entry, which names the child's last commit.

    The child's thread stays; kit context expand ENTRY shows its whole story.

    \b
    Examples:
      kit context collapse lexer --content result.md
      echo "comments are lost in line 12" | kit context collapse lexer --content -
    """
    from kit.context import entry, spawn
    from kit.context.step import Step

    text = words.content(edge, content, limit=entry.MAX_TEXT)
    name = spawn.parent_of(edge.store, child, into=into)
    step = Step(name, "collapse", {"child": child, "text": text})
    outcome = steps.take(edge, step, autonomy=autonomy, propose=propose)
    if steps.is_proposed(edge, name, outcome):
        return
    added = outcome.value
    is_sent = words.send(edge, name)
    made = added.entries[0]
    data = {"state": outcome.state, "thread": name, "child": child, "commit": added.commit, "sent": is_sent,
            "entry": made.meta()}  # fmt: skip
    edge.print(data, f"collapsed {child} into {made.id} of {name}")

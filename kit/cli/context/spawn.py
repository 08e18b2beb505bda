"""`kit context spawn`: begin a child's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("spawn")
@click.argument("child")
@click.option("--purpose", required=True, metavar="TEXT", help="What the child is for.")
@words.ON
def command(edge: Edge, *, child: str, purpose: str, on: str) -> None:
    r"""Begin a thread for a child agent, with all that this one holds; its record names this thread and commit.

    \b
    Examples:
      kit context spawn lexer --purpose "find where comments are lost"
      kit context add --on lexer --text "look at src/lex.py first"
    """
    from kit.context import spawn

    parent = words.named(edge, on)
    author = edge.me.author(edge.now())
    commit = spawn.spawn(edge.store, child, parent, purpose=purpose, author=author, redactor=words.redactor(edge))
    is_sent = words.send(edge, child)
    edge.print({"thread": child, "parent": parent, "commit": commit, "sent": is_sent}, f"began {child} from {parent}")

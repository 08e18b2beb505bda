"""`kit context resolve`: settle a conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("resolve")
@click.argument("name", metavar="ENTRY|all")
@click.argument("side", type=click.Choice(["ours", "theirs"]), required=False)
@click.option("--text", "file", default="", metavar="FILE|-", help="Words of its own instead of a side's.")
@words.ON
def command(edge: Edge, *, name: str, side: str | None, file: str, on: str) -> None:
    r"""Settle a conflict: take ours, theirs, or other words.

    In a merge that waits the choice is noted, and kit context merge --continue commits it. A conflict that two clones
    have brought together (there ours is the side that stands) is settled by a commit at once.

    \b
    Examples:
      kit context resolve 0193b5c1a2f0-5f1d9c2e theirs
      kit context resolve 5f1d9c2e --text words.md
      kit context resolve all ours
    """
    from kit.context import conflict, entry, kept, merge, pending
    from kit.errors import UsageError

    if (side is None) == (not file):
        raise UsageError("say ours, theirs or --text FILE", hint="kit context conflicts shows the sides")
    thread = words.named(edge, on)
    redactor = words.redactor(edge)
    text = redactor.text(words.content(edge, file, limit=entry.MAX_TEXT)) if file else ""
    choice = side or "text"
    waits = pending.find(edge.repository, thread)
    if waits and (name == "all" or any(conflict.is_named(each, name) for each in waits.conflicts)):
        found = merge.choose(edge.store, thread, name, choice, text)
        data = {"thread": thread, "open": [each.root for each in found.open], "commit": ""}
        edge.print(data, f"{output.count(len(found.open), 'conflict')} open"
                   + ("" if found.open else ": kit context merge --continue"))  # fmt: skip
        return
    settled = kept.settle(
        edge.store, thread, name, choice, text, author=edge.me.author(edge.now()), random=words.random
    )
    is_sent = words.send(edge, thread)
    done = {"thread": thread, "open": list(settled.open), "commit": settled.commit, "sent": is_sent}
    edge.print(done, f"settled by {settled.commit[:10]}, {output.count(len(settled.open), 'conflict')} open")

"""`kit context expand`: show what a fold stands for, or bring it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge

SHOWN = 50


@kit_command("expand")
@click.argument("fold")
@click.option("--restore", is_flag=True, help="Take the fold away, so that its originals are in force again.")
@click.option("--limit", "-n", default=SHOWN, show_default=True, help="Show at most so many entries; 0 for all.")
@words.ON
def command(edge: Edge, *, fold: str, restore: bool, limit: int, on: str) -> None:
    r"""Show the originals of a fold, or the whole story of a thread that was collapsed into an entry.

    Nothing is changed by that. With --restore the fold is removed by a new commit: what it stood for is compiled
    again, and the fold itself stays in the history.

    \b
    Examples:
      kit context expand 0193b5c1a2f0-5f1d9c2e
      kit context expand 5f1d9c2e --restore
    """
    from kit.context import edit, expand, place, thread

    name = words.named(edge, on)
    if restore:
        commit = expand.restore(edge.store, name, fold, author=edge.me.author(edge.now()))
        is_sent = words.send(edge, name)
        edge.print({"thread": name, "commit": commit, "sent": is_sent}, f"expanded {fold}, commit {commit[:10]}")
        return
    state = thread.read(edge.store, name)
    named = expand.origin(edit.of(state, fold).head)
    if named and not edge.store.objects.has(named.commit):
        edge.fetch(place.ref_of(named.thread))
    found = expand.expand(edge.store, state, fold)
    shown = found.entries[:limit] if limit else found.entries
    data = {"entry": found.entry.id, "thread": found.thread, "commit": found.commit, "count": len(found.entries),
            "entries": [each.record() for each in shown], "missing": list(found.missing)}  # fmt: skip
    edge.print(data, lambda: "\n".join(words.shown(each) for each in shown))
    if len(shown) < len(found.entries):
        edge.talk(f"{len(found.entries) - len(shown)} more: kit context expand {fold} --limit 0")
    if found.missing:
        edge.talk(f"{output.count(len(found.missing), 'entry')} not here: {output.some(found.missing, 3)}")

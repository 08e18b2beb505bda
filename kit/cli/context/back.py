"""`kit context reset`, `revert` and `tag`: go back, take back, and name where one might want to go back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("reset")
@click.argument("rev")
@words.ON
def reset_command(edge: Edge, *, rev: str, on: str) -> None:
    r"""Make a thread hold what it held at an earlier commit.

    That is a commit of its own: what stood in between stays in the history, and kit context reset HEAD~1 brings it
    back. Its tags stay.

    \b
    Examples:
      kit context reset HEAD~3
      kit context reset @2h
      kit context reset green
    """
    from kit.context import reset
    from kit.context import rev as revs

    thread = words.named(edge, on)
    now = edge.now()
    oid = revs.resolve(edge.store, thread, rev, now=now)
    done = reset.reset(edge.store, thread, oid, author=edge.me.author(now))
    is_sent = words.send(edge, thread) if done.commit else True
    data = {"thread": thread, "to": done.to, "commit": done.commit or None, "before": done.before, "sent": is_sent}
    told = f"{thread} is as it was at {done.to[:10]}; before it stood at {done.before[:10]}"
    edge.print(data, told if done.commit else f"{thread} holds that already")


@kit_command("revert")
@click.argument("what", metavar="REV|ENTRY")
@words.ON
def revert_command(edge: Edge, *, what: str, on: str) -> None:
    r"""Take back what one commit did: an edit, an annotation, or what was added; ENTRY means its last change.

    \b
    Examples:
      kit context revert HEAD
      kit context revert 0193b5c1a2f0-5f1d9c2e
    """
    from kit.context import rev as revs
    from kit.context import revert
    from kit.context import thread as threads

    thread = words.named(edge, on)
    now = edge.now()
    if revert.is_entry(what):
        oid = revert.last_change(edge.store, threads.read(edge.store, thread), what)
    else:
        oid = revs.resolve(edge.store, thread, what, now=now)
    done = revert.revert(edge.store, thread, oid, author=edge.me.author(now))
    is_sent = words.send(edge, thread)
    data = {"thread": thread, "reverted": done.commit, "commit": done.by, "paths": list(done.paths), "sent": is_sent}
    edge.print(data, f"took back {done.commit[:10]}, {output.count(len(done.paths), 'file')}")


@kit_command("tag")
@click.argument("name", default="")
@click.argument("rev", default="HEAD")
@click.option("--delete", is_flag=True, help="Take the name away.")
@words.ON
def tag_command(edge: Edge, *, name: str, rev: str, delete: bool, on: str) -> None:
    r"""Name a commit of a thread; without a NAME list the names. They travel with the thread.

    \b
    Examples:
      kit context tag green
      kit context tag before-the-rewrite HEAD~4
      kit context tag green --delete
    """
    from kit.context import rev as revs
    from kit.context import tag
    from kit.context import thread as threads

    thread = words.named(edge, on)
    now = edge.now()
    author = edge.me.author(now)
    if not name:
        tags = dict(sorted(threads.read(edge.store, thread).record.tags.items()))
        edge.print({"thread": thread, "tags": tags}, lambda: "\n".join(
            f"{output.clean(each)}  {oid[:10]}" for each, oid in tags.items()
        ) or f"{thread} has no tags")  # fmt: skip
        return
    oid = "" if delete else revs.resolve(edge.store, thread, rev, now=now)
    commit = (
        tag.delete(edge.store, thread, name, author=author)
        if delete
        else tag.tag(edge.store, thread, name, oid, author=author)
    )
    is_sent = words.send(edge, thread)
    data = {"thread": thread, "tag": name, "names": oid or None, "commit": commit, "sent": is_sent}
    edge.print(data, f"deleted the tag {name}" if delete else f"{name} is {oid[:10]}")

"""`kit context switch`: go to another thread, or list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("switch")
@click.argument("thread")
@click.option("--create", "-c", is_flag=True, help="Branch it from the current thread first.")
def command(edge: Edge, *, thread: str, create: bool) -> None:
    r"""Go to another thread: the commands of this instance in this work tree work on it from now on.

    One that is not known here is looked for on the remote.

    \b
    Examples:
      kit context switch parser
      kit context switch -c retry
    """
    from kit.context import current, new, place, tip

    is_sent = True
    if create:
        source = words.named(edge, "")
        author = edge.me.author(edge.now())
        new.branch(edge.store, thread, source, author=author, redactor=words.redactor(edge))
        is_sent = words.send(edge, thread)
    elif not tip.tip(edge.store, thread).oid:
        edge.fetch(place.ref_of(thread))
    commit = tip.of(edge.store, thread).oid
    current.put(edge.repository, edge.me.instance, thread)
    edge.print({"thread": thread, "commit": commit, "created": create, "sent": is_sent}, f"now on {thread}")

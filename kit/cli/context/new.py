"""`kit context new`: begin a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("new")
@click.argument("thread")
@click.option("--from", "source", default="", metavar="REV|THREAD", help="Begin with what stood there.")
@click.option("--task", default="", metavar="TASK", help="The task it is for.")
@click.option("--title", default="", metavar="TEXT", help="What it is called.")
@click.option("--purpose", default="", metavar="TEXT", help="What it is for.")
def command(edge: Edge, *, thread: str, source: str, task: str, title: str, purpose: str) -> None:
    r"""Begin a thread and go to it; with --from it shares the entries and the history of another up to there.

    \b
    Examples:
      kit context new parser --task parser
      kit context new retry --from HEAD~3
      kit context new review --from parser:green --purpose "look at the error handling"
    """
    from kit.context import current, new

    author = edge.me.author(edge.now())
    redactor = words.redactor(edge)
    told = {"title": title, "task": task, "purpose": purpose}
    parent = ""
    if source:
        parent, at = words.source(edge, source)
        commit = new.branch(edge.store, thread, parent, at=at, author=author, redactor=redactor, **told)
    else:
        commit = new.new(edge.store, thread, author=author, redactor=redactor, **told)
    current.put(edge.repository, edge.me.instance, thread)
    is_sent = words.send(edge, thread)
    data = {"thread": thread, "commit": commit, "parent": parent or None, "sent": is_sent,
            "redacted": dict(redactor.counts)}  # fmt: skip
    edge.print(data, f"began {thread}" + (f" from {parent}" if parent else ""))
    words.tell_redacted(edge, redactor.counts)

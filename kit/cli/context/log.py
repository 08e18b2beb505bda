"""`kit context log`: list the commits of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.log import Event


@kit_command("log")
@click.argument("rev", default="", metavar="[REV]")
@click.option("--limit", "-n", default=20, show_default=True, help="At most so many; 0 for all.")
@words.ON
def command(edge: Edge, *, rev: str, limit: int, on: str) -> None:
    r"""List the commits of a thread, the newest first: who did what, and when.

    \b
    Examples:
      kit context log
      kit context log green --limit 5
      git log refs/kit/context/parser
    """
    from kit.context import log, tip
    from kit.context import rev as revs

    thread = words.named(edge, on)
    oid = revs.resolve(edge.store, thread, rev, now=edge.now()) if rev else tip.of(edge.store, thread).oid
    found = log.log(edge.store, oid, limit=limit or None)
    data = {"thread": thread, "events": [each.record() for each in found.events], "cut": found.is_cut}
    edge.print(data, lambda: "\n".join(_line(edge, each) for each in found.events))
    if found.is_cut:
        edge.talk(f"older ones: kit context log --limit 0{f' --on {thread}' if on else ''}")


def _line(edge: Edge, each: Event) -> str:
    from kit.records import times

    who = output.clean(each.agent)
    decided = f"  ({output.head(each.decided, length=60)})" if each.decided else ""
    return (
        f"{output.paint(each.commit[:10], 'yellow')}  {times.ago(each.at, edge.now())}  {who}  "
        + output.head(each.subject, length=80)
        + decided
    )

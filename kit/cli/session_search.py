"""`kit session search`: find words in what was mirrored."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("search")
@click.argument("query")
@click.option("--session", metavar="ID", help="Only in this session.")
@click.option("--harness", default="", metavar="H", help="Only in sessions of this harness.")
@click.option("--literal", is_flag=True, help="The query as it is, not each of its words.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N", help="How many.")
def search_command(edge: Edge, *, query: str, session: str | None, harness: str, literal: bool, limit: int) -> None:
    r"""Find the lines of mirrored sessions that hold every word of a query, whatever their case.

    Each hit has an address, which kit session show and a record's sources take. The sessions that were mirrored last
    come first. Nothing is fetched, and no index is kept: 100 MB take some seconds.

    \b
    Examples:
      kit session search "event loop closed"
      kit session search --literal "Exit code 1" --session 0a0314fb --json
    """
    from kit.sessions import search, trace

    words = search.words_of(query, is_literal=literal)
    broken: list[str] = []
    traces = [trace.find(edge.store, session)] if session else trace.all(edge.store, broken)
    traces = [each for each in traces if harness in ("", each.harness)]
    found = list(islice(search.search(edge.store, traces, words), limit + 1))
    shown = found[:limit]
    rows = [{"address": hit.address, **hit._asdict()} for hit in shown]
    edge.print({"hits": rows, "more": len(found) > limit, "sessions": len(traces), "broken": broken},
               "\n".join(f"{output.clean(hit.address)}  {output.paint(hit.kind, 'cyan')}\n    {output.clean(hit.text)}"
                         for hit in shown))  # fmt: skip
    if broken:
        edge.talk(output.unread(broken))
    if len(found) > limit:
        edge.talk(f"there are more: --limit {min(limit * 5, 1000)}, or further words")
    elif not found:
        edge.talk(f"not found in {output.count(len(traces), 'session')}")

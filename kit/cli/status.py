"""`kit status`: everything on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.cli.edge import Edge
    from kit.coordination.status import Status


@kit_command("status")
@click.option("--watch", is_flag=True, help="Show it again whenever something changes, until interrupted.")
@click.option("--interval", type=click.FloatRange(min=0.2), default=5.0, show_default=True, metavar="SECONDS",
              help="How often --watch looks.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), default=10, show_default=True, metavar="N", help="Rows of each kind.")
def command(edge: Edge, *, watch: bool, interval: float, limit: int) -> None:
    r"""Show everything on one screen: agents, tasks by state, mail, reservations, what waits and what is wrong.

    It fetches once; where the remote cannot be reached it shows what was last seen, and says so. --watch looks at the
    remote's refs and fetches only when one has moved; piped, it prints the status anew for each change.

    \b
    Examples:
      kit status
      kit status --watch --interval 2
      kit status --watch --json
    """
    from kit.coordination import journal, status, sync

    if watch:
        found = status.watch(edge.store, me=edge.me, clock=edge.now, most=limit, interval=interval)
        if output.is_person() and not edge.as_json:
            _redraw(edge, found)
        _print_changes(edge, found)
    is_fetched = edge.fetch(*sync.PATTERNS)
    edge.say_here()
    if is_fetched:
        journal.send(edge.store, me=edge.me, now=edge.now())
    seen = status.status(edge.store, me=edge.me, now=edge.now(), most=limit)
    edge.print(_data(edge, seen, is_fetched), lambda: _text(edge, seen))


def _redraw(edge: Edge, found: Iterable[tuple[Status, str]]) -> None:
    from rich.live import Live
    from rich.text import Text

    with Live(screen=True, auto_refresh=False) as screen:
        for each, stale in found:
            screen.update(Text.from_ansi(_text(edge, each, stale)), refresh=True)


def _print_changes(edge: Edge, found: Iterable[tuple[Status, str]]) -> None:
    last: object = None
    for each, stale in found:
        if (data := _data(edge, each, not stale)) != last:
            last = data
            edge.print(data, _text(edge, each, stale) + "\n")


def _data(edge: Edge, found: Status, is_fetched: bool) -> dict[str, object]:
    return {**edge.me.fields(), **found.record(), "fetched": is_fetched}


def _text(edge: Edge, found: Status, stale: str = "") -> str:
    from kit.cli import screen

    where = f"remote {edge.repository.remote}" if edge.repository.remote else "no remote"
    title = f"{edge.me.agent} (instance {edge.me.instance}), {where}"
    return screen.draw(found, title=title, now=edge.now(), stale=stale)

"""`kit agents`: who is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("agents")
@click.option("--all", "show_all", is_flag=True, help="Those silent for longer than gc.keep (7 days) too.")
@click.option("--limit", type=click.IntRange(0), default=100, show_default=True, metavar="N", help="How many; 0: all.")
def command(edge: Edge, *, show_all: bool, limit: int) -> None:
    r"""Show who is here, what they work on, and when they were last seen, the latest first.

    Every instance has a line: the same name may act in several places. Any kit command of an instance says that it is
    here, at most once in two minutes; one that has been silent for ten minutes is stale.

    \b
    Examples:
      kit agents
      kit agents --all --json
    """
    from kit.coordination import agents, journal

    is_fetched = edge.fetch(*agents.REFS)
    edge.say_here()
    now, broken = edge.now(), list[str]()
    everyone = agents.here(edge.store, now=now, broken=broken)
    oldest = now - edge.repository.config.number("gc.keep")
    found = [each for each in everyone if show_all or each.seen >= oldest or each.tasks]
    shown = found[:limit] if limit else found
    rows: list[dict[str, Any]] = [{**each.row(now), "me": each.holder == edge.me} for each in shown]
    hidden = len(everyone) - len(found)
    edge.print(
        {"agents": rows, "more": len(found) - len(shown), "hidden": hidden, "fetched": is_fetched, "broken": broken},
        lambda: _table(rows, now),
    )
    if broken:
        edge.talk(output.unread(broken))
    if len(shown) < len(found):
        edge.talk(f"{len(found) - len(shown)} more: kit agents --limit 0")
    if hidden:
        edge.talk(f"{hidden} not seen for long: kit agents --all")
    if is_fetched:
        journal.send(edge.store, me=edge.me, now=now)


def _table(rows: list[dict[str, Any]], now: float) -> str:
    from kit.records import times

    cells = [
        (
            row["agent"] + (" (you)" if row["me"] else ""),
            row["instance"],
            row["state"],
            times.ago(times.seconds(row["seen"]), now),
            row["harness"],
            " ".join(row["tasks"]),
        )
        for row in rows
    ]
    return output.table(("agent", "instance", "state", "seen", "harness", "works on"), cells)

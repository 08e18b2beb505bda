"""`kit tasks`: list tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("tasks")
@click.option("--ready", "which", flag_value="ready", help="Only what can be claimed now.")
@click.option("--mine", "which", flag_value="mine", help="Only what this agent holds.")
@click.option("--stale", "which", flag_value="stale", help="Only claims that have expired.")
@click.option("--all", "which", flag_value="all", help="Finished and merged ones too.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Show at most so many.")
def command(edge: Edge, *, which: str | None, limit: int) -> None:
    r"""List tasks with their state, holder and what they wait for.

    Without an option: all that is not finished, and finished work that the default branch does not have yet.

    \b
    Examples:
      kit tasks --ready
      kit tasks --mine --json
      kit tasks --all --limit 500
    """
    from kit.coordination import listing
    from kit.coordination import tasks as known_tasks

    fetched = edge.fetch(*known_tasks.PATTERNS)
    rows = listing.rows(edge.store, which=which or "open", me=edge.me if which == "mine" else None, now=edge.now())
    shown = rows[:limit]
    for way in listing.circles(edge.store):
        edge.talk(f"{output.paint('warning:', 'yellow')} the needs make a circle: {' needs '.join(way)}")
    if len(shown) < len(rows):
        edge.talk(f"{len(rows) - len(shown)} more of {len(rows)}: kit tasks --limit {len(rows)}")
    edge.print(
        {"tasks": shown, "total": len(rows), "cut": len(rows) - len(shown), "fetched": fetched},
        lambda: _table(shown, edge.now()),
    )


def _table(rows: list[dict[str, Any]], now: float) -> str:
    from kit.records import times

    if not rows:
        return "no tasks"
    cells = [
        (
            row["task"],
            row["state"],
            row.get("holder", ""),
            times.ago(times.seconds(row["expires"]), now) if "expires" in row else "",
            " ".join(row["open_needs"]),
            row["title"] or row.get("problem") or row.get("note", ""),
        )
        for row in rows
    ]
    return output.table(("task", "state", "holder", "expires", "waits for", "title"), cells)

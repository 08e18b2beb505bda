"""`kit log`: list every coordination event in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.cli.words import Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.cli.edge import Edge
    from kit.coordination.log import Event


@kit_command("log")
@click.option("--since", type=Moment(), default=0.0, metavar="TIME", help="Only from then on: 2h, 2026-11-20T10:00Z.")
@click.option("--task", default="", metavar="TASK", help="Only what happened to this task.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="The newest so many.")
@click.option("--all", "show_all", is_flag=True, help="All of them, however many.")
@click.option("--all-events", is_flag=True, help="Renewals and signs of life too.")
def command(edge: Edge, *, since: float, task: str, limit: int, show_all: bool, all_events: bool) -> None:
    r"""List what happened, the oldest first: who claimed, finished, sent, took over, folded; times are UTC.

    It is read from the commits of the live plane themselves, archived ones too, so it cannot be out of step with what
    holds. With --json every event is an object on a line of its own, and the last line is a summary.

    \b
    Examples:
      kit log --since 2h
      kit log --task parser --all
      kit log --agent ana --json
    """
    from kit.coordination import sync
    from kit.coordination.log import Wanted, log

    is_fetched = edge.fetch(*sync.PATTERNS)
    wanted = Wanted(since, edge.agent or "", task, None if show_all else limit, all_events)
    found = log(edge.store, wanted)
    if edge.as_json:
        for each in found.events:
            output.write_json(each.record())
        summary = {"events": len(found.events), "cut": found.cut, "fetched": is_fetched, "broken": list(found.broken)}
        output.write_json({"summary": summary})
    else:
        edge.print(None, lambda: _text(found.events))
    if found.broken:
        edge.talk(output.unread(found.broken))
    if found.cut:
        edge.talk(f"the newest {len(found.events)}; for older ones: kit log --all, --limit N or --since TIME")


# Whom to act as makes no difference here.
next(each for each in command.params if each.name == "agent").help = "Only what this agent did."


def _text(events: Sequence[Event]) -> str:
    width = max((len(output.clean(each.agent)) for each in events), default=0)
    return "\n".join(_line(each, width) for each in events) or "nothing yet"


def _line(event: Event, width: int) -> str:
    from kit.records import times

    at = times.stamp(event.at)[:19].replace("T", " ")
    epoch = f" (epoch {output.clean(event.notes['Epoch'])})" if "Epoch" in event.notes else ""
    return f"{at}  {output.clean(event.agent).ljust(width)}  {output.clean(event.subject)}{epoch}"

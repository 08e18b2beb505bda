"""`kit session loops`: where a session goes round in circles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import NotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.cli.edge import Edge
    from kit.distillation.loop import Loop
    from kit.harnesses.event import Event

SHOWN = 50
#: Lines of one loop that are named.
LINES = 12


@kit_command("loops")
@click.argument("session", metavar="[ID]", required=False, default="")
@click.option("--active", is_flag=True, help="The session that runs here, read from its harness; nothing is written.")
@click.option("--window", type=click.IntRange(2, 1000), default=12, show_default=True, metavar="N",
              help="How many calls are looked at together.")  # fmt: skip
def loops_command(edge: Edge, *, session: str, active: bool, window: int) -> None:
    r"""Find where a session goes round in circles: which calls, on which lines, how often.

    straight: the same call three times in a row. ping-pong: two calls in turn, twice or more. duplicate: a call that
    gave the very same result again within the window. error: the same failure three times, whatever was called in
    between. Arguments are compared by digest; a word of the user begins anew. What is still going on at the end of the
    session is marked: a harness's hook can ask --active and tell its agent.

    \b
    Examples:
      kit session loops 0a0314fb
      kit session loops --active --json
    """
    from kit.distillation import loop

    if bool(session) == active:
        raise UsageError("name a session, or say --active", hint="kit session list shows what is mirrored")
    name, events = _active(edge) if active else _mirrored(edge, session)
    found = loop.find(events, window=window)
    rows = [_row(edge, each) for each in found[:SHOWN]]
    data = {"session": name, "loops": rows, "count": len(found), "left_out": max(0, len(found) - SHOWN),
            "open": any(each.is_open for each in found)}  # fmt: skip
    edge.print(data, lambda: _shown(rows) or "no loops")
    if len(found) > SHOWN:
        edge.talk(f"{len(found) - SHOWN} more are not shown")


def _mirrored(edge: Edge, session: str) -> tuple[str, Iterable[Event]]:
    from kit.sessions import trace

    found = trace.find(edge.store, session)
    return found.name, trace.events(edge.store, found)


def _active(edge: Edge) -> tuple[str, Iterable[Event]]:
    """Returns the events of the session that runs here, read from where its harness keeps it."""
    from kit import harnesses
    from kit.workflows import active

    source = harnesses.active(edge.places, edge.repository.top)
    if source is None:
        raise NotFound("no session of this project was found here", hint="kit session mirror --all --json names them")
    return f"{source.harness}/{source.session}", active.events(source)


def _row(edge: Edge, each: Loop) -> dict[str, Any]:
    return {
        "kind": each.kind, "times": each.times, "lines": list(each.lines[:LINES]),
        "lines_left_out": max(0, len(each.lines) - LINES), "tool": each.tool, "what": edge.redactor().text(each.what),
        "digest": each.digest, "agent": each.agent, "open": each.is_open,
    }  # fmt: skip


def _shown(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    told = []
    for row in rows:
        lines = ", ".join(f"L{line}" for line in row["lines"][:6])
        more = len(row["lines"]) + row["lines_left_out"] - 6
        told.append([f"{row['kind']}{' (open)' if row['open'] else ''}", row["times"], row["tool"],
                     output.head(row["what"]), lines + (f" and {more} more" if more > 0 else "")])  # fmt: skip
    return output.table(["kind", "times", "tool", "what", "lines"], told)

"""`kit replay`: write what happened as one page to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.cli.words import Moment
from kit.errors import UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("replay")
@click.option("--out", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The page to write.")
@click.option("--since", type=Moment(), default=0.0, metavar="TIME", help="Only from then on: 2h, 2026-11-20T10:00Z.")
@click.option("--until", type=Moment(), default=0.0, metavar="TIME", help="Only until then.")
@click.option("--task", default="", metavar="TASK", help="Only this task, and turns of those who held it meanwhile.")
@click.option("--session", "sessions", multiple=True, metavar="ID", help="Only this session's turns; can be repeated.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=10_000, show_default=True, metavar="N",
              help="The newest so many events and turns.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def command(
    edge: Edge, *, out: Path, since: float, until: float, task: str, sessions: tuple[str, ...], limit: int, force: bool
) -> None:
    r"""Write what agents did and told each other as one page: a lane for each agent, on one time line.

    The page is a file of its own: it loads nothing and sends nothing. It holds what was coordinated (kit log) and the
    turns of the sessions that are mirrored here (kit session list), and it points at collisions: a task that was taken
    over, a file that two agents wrote within 15 minutes. Who has the file can read what it shows.

    \b
    Examples:
      kit replay --out replay.html
      kit replay --since 2h --task parser --out parser.html --force
      kit replay --agent ana --session codex/0193b5c1 --out ana.html
    """
    from kit import __version__
    from kit.coordination import log, sync
    from kit.records import times
    from kit.store import plain_file
    from kit.workflows import page, replay, traces

    if until and until < since:
        raise UsageError("--until is before --since", hint="turn them round")
    is_fetched = edge.fetch(*sync.PATTERNS)
    broken: list[str] = []
    told = log.log(edge.store, log.Wanted())  # what was claimed before can be held still
    found = traces.chosen(edge.store, sessions, broken)
    wanted = replay.Wanted(since, until, edge.agent or "", task, limit)
    shown = replay.gather(told.events, traces.within(edge.store, found, broken, since=since, until=until), wanted)
    made = f"kit {__version__}, {times.stamp(edge.now())[:16].replace('T', ' ')} UTC"
    if told.cut:
        shown = shown._replace(cut=(*shown.cut, f"only the last {log.MAX_COMMITS} commits of the live plane were read"))
    data, cut = page.page(shown, title=edge.repository.top.name, made=made)
    plain_file.write(out, data, force=force)
    turns = sum(1 for each in shown.items if each.turn)
    counts = {"agents": len(shown.lanes), "turns": turns, "events": len(shown.items) - turns,
              "collisions": len(shown.collisions)}  # fmt: skip
    words = ", ".join(output.count(number, name.removesuffix("s")) for name, number in counts.items())
    left_out = [*told.broken, *broken]
    edge.print(
        {"file": str(out), "bytes": len(data), **counts, "cut": list(cut), "fetched": is_fetched, "broken": left_out},
        f"{output.clean(out)}: {words}",
    )
    for each in cut:
        edge.talk(output.clean(each))
    if left_out:
        edge.talk(output.unread(left_out))


# Whom to act as makes no difference here.
next(each for each in command.params if each.name == "agent").help = "Only what this agent did."

"""`kit check-paths`: name who has reserved the files you touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.cli.edge import Edge
    from kit.coordination.touched import Conflict

SHOWN = 50


@kit_command("check-paths")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--staged", is_flag=True, help="What is staged: what the next commit will hold.")
@click.option("--offline", is_flag=True, help="Ask nobody: answer from what was last fetched.")
def command(edge: Edge, *, paths: tuple[str, ...], staged: bool, offline: bool) -> None:
    r"""Name who has reserved the files you touched (kit claim --path), so that you meet before the merge does.

    Looks at the paths given, at what is staged, or else at all that is changed or new. Exit status 1 when somebody
    else holds one, 0 when nobody does. The remote is given five seconds; without it the answer is what was last
    known, and says so. Your own reservations are not named, those of your name's other instances are.

    \b
    Examples:
      kit check-paths
      kit check-paths src/auth/login.py
      kit check-paths --staged   # .git/hooks/pre-commit
    """
    from kit.coordination import touched

    if paths and staged:
        raise click.UsageError("give paths, or --staged")
    named = [edge.below_top(each) for each in paths] or touched.touched(edge.repository, staged=staged)
    found = touched.check_paths(edge.store, named, me=edge.me, now=edge.now(), offline=offline)
    if found.unfetched:
        edge.talk(f"not fetched, this is what was last seen: {output.clean(found.unfetched)}")
    if found.broken:
        edge.talk(output.unread(found.broken))
    data = {
        "paths": len(found.paths),
        "conflicts": [each.record() for each in found.conflicts],
        "fetched": not found.unfetched,
        "broken": list(found.broken),
    }
    edge.print(data, lambda: _text(found.conflicts, edge.now()))
    if found.conflicts:
        raise SystemExit(1)


def _text(conflicts: Sequence[Conflict], now: float) -> str:
    from kit.records import times

    lines = [
        f"{output.clean(path)} is reserved by {output.clean(held.holder.agent)} with task {output.clean(held.task)} "
        f"({output.some(held.paths, 3)}), expires {times.ago(held.expires, now)}"
        for path, held in conflicts[:SHOWN]
    ]
    more = len(conflicts) - SHOWN
    return "\n".join(lines + ([f"... and {more} more: kit check-paths --json"] if more > 0 else []))

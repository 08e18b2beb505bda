"""`kit context conflicts`: what two sides of a thread disagree about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import merge as words_of_merge
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge

SHOWN = 50


@kit_command("conflicts")
@click.option("--limit", "-n", type=click.IntRange(0), default=SHOWN, show_default=True,
              help="At most so many of each; 0 for all.")  # fmt: skip
@words.ON
def command(edge: Edge, *, limit: int, on: str) -> None:
    r"""List conflicts: those of a merge that waits, and those that two clones have brought together.

    Where two clones wrote one thread offline, they are joined at once, so that nothing waits: the edit stands, of two
    the later, and what both had is kept and listed here until someone settles it. --json has the whole texts.

    \b
    Examples:
      kit context conflicts
      kit context conflicts --json
    """
    from kit.context import kept, pending, thread

    name = words.named(edge, on)
    waits = pending.find(edge.repository, name)
    state = thread.read(edge.store, name)
    joined = kept.conflicts(edge.store, state)
    merging = waits.conflicts if waits else ()
    shown, others = merging[: limit or None], joined.conflicts[: limit or None]
    left = len(merging) + len(joined.conflicts) - len(shown) - len(others)
    data = {
        "thread": name,
        "merge": {"source": waits.source, "theirs": waits.theirs, "at": waits.at} if waits else None,
        "conflicts": [each.record() for each in shown],
        "joined": [each.record() for each in others],
        "left": left,
        "broken": list(joined.broken),
    }
    edge.print(data, "\n".join(map(words_of_merge.line, (*shown, *others))) or "no conflicts")
    if left:
        edge.talk(f"{left} more: kit context conflicts --limit 0")
    if joined.broken:
        edge.talk(output.unread(joined.broken))

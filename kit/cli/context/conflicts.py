"""`kit context conflicts`: what two sides of a thread disagree about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.cli import output
from kit.cli.context import merge as words_of_merge
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge

SHOWN = 50


@kit_command("conflicts")
@words.ON
def command(edge: Edge, *, on: str) -> None:
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
    data = {
        "thread": name,
        "merge": {"source": waits.source, "theirs": waits.theirs, "at": waits.at} if waits else None,
        "conflicts": [each.record() for each in waits.conflicts] if waits else [],
        "joined": [each.record() for each in joined.conflicts],
        "broken": list(joined.broken),
    }
    lines = [words_of_merge.line(each) for each in (*(waits.conflicts if waits else ()), *joined.conflicts)]
    more = [f"... and {len(lines) - SHOWN} more (--json has all)"] if len(lines) > SHOWN else []
    edge.print(data, "\n".join([*lines[:SHOWN], *more]) or "no conflicts")
    if joined.broken:
        edge.talk(output.unread(joined.broken))

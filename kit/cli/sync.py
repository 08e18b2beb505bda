"""`kit sync`: fetch live state, push what waits, refresh `.kit/live`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.coordination.sync import Synced

SHOWN = 20


@kit_command("sync")
@click.option("--quiet", is_flag=True, help="Say nothing unless something waits on or went wrong.")
def command(edge: Edge, *, quiet: bool) -> None:
    r"""Fetch all live state in one go, push what waits here, and refresh .kit/live.

    .kit/live holds tasks, mail, memory and the rest as plain files, for cat and grep. What was written without a
    network is sent now. Where more than 200 finished tasks stand ([gc] finished), they are folded away as kit gc
    does. Offline it ends with exit status 8 and says what waits; nothing is lost. Sessions stay where they are.

    \b
    Examples:
      kit sync
      kit sync && grep -rl '"agent": "ana"' .kit/live/tasks
      kit sync --quiet   # for a hook
    """
    from kit.coordination.sync import sync

    done = sync(edge.store, me=edge.me, now=edge.now())
    if done.failure:
        failure = done.failure
        failure.details.update(_data(done))
        raise failure
    for each in (*done.troubles, *done.live.left_out[:SHOWN]):
        edge.talk(f"{output.paint('warning:', 'yellow')} {output.clean(each)}")
    if len(done.live.left_out) > SHOWN:
        edge.talk(f"... and {len(done.live.left_out) - SHOWN} more files left out of .kit/live (--json has all)")
    for ref, place in done.conflicts.items():
        edge.talk(
            f"{output.paint('conflict:', 'yellow')} {ref} was made here without a remote, and the remote has another; "
            f"the one from here is kept as {place} (git log {place})"
        )
    if not quiet:
        edge.print(_data(done), lambda: _text(done))
    if done.conflicts:
        raise SystemExit(1)


def _data(done: Synced) -> dict[str, Any]:
    from kit.cli.gc import data_of

    return {
        "fetched": done.fetched,
        "gone": done.gone,
        "pushed": list(done.pushed),
        "waiting": list(done.waiting),
        "conflicts": dict(done.conflicts),
        "live": {"written": done.live.written, "removed": done.live.removed, "left_out": list(done.live.left_out)},
        "folded": data_of(done.folded) if done.folded else None,
        "troubles": list(done.troubles),
    }


def _text(done: Synced) -> str:
    from kit.cli.gc import text_of

    waits = f"{len(done.waiting)} waiting: {', '.join(done.waiting[:SHOWN])}" if done.waiting else "nothing waits"
    gone = f" ({done.gone} gone)" if done.gone else ""
    lines = [f"fetched {output.count(done.fetched, 'ref')}{gone}, pushed {len(done.pushed)}, {waits}"]
    if done.folded:
        lines.append(text_of(done.folded))
    if done.live.written or done.live.removed:
        lines.append(f".kit/live: {done.live.written} written, {done.live.removed} removed")
    return "\n".join(lines)

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
    does. Offline it ends with exit status 8 and says what waits; nothing is lost. Sessions stay where they are, and
    are counted, unless kit.toml says [sessions] push = true: then they are sent to the remote that it names.

    \b
    Examples:
      kit sync
      kit sync && grep -rl '"agent": "ana"' .kit/live/tasks
      kit sync --quiet   # for a hook
    """
    from kit.context import send
    from kit.coordination.sync import sync

    done = sync(edge.store, me=edge.me, now=edge.now())
    if done.failure:
        failure = done.failure
        failure.details.update(_data(done))
        raise failure
    send.was_reached(edge.store)
    for each in (*done.troubles, *done.live.left_out[:SHOWN]):
        edge.talk(f"{output.paint('warning:', 'yellow')} {output.clean(each)}")
    if len(done.live.left_out) > SHOWN:
        edge.talk(f"... and {len(done.live.left_out) - SHOWN} more files left out of .kit/live (--json has all)")
    for ref, place in done.conflicts.items():
        edge.talk(
            f"{output.paint('conflict:', 'yellow')} {ref} was made here without a remote, and the remote has another; "
            f"the one from here is kept as {place} (git log {place})"
        )
    sessions = _sessions(edge, quiet=quiet)
    if not quiet:
        edge.print({**_data(done), "sessions": sessions}, lambda: _text(done))
    if done.conflicts:
        raise SystemExit(1)


def _sessions(edge: Edge, *, quiet: bool) -> dict[str, Any]:
    """Sends the sessions that wait where kit.toml says so; says where they go, or that they stay."""
    from kit.errors import InvalidInput
    from kit.sessions import send, trace

    local = sum(is_local for _, is_local in trace.refs(edge.store).values())
    told: dict[str, Any] = {"local": local, "remote": None, "sent": [], "waiting": []}
    try:
        remote = send.destination(edge.store)
    except InvalidInput as error:
        edge.talk(f"{output.paint('warning:', 'yellow')} sessions stay here: {output.clean(error.message)}")
        return told
    if remote is None:
        if local and not quiet:
            stay = "session stays" if local == 1 else "sessions stay"
            edge.talk(f"{local} {stay} on this machine ([sessions] push in kit.toml is off)")
        return told
    done = send.send_all(edge.store, remote, author=edge.me.author(edge.now()))
    if not quiet:
        edge.talk(f"{output.count(len(done.sent), 'session')} sent to {output.clean(remote.name)} "
                  f"({output.clean(remote.url)}): who can read it reads them")  # fmt: skip
    if done.failure:
        edge.talk(f"{output.paint('warning:', 'yellow')} {output.count(len(done.waiting), 'session')} not sent, kept "
                  f"here: {output.clean(done.failure.message)}")  # fmt: skip
    return told | {"remote": remote.name, "sent": list(done.sent), "waiting": list(done.waiting)}


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

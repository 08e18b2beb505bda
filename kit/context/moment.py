"""Finds the commit at which a thread stood at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.errors import NotFound
from kit.records import times
from kit.store.change import notes_of

if TYPE_CHECKING:
    from kit.store.store import Store


def at_time(store: Store, tip: str, seconds: float) -> str:
    """Returns the last commit of a thread's own line, up to `tip`, that is not later than `seconds`.

    Times are those of the writers' clocks. Raises NotFound when there was nothing yet.
    """
    if seconds < 0:
        raise _nothing(seconds)
    answer = store.repository.git.run("rev-list", "--first-parent", "-1", f"--min-age={int(seconds)}", tip, "--")
    oid = answer.text.strip()
    while oid:
        commit = store.objects.commit(oid)
        told = notes_of(commit.message).get("At", "")
        # git knows the second only, the trailer the millisecond.
        if not told or int(times.seconds(told) * 1000) <= int(seconds * 1000):
            return oid
        oid = commit.parents[0] if commit.parents else ""
    raise _nothing(seconds)


def _nothing(seconds: float) -> NotFound:
    return NotFound(f"the thread was not there at {times.stamp(max(seconds, 0))}", hint="kit context log shows times")

"""One look at everything: who is here, how the tasks stand, what waits, and what is wrong.

Every list is bounded and says how many it left out; nothing here decides anything.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.coordination import agents, listing, mail, paths, sync
from kit.coordination.task import ARCHIVE
from kit.errors import InvalidInput, RemoteFailed, TimedOut
from kit.records import times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kit.coordination.holder import Holder
    from kit.store.store import Store

STATES = ("held", "expired", "ready", "waiting", "blocked", "needs-review", "done, not merged", "done", "broken")
#: States of which only the number is of interest.
COUNTED = ("done",)


class Part(NamedTuple):
    """The first of some rows, and how many there are of them."""

    shown: Sequence[Any]
    total: int

    def record(self) -> dict[str, object]:
        """Returns the part as JSON."""
        return {"shown": list(self.shown), "total": self.total, "cut": self.total - len(self.shown)}


class Status(NamedTuple):
    """How things stand; `waiting` are refs that hold here what the remote does not have yet."""

    agents: Part
    tasks: dict[str, Part]
    archived: int
    unread: int
    reservations: Part
    problems: Part
    waiting: Part

    def record(self) -> dict[str, object]:
        """Returns the status as JSON; equal ones mean that nothing has changed."""
        return {
            "agents": self.agents.record(),
            "tasks": {state: part.record() for state, part in self.tasks.items()},
            "archived": self.archived,
            "unread": self.unread,
            "reservations": self.reservations.record(),
            "problems": self.problems.record(),
            "waiting": self.waiting.record(),
        }


def status(store: Store, *, me: Holder, now: float, most: int) -> Status:
    """Returns how things stand by what was last fetched, with at most so many rows of each kind."""
    broken: list[str] = []
    here = [each for each in agents.here(store, now=now, broken=broken) if each.tasks or not each.is_stale(now)]
    rows = listing.rows(store, which="all", me=None, now=now)
    inbox = mail.inbox(store, me=me)
    reserved, unreadable = paths.sound(store)
    live = [each for each in reserved if now < each.expires]
    archived = _archived(store)
    by_state = {state: [row for row in rows if row["state"] == state] for state in STATES}
    problems = [
        *(f"task {row['task']} is broken: {row['problem']}" for row in by_state["broken"]),
        *(f"the record {path} is broken" for path in sorted({*broken, *inbox.broken, *unreadable})),
        *(f"the needs make a circle: {' needs '.join(way)}" for way in listing.circles(store)),
        *(f"the claim of {row['holder']} on {row['task']} has expired" for row in by_state["expired"]),
    ]
    return Status(
        _part([each.row(now) for each in here], most),
        {state: _part(found, 0 if state in COUNTED else most) for state, found in by_state.items()},
        archived or 0,
        len(inbox.messages),
        _part([_reservation(each) for each in live], most),
        _part(problems, most),
        _part(sync.waiting(store), most),
    )


def watch(
    store: Store, *, me: Holder, clock: Callable[[], float], most: int, interval: float
) -> Iterator[tuple[Status, str]]:
    """Yields the status every `interval` seconds, with why it may be out of date ("" when it is not).

    It looks at the remote's refs, and fetches only when one has moved.
    """
    seen: dict[str, str] | None = None
    while True:
        stale = ""
        try:
            if store.remote and (there := store.remote.look(sync.PATTERNS)) != seen:
                store.fetch(*sync.PATTERNS)
                seen = there
        except (RemoteFailed, TimedOut) as error:
            stale = error.message
        yield status(store, me=me, now=clock(), most=most), stale
        time.sleep(interval)


def _part(rows: Sequence[Any], most: int) -> Part:
    return Part(rows[:most], len(rows))


def _reservation(each: paths.Reservation) -> dict[str, object]:
    return {"task": each.task, **each.holder.fields(), "paths": list(each.paths), "expires": times.stamp(each.expires)}


def _archived(store: Store) -> int | None:
    """Returns how many tasks were folded away, None where that cannot be read."""
    archive = store.tip(ARCHIVE)
    try:
        return len(store.objects.names(archive, "tasks")) if archive else 0
    except InvalidInput:
        return None

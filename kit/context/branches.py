"""Lists threads and deletes them: a deleted one is listed no more, and gone with a later `kit context gc`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import log, place, tip, write
from kit.context.record import Closed, Record
from kit.context.thread import State
from kit.errors import InvalidInput, Taken

if TYPE_CHECKING:
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store


class Branch(NamedTuple):
    """A thread: its record, where it stands, when that was committed and by whom; `waits` what is not sent yet."""

    name: str
    record: Record
    commit: str
    at: float
    agent: str
    is_apart: bool


class Branches(NamedTuple):
    """Threads, the last written first, and the names of those that cannot be read."""

    threads: tuple[Branch, ...]
    broken: tuple[str, ...]


def branches(store: Store, *, is_all: bool = False) -> Branches:
    """Returns the threads known here; those that were deleted too with `is_all`."""
    found: list[Branch] = []
    broken: list[str] = []
    for name, stands in tip.known(store).items():
        try:
            record = State(store, name, stands.oid).record
            last = log.event(store.objects.commit(stands.oid))
        except InvalidInput:
            broken.append(name)
            continue
        if is_all or not record.closed:
            found.append(Branch(name, record, stands.oid, last.at, last.agent, bool(stands.other)))
    return Branches(tuple(sorted(found, key=lambda each: (-each.at, each.name))), tuple(broken))


def delete(store: Store, thread: str, *, author: Author) -> str:
    """Says that a thread is deleted, and returns the commit; until it is collected, `reset` brings it back."""
    stands = tip.of(store, thread)

    def edit(base: Base) -> Edit:
        record = State(store, thread, base.oid or stands.oid).record
        if record.closed:
            raise Taken(f"{thread} is deleted already", hint=f"kit context reset HEAD --on {thread} brings it back")
        return {place.RECORD: record._replace(closed=Closed(author.when, author.name)).dump()}

    return write.commit(store, thread, edit, event="context-delete", subject=f"delete {thread}", author=author)

"""Names a commit of a thread; the names stand in the thread's record, so they travel with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.context import place, write
from kit.context.thread import State
from kit.errors import InvalidInput, NotFound
from kit.records import ids

if TYPE_CHECKING:
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store

MOST = 1000


def tag(store: Store, thread: str, name: str, oid: str, *, author: Author) -> str:
    """Gives a commit a name, or the name another commit, and returns the commit that says so. Nothing is sent."""
    ids.check(name, what="tag")
    if name == "head" or not set(name) - set("0123456789abcdef"):
        raise InvalidInput(f"{name!r} could be a commit", hint="add a word to it", code="invalid_id", value=name)

    def edit(base: Base) -> Edit:
        record = State(store, thread, base.oid).record
        if len(record.tags) >= MOST and name not in record.tags:
            raise InvalidInput(f"{thread} has {MOST} tags", hint="kit context tag --delete NAME", code="too_large")
        return {place.RECORD: record._replace(tags={**record.tags, name: oid}).dump()}

    return write.commit(
        store, thread, edit, event="context-tag", subject=f"tag {oid[:10]} as {name}", author=author,
        notes={"Tag": name},
    )  # fmt: skip


def delete(store: Store, thread: str, name: str, *, author: Author) -> str:
    """Takes a name away and returns the commit that says so. Raises NotFound when there is none."""

    def edit(base: Base) -> Edit:
        record = State(store, thread, base.oid).record
        if name not in record.tags:
            raise NotFound(f"{thread} has no tag {name!r}", hint="kit context tag lists them", value=name)
        return {
            place.RECORD: record._replace(tags={tag: oid for tag, oid in record.tags.items() if tag != name}).dump()
        }

    return write.commit(
        store, thread, edit, event="context-tag", subject=f"delete the tag {name}", author=author, notes={"Tag": name}
    )

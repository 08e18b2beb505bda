"""Brings a thread back to what it held at an earlier commit, by a new commit.

The thread's ref only ever goes forward: whoever has the later commits already would bring them back with the next
sync otherwise. What stood in between stays in the history, and is reached as HEAD~1 afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import place, write
from kit.context.thread import State
from kit.store.editing import Blob, Folder

if TYPE_CHECKING:
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store


class Reset(NamedTuple):
    """The commit whose content stands again, the commit that did it ("" when it did so already), and the one before."""

    to: str
    commit: str
    before: str


def reset(store: Store, thread: str, oid: str, *, author: Author) -> Reset:
    """Makes a thread hold what it held at the commit `oid`; its name, its title and its tags stay.

    One that was deleted or collapsed is open again. Nothing is sent.
    """
    before: list[str] = []

    def edit(base: Base) -> Edit:
        before[:] = [base.oid]
        target = State(store, thread, oid)
        there, here = (_top(store, at, folder) for at, folder in ((oid, target.folder), (base.oid, base.folder)))
        found: dict[str, bytes | Blob | Folder | None] = {
            name: there.get(name) for name in {**here, **there} if here.get(name) != there.get(name)
        }
        record = State(store, thread, base.oid).record
        if record.closed or record.collapsed:
            found[place.RECORD] = record._replace(closed=None, collapsed=None).dump()
        if not found:
            raise _SameError
        return found

    subject = f"reset to {oid[:10]}"
    try:
        commit = write.commit(
            store, thread, edit, event="context-reset", subject=subject, author=author, notes={"To": oid}
        )
    except _SameError:
        return Reset(oid, "", before[0])
    return Reset(oid, commit, before[0])


def _top(store: Store, oid: str, folder: str) -> dict[str, Blob | Folder]:
    """Returns what stands right below the thread's folder, but for its record."""
    found: dict[str, Blob | Folder] = {}
    for name in store.objects.names(oid, folder):
        tree = store.objects.folder_id(oid, f"{folder}/{name}")
        if name != place.RECORD:
            found[name] = Folder(tree) if tree else Blob(store.objects.blob_id(oid, f"{folder}/{name}"))
    return found


class _SameError(Exception):
    """The thread holds that already."""

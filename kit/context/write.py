"""The one way to write to a thread: one commit here, on what the thread stands at, again when it has moved meanwhile.

Entries have names that nobody else makes, so that two writers never write the same file: the second is built anew on
the first's commit. Where the thread has gone on apart on the remote, both sides are joined first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import place, tip
from kit.store import packing
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kit.store.author import Author
    from kit.store.editing import Blob, Folder
    from kit.store.series import Series
    from kit.store.store import Store

    Edit = Mapping[str, bytes | Blob | Folder | None]

TRIES = 200


class Beside(NamedTuple):
    """What a step has committed along with its operation: trailers, and `files` as an edit gives them.

    The trailers may still be written to while the commit is made, up to the end of its edit.
    """

    notes: Mapping[str, object]
    files: Callable[[Base], Edit]


class Base(NamedTuple):
    """What a commit is built on: the commit a thread stands at ("" when it is new) and the folder it has there."""

    oid: str
    folder: str


def commit(
    store: Store,
    thread: str,
    edit: Callable[[Base], Edit],
    *,
    event: str,
    subject: str,
    author: Author,
    notes: Mapping[str, object] | None = None,
    also: Sequence[str] = (),
    series: Series | None = None,
    beside: Beside | None = None,
) -> str:
    """Commits an edit of a thread here and returns the commit's id; `kit.context.send` sends it.

    `edit` is given what the thread stands at, each time it has moved, and returns files by their paths below the
    thread's folder: bytes, a Blob or Folder that is stored already, or None to remove it; what it raises goes
    through. `event` is the verb that the history tells, `context-add`; `notes` are further trailers, looked at after
    `edit` was called; `also` are further parents; `beside` is what a step adds. Raises KitError when it cannot be
    written.
    """
    ref = place.ref_of(thread)
    for attempt in range(TRIES):
        try:
            oid = _joined(store, thread, author)
            folder = place.folder_of(store.objects, oid, thread) or ref
            base = Base(oid, folder)
            wanted = {**edit(base), **(beside.files(base) if beside else {})}
            files = {f"{folder}/{path}": data for path, data in wanted.items()}
            told = {"Thread": thread, **(notes or {}), **(beside.notes if beside else {})}
            new = store.save(Change(ref, oid, files, event, subject, told, also=also), author=author, series=series)
        except Stale:
            if attempt == TRIES - 1:
                raise
        else:
            if series is None:
                packing.pack_if_many(store.repository, [new])
            return new
    raise AssertionError("unreachable")


def _joined(store: Store, thread: str, author: Author) -> str:
    """Returns the commit to build on, after what has gone on apart was joined."""
    stands = tip.tip(store, thread)
    if stands.other:
        store.join(place.ref_of(thread), author=author)
        stands = tip.tip(store, thread)
    return stands.oid
